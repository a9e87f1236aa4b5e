"""Which roles include which: no role may include itself, over any number of others, and no chain may be too long.

Both are found in one walk that sees each link once. Tenants are left aside: what holds for all links holds for those of
one tenant.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

MAX_DEPTH = 8
"""How many links long a chain may be; pycasbin stops looking at 10, and a deny must not be out of reach."""


class Link(Protocol):
    """A role, the role that it includes, and the line that says so."""

    @property
    def role(self) -> str:
        """The role."""
        ...

    @property
    def included(self) -> str:
        """The role that whoever has the first one has too."""
        ...

    @property
    def line(self) -> int:
        """The line, from 1."""
        ...


_Link = TypeVar("_Link", bound=Link)


def problems(links: Sequence[_Link]) -> Iterator[tuple[_Link, str]]:
    """The links at fault with what is wrong: one for each role that includes itself, else the first that is too deep."""
    walk = _Walk[_Link]()
    for link in links:
        walk.following.setdefault(link.role, []).append(link)
    for role in walk.following:
        walk.visit(role)
    for link in walk.cycles.values():
        yield link, f"the role {link.role} includes itself."
    if walk.cycles:
        return  # A circle has no length.
    for link in links:
        if walk.depth[link.role] > MAX_DEPTH:
            yield link, f"roles may include roles {MAX_DEPTH} deep, not deeper."
            return


@dataclass(slots=True)
class _Walk(Generic[_Link]):
    """Depth first, on a stack of its own: a chain may be longer than Python's.

    Args:
        depth: how many links the longest chain below a role has; a role is here when it is done.
        cycles: by role that includes itself, its link on the way back to it.
    """

    following: dict[str, list[_Link]] = field(default_factory=dict)
    depth: dict[str, int] = field(default_factory=dict)
    cycles: dict[str, _Link] = field(default_factory=dict)

    def visit(self, start: str) -> None:
        """See all roles below this one."""
        if start in self.depth:
            return
        trail = [(start, iter(self.following.get(start, ())))]
        height = {start: 0}
        while trail:
            role, links = trail[-1]
            deeper = next((link.included for link in links if self._leads_on(link, trail, height)), None)
            if deeper is None:
                below = [self.depth.get(link.included, 0) for link in self.following.get(role, ())]
                self.depth[role] = 1 + max(below, default=-1)
                del height[role]
                trail.pop()
            else:
                height[deeper] = len(trail)
                trail.append((deeper, iter(self.following.get(deeper, ()))))

    def _leads_on(self, link: _Link, trail: list[tuple[str, Iterator[_Link]]], height: dict[str, int]) -> bool:
        """Whether the link leads to a role not seen yet. Notes a cycle when it leads back onto the trail."""
        back = height.get(link.included)
        if back is None:
            return link.included not in self.depth
        if link.included not in self.cycles:
            onward = trail[back + 1][0] if back + 1 < len(trail) else link.included
            links = self.following[link.included]
            self.cycles[link.included] = next(each for each in links if each.included == onward)
        return False
