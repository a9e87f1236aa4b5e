"""What a reviewer searches the log for and reads in a list: the facts of a record, decoded, and the filters on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import msgspec

from guard.model import JSON


class Outcome(msgspec.Struct, gc=False):
    """What became of one choice."""

    flagged: tuple[str, ...] = ()
    withheld: str | None = None


class Facts(msgspec.Struct, gc=False):
    """The facts of one record. Scores are in per mille, times in milliseconds since 1970.

    Args:
        is_readable: whether the record had this form; of one that had not, only the columns are known.
    """

    index: int
    time: int
    event: str
    decision: str
    request_id: str | None = None
    conversation_id: str | None = None
    actor: str | None = None
    tenant: str | None = None
    object: str | None = None
    scenario: str | None = None
    policy: str | None = None
    reason_id: str | None = None
    rules: dict[str, str] | None = None
    entities: dict[str, int] | None = None
    cleared: dict[str, int] | None = None
    found: tuple[str, ...] = ()
    scores: dict[str, int] | None = None
    prompt_scores: dict[str, int] | None = None
    prompt_flagged: tuple[str, ...] = ()
    choices: tuple[Outcome, ...] = ()
    is_readable: bool = True

    @property
    def model(self) -> str | None:
        """The generator that was asked for, where there was one."""
        kind, _, name = (self.object or "").partition("/")
        return name if kind == "generator" and name else None

    @property
    def worst(self) -> tuple[str, int] | None:
        """The category with the highest score of prompt and answer, and the score."""
        scores = [*(self.scores or {}).items(), *(self.prompt_scores or {}).items()]
        return max(scores, key=lambda each: each[1], default=None)

    def entity_types(self) -> set[str]:
        """The types of entities that were found, replaced or not."""
        return {*(self.entities or ()), *(self.cleared or ()), *self.found}

    def categories(self) -> set[str]:
        """The categories that were flagged or withheld, in the prompt or in an answer."""
        found = set(self.prompt_flagged)
        for choice in self.choices:
            found.update(choice.flagged)
            if choice.withheld:
                found.add(choice.withheld)
        return found

    def as_json(self) -> dict[str, JSON]:
        """The row of a list."""
        worst = self.worst
        names = ("index", "time", "event", "decision", "reason_id", "actor", "tenant", "object", "scenario", "policy")
        return {name: getattr(self, name) for name in (*names, "request_id", "conversation_id")} | {
            "entities": self.entities or {},
            "categories": sorted(self.categories()),
            "highest": {"category": worst[0], "score": worst[1]} if worst else None,
        }


@dataclass(frozen=True, slots=True)
class Filters:
    """What a record must be; `None` is anything.

    Args:
        since, until: milliseconds since 1970; `until` is not included.
        rule: a part of the text of a rule that decided.
        model: the name of a generator.
        category: was flagged or withheld; with `score`, has this score.
        score: the lowest that counts, in per mille, of the category or of any one.
        entity: a type of entities that was found.
        policy: the hash of the policy in force, or its beginning.
    """

    event: str | None = None
    decision: str | None = None
    reason_id: str | None = None
    actor: str | None = None
    request_id: str | None = None
    conversation_id: str | None = None
    since: int | None = None
    until: int | None = None
    rule: str | None = None
    model: str | None = None
    category: str | None = None
    score: int | None = None
    entity: str | None = None
    tenant: str | None = None
    scenario: str | None = None
    policy: str | None = None

    def given(self) -> dict[str, str | int]:
        """Those that are set, by name."""
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        return {name: value for name, value in values.items() if value is not None}

    @property
    def reads_records(self) -> bool:
        """Whether the columns are not enough to tell."""
        return not self.given().keys() <= COLUMNS | {"since", "until"}

    def match(self, facts: Facts) -> bool:
        """Whether a record is what was asked for, as far as its columns do not tell."""
        return (
            self.tenant in (None, facts.tenant)
            and self.scenario in (None, facts.scenario)
            and self.model in (None, facts.model)
            and (self.policy is None or _is_hash(facts.policy, self.policy))
            and (self.entity is None or self.entity in facts.entity_types())
            and (self.rule is None or any(self.rule in text for text in (facts.rules or {}).values()))
            and self._matches_scores(facts)
        )

    def _matches_scores(self, facts: Facts) -> bool:
        if self.score is None:
            return self.category is None or self.category in facts.categories()
        pairs = [*(facts.scores or {}).items(), *(facts.prompt_scores or {}).items()]
        return any(self.category in (None, name) and value >= self.score for name, value in pairs)


COLUMNS = frozenset({"event", "decision", "reason_id", "actor", "request_id", "conversation_id"})
"""Filters that are columns of the log."""

_decoder = msgspec.json.Decoder(Facts)


def read(columns: Mapping[str, Any], record: bytes) -> Facts:
    """The facts of a row. What has not the form of a record is told by its columns."""
    try:
        return _decoder.decode(record)
    except (msgspec.DecodeError, ValueError):
        names = ("index", "time", "event", "decision", "reason_id", "actor", "request_id", "conversation_id")
        return Facts(**{name: columns[name] for name in names}, is_readable=False)


def _is_hash(policy: str | None, asked: str) -> bool:
    return policy is not None and policy.removeprefix("sha256:").startswith(asked.removeprefix("sha256:"))
