"""Rules that ask for the caller's address, which no record holds."""

from __future__ import annotations

from collections.abc import Iterable

from guard.policy import vocabulary
from guard.policy.index import RuleIndex
from guard.policy.snapshot import Snapshot


class Conditions:
    """The rules of a policy that hold for some addresses alone."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._bundle = bundle = snapshot.bundle
        rules = [rule for rule in snapshot.index.rules if rule.ip != "*"]
        self._index = RuleIndex(bundle.model, rules, bundle.links) if rules else None

    def concern(self, roles: Iterable[str], tenant: str, model: str, scenario: str | None) -> bool:
        """Whether one of them may have a say in the grant of these roles. Rather yes than no."""
        if self._index is None:
            return False
        held = self._index.roles.closure(roles, tenant)
        asked = [(f"generator/{model}", "use"), *vocabulary.grant_questions(self._bundle, scenario or "")]
        found = (cells for obj, act in asked for cells in self._index.on(obj, act))
        return any({"*", tenant} & cells[role].keys() for cells in found for role in held.keys() & cells.keys())
