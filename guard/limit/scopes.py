"""Whose budgets a request counts against."""

from __future__ import annotations

from dataclasses import dataclass

from guard.model import Budget, LimitProfile, Principal


@dataclass(frozen=True, slots=True)
class Scope:
    """A budget that applies to a caller.

    Args:
        name: `user`, `key`, `tenant` or `role/<role>`.
        key: what its counts are kept under: names of the policy and random ids, never the name of a person.
    """

    name: str
    budget: Budget
    key: tuple[str, ...]

    @property
    def whose(self) -> str:
        """The scope as messages say it."""
        kind, _, role = self.name.partition("/")
        said = {"user": "this user", "key": "this API key", "tenant": "the whole tenant"}
        return said.get(kind) or f"all with the role {role}"


def applying(principal: Principal, limit: LimitProfile) -> tuple[Scope, ...]:
    """The scopes of a caller, the narrowest first. Each profile counts for itself.

    Roles are those that the user holds by name, not those that these include.
    """
    holders = {"user": principal.id, "key": principal.api_key_id, "tenant": "all"}
    holders |= {f"role/{role}": "all" for role in principal.roles}
    return tuple(
        Scope(name, budget, (limit.name, principal.tenant, name, holder))
        for name, budget in limit.budgets.items()
        if (holder := holders.get(name)) and budget != Budget()
    )
