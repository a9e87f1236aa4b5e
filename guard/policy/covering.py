"""Which rule matches all that another one matches: rules that are pointless, found without comparing each with each.

A rule is covered by one of the same role, or of a role that it includes, whose act, tenant, object and network are the
same or wider. Each of these is a step along few wider values: the act or `*`, the tenant or `*`, the object or one of
its prefixes, the network or one that holds it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from guard.policy.bundle import Bundle
from guard.policy.roles import Roles
from guard.policy.rules import Network, PolicyRule

_Scope = tuple[str, str, str]
"""Role, act and tenant."""


class Covering:
    """The rules of a bundle, found by what they cover."""

    def __init__(self, bundle: Bundle) -> None:
        self._links = Roles(bundle.links, bundle.model.role_domains)
        self._prefixes = bundle.model.terms["obj"] == "prefix"
        # By values: a rule that stands a thousand times is looked at once.
        self._rules: dict[tuple[_Scope, str, Network | None], dict[tuple[str, ...], PolicyRule]] = defaultdict(dict)
        # Lengths of patterns; 0 stands for the objects without an asterisk.
        objects: dict[_Scope, set[int]] = defaultdict(set)
        networks: dict[_Scope, set[tuple[int, int]]] = defaultdict(set)
        for rule in bundle.rules:
            scope = (rule.sub, rule.act, rule.dom)
            network = rule.network
            self._rules[scope, rule.obj, network].setdefault(rule.values, rule)
            objects[scope].add(len(rule.obj) if rule.obj.endswith("*") and self._prefixes else 0)
            if network is not None:
                networks[scope].add((network.version, network.prefixlen))
        self._rules.default_factory = None
        self._objects = {scope: sorted(found) for scope, found in objects.items()}
        self._networks = dict(networks)
        self._roles: dict[tuple[str, str], tuple[str, ...]] = {}

    def of(self, rule: PolicyRule) -> Iterator[PolicyRule]:
        """Rules that cover this one, those of its own role first.

        Args:
            rule: of rules with the same values the first; these are left out.
        """
        network = rule.network
        for role in self._included(rule.sub, rule.dom):
            for act in dict.fromkeys((rule.act, "*")):
                for dom in dict.fromkeys((rule.dom, "*")):
                    for other in self._within((role, act, dom), rule.obj, network):
                        if other is not rule:
                            yield other

    def _included(self, role: str, tenant: str) -> tuple[str, ...]:
        """The roles that whoever has this one has too, in every tenant that a rule for `tenant` is about."""
        if (role, tenant) not in self._roles:
            self._roles[role, tenant] = tuple(self._links.closure((role,), tenant))
        return self._roles[role, tenant]

    def _within(self, scope: _Scope, obj: str, network: Network | None) -> Iterator[PolicyRule]:
        for length in self._objects.get(scope, ()):
            if length > len(obj) + 1:
                return
            wider = obj[: length - 1] + "*" if length else obj
            for each in self._wider(scope, network):
                yield from self._rules.get((scope, wider, each), {}).values()

    def _wider(self, scope: _Scope, network: Network | None) -> Iterator[Network | None]:
        yield None
        if network is not None:
            for version, length in sorted(self._networks.get(scope, ())):
                if version == network.version and length <= network.prefixlen:
                    yield network.supernet(new_prefix=length)
