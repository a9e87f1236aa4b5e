"""The figures of a period: totals, and the same for each step of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from guard.insight.counted import KINDS, Key, quantile
from guard.insight.period import HOUR, Period
from guard.insight.sums import Counted, add
from guard.model import JSON


@dataclass(frozen=True, slots=True)
class Counts:
    """Counts by kind, and what follows from them."""

    of: Mapping[Key, int] = field(default_factory=dict)

    def by(self, kind: str) -> dict[str, int]:
        """Counts of a kind by what they are of, the highest first."""
        found: dict[str, int] = {}
        for key, number in self.of.items():
            if key[0] == kind:
                name = str(key[1])
                found[name] = found.get(name, 0) + number
        return dict(sorted(found.items(), key=lambda each: (-each[1], each[0])))

    def kinds(self, kind: str) -> dict[str, dict[str, int]]:
        """Of roles, models or scenarios: requests by what became of them, those with the most first."""
        found: dict[str, dict[str, int]] = {}
        for name in self.by(kind):
            found[name] = {each: self.of.get((kind, name, each), 0) for each in KINDS}
        return found

    def total(self, kind: str) -> int:
        """All counts of a kind."""
        return sum(number for key, number in self.of.items() if key[0] == kind)

    def lasted(self, share: float, model: str | None = None) -> int | None:
        """The time that this share of the closed requests did not exceed, in milliseconds; within two per cent."""
        slots: dict[int, int] = {}
        for key, number in self.of.items():
            if key[0] == "lasted" and model in (None, key[1]):
                slots[int(key[2])] = slots.get(int(key[2]), 0) + number
        return quantile(slots, share)

    @property
    def chats(self) -> dict[str, int]:
        """Requests by what became of them."""
        return {kind: self.of.get(("chat", kind), 0) for kind in KINDS}

    @property
    def people(self) -> int:
        """Users and services who asked."""
        return sum(1 for key in self.of if key[0] == "actor")

    def rated(self, how: str) -> int:
        """Feedback: `up` or `down`."""
        return self.of.get(("rated", how), 0)

    def as_json(self) -> dict[str, JSON]:
        """The main figures, without tables."""
        return {
            "requests": self.total("chat"),
            "decisions": {**self.chats},
            "checks": {**self.by("check")},
            "entities": {**self.by("entity")},
            "duration_ms": {"p50": self.lasted(0.5), "p95": self.lasted(0.95)},
            "feedback": {"up": self.rated("up"), "down": self.rated("down")},
            "sign_ins": {
                "opened": self.total("signed_in"),
                "failed": self.total("failed"),
                "locked": self.total("locked"),
            },
            "limited": {"/".join(map(str, key[1:])): number for key, number in self.of.items() if key[0] == "limited"},
        }


@dataclass(frozen=True, slots=True)
class Report:
    """The figures of a period, of one tenant.

    Args:
        steps: each step's beginning in milliseconds since 1970, and its counts; empty ones are among them.
        cut: only records from this time on were counted; `None`: all of the period.
        records: records that the log has in the period, of any tenant.
    """

    period: Period
    total: Counts
    steps: tuple[tuple[int, Counts], ...]
    cut: int | None = None
    records: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether nothing happened."""
        return not self.total.of

    def models(self) -> dict[str, dict[str, int | None]]:
        """By generator: requests by what became of them, tokens, and how long requests took."""
        return {
            name: {
                **kinds,
                "tokens": self.total.of.get(("tokens", name), 0),
                "p50_ms": self.total.lasted(0.5, name),
                "p95_ms": self.total.lasted(0.95, name),
            }
            for name, kinds in self.total.kinds("model").items()
        }

    def as_json(self) -> dict[str, JSON]:
        """As `/api/dashboard` gives it."""
        total = self.total
        return {
            "since": self.period.since,
            "until": self.period.until,
            "step_ms": self.period.step,
            "cut": self.cut if not self.period.is_cut else max(self.period.since, self.cut or 0),
            **total.as_json(),
            "people": total.people,
            "categories": {**total.by("category")},
            "reasons": {**total.by("reason")},
            "roles": {name: {**kinds} for name, kinds in total.kinds("role").items()},
            "scenarios": {name: {**kinds} for name, kinds in total.kinds("scenario").items()},
            "models": {name: {**row} for name, row in self.models().items()},
            "unreadable": total.of.get(("unreadable",), 0),
            "steps": [{"since": start, **counts.as_json()} for start, counts in self.steps],
        }


def make(period: Period, counted: Counted) -> Report:
    """The report of what was counted."""
    steps: dict[int, dict[Key, int]] = {start: {} for start in period.starts()}
    total: dict[Key, int] = {}
    for hour, counts in sorted(counted.hours.items()):
        add(steps[period.begins(hour * HOUR)], counts)
        add(total, counts)
    each = tuple((start, Counts(counts)) for start, counts in steps.items())
    return Report(period, Counts(total), each, counted.cut, counted.records)
