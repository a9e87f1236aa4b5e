from __future__ import annotations

import pytest

from guard.errors import PromptBlockedError
from guard.inspect.classifier import ClassifierInspector
from guard.model import ModerationProfile
from guard.testing.fakes import WordClassifier

INSPECT = ClassifierInspector(WordClassifier().classify)


async def test_the_verdict_is_the_worst_over_the_texts() -> None:
    profile = ModerationProfile("p", withhold={}, flag={"toxicity": 0.5})
    verdict = await INSPECT(["fine", "a toxicword", ""], profile)
    assert verdict.scores == {"toxicity": 1.0, "bias": 0.0}
    assert verdict.flagged == ("toxicity",)
    assert verdict.action == "flag"


async def test_a_prompt_over_its_threshold_is_blocked_without_its_text() -> None:
    profile = ModerationProfile("p", withhold={}, prompt={"toxicity": 0.9})
    with pytest.raises(PromptBlockedError) as caught:
        await INSPECT(["a toxicword"], profile)
    assert "toxicword" not in str(caught.value)
    assert caught.value.scores["toxicity"] == 1.0


async def test_a_category_that_cannot_be_judged_blocks() -> None:
    with pytest.raises(PromptBlockedError):
        await INSPECT(["hello"], ModerationProfile("p", withhold={}, prompt={"violence": 0.9}))


async def test_nothing_new_needs_no_verdict() -> None:
    verdict = await INSPECT(["", "  "], ModerationProfile("p", withhold={}, prompt={"toxicity": 0.9}))
    assert verdict.action == "allow"
