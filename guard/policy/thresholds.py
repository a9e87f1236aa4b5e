"""Recorded scores at other thresholds.

What the record says of the verdict then comes first: a category that did not reach its threshold reaches no higher one,
and one that did reaches every lower one. Only where that leaves it open is the recorded score compared, `>=` as in the
gate. So the thresholds that were in force change nothing, however a score was rounded.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from math import ceil, inf
from typing import NamedTuple

Scores = Mapping[str, int]
_TOP = 1000
"""Per mille of a category that was not scored where others were: what was not judged does not pass."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Which categories reach their threshold; `close` when a recorded score cannot tell."""

    categories: tuple[str, ...] = ()
    close: bool = False


class _Line(NamedTuple):
    """The threshold of one category, in per mille; none is infinite.

    Args:
        moved: below zero when it is lower now, above when it is higher. Both are known in whole per mille alone.
    """

    category: str
    now: float
    moved: float
    is_old: bool


@dataclass(slots=True)
class Thresholds:
    """One table of thresholds, then and now.

    Args:
        then: as recorded, in per mille.
        now: of the draft, as probabilities.
        exact: thresholds are recorded rounded up and scores rounded down; else both are just rounded.
        unscored: per mille that a category without a score counts as.
    """

    then: Mapping[str, float]
    now: Mapping[str, float]
    exact: bool = True
    unscored: int = _TOP
    lines: tuple[_Line, ...] = field(init=False)
    is_same: bool = field(init=False)

    def __post_init__(self) -> None:
        self.lines = tuple(self._line(category) for category in sorted({*self.now, *self.then}))
        self.is_same = all(line.moved == 0 for line in self.lines)

    def lowered(self) -> list[tuple[str, float]]:
        """Categories whose threshold is lower now, with a score that is surely below it, however it was rounded."""
        return [(line.category, line.now - 1) for line in self.lines if line.moved < 0]

    def known(self, scores: Scores, reached: Collection[str]) -> Verdict:
        """The categories that reach the thresholds now, where it is known of each whether it reached the one then."""
        certain = [line.category for line in self.lines if line.moved <= 0 and line.category in reached]
        asked = [line for line in self.lines if (line.moved > 0 if line.category in reached else line.moved < 0)]
        return self._compared(scores, asked, certain)

    def any_known(self, scores: Scores, *, was_reached: bool) -> Verdict:
        """The categories that reach the thresholds now, where it is known only whether any reached the one then."""
        if not was_reached:
            return self.known(scores, ())
        before = [line for line in self.lines if line.is_old]
        if before and all(line.moved <= 0 for line in before):
            return Verdict(tuple(line.category for line in before))
        return self._compared(scores, self.lines, [])

    def _line(self, category: str) -> _Line:
        then = self.then.get(category, inf)
        if category not in self.now:
            return _Line(category, inf, 0 if then == inf else inf, category in self.then)
        # Multiplied, a threshold of three decimals is no whole number any more.
        now = round(self.now[category] * 1000, 6)
        is_same = then == ceil(now) or (not self.exact and then == round(now))
        return _Line(category, now, 0 if is_same else ceil(now) - then, category in self.then)

    def _compared(self, scores: Scores, lines: Iterable[_Line], certain: list[str]) -> Verdict:
        close = False
        for line in lines:
            hit, unsure = self._reaches(scores, line)
            close |= unsure
            if hit:
                certain.append(line.category)
        return Verdict(tuple(certain), close)

    def _reaches(self, scores: Scores, line: _Line) -> tuple[bool, bool]:
        """Whether a recorded score reaches a threshold, and whether it is too close to be told; then it does."""
        if not scores:
            return False, False
        score = scores.get(line.category, self.unscored)
        # A score of `n` stands for all from `n` up to `n + 1`; a rounded one for all up to a half around it.
        low, high = (score, score + 1) if self.exact else (score - 0.5, score + 0.5)
        if line.category not in scores:
            low = high = score
        if low >= line.now:
            return True, False
        return (False, False) if high <= line.now else (True, True)
