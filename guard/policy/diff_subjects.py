"""Who a diff is about: people, and each role alone in each tenant. Sets of them are bit masks, so that they are fast."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import reduce
from operator import or_

from guard.model import Principal
from guard.policy import names
from guard.policy.bundle import Bundle
from guard.policy.index import RuleIndex

Mask = int
"""A set of subjects: bit n is the subject of place n."""

MOST_ROLES = 10_000
"""Roles times tenants up to which each role is asked about in each tenant."""

_SET_BYTE = re.compile(rb"[^\0]")
_BITS = [tuple(bit for bit in range(8) if byte >> bit & 1) for byte in range(256)]


class Subjects:
    """People first, then roles, each in order.

    Args:
        people: the principals; one that is there twice counts once.
        bundles: the policies whose roles are asked about, each role in each tenant that a person, a rule, a role link
            or the installation itself has. Where these are more than `MOST_ROLES`, a role is asked about in a tenant
            other than the installation's own only if somebody there has it or a rule or link for this tenant is about it.
    """

    def __init__(self, people: Iterable[Principal], bundles: Sequence[Bundle]) -> None:
        once = {(person.id, person.tenant, person.roles): person for person in people}
        self.people = tuple(once[key] for key in sorted(once))
        self._direct, self._tenants = _people_masks(self.people)
        pairs = sorted(_single_roles(self.people, bundles))
        self.roles = tuple(Principal(f"role:{role} in {tenant}", tenant, (role,)) for tenant, role in pairs)
        self.all = (*self.people, *self.roles)
        self.are_people: Mask = (1 << len(self.people)) - 1
        self.everybody: Mask = (1 << len(self.all)) - 1
        # The roles of a tenant lie beside each other.
        self._role_places: dict[str, tuple[int, int]] = {}
        for place, (tenant, _) in enumerate(pairs, len(self.people)):
            self._role_places[tenant] = (self._role_places.get(tenant, (place, 0))[0], place + 1)

    def holders(self, index: RuleIndex) -> dict[str, Mask]:
        """Who has each role under the policy, by included roles too. Who has a malformed role has none."""
        held: dict[str, Mask] = defaultdict(int)
        for (role, tenant), mask in self._direct.items():
            for each in index.roles.closure((role,), tenant):
                held[each] |= mask
        alone: dict[str, bytearray] = defaultdict(lambda: bytearray(len(self.all) // 8 + 1))
        for place, subject in enumerate(self.roles, len(self.people)):
            for each in index.roles.closure(subject.roles, subject.tenant):
                alone[each][place >> 3] |= 1 << (place & 7)
        for role, content in alone.items():
            held[role] |= int.from_bytes(content, "little")
        return dict(held)

    def in_tenant(self, tenant: str) -> Mask:
        """Who is in a tenant."""
        start, end = self._role_places.get(tenant, (0, 0))
        return self._tenants.get(tenant, 0) | ((1 << (end - start)) - 1) << start

    def having(self, role: str, tenant: str) -> Mask:
        """The people who have been given this role in this tenant, not by another role."""
        return self._direct.get((role, tenant), 0)

    def given(self, role: str) -> Mask:
        """Who has this role by itself, in any tenant, not by another role."""
        people = [mask for (name, _), mask in self._direct.items() if name == role]
        alone = [1 << place for place, who in enumerate(self.roles, len(self.people)) if role in who.roles]
        return reduce(or_, people + alone, 0)

    def first(self, mask: Mask) -> Principal:
        """The first of a set that is not empty."""
        return self.all[(mask & -mask).bit_length() - 1]

    def members(self, mask: Mask, most: int | None = None) -> list[Principal]:
        """The members of a set in order, at most so many."""
        content = mask.to_bytes((mask.bit_length() + 7) // 8, "little")
        found: list[Principal] = []
        for match in _SET_BYTE.finditer(content):
            if most is not None and len(found) >= most:
                break
            found += (self.all[match.start() * 8 + bit] for bit in _BITS[content[match.start()]])
        return found[:most]


def _people_masks(people: Sequence[Principal]) -> tuple[dict[tuple[str, str], Mask], dict[str, Mask]]:
    """Who has which role in which tenant, and who is in which tenant."""
    direct: dict[tuple[str, str], list[int]] = defaultdict(list)
    tenants: dict[str, list[int]] = defaultdict(list)
    formed: dict[str, bool] = {}
    for place, person in enumerate(people):
        for role in person.roles:
            if role not in formed:
                formed[role] = bool(names.ROLE.fullmatch(role))
        # A role that cannot be read may be one that is denied, so nothing is allowed with it.
        if all(formed[role] for role in person.roles) and names.TENANT.fullmatch(person.tenant):
            tenants[person.tenant].append(place)
            for role in person.roles:
                direct[role, person.tenant].append(place)
    return {key: _mask(places) for key, places in direct.items()}, {key: _mask(each) for key, each in tenants.items()}


def _single_roles(people: Sequence[Principal], bundles: Sequence[Bundle]) -> Iterator[tuple[str, str]]:
    """Tenant and role of those that are asked about."""
    roles = {role for bundle in bundles for role in bundle.roles}
    tenants = {names.DEFAULT_TENANT, *(person.tenant for person in people)}
    for bundle in bundles:
        roles |= {rule.sub for rule in bundle.rules}
        roles |= {role for link in bundle.links for role in (link.role, link.included)}
        tenants |= {rule.dom for rule in bundle.rules} | {link.dom for link in bundle.links}
    tenants = {tenant for tenant in tenants if names.TENANT.fullmatch(tenant)}
    if len(roles) * len(tenants) <= MOST_ROLES:
        return ((tenant, role) for tenant in tenants for role in roles)
    pairs = {(names.DEFAULT_TENANT, role) for role in roles}
    pairs |= {(person.tenant, role) for person in people for role in person.roles}
    for bundle in bundles:
        pairs |= _named(bundle)
    return (pair for pair in pairs if pair[0] in tenants and pair[1] in roles)


def _named(bundle: Bundle) -> set[tuple[str, str]]:
    """Tenant and role of each rule and link for one tenant, with the roles that include this one there."""
    including: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for link in bundle.links:
        including[link.included].append((link.role, link.dom))
    waiting = [(rule.dom, rule.sub) for rule in bundle.rules] + [(link.dom, link.role) for link in bundle.links]
    found: set[tuple[str, str]] = set()
    while waiting:
        tenant, role = waiting.pop()
        if tenant != "*" and (tenant, role) not in found:
            found.add((tenant, role))
            waiting += ((tenant, each) for each, dom in including[role] if dom in ("*", tenant))
    return found


def _mask(places: Sequence[int]) -> Mask:
    """The set of these places, which are in order."""
    content = bytearray(places[-1] // 8 + 1)
    for place in places:
        content[place >> 3] |= 1 << (place & 7)
    return int.from_bytes(content, "little")
