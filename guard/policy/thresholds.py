"""Recorded scores at other thresholds.

What the recorded score tells for sure comes first. Then what the record says of the verdict: a category that did not
reach its threshold reaches no higher one, and one that did reaches every lower one. Only where that leaves it open is the
recorded score compared, `>=` as in the gate. So the thresholds that were in force change nothing, however a score was
rounded.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from math import inf

Scores = Mapping[str, int]
_ROUNDED = 0.5
"""Per mille by which a recorded threshold may lie beside the one that was in force."""

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

    def __post_init__(self) -> None:
        # Multiplied, a threshold of three decimals is no whole number any more.
        now = {category: round(value * 1000, 6) for category, value in self.now.items()}
        categories = sorted({*now, *self.then})
        self.lines = tuple((c, float(self.then.get(c, inf)), now.get(c, inf)) for c in categories)

    def lowered(self) -> list[tuple[str, float, int]]:
        """Categories whose threshold is lower now, or may be, as that then was rounded.

        Beside each a score that is surely below the threshold, however it was rounded, and what no score counts as.
        """
        lower = [(category, now - 1, self.unscored) for category, then, now in self.lines if now < then]
        return lower + [(category, now, -1) for category, then, now in self.lines if then <= now < then + _ROUNDED]

    def known(self, scores: Scores, reached: Collection[str], *, exact: bool) -> Verdict:
        """The categories that reach the thresholds now, where it is known of each whether it reached the one then."""
        found, close = [], False
        for category, then, now in self.lines:
            sure = self._surely(scores, category, now, exact=exact)
            if sure or (sure is None and category in reached and now <= then):
                found.append(category)
            elif sure is None and now != inf and (category in reached or now < then):
                hit, unsure = self._reaches(scores, category, now, exact=exact)
                close |= unsure
                if hit:
                    found.append(category)
        return Verdict(tuple(found), close)

    def any_known(self, scores: Scores, *, was_reached: bool, exact: bool) -> Verdict:
        """The categories that reach the thresholds now, where it is known only whether any reached the one then."""
        if not was_reached:
            return self.known(scores, (), exact=exact)
        before = [line for line in self.lines if line[1] != inf]
        missed = all(self._surely(scores, category, now, exact=exact) is False for category, _, now in before)
        if not missed and all(now <= then for _, then, now in before):
            return Verdict(tuple(category for category, _, _ in before))
        found, close = [], False
        for category, _, now in self.lines:
            if now != inf:
                hit, unsure = self._reaches(scores, category, now, exact=exact)
                close |= unsure
                if hit:
                    found.append(category)
        return Verdict(tuple(found), close)

    def _reaches(self, scores: Scores, category: str, threshold: float, *, exact: bool) -> tuple[bool, bool]:
        """Whether a recorded score reaches a threshold, and whether it is too close to be told."""
        if not scores:
            return False, False
        if category not in scores:
            return self.unscored >= threshold, False
        sure = self._surely(scores, category, threshold, exact=exact)
        return (scores[category] >= round(threshold), True) if sure is None else (sure, False)

    @staticmethod
    def _surely(scores: Scores, category: str, threshold: float, *, exact: bool) -> bool | None:
        """Whether a recorded score reaches a threshold for sure, or for sure does not; `None`: neither."""
        if category not in scores:
            return None
        score = scores[category]
        # A score of `n` stands for all from `n` up to `n + 1`; a rounded one for all up to a half around it.
        low, is_below = (score, score + 1 <= threshold) if exact else (score - 0.5, score + 0.5 < threshold)
        return True if low >= threshold else False if is_below else None
