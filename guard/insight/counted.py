"""What one record counts for. Sums of records are sums of these counts, in whatever order they are made."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

Key = tuple[str | int, ...]
"""What is counted: a kind, and what of it, such as `("entity", "PERSON")`."""

Cell = tuple[str | None, int]
"""A tenant and an hour since 1970."""

CHATS = ("chat.closed", "chat.refused")
CHECKS = ("check.redact", "check.moderate", "check.refused")
FAILED = "authentication.failed"
SIGNED_IN = "session.opened"
RATED = "feedback.given"
LOCKED = "user.locked"
EVENTS = (*CHATS, *CHECKS, FAILED, SIGNED_IN, RATED, LOCKED)
"""Events that count; no other record is read."""

KINDS = ("allow", "flag", "withheld", "blocked", "denied", "limited", "error")
"""What became of a request. `flag`: let through, with a category that reached the threshold to flag it."""

_KINDS = {"withheld": "withheld", "blocked": "blocked", "deny": "denied", "limited": "limited"}
_BASE = math.log(1.04)
_HOUR = 3_600_000


class _Choice(msgspec.Struct, gc=False):
    flagged: tuple[str, ...] = ()
    withheld: str | None = None


class _Usage(msgspec.Struct, gc=False):
    prompt_tokens: int = 0
    completion_tokens: int = 0


class _Limit(msgspec.Struct, gc=False):
    scope: str = ""
    unit: str = ""


class _Entry(msgspec.Struct, gc=False):
    event: str
    decision: str
    tenant: str | None = None
    actor: str | None = None
    roles: tuple[str, ...] = ()
    object: str | None = None
    scenario: str | None = None
    reason_id: str | None = None
    entities: dict[str, int] | None = None
    prompt_flagged: tuple[str, ...] = ()
    choices: tuple[_Choice, ...] = ()
    limit: _Limit | None = None
    counts: dict[str, int] | None = None
    usage: _Usage | None = None
    duration_ms: int = 0
    rating: int = 0


_decoder = msgspec.json.Decoder(_Entry)


def count(rows: Iterable[tuple[int, bytes]], cells: dict[Cell, dict[Key, int]]) -> None:
    """Add rows, each a time and a record, to the sums. What has not the form of a record is counted as such."""
    for time, record in rows:
        counts: list[tuple[Key, int]] = [(("unreadable",), 1)]
        tenant = None
        try:
            entry = _decoder.decode(record)
        except (msgspec.DecodeError, ValueError, RecursionError):
            pass
        else:
            tenant, counts = entry.tenant, _counts(entry)
        cell = cells.setdefault((tenant, time // _HOUR), {})
        for key, number in counts:
            cell[key] = cell.get(key, 0) + number


def slot(milliseconds: int) -> int:
    """The slot of a duration: each is four per cent longer than the one before."""
    return 0 if milliseconds < 1 else 1 + int(math.log(milliseconds) / _BASE)


def duration(slot: int) -> int:
    """The middle of a slot in milliseconds, within two per cent of all that it holds, or half a millisecond."""
    return 0 if slot < 1 else round(math.exp((slot - 0.5) * _BASE))


def quantile(slots: Mapping[int, int], share: float) -> int | None:
    """The duration that this share of requests does not exceed, in milliseconds; `None`: there are none."""
    wanted = math.ceil(sum(slots.values()) * share)
    for each in sorted(slots):
        wanted -= slots[each]
        if wanted <= 0:
            return duration(each)
    return None


def _counts(entry: _Entry) -> list[tuple[Key, int]]:
    if entry.event in CHATS:
        return _chat(entry)
    if entry.event in CHECKS:
        return [(("check", entry.event.partition(".")[2]), 1), *_entities(entry)]
    if entry.event == FAILED:
        failed: Mapping[str, Any] = entry.counts or {entry.reason_id or "": 1}
        return [(("failed", reason), number) for reason, number in failed.items()]
    if entry.event == SIGNED_IN:
        return [(("signed_in",), 1)]
    if entry.event == LOCKED:
        return [(("locked",), 1)]
    return [(("rated", "up" if entry.rating > 0 else "down"), 1)] if entry.rating else []


def _chat(entry: _Entry) -> list[tuple[Key, int]]:
    categories = {*entry.prompt_flagged}
    for choice in entry.choices:
        categories.update(choice.flagged)
        if choice.withheld:
            categories.add(choice.withheld)
    kind = _KINDS.get(entry.decision, "error")
    if entry.decision == "allow":
        kind = "flag" if categories else "allow"
    counts: list[tuple[Key, int]] = [(("chat", kind), 1), *_entities(entry)]
    counts += [(("category", name), 1) for name in categories]
    counts += [(("role", role, kind), 1) for role in set(entry.roles)]
    if entry.scenario:
        counts.append((("scenario", entry.scenario, kind), 1))
    if entry.reason_id:
        counts.append((("reason", entry.reason_id), 1))
    if entry.actor:
        counts.append((("actor", entry.actor), 1))
    if entry.limit:
        counts.append((("limited", entry.limit.scope, entry.limit.unit), 1))
    return counts + _model(entry, kind)


def _model(entry: _Entry, kind: str) -> list[tuple[Key, int]]:
    prefix, _, name = (entry.object or "").partition("/")
    name = name if prefix == "generator" else ""
    counts: list[tuple[Key, int]] = [(("model", name, kind), 1)] if name else []
    if entry.event == "chat.closed":
        counts.append((("lasted", name, slot(entry.duration_ms)), 1))
        if entry.usage and (tokens := entry.usage.prompt_tokens + entry.usage.completion_tokens):
            counts.append((("tokens", name), tokens))
    return counts


def _entities(entry: _Entry) -> list[tuple[Key, int]]:
    return [(("entity", name), number) for name, number in (entry.entities or {}).items()]
