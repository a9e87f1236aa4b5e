"""What recorded requests had: scores by moderation profile and category, entity types by redaction profile. Counts alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import ceil
from typing import Literal, NamedTuple

from guard.policy import recorded
from guard.policy.recorded import Recorded

Part = Literal["answer", "prompt"]
_ENDS = frozenset({"chat.closed", "chat.refused"})


class Scored(NamedTuple):
    """A category as it was scored in chats under a moderation profile."""

    profile: str
    part: Part
    category: str


class Found(NamedTuple):
    """How often an entity type was found: in how many requests, and how many times."""

    requests: int = 0
    times: int = 0


@dataclass(slots=True)
class Observed:
    """Counts over the requests of a window. Nothing tells whose they were.

    Args:
        since: where the window begins, in milliseconds since 1970.
        requests: how many had an end.
        scores: per mille (rounded down) to how many requests had it.
        types: by redaction profile and entity type.
    """

    since: int | None = None
    requests: int = 0
    scores: dict[Scored, Counter[int]] = field(default_factory=dict)
    types: dict[tuple[str, str], Found] = field(default_factory=dict)
    _profiles: dict[bytes, Mapping[str, str]] = field(default_factory=dict, repr=False)

    def feed(self, requests: Iterable[Recorded]) -> None:
        """Count some more requests; those without an end had no answer and are left out."""
        for request in requests:
            if request.event not in _ENDS or not request.profiles:
                continue
            self.requests += 1
            profiles = self._named(bytes(request.profiles))
            if moderation := profiles.get("moderation"):
                self._score(moderation, "answer", request.scores)
                self._score(moderation, "prompt", request.prompt_scores)
            if redaction := profiles.get("redaction"):
                self._find(redaction, request)

    def of(self, profile: str | None, part: Part, category: str) -> Counter[int]:
        """The scores of a category under a profile; `None`: under any."""
        total: Counter[int] = Counter()
        for scored, counts in self.scores.items():
            if profile in (None, scored.profile) and scored[1:] == (part, category):
                total += counts
        return total

    def found(self, profile: str | None, entity_type: str) -> Found:
        """How often a type was found under a profile; `None`: under any."""
        each = [found for (name, kind), found in self.types.items() if kind == entity_type and profile in (None, name)]
        return Found(sum(one.requests for one in each), sum(one.times for one in each))

    def _named(self, raw: bytes) -> Mapping[str, str]:
        if raw not in self._profiles:
            self._profiles[raw] = recorded.texts(raw)
        return self._profiles[raw]

    def _score(self, profile: str, part: Part, scores: Mapping[str, int] | None) -> None:
        for category, score in (scores or {}).items():
            self.scores.setdefault(Scored(profile, part, category), Counter())[score] += 1

    def _find(self, profile: str, request: Recorded) -> None:
        replaced, cleared = request.entities or {}, request.cleared or {}
        for entity_type in {*replaced, *cleared, *(request.found or ())}:
            had = self.types.get((profile, entity_type), Found())
            times = replaced.get(entity_type, 0) + cleared.get(entity_type, 0)
            self.types[profile, entity_type] = Found(had.requests + 1, had.times + times)


def reaching(scores: Mapping[int, int], threshold: float) -> int:
    """How many of the scores surely reach a threshold (a probability), as recorded: in whole per mille, rounded down."""
    # Multiplied, a threshold of three decimals is no whole number any more.
    least = ceil(round(threshold * 1000, 6))
    return sum(count for score, count in scores.items() if score >= least)


def bars(scores: Mapping[int, int], count: int = 20) -> list[int]:
    """The distribution in so many steps of the same width; the last one holds a score of 1 too."""
    width, result = 1000 / count, [0] * count
    for score, number in scores.items():
        result[min(count - 1, max(0, int(score / width)))] += number
    return result
