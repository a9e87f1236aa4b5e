"""The rules of one policy, indexed: a decision looks up what could match instead of asking every rule.

A rule is found by its act and object, then by its role, then by its tenant; those that differ in the network of their
condition alone by the caller's address. With 110,000 rules a decision is a few look-ups, whatever they look like. Which
rule decides is what pycasbin says of the same rules: the first deny that matches, else the last allow (the first where
nothing denies).

Nothing here changes after it is built, so threads need no lock.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from os.path import commonprefix

from guard.policy.casbin_model import Model
from guard.policy.networks import Address, Networks
from guard.policy.objects import Objects
from guard.policy.roles import Held, Roles
from guard.policy.rules import PolicyRule, RoleLink

Entry = tuple[int, bool, Networks | None]
"""A rule: its place in the order, whether it denies. Or all that differ in network alone, and then just these."""

Cell = dict[str, list[Entry]]
"""The rules of one role on one act and object, by tenant."""

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
        self.roles = Roles(links, model.role_domains)
        self.targets = Targets(self.rules)
        self._any_act = model.terms["act"] == "star"
        self._last = model.denies
        self._acts = _by_act(self.rules, patterns=model.terms["obj"] == "prefix")

    def on(self, obj: str, act: str) -> list[dict[str, Cell]]:
        """The rules on this object and act, by role, whatever their tenants and conditions."""
        found = []
        for wanted in (act, "*") if self._any_act else (act,):
            if (objects := self._acts.get(wanted)) is not None:
                found += objects.on(obj)
        return found

    def decide(self, held: Held, tenant: str, obj: str, act: str, address: Address | None = None) -> int:
        """The place of the deciding rule in `rules`, or `NOBODY`.

        Args:
            held: the roles of the caller and all that they include.
            address: of the caller. Without one a condition holds for a deny and fails for an allow: fail closed.
        """
        denies: list[int] = []
        allows: list[int] = []
        for cells in self.on(obj, act):
            for sub in held.keys() & cells.keys():
                cell = cells[sub]
                for dom in ("*", tenant):
                    for order, deny, networks in cell.get(dom, ()):
                        if networks is not None:
                            networks.holding(address, allows, denies)
                        else:
                            (denies if deny else allows).append(order)
        if denies:
            return min(denies)
        if allows:
            return max(allows) if self._last else min(allows)
        return NOBODY

    def allows_somewhere(self, held: Held, tenant: str, obj: str, act: str) -> bool:
        """Whether some rule allows it from some address, and none denies it from all of them."""
        allowed = False
        for cells in self.on(obj, act):
            for sub in held.keys() & cells.keys():
                for dom in ("*", tenant):
                    for _, deny, networks in cells[sub].get(dom, ()):
                        if deny and networks is None:
                            return False
                        allowed = allowed or networks is None or bool(networks.allows)
        return allowed


def _by_act(rules: Sequence[PolicyRule], *, patterns: bool) -> dict[str, Objects[dict[str, Cell]]]:
    """The rules by act, object, role and tenant."""
    exact: dict[str, dict[str, dict[str, Cell]]] = defaultdict(lambda: defaultdict(dict))
    prefixes: dict[str, dict[str, dict[str, Cell]]] = defaultdict(lambda: defaultdict(dict))
    for order, rule in enumerate(rules):
        pattern = patterns and rule.obj.endswith("*")
        cells = prefixes[rule.act][rule.obj[:-1]] if pattern else exact[rule.act][rule.obj]
        entries = cells.setdefault(rule.sub, {}).setdefault(rule.dom, [])
        denies = rule.eft == "deny"
        if (network := rule.network) is None:
            entries.append((order, denies, None))
            continue
        networks = next((each for _, _, each in entries if each is not None), None)
        if networks is None:
            networks = Networks()
            entries.append((NOBODY, False, networks))
        networks.add(order, denies, network)
    # As plain tables: a look-up must not make an entry.
    return {act: Objects(dict(exact[act]), dict(prefixes[act])) for act in {*exact, *prefixes}}


class Targets:
    """What each role may do to what: for the nearest misses of a default deny."""

    def __init__(self, rules: Sequence[PolicyRule]) -> None:
        acts: dict[str, set[str]] = defaultdict(set)
        objects: dict[tuple[str, str], list[str]] = defaultdict(list)
        for rule in rules:
            if rule.eft != "deny":
                acts[rule.sub].add(rule.act)
                objects[rule.sub, rule.act].append(rule.obj)
        self._acts = {role: sorted(found) for role, found in acts.items()}
        self._objects = {key: sorted(found) for key, found in objects.items()}

    def acts(self, role: str) -> Sequence[str]:
        """The acts that some rule allows to this role."""
        return self._acts.get(role, ())

    def nearest(self, role: str, act: str, obj: str) -> str | None:
        """The object that is most like this one among those that the role may do this to."""
        objects = self._objects.get((role, act), ())
        at = bisect_left(objects, obj)
        beside = objects[max(0, at - 1) : at + 1]
        # Character by character is what is meant: objects are no paths of files.
        found = max(beside, key=lambda each: len(commonprefix([each, obj])), default=None)  # noqa: RUF071
        return found if found and found[0] == obj[:1] else None
