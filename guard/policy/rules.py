"""The rules: rows of `rules.csv`, read strictly.

pycasbin's own reader splits at commas again after brackets, drops what it does not know, and lets a row of the wrong
arity fail every later decision. Here such a row is refused, with its line, before Casbin sees anything.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass

from guard.policy import names
from guard.policy.source import wrong

RULES = "rules.csv"
MAX_DEPTH = 8
"""How many roles deep `g` rows may reach; pycasbin stops looking at 10, and a deny must not be out of reach."""

FIELDS = ("sub", "dom", "obj", "act", "eft")
"""The fields of a `p` row under the shipped model."""

_FIELDS = {
    "p": (
        ("role", names.ROLE),
        ("tenant", None),
        ("object", names.OBJECT_PATTERN),
        ("act", names.ACT),
        ("effect", None),
    ),
    "g": (("role", names.ROLE), ("included role", names.ROLE), ("tenant", None)),
}


@dataclass(frozen=True, slots=True)
class PolicyRule:
    """A `p` row."""

    sub: str
    dom: str
    obj: str
    act: str
    eft: str
    line: int
    ip: str = "*"
    fields: tuple[str, ...] = FIELDS

    @property
    def values(self) -> tuple[str, ...]:
        """The fields as Casbin takes them, in the order of the model."""
        return tuple(getattr(self, name) for name in self.fields)

    @property
    def text(self) -> str:
        """The row as written."""
        return ", ".join(("p", *self.values))


@dataclass(frozen=True, slots=True)
class RoleLink:
    """A `g` row: whoever has `role` in `dom` has `included` too."""

    role: str
    included: str
    dom: str
    line: int


def read(text: str) -> tuple[tuple[PolicyRule, ...], tuple[RoleLink, ...]]:
    """Read `rules.csv`. Raises PolicyError that names the line."""
    rules: list[PolicyRule] = []
    links: list[RoleLink] = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        kind, *fields = next(csv.reader([line.rstrip()], quoting=csv.QUOTE_NONE, skipinitialspace=True))
        _check(kind, fields, number)
        if kind == "p":
            sub, dom, obj, act, eft = fields
            rules.append(PolicyRule(sub, dom, obj, act, eft, number))
        else:
            role, included_role, dom = fields
            links.append(RoleLink(role, included_role, dom, number))
    _check_hierarchy(links)
    return tuple(rules), tuple(links)


def included(links: Iterable[RoleLink], roles: Iterable[str], tenant: str) -> dict[str, tuple[str, ...]]:
    """Every role that these roles have in the tenant, with the path that leads to it."""
    paths: dict[str, tuple[str, ...]] = {role: (role,) for role in roles}
    open_roles = list(paths)
    while open_roles:
        role = open_roles.pop(0)
        for link in links:
            if link.role == role and link.dom in ("*", tenant) and link.included not in paths:
                paths[link.included] = (*paths[role], link.included)
                open_roles.append(link.included)
    return paths


def _check(kind: str, fields: list[str], line: int) -> None:
    if kind not in _FIELDS:
        raise wrong(RULES, line, "a rule starts with `p` or `g`.")
    form = _FIELDS[kind]
    if len(fields) != len(form):
        raise wrong(RULES, line, f"a `{kind}` rule has {len(form) + 1} fields, this one has {len(fields) + 1}.")
    for position, ((name, pattern), value) in enumerate(zip(form, fields, strict=True), 2):
        if not _fits(name, pattern, value):
            hint = "is empty" if not value else "holds a character or a form that is refused"
            raise wrong(RULES, line, f"field {position} ({name}) {hint}.")


def _fits(name: str, pattern: re.Pattern[str] | None, value: str) -> bool:
    if name == "effect":
        return value in ("allow", "deny")
    if name == "tenant":
        return value == "*" or bool(names.TENANT.fullmatch(value))
    assert pattern is not None
    return bool(pattern.fullmatch(value))


def _check_hierarchy(links: list[RoleLink]) -> None:
    """Refuse cycles and chains that are too deep, over all tenants at once."""
    for link in links:
        reached, step = {link.role: 0}, [link.role]
        while step:
            following = [next_ for role in step for next_ in links if next_.role == role]
            step = []
            for each in following:
                if each.included == link.role:
                    raise wrong(RULES, link.line, f"the role {link.role} includes itself.")
                if each.included not in reached:
                    reached[each.included] = reached[each.role] + 1
                    step.append(each.included)
        if max(reached.values()) > MAX_DEPTH:
            raise wrong(RULES, link.line, f"roles may include roles {MAX_DEPTH} deep, not deeper.")
