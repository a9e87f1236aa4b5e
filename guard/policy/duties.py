"""Separation of duties for one person: which rights that belong apart these roles would give together."""

from __future__ import annotations

from collections.abc import Sequence

from guard.policy import vocabulary
from guard.policy.diff_questions import questions
from guard.policy.separation import Pair
from guard.policy.snapshot import Snapshot


def held_together(snapshot: Snapshot, tenant: str, *roles: Sequence[str]) -> tuple[Pair, ...]:
    """The pairs of the policy whose two rights are in one hand, from whatever address.

    Args:
        roles: of each account in that hand. What one account is denied another may be allowed.
    """
    pairs = snapshot.bundle.separation
    if not pairs:
        return ()
    asked = vocabulary.Asked((each.obj, each.act) for each in questions((snapshot.bundle,)))

    def has(right: str) -> bool:
        pattern, _, act = right.partition(" ")
        objects = asked.objects(pattern) if pattern.endswith("*") else [pattern]
        return any(snapshot.may_from_somewhere(each, tenant, obj, act) for each in roles for obj in objects)

    return tuple(pair for pair in pairs if all(has(right) for right in pair.rights))
