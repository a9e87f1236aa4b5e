"""Recorded scores at other thresholds.

What the record says of the verdict then comes first: a category that did not reach its threshold reaches no higher one,
and one that did reaches every lower one. Only where that leaves it open is the recorded score compared, `>=` as in the
gate. So the thresholds that were in force change nothing, however a score was rounded.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from math import inf

Scores = Mapping[str, int]
_TOP = 1000
"""Per mille of a category that was not scored where others were: what was not judged does not pass."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Which categories reach their threshold; `close` when a recorded score cannot tell."""

    categories: tuple[str, ...] = ()
    close: bool = False


@dataclass(slots=True)
class Thresholds:
    """One table of thresholds, then and now.

    Args:
        then: as recorded, in per mille.
        now: of the draft, as probabilities.
        unscored: per mille that a category without a score counts as.
    """

    then: Mapping[str, float]
    now: Mapping[str, float]
    unscored: int = _TOP
    lines: tuple[tuple[str, float, float], ...] = field(init=False)
    is_same: bool = field(init=False)

    def __post_init__(self) -> None:
        # Multiplied, a threshold of three decimals is no whole number any more.
        now = {category: round(value * 1000, 6) for category, value in self.now.items()}
        categories = sorted({*now, *self.then})
        self.lines = tuple((c, float(self.then.get(c, inf)), now.get(c, inf)) for c in categories)
        self.is_same = all(then == current for _, then, current in self.lines)

    def lowered(self) -> list[tuple[str, float]]:
        """Categories whose threshold is lower now, with a score that is surely below it, however it was rounded."""
        return [(category, now - 1) for category, then, now in self.lines if now < then]

    def known(self, scores: Scores, reached: Collection[str], *, exact: bool) -> Verdict:
        """The categories that reach the thresholds now, where it is known of each whether it reached the one then."""
        found, close = [], False
        for category, then, now in self.lines:
            if category in reached and now <= then:
                found.append(category)
            elif now != inf and (category in reached or now < then):
                hit, unsure = self._reaches(scores, category, now, exact)
                close |= unsure
                if hit:
                    found.append(category)
        return Verdict(tuple(found), close)

    def any_known(self, scores: Scores, *, was_reached: bool, exact: bool) -> Verdict:
        """The categories that reach the thresholds now, where it is known only whether any reached the one then."""
        if not was_reached:
            return self.known(scores, (), exact=exact)
        before = [line for line in self.lines if line[1] != inf]
        if before and all(now <= then for _, then, now in before):
            return Verdict(tuple(category for category, _, _ in before))
        found, close = [], False
        for category, _, now in self.lines:
            if now != inf:
                hit, unsure = self._reaches(scores, category, now, exact)
                close |= unsure
                if hit:
                    found.append(category)
        return Verdict(tuple(found), close)

    def _reaches(self, scores: Scores, category: str, threshold: float, exact: bool) -> tuple[bool, bool]:
        """Whether a recorded score reaches a threshold, and whether it is too close to be told."""
        if not scores:
            return False, False
        score = scores.get(category, self.unscored)
        # A score of `n` stands for all from `n` up to `n + 1`; a rounded one for all up to a half around it.
        low, high = (score, score + 1) if exact else (score - 0.5, score + 0.5)
        if category not in scores:
            low = high = score
        if low >= threshold:
            return True, False
        return (False, False) if high <= threshold else (score >= round(threshold), True)
