from __future__ import annotations

from guard.model import ModerationProfile, Verdict
from guard.moderate.verdict import judge, worst

PROFILE = ModerationProfile("p", withhold={"toxicity": 0.8}, flag={"toxicity": 0.5, "bias": 0.5})


def test_thresholds_are_inclusive_and_the_worst_action_decides() -> None:
    assert judge({"toxicity": 0.8, "bias": 0.0}, PROFILE).action == "withhold"
    assert judge({"toxicity": 0.79, "bias": 0.0}, PROFILE) == Verdict(
        {"toxicity": 0.79, "bias": 0.0}, ("toxicity",), "flag"
    )
    assert judge({"toxicity": 0.1, "bias": 0.1}, PROFILE).action == "allow"


def test_a_category_that_was_not_scored_does_not_pass() -> None:
    assert judge({"bias": 0.0}, PROFILE).action == "withhold"


def test_worst_takes_the_maximum_of_each_category_and_the_stricter_action() -> None:
    first = Verdict({"toxicity": 0.6, "bias": 0.1}, ("toxicity",), "flag")
    second = Verdict({"toxicity": 0.2, "bias": 0.7}, ("bias",), "allow")
    assert worst(first, second) == Verdict({"toxicity": 0.6, "bias": 0.7}, ("toxicity", "bias"), "flag")
