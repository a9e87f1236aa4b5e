"""Precision, recall, F1 and F2 of counts: by type, over all, and how sure they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

import numpy as np

from guard.evaluation.labelled import Compared
from guard.evaluation.matching import Characters, Tally, characters, tally

RESAMPLES = 1000
_SEED = 20_240_901  # any: the same interval every time


@dataclass(frozen=True, slots=True)
class Scores:
    """Shares, from 0 to 1. Without anything found the precision is 0, without anything there the recall is."""

    precision: float
    recall: float

    @classmethod
    def of(cls, right: float, found: float, covered: float, there: float) -> Scores:
        """`right` of the `found` are right; `covered` of those that are `there` were found."""
        return cls(right / found if found else 0.0, covered / there if there else 0.0)

    def f(self, beta: float) -> float:
        """The F measure; a beta of 2 has recall count more."""
        weighed = beta * beta * self.precision + self.recall
        return (1 + beta * beta) * self.precision * self.recall / weighed if weighed else 0.0

    def as_json(self) -> dict[str, float]:
        """Rounded, with F1 and F2."""
        return {name: round(value, 4) for name, value in self.values().items()}

    def values(self) -> dict[str, float]:
        """All four by name."""
        return {"precision": self.precision, "recall": self.recall, "f1": self.f(1), "f2": self.f(2)}


@dataclass(frozen=True, slots=True)
class Report:
    """The figures of a set.

    Args:
        by_type: the counts of each type that is there or was found.
        total: the counts over all types. letters: the counts of characters, types ignored.
        interval: 95 % intervals of `figure name` by bootstrap over documents; empty when there was none.
    """

    documents: int
    by_type: dict[str, Tally]
    total: Tally
    letters: Characters
    interval: dict[str, tuple[float, float]]

    def as_json(self) -> dict[str, Any]:
        """What `guard eval pii --json` prints of it."""
        labelled = [each for each in self.by_type.values() if each.there]
        return {
            "documents": self.documents,
            "spans": {"there": self.total.there, "found": self.total.found},
            "micro": {"exact": exact(self.total).as_json(), "overlap": overlap(self.total).as_json()},
            "macro": {"exact": _mean([exact(t) for t in labelled]), "overlap": _mean([overlap(t) for t in labelled])},
            "characters": by_character(self.letters).as_json(),
            "interval": {name: [round(low, 4), round(high, 4)] for name, (low, high) in self.interval.items()},
            "types": {
                name: {
                    "there": each.there,
                    "found": each.found,
                    "exact": exact(each).as_json(),
                    "overlap": overlap(each).as_json(),
                }
                for name, each in sorted(self.by_type.items(), key=lambda item: (-item[1].there, item[0]))
            },
        }


def exact(counts: Tally) -> Scores:
    """To the character and of the same type."""
    return Scores.of(counts.exact, counts.found, counts.exact, counts.there)


def overlap(counts: Tally) -> Scores:
    """Any overlap of the same type."""
    return Scores.of(counts.right, counts.found, counts.covered, counts.there)


def by_character(counts: Characters) -> Scores:
    """Character by character, types ignored."""
    return Scores.of(counts.both, counts.found, counts.both, counts.there)


def report(documents: Sequence[Compared], resamples: int = RESAMPLES) -> Report:
    """The figures of compared texts.

    Args:
        resamples: of the bootstrap; 0: no intervals.
    """
    by_type: dict[str, Tally] = {}
    letters, rows = Characters(), []
    for document in documents:
        total = Tally()
        for name, counts in tally(document).items():
            by_type.setdefault(name, Tally()).__iadd__(counts)
            total += counts
        here = characters(document)
        letters.there, letters.found = letters.there + here.there, letters.found + here.found
        letters.both += here.both
        rows.append((total.exact, total.right, total.covered, total.found, total.there,
                     here.both, here.found, here.there))  # fmt: skip
    whole = Tally()
    for counts in by_type.values():
        whole += counts
    return Report(len(documents), by_type, whole, letters, _intervals(rows, resamples))


def _intervals(rows: Sequence[tuple[int, ...]], resamples: int) -> dict[str, tuple[float, float]]:
    """Draw as many documents as there are, with replacement, again and again: what 95 of 100 draws lie between."""
    if not resamples or not rows:
        return {}
    counts, random = np.array(rows, dtype=np.int64), np.random.default_rng(_SEED)
    drawn: dict[str, list[float]] = {"exact.f1": [], "overlap.recall": [], "overlap.f2": [], "characters.f2": []}
    for _ in range(resamples):
        picked = counts[random.integers(0, len(rows), len(rows))].sum(axis=0)
        same, right, covered, found, there, both, found_letters, there_letters = map(float, picked)
        near = Scores.of(right, found, covered, there)
        drawn["exact.f1"].append(Scores.of(same, found, same, there).f(1))
        drawn["overlap.recall"].append(near.recall)
        drawn["overlap.f2"].append(near.f(2))
        drawn["characters.f2"].append(Scores.of(both, found_letters, both, there_letters).f(2))
    return {name: (_at(values, 2.5), _at(values, 97.5)) for name, values in drawn.items()}


def _at(values: Sequence[float], percentile: float) -> float:
    return float(np.percentile(values, percentile))


def _mean(scores: Sequence[Scores]) -> dict[str, float]:
    """The mean over types, each counting the same."""
    rows = [each.values() for each in scores]
    return {name: round(fmean(row[name] for row in rows), 4) for name in rows[0]} if rows else {}
