"""The nearest misses of a default deny: what would have to be different for a rule to allow it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from guard.policy.index import RuleIndex
from guard.policy.rules import RULES

MOST = 5
"""Misses that are named."""

_LOOKED_AT = 16
"""Rules of one kind that are looked at: an object may have a hundred thousand."""

Kind = Literal["tenant", "address", "role", "act", "object"]


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked."""

    roles: tuple[str, ...]
    tenant: str
    obj: str
    act: str
    address: str | None = None


@dataclass(frozen=True, slots=True)
class Miss:
    """A rule that allows what was asked, but for one thing.

    Args:
        differs: what does not fit.
        needs: what the rule has in its place: a role, a tenant, a network, an act or an object.
        rule: its text; `place`: file and line.
    """

    differs: Kind
    needs: str
    rule: str
    place: str


def nearest(index: RuleIndex, asked: Question) -> tuple[Miss, ...]:
    """Up to `MOST` misses, one for each thing that is needed, those that fit in more fields first."""
    held = tuple(index.closure(asked.roles, asked.tenant))
    found: dict[tuple[str, str], Miss] = {}
    for differs, order in _candidates(index, asked, held):
        rule = index.rules[order]
        needs = {"tenant": rule.dom, "address": rule.ip, "role": rule.sub, "act": rule.act, "object": rule.obj}[differs]
        found.setdefault((differs, needs), Miss(differs, needs, rule.text, f"{RULES}:{rule.line}"))
        if len(found) == MOST:
            break
    return tuple(found.values())


def _candidates(index: RuleIndex, asked: Question, held: tuple[str, ...]) -> Iterator[tuple[Kind, int]]:
    for order, dom, denies, network in islice(index.matching(held, asked.obj, asked.act), _LOOKED_AT):
        if not denies and dom not in ("*", asked.tenant):
            yield "tenant", order
        elif not denies and network is not None:
            yield "address", order
    for order in islice(index.targets.on(asked.obj, asked.act), _LOOKED_AT):
        rule = index.rules[order]
        if rule.sub not in held and rule.dom in ("*", asked.tenant):
            yield "role", order
    for role in held[:_LOOKED_AT]:
        for act in islice(index.targets.acts(role), _LOOKED_AT):
            yield from (("act", order) for order in _fitting(index, role, asked, asked.obj, act))
        if (obj := index.targets.nearest(role, asked.act, asked.obj)) is not None:
            yield from (("object", order) for order in _fitting(index, role, asked, obj.rstrip("*"), asked.act))


def _fitting(index: RuleIndex, role: str, asked: Question, obj: str, act: str) -> Iterator[int]:
    """Allows of this role on this object and act, in the tenant, that do not answer the question itself."""
    for order, dom, denies, _ in islice(index.matching((role,), obj, act), _LOOKED_AT):
        rule = index.rules[order]
        if not denies and dom in ("*", asked.tenant) and (rule.act, rule.obj) != (asked.act, asked.obj):
            yield order
