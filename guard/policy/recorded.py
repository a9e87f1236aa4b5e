"""A recorded request as a replay reads it: the fields it needs, decoded; what it only compares stays undecoded bytes.

Records of earlier versions lack `restore`, `cleared`, `found` and `pseudonyms`, and their scores and thresholds are rounded
to per mille; those with `restore` hold scores rounded down and thresholds rounded up.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

from guard.errors import AuditError
from guard.policy.names import DEFAULT_DENY

Raw = msgspec.Raw
_NOTHING = Raw(b"")


class Recorded(msgspec.Struct, gc=False):
    """One request: its last record, completed by what only the first one has."""

    index: int
    event: str
    time: int = 0
    request_id: str | None = None
    conversation_id: str | None = None
    actor: str | None = None
    tenant: str | None = None
    roles: Raw = _NOTHING
    object: str | None = None
    scenario: str | None = None
    profiles: Raw = _NOTHING
    thresholds: Raw = _NOTHING
    rules: Raw = _NOTHING
    restore: bool | None = None
    decision: str = ""
    outcome: str | None = None
    entities: dict[str, int] | None = None
    cleared: dict[str, int] | None = None
    found: tuple[str, ...] | None = None
    pseudonyms: int = 0
    prompt_scores: dict[str, int] | None = None
    prompt_flagged: tuple[str, ...] = ()
    scores: dict[str, int] | None = None
    choices: Raw = _NOTHING
    counts: dict[str, int] | None = None

    def complete(self, opened: Recorded) -> None:
        """Take over what an earlier version wrote into the opening record alone."""
        self.entities, self.prompt_scores = opened.entities, opened.prompt_scores
        self.prompt_flagged = opened.prompt_flagged


class Choice(msgspec.Struct, gc=False):
    """What became of one choice."""

    flagged: tuple[str, ...] = ()
    withheld: str | None = None


class Limits(msgspec.Struct, gc=False):
    """The thresholds in force, in per mille."""

    withhold: dict[str, int] = {}
    flag: dict[str, int] = {}
    prompt: dict[str, int] = {}


_records = msgspec.json.Decoder(Recorded)
_strings = msgspec.json.Decoder(tuple[str, ...])
_texts = msgspec.json.Decoder(dict[str, str])
_choices = msgspec.json.Decoder(tuple[Choice, ...])
_limits = msgspec.json.Decoder(Limits)


def decode(record: bytes) -> Recorded:
    """Decode a record. Raises AuditError when it has not the form of one."""
    (read,) = decode_all((record,))
    return read


def decode_all(records: Iterable[bytes]) -> list[Recorded]:
    """Decode many. Raises AuditError when one of them has not the form of a record."""
    try:
        return list(map(_records.decode, records))
    except (msgspec.DecodeError, ValueError):
        raise AuditError("A record of the audit log cannot be read.") from None


def roles(raw: bytes) -> tuple[str, ...]:
    """The roles of a record."""
    return _strings.decode(raw) if raw else ()


def texts(raw: bytes) -> dict[str, str]:
    """The rules by part, or the profiles by kind, of a record."""
    return _texts.decode(raw) if raw else {}


def choices(raw: bytes) -> tuple[Choice, ...]:
    """The choices of a record."""
    return _choices.decode(raw) if raw else ()


def limits(raw: bytes) -> Limits:
    """The thresholds of a record."""
    return _limits.decode(raw) if raw else Limits()


def allows(rule: str) -> bool:
    """Whether the text of a rule is that of an allow: of records that do not say what followed from it."""
    return rule != DEFAULT_DENY and not rule.endswith(", deny")


def names_action(rule: str, action: str) -> bool:
    """Whether a rule on an entity type has this action, as a profile or a row of the rules writes it."""
    return f": {action} " in rule or f", {action}," in rule


@dataclass(frozen=True, slots=True)
class Window:
    """The records that a replay reads.

    Args:
        since, until: what was asked for, in milliseconds since 1970; `None` is no bound.
        first, last: indexes of the first and the last record; `None` when there is none.
    """

    since: int | None = None
    until: int | None = None
    first: int | None = None
    last: int | None = None

    @property
    def records(self) -> int:
        """How many records lie between its ends."""
        return 0 if self.first is None or self.last is None else self.last - self.first + 1

    def as_json(self) -> dict[str, int | None]:
        """Its bounds."""
        return {"since": self.since, "until": self.until, "first_record": self.first, "last_record": self.last}
