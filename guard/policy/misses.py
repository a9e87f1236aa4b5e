"""The nearest misses of a default deny: what would have to be different for a rule to allow it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from typing import Literal

from guard.policy.index import Cell, RuleIndex
from guard.policy.roles import Held
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
    held = index.roles.held(asked.roles, asked.tenant)
    found: dict[tuple[str, str], Miss] = {}
    for differs, order in _candidates(index, asked, held):
        rule = index.rules[order]
        needs = {"tenant": rule.dom, "address": rule.ip, "role": rule.sub, "act": rule.act, "object": rule.obj}[differs]
        found.setdefault((differs, needs), Miss(differs, needs, rule.text, f"{RULES}:{rule.line}"))
        if len(found) == MOST:
            break
    return tuple(found.values())


def _candidates(index: RuleIndex, asked: Question, held: Held) -> Iterator[tuple[Kind, int]]:
    yield from islice(_elsewhere(index, asked, held), _LOOKED_AT)
    yield from (("role", order) for order in islice(_of_others(index, asked, held), _LOOKED_AT))
    own = list(islice(held, _LOOKED_AT))
    for act in islice(dict.fromkeys(chain.from_iterable(map(index.targets.acts, own))), _LOOKED_AT):
        yield from (("act", order) for order in islice(_fitting(index, held, asked, asked.obj, act), _LOOKED_AT))
    for obj, roles in _alike(index, own, asked).items():
        for order in islice(_fitting(index, {role: role for role in roles}, asked, obj, asked.act), _LOOKED_AT):
            yield "object", order


def _elsewhere(index: RuleIndex, asked: Question, held: Held) -> Iterator[tuple[Kind, int]]:
    """Rules of the caller's roles on this object and act, in other tenants or for other addresses."""
    for cell in _cells(index, held, asked.obj, asked.act):
        for dom, entries in cell.items():
            here = dom in ("*", asked.tenant)
            for order, denies, networks in entries:
                if here and networks is not None:
                    yield from (("address", each) for each in networks.allows)
                elif not here and networks is not None:
                    yield from (("tenant", each) for each in networks.allows)
                elif not here and not denies:
                    yield "tenant", order


def _of_others(index: RuleIndex, asked: Question, held: Held) -> Iterator[int]:
    """Rules that allow this, in this tenant, to roles that the caller does not have."""
    for cells in index.on(asked.obj, asked.act):
        for role, cell in cells.items():
            if role not in held:
                yield from _allows(cell, asked.tenant)


def _alike(index: RuleIndex, roles: Iterable[str], asked: Question) -> dict[str, list[str]]:
    """The objects most like the one asked about that these roles may do this to, and the roles."""
    found: dict[str, list[str]] = {}
    for role in roles:
        if (obj := index.targets.nearest(role, asked.act, asked.obj)) is not None:
            found.setdefault(obj.rstrip("*"), []).append(role)
    return found


def _fitting(index: RuleIndex, held: Held, asked: Question, obj: str, act: str) -> Iterator[int]:
    """Allows of these roles on this object and act, in the tenant, that do not answer the question itself."""
    for cell in _cells(index, held, obj, act):
        for order in _allows(cell, asked.tenant):
            rule = index.rules[order]
            if (rule.act, rule.obj) != (asked.act, asked.obj):
                yield order


def _cells(index: RuleIndex, held: Held, obj: str, act: str) -> Iterator[Cell]:
    """The rules of these roles on this object and act, in the same order each time."""
    for cells in index.on(obj, act):
        for role in sorted(held.keys() & cells.keys()):
            yield cells[role]


def _allows(cell: Cell, tenant: str) -> Iterator[int]:
    for dom in ("*", tenant):
        for order, denies, networks in cell.get(dom, ()):
            if networks is not None:
                yield from networks.allows
            elif not denies:
                yield order
