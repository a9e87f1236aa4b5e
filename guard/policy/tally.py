"""The answer of a replay: exact counts of what would have been different, and what cannot be known."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, NamedTuple

from guard.policy.recorded import Recorded, Window

CHANGES: Final = (
    "newly_refused",
    "newly_allowed",
    "newly_blocked",
    "no_longer_blocked",
    "newly_withheld",
    "no_longer_withheld",
    "newly_flagged",
    "no_longer_flagged",
    "prompt_newly_flagged",
    "prompt_no_longer_flagged",
    "more_cleared",
    "more_redacted",
    "restore_on",
    "restore_off",
    "profile_changed",
)
"""Kinds of change, as docs/reference/policy-replay.md explains them."""

UNKNOWN: Final = (
    "authentication_failures",
    "before_decision",
    "scenario_not_recorded",
    "undecided",
    "models_gone",
    "limited",
    "unfinished",
    "never_closed",
    "never_judged",
    "not_judged",
    "cut_short",
    "answers_cut",
    "cleared_not_recorded",
    "at_threshold",
    "unreadable",
)
"""What cannot be known, or not all of it, as docs/reference/policy-replay.md explains it."""


class Effect(NamedTuple):
    """One kind of change of one request.

    Args:
        rules: the rules or thresholds that cause it.
        what: what they are about: entity types, categories, profiles, the model.
    """

    change: str
    rules: tuple[str, ...]
    what: tuple[str, ...]


class Sample(NamedTuple):
    """A request that would have gone differently."""

    effect: Effect
    roles: str
    request: Recorded

    def as_json(self) -> dict[str, Any]:
        """Links to its records, and why."""
        return {
            "change": self.effect.change,
            "record": self.request.index,
            "time": self.request.time,
            "request_id": self.request.request_id,
            "conversation_id": self.request.conversation_id,
            "actor": self.request.actor,
            "roles": self.roles,
            "rules": list(self.effect.rules),
            "what": list(self.effect.what),
        }


@dataclass(slots=True)
class Tally:
    """One kind of change: how many requests, whose, by which rules, about what. A request counts once in each row."""

    count: int = 0
    by_roles: Counter[str] = field(default_factory=Counter)
    by_rule: Counter[str] = field(default_factory=Counter)
    by_what: Counter[str] = field(default_factory=Counter)
    by_actor: Counter[str] = field(default_factory=Counter)

    def as_json(self, rows: int | None = None) -> dict[str, Any]:
        """The counts, the greatest first; of each table not more than `rows`, and how many it has in all."""
        tables = {name: getattr(self, name) for name in ("by_roles", "by_rule", "by_what", "by_actor")}
        result: dict[str, Any] = {"count": self.count}
        for name, counts in tables.items():
            result[name] = dict(sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:rows])
        return result | {"rows": {name: len(counts) for name, counts in tables.items()}}


class Tallies:
    """Counts while a replay runs.

    Args:
        samples: how many requests are kept of each kind of change.
    """

    def __init__(self, samples: int) -> None:
        self.requests = self.changed = 0
        self.changes = {name: Tally() for name in CHANGES}
        self.unknown: Counter[str] = Counter()
        self.samples: list[Sample] = []
        self._most = samples

    def add(self, request: Recorded, roles: str, effects: Iterable[Effect]) -> None:
        """Count a request that would have gone differently."""
        self.changed += 1
        for effect in effects:
            tally = self.changes[effect.change]
            tally.count += 1
            tally.by_roles[roles] += 1
            tally.by_actor[request.actor or ""] += 1
            for rule in effect.rules:
                tally.by_rule[rule] += 1
            for what in effect.what:
                tally.by_what[what] += 1
            if tally.count <= self._most:
                self.samples.append(Sample(effect, roles, request))


@dataclass(frozen=True)
class Replay:
    """What a policy would have decided on the recorded requests of a window.

    Args:
        policy: hash of the policy.
        requests: how many requests were compared or counted as unknown.
        changed: how many of them would have gone differently in any way.
    """

    policy: str
    window: Window
    requests: int
    changed: int
    changes: Mapping[str, Tally]
    unknown: Mapping[str, int]
    samples: tuple[Sample, ...]

    @cached_property
    def hash(self) -> str:
        """`sha256:` and the digest of all counts, the policy and the window: what an approval is bound to.

        It depends neither on how many rows are shown nor on how many samples are kept.
        """
        whole = json.dumps(self._counts(None), sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        return "sha256:" + hashlib.sha256(whole.encode("ascii")).hexdigest()

    def as_json(self, rows: int | None = None) -> dict[str, Any]:
        """Everything, or of each table the `rows` greatest counts."""
        return self._counts(rows) | {"hash": self.hash, "samples": [sample.as_json() for sample in self.samples]}

    def counts(self) -> dict[str, Any]:
        """Policy, window and how many requests there are of each kind: what the record of a replay holds."""
        return {
            "policy": self.policy,
            "replay": self.hash,
            "window": self.window.as_json(),
            "requests": self.requests,
            "changed": self.changed,
            "changes": {name: tally.count for name, tally in self.changes.items()},
            "unknown": dict(self.unknown),
        }

    def _counts(self, rows: int | None) -> dict[str, Any]:
        return {
            "policy": self.policy,
            "window": self.window.as_json(),
            "requests": self.requests,
            "changed": self.changed,
            "changes": {name: tally.as_json(rows) for name, tally in self.changes.items()},
            "unknown": dict(self.unknown),
        }
