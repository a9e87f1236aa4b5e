"""Sets of addresses, exactly: from where something is allowed when rules have conditions on the caller's address."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_network
from typing import Literal

from guard.policy.rules import Network

Interval = tuple[int, int, int]
"""Version, first and last address."""

Addresses = tuple[Interval, ...]
"""Disjoint intervals in order, none touching the next: equal sets are equal tuples."""

Answer = Literal["allow", "deny", "depends"]

_ALL = (ip_network("0.0.0.0/0"), ip_network("::/0"))
# An IPv4 address in IPv6 form is read as the IPv4 address, so no caller has one of these.
_NOBODYS = ip_network("::ffff:0:0/96")


def addresses(allowed: Iterable[Network] | None, denied: Iterable[Network]) -> Addresses:
    """The addresses in one of the allowed networks (`None`: all there are) and in none of the denied ones."""
    kept = _union(_ALL if allowed is None else allowed)
    return _without(kept, _union((*denied, _NOBODYS)))


def _union(networks: Iterable[Network]) -> list[Interval]:
    merged: list[Interval] = []
    for version, first, last in sorted((n.version, int(n[0]), int(n[-1])) for n in networks):
        if merged and merged[-1][0] == version and first <= merged[-1][2] + 1:
            merged[-1] = (version, merged[-1][1], max(last, merged[-1][2]))
        else:
            merged.append((version, first, last))
    return merged


def _without(kept: list[Interval], removed: list[Interval]) -> Addresses:
    left: list[Interval] = []
    for version, first, last in kept:
        at = first
        for _, start, end in (each for each in removed if each[0] == version and each[1] <= last and each[2] >= first):
            if start > at:
                left.append((version, at, start - 1))
            at = max(at, end + 1)
        if at <= last:
            left.append((version, at, last))
    return tuple(left)
