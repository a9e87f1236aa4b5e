"""Rules that differ in the network of their condition alone, found by the address of the caller."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address

from guard.policy.rules import Network

Address = IPv4Address | IPv6Address


class Networks:
    """Conditional rules of one role on one object. However many there are, each length of network is looked up once."""

    def __init__(self) -> None:
        self._rules: dict[tuple[int, int, int], list[tuple[int, bool]]] = {}
        self._lengths: dict[tuple[int, int], None] = {}
        self._first_deny: list[int] = []
        self.allows: list[int] = []

    def add(self, order: int, denies: bool, network: Network) -> None:
        """Take in a rule by its place; the rules come in their order."""
        self._lengths[network.version, network.prefixlen] = None
        self._rules.setdefault(_key(network.network_address, network.prefixlen), []).append((order, denies))
        if not denies:
            self.allows.append(order)
        elif not self._first_deny:
            self._first_deny.append(order)

    def holding(self, address: Address | None, allows: list[int], denies: list[int]) -> None:
        """Add the places of the rules whose condition holds.

        Without an address a condition holds for a deny and fails for an allow: fail closed. One deny is enough.
        """
        if address is None:
            denies += self._first_deny
            return
        for version, length in self._lengths:
            if version == address.version:
                for order, deny in self._rules.get(_key(address, length), ()):
                    (denies if deny else allows).append(order)


def read_address(address: str | None) -> Address | None:
    """A caller's address, an IPv4 one in IPv6 form as IPv4; `None` for what is none."""
    try:
        read = ip_address(address or "")
    except ValueError:
        return None
    return (read.ipv4_mapped or read) if isinstance(read, IPv6Address) else read


def _key(address: Address, length: int) -> tuple[int, int, int]:
    return address.version, length, int(address) >> (address.max_prefixlen - length)
