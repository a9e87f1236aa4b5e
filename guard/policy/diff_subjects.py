"""Who a diff is about: people, and each role alone in each tenant. Sets of them are bit masks, so that they are fast."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

from guard.model import Principal
from guard.policy import names
from guard.policy.bundle import Bundle
from guard.policy.index import RuleIndex

Mask = int
"""A set of subjects: bit n is the subject of place n."""

_SET_BYTE = re.compile(rb"[^\0]")
_BITS = [tuple(bit for bit in range(8) if byte >> bit & 1) for byte in range(256)]


class Subjects:
    """People first, then roles, each in order.

    Args:
        people: the principals; one that is there twice counts once.
        bundles: the policies whose roles are asked about, each role in each tenant that a person, a rule, a role link
            or the installation itself has.
    """

    def __init__(self, people: Iterable[Principal], bundles: Sequence[Bundle]) -> None:
        once = {(person.id, person.tenant, person.roles): person for person in people}
        self.people = tuple(once[key] for key in sorted(once))
        self.roles = tuple(_single_roles({person.tenant for person in self.people}, bundles))
        self.all = (*self.people, *self.roles)
        self.are_people: Mask = (1 << len(self.people)) - 1
        self.everybody: Mask = (1 << len(self.all)) - 1
        self._direct, self.in_tenant = self._masks()

    def holders(self, index: RuleIndex) -> dict[str, Mask]:
        """Who has each role under the policy, by included roles too. Who has a malformed role has none."""
        held: dict[str, Mask] = defaultdict(int)
        for (role, tenant), mask in self._direct.items():
            for each in index.closure((role,), tenant):
                held[each] |= mask
        return dict(held)

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

    def _masks(self) -> tuple[dict[tuple[str, str], Mask], dict[str, Mask]]:
        """Who has which role in which tenant, and who is in which tenant."""
        direct: dict[tuple[str, str], list[int]] = defaultdict(list)
        tenants: dict[str, list[int]] = defaultdict(list)
        formed: dict[str, bool] = {}
        for place, subject in enumerate(self.all):
            for role in subject.roles:
                if role not in formed:
                    formed[role] = bool(names.ROLE.fullmatch(role))
            # A role that cannot be read may be one that is denied, so nothing is allowed with it.
            if all(formed[role] for role in subject.roles) and names.TENANT.fullmatch(subject.tenant):
                tenants[subject.tenant].append(place)
                for role in subject.roles:
                    direct[role, subject.tenant].append(place)
        size = len(self.all) // 8 + 1
        return (
            {key: _mask(places, size) for key, places in direct.items()},
            {tenant: _mask(places, size) for tenant, places in tenants.items()},
        )


def _single_roles(tenants: set[str], bundles: Sequence[Bundle]) -> Iterable[Principal]:
    roles: set[str] = set()
    tenants = {names.DEFAULT_TENANT, *tenants}
    for bundle in bundles:
        roles |= {*bundle.roles, *(rule.sub for rule in bundle.rules)}
        roles |= {role for link in bundle.links for role in (link.role, link.included)}
        tenants |= {rule.dom for rule in bundle.rules} | {link.dom for link in bundle.links}
    for tenant in sorted(tenants - {"*"}):
        for role in sorted(roles):
            yield Principal(f"role:{role} in {tenant}", tenant, (role,))


def _mask(places: list[int], size: int) -> Mask:
    content = bytearray(size)
    for place in places:
        content[place >> 3] |= 1 << (place & 7)
    return int.from_bytes(content, "little")
