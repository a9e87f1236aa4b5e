"""Judge the prompt with the classifier that judges the answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from guard.errors import PromptBlockedError
from guard.model import ModerationProfile, Verdict

Classify = Callable[[Sequence[str]], Awaitable[list[Mapping[str, float]]]]


@dataclass(frozen=True, slots=True)
class ClassifierInspector:
    """Inspector over a classifier's `classify`."""

    classify: Classify

    async def __call__(self, texts: Sequence[str], profile: ModerationProfile) -> Verdict:
        asked = [text for text in texts if text.strip()]
        scores = await self.classify(asked) if asked else []
        worst = {category: max(each[category] for each in scores) for category in (scores[0] if scores else {})}
        # A category with a threshold that was not scored counts as 1.0: what was not judged does not pass.
        over = [c for c, limit in profile.prompt.items() if asked and worst.get(c, 1.0) >= limit]
        if over:
            error = PromptBlockedError(f"The policy does not let this prompt pass: {', '.join(sorted(over))}.")
            error.scores = worst
            raise error
        flagged = tuple(c for c, limit in profile.flag.items() if worst.get(c, 0.0) >= limit)
        return Verdict(worst, flagged, "flag" if flagged else "allow")
