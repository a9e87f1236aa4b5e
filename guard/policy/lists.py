"""Deny and allow lists: values that are always found, and findings that are none. The file may be missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from guard.model import Listed, Lists
from guard.policy.schema import AllowForm, ListForm, ListsFile
from guard.policy.source import parse, wrong_at

LISTS = "lists.toml"
EVERYWHERE = "*"

BY_CONTEXT = ("names", "quasi_identifiers")
"""Groups whose types `*` means: found by context, where chance is. A number with a check digit is no chance."""

NEVER = "secrets"
"""The group that no list lets out."""


@dataclass(frozen=True, slots=True)
class TenantLists:
    """The lists of all tenants. `repr` shows no value."""

    deny: tuple[tuple[str, Listed], ...] = ()
    allow: tuple[tuple[str, Listed], ...] = ()

    def of(self, tenant: str) -> Lists:
        """Those that count for a tenant."""
        return Lists(
            tuple(each for whose, each in self.deny if whose in (EVERYWHERE, tenant)),
            tuple(each for whose, each in self.allow if whose in (EVERYWHERE, tenant)),
        )


def read(text: str, groups: Mapping[str, Sequence[str]]) -> TenantLists:
    """Read the file.

    Raises PolicyError that names the place, never the value: for a value that stands twice in its list, and for an allow
    list of secrets.
    """
    file = parse(LISTS, text, ListsFile)
    by_context = frozenset(each for name in BY_CONTEXT for each in groups.get(name, ()))
    for index, denied in enumerate(file.deny):
        _refuse_twice(text, "deny", index, denied)
    for index, allowed in enumerate(file.allow):
        _refuse_twice(text, "allow", index, allowed)
        if allowed.type in groups.get(NEVER, ()):
            raise wrong_at(LISTS, text, ["allow", index, "type"], "a secret is never let out by a list.")
    return TenantLists(
        tuple((form.tenant, _listed(form, frozenset((form.type,)))) for form in file.deny),
        tuple(
            (form.tenant, _listed(form, by_context if form.type == "*" else frozenset((form.type,))))
            for form in file.allow
        ),
    )


def _refuse_twice(text: str, kind: str, index: int, form: ListForm | AllowForm) -> None:
    seen: set[str] = set()
    for at, value in enumerate(form.values):
        name = value if form.case == "exact" else value.casefold()
        if name in seen:
            raise wrong_at(LISTS, text, [kind, index, "values", at], "this value is listed twice.")
        seen.add(name)


def _listed(form: ListForm | AllowForm, types: frozenset[str]) -> Listed:
    return Listed(types, tuple(form.values), exact=form.case == "exact")
