"""Which roles a caller has, those that his roles include among them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from guard.policy.rules import RoleLink

Held = Mapping[str, str]
"""The roles that a caller has, each with the one that includes it; with itself where the caller has it as such."""

_KEPT = 8192


class Roles:
    """The role links of a bundle. Safe to use from any thread.

    Args:
        links: which role includes which.
        domains: whether links count in their tenant alone.
    """

    def __init__(self, links: Sequence[RoleLink], domains: bool) -> None:
        self._links: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for link in links:
            self._links[link.role].append((link.included, link.dom if domains else "*"))
        self._links.default_factory = None  # A look-up must not make an entry.
        self._by_tenant = domains and any(link.dom != "*" for link in links)
        self._below = lru_cache(_KEPT)(lambda role, tenant: self.closure((role,), tenant))

    def closure(self, roles: Iterable[str], tenant: str) -> Held:
        """Every role that these roles have in the tenant, by the shortest way that leads to it."""
        held = {role: role for role in roles}
        following = list(held)
        for role in following:
            for included, dom in self._links.get(role, ()):
                if included not in held and dom in ("*", tenant):
                    held[included] = role
                    following.append(included)
        return held

    def realm(self, tenant: str) -> str:
        """The tenant, where it makes a difference to what roles include; else `*`, so that one answer serves all."""
        return tenant if self._by_tenant else "*"

    def held(self, roles: Sequence[str], tenant: str) -> Held:
        """What `closure` has, by whatever way, for the price of joining what is known of each role."""
        if len(roles) == 1:
            return self.closure(roles, tenant)
        found = dict(zip(roles, roles, strict=True))
        for role in roles:
            if role in self._links:
                found.update(self._known(role, tenant))
        return found

    def path(self, roles: Iterable[str], tenant: str, role: str) -> tuple[str, ...]:
        """The shortest way from one of these roles to one that is held because of them, both included."""
        known = (self._known(each, tenant) for each in roles)
        return min((_way(held, role) for held in known if role in held), key=len)

    def _known(self, role: str, tenant: str) -> Held:
        return self._below(role, self.realm(tenant))


def _way(held: Held, role: str) -> tuple[str, ...]:
    way = [role]
    while (before := held[way[-1]]) != way[-1]:
        way.append(before)
    return tuple(reversed(way))
