"""Rules that ask for the caller's address, which no record holds."""

from __future__ import annotations

from collections.abc import Iterable

from guard.policy import vocabulary
from guard.policy.snapshot import Snapshot

_ENTITIES = "redaction/"


class Conditions:
    """The rules of a policy that hold for some addresses alone."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._rules = tuple(rule for rule in snapshot.index.rules if rule.ip != "*")

    def concern(self, roles: Iterable[str], tenant: str, model: str, scenario: str | None) -> bool:
        """Whether one of them may have a say in the grant of these roles. Rather yes than no."""
        if not self._rules:
            return False
        held = self._snapshot.index.roles.closure(roles, tenant)
        asked = [f"generator/{model}", "restore"]
        if wanted := self._snapshot.bundle.scenarios.get(scenario or ""):
            asked.append(f"scenario/{scenario}")
            for kind in ("redaction", "moderation", "limit"):
                asked += [f"{kind}/{name}" for name in getattr(wanted, kind)]
        return any(
            rule.sub in held
            and rule.dom in ("*", tenant)
            and (_on_entities(rule.obj) or any(vocabulary.matches(obj, rule.obj) for obj in asked))
            for rule in self._rules
        )


def _on_entities(pattern: str) -> bool:
    return pattern.startswith(_ENTITIES) or (pattern.endswith("*") and _ENTITIES.startswith(pattern[:-1]))
