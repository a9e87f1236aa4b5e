"""The rules of one policy, indexed: a decision looks up what could match instead of asking every rule.

A rule is found by its role, act and object: exact objects in one table, `prefix*` objects in another, by the lengths
of the prefixes that this role and act have. With 110,000 rules a decision is a few look-ups. Which rule decides is what
pycasbin says of the same rules: the first deny that matches, else the last allow (the first where nothing denies).

Nothing here changes after it is built, so threads need no lock.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address
from os.path import commonprefix

from guard.policy.casbin_model import Model
from guard.policy.rules import Network, PolicyRule, RoleLink

Address = IPv4Address | IPv6Address
Entry = tuple[int, str, bool, Network | None]
"""A rule as decisions see it: its place in the order, tenant, whether it denies, the network of its condition."""

NOBODY = -1
"""The place of the rule that decides when none does."""


class RuleIndex:
    """Decides over the rules of a bundle.

    Args:
        model: how a rule is compared with a request.
        rules: in the order of the file. A rule that stands twice counts once.
        links: which role includes which.
    """

    def __init__(self, model: Model, rules: Sequence[PolicyRule], links: Sequence[RoleLink]) -> None:
        once: dict[tuple[str, ...], PolicyRule] = {}
        for rule in rules:
            once.setdefault(rule.values, rule)
        self.rules = tuple(once.values())
        self._model = model
        self._any_act = model.terms["act"] == "star"
        self._links: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for link in links:
            self._links[link.role].append((link.included, link.dom))
        self._exact: dict[tuple[str, str, str], list[Entry]] = defaultdict(list)
        self._prefix: dict[tuple[str, str, str], list[Entry]] = defaultdict(list)
        lengths: dict[tuple[str, str], set[int]] = defaultdict(set)
        for order, rule in enumerate(self.rules):
            entry = (order, rule.dom, rule.eft == "deny", rule.network)
            if rule.obj.endswith("*") and model.terms["obj"] == "prefix":
                self._prefix[rule.sub, rule.act, rule.obj[:-1]].append(entry)
                lengths[rule.sub, rule.act].add(len(rule.obj) - 1)
            else:
                self._exact[rule.sub, rule.act, rule.obj].append(entry)
        self._lengths = {key: tuple(sorted(found)) for key, found in lengths.items()}
        self.targets = Targets(self.rules, self._any_act)
        # A look-up must not make an entry.
        self._exact.default_factory = self._prefix.default_factory = self._links.default_factory = None

    def closure(self, roles: Iterable[str], tenant: str) -> dict[str, tuple[str, ...]]:
        """Every role that these roles have in the tenant, with the shortest path that leads to it."""
        paths: dict[str, tuple[str, ...]] = {role: (role,) for role in roles}
        following = list(paths)
        for role in following:
            for included, dom in self._links.get(role, ()):
                if included not in paths and dom in ("*", tenant):
                    paths[included] = (*paths[role], included)
                    following.append(included)
        return paths

    def matching(self, roles: Iterable[str], obj: str, act: str) -> Iterator[Entry]:
        """The rules of these very roles on this object and act, whatever their tenants and conditions."""
        size = len(obj)
        for sub in roles:
            for wanted in (act, "*") if self._any_act else (act,):
                yield from self._exact.get((sub, wanted, obj), ())
                for length in self._lengths.get((sub, wanted), ()):
                    if length > size:
                        break
                    yield from self._prefix.get((sub, wanted, obj[:length]), ())

    def decide(self, roles: Iterable[str], tenant: str, obj: str, act: str, address: Address | None = None) -> int:
        """The place of the deciding rule in `rules`, or `NOBODY`.

        Args:
            roles: those of `closure`.
            address: of the caller. Without one a condition holds for a deny and fails for an allow: fail closed.
        """
        allow = deny = NOBODY
        last = self._model.denies
        for order, dom, denies, network in self.matching(roles, obj, act):
            if (dom != "*" and dom != tenant) or (network is not None and not _holds(network, address, denies)):
                continue
            if denies:
                deny = order if deny == NOBODY else min(deny, order)
            elif allow == NOBODY or (order > allow) is last:
                allow = order
        return deny if deny != NOBODY else allow

    def allows_somewhere(self, roles: Iterable[str], tenant: str, obj: str, act: str) -> bool:
        """Whether some rule allows it from some address, and none denies it from all of them."""
        allowed = False
        for _, dom, denies, network in self.matching(roles, obj, act):
            if dom not in ("*", tenant):
                continue
            if denies and network is None:
                return False
            allowed = allowed or not denies
        return allowed


class Targets:
    """The rules by what they are about: for the nearest misses of a default deny."""

    def __init__(self, rules: Sequence[PolicyRule], any_act: bool) -> None:
        self._by_object: dict[tuple[str, str], list[int]] = defaultdict(list)
        self._acts: dict[str, set[str]] = defaultdict(set)
        self._objects: dict[tuple[str, str], list[str]] = defaultdict(list)
        lengths: dict[str, set[int]] = defaultdict(set)
        self._any_act = any_act
        for order, rule in enumerate(rules):
            if rule.eft == "deny":
                continue
            self._by_object[rule.act, rule.obj].append(order)
            self._acts[rule.sub].add(rule.act)
            self._objects[rule.sub, rule.act].append(rule.obj)
            if rule.obj.endswith("*"):
                lengths[rule.act].add(len(rule.obj) - 1)
        self._lengths = {act: tuple(sorted(found)) for act, found in lengths.items()}
        for objects in self._objects.values():
            objects.sort()

    def on(self, obj: str, act: str) -> Iterator[int]:
        """Places of the rules that allow this, to whatever role."""
        for wanted in (act, "*") if self._any_act else (act,):
            yield from self._by_object.get((wanted, obj), ())
            for length in self._lengths.get(wanted, ()):
                if length <= len(obj):
                    yield from self._by_object.get((wanted, obj[:length] + "*"), ())

    def acts(self, role: str) -> Iterable[str]:
        """The acts that some rule allows to this role."""
        return sorted(self._acts.get(role, ()))

    def nearest(self, role: str, act: str, obj: str) -> str | None:
        """The object that is most like this one among those that the role may do this to."""
        objects = self._objects.get((role, act), [])
        at = bisect_left(objects, obj)
        beside = objects[max(0, at - 1) : at + 1]
        # Character by character is what is meant: objects are no paths of files.
        found = max(beside, key=lambda each: len(commonprefix([each, obj])), default=None)  # noqa: RUF071
        return found if found and found[0] == obj[:1] else None


def read_address(address: str | None) -> Address | None:
    """A caller's address, an IPv4 one in IPv6 form as IPv4; `None` for what is none."""
    try:
        read = ip_address(address or "")
    except ValueError:
        return None
    return (read.ipv4_mapped or read) if isinstance(read, IPv6Address) else read


def _holds(network: Network, address: Address | None, unknown: bool) -> bool:
    return unknown if address is None else address in network
