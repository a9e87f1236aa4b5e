"""Why a span was found, as it is shown to whoever wrote the text: to nobody else, and in no log, record or trace."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from guard.model import Explanation, Grant, Span
from guard.redact.known import VAULT

Outcome = Literal["kept", "merged", "clear", "dropped"]
KNOWN = "known value of this conversation"
"""What stands for a pattern where a value was taken out before, and is found again as it stands."""


@dataclass(frozen=True, slots=True)
class Explained:
    """A span with what made it.

    Args:
        base_score: what the pattern alone scored; None where nothing says so.
        check: what was checked (`luhn`); "" when nothing was. passed: whether it was right.
        context: the word of the text that moved the score.
    """

    start: int
    end: int
    entity_type: str
    score: float
    detector: str
    pattern: str = ""
    base_score: float | None = None
    check: str = ""
    passed: bool = True
    context: str = field(default="", repr=False)

    def as_json(self) -> dict[str, Any]:
        """The members that an explained span has besides place, type and score."""
        return {
            "detector": self.detector,
            "pattern": self.pattern,
            "base_score": None if self.base_score is None else round(self.base_score, 3),
            "check": {"name": self.check, "passed": self.passed} if self.check else None,
            "context": self.context or None,
        }


def explained(span: Span) -> Explained:
    """What made a span."""
    place = (span.start, span.end, span.entity_type, span.score, span.detector)
    why = span.explanation
    if why is None:
        return Explained(*place, pattern=KNOWN if span.detector == VAULT else "")
    return Explained(
        *place, why.pattern, _base(why), why.check.removeprefix("!"), not why.check.startswith("!"), why.context
    )


def _base(why: Explanation) -> float | None:
    return why.score or None


def outcomes(candidates: Iterable[Span], final: Sequence[Span], grant: Grant) -> list[tuple[Explained, Outcome]]:
    """What became of each finding: kept as it is, merged into a longer or better one, let through, or dropped."""
    return [(explained(span), _outcome(span, final, grant)) for span in candidates]


def _outcome(span: Span, final: Sequence[Span], grant: Grant) -> Outcome:
    if grant.action_for(span.entity_type) == "clear":
        return "clear"
    if any((each.start, each.end, each.entity_type) == (span.start, span.end, span.entity_type) for each in final):
        return "kept"
    return "merged" if any(each.start < span.end and span.start < each.end for each in final) else "dropped"
