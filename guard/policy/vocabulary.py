"""The objects and acts that Guard asks Casbin about. A rule on anything else would never count."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from typing import Final

from guard.policy.bundle import Bundle

FIXED: Final[dict[str, tuple[str, ...]]] = {
    "restore": ("use",),
    "check/redact": ("use",),
    "check/moderate": ("use",),
    "generator": ("edit",),
    "transcript": ("read", "erase", "hold"),
    "reveal": ("ask", "grant", "alone"),
    "queue": ("work",),
    "audit": ("read",),
    "policy": ("read", "edit", "approve"),
    "user": ("read", "edit"),
    "apikey": ("read", "edit"),
    "key": ("read",),
    "metrics": ("read",),
}
"""Objects that every installation has."""

ENTITY_ACTS: Final = frozenset({"clear", "redact", "block"})
GENERATOR: Final = "generator/any"
"""Stands for a generator: their names are settings, not policy."""

OTHER: Final = "OTHER"
"""The entity type that a rule asks about which is in no list: `redaction/default/OTHER`, or a wildcard over it."""


def questions(bundle: Bundle) -> Iterator[tuple[str, str]]:
    """Every object and act that Guard may ask about under this bundle, a sample generator included."""
    for obj, acts in FIXED.items():
        yield from ((obj, act) for act in acts)
    yield GENERATOR, "use"
    named = {
        "scenario": bundle.scenarios,
        "redaction": bundle.redaction,
        "moderation": bundle.moderation,
        "limit": bundle.limits,
    }
    for kind, there_are in named.items():
        yield from ((f"{kind}/{name}", "use") for name in there_are)


def entity_questions(bundle: Bundle) -> Iterator[tuple[str, str]]:
    """Those about the entity types of each redaction profile."""
    for profile in bundle.redaction:
        for entity_type in bundle.entity_types:
            yield from ((f"redaction/{profile}/{entity_type}", act) for act in sorted(ENTITY_ACTS))


def named_types(bundle: Bundle) -> Iterator[str]:
    """The entity types that the lists or a profile name, some of them more than once."""
    yield from bundle.entity_types
    for profile in bundle.redaction.values():
        yield from profile.actions


def grant_questions(bundle: Bundle, scenario: str) -> list[tuple[str, str]]:
    """Those that a grant for this scenario may ask, but for the generator; none where there is no such scenario."""
    wanted = bundle.scenarios.get(scenario)
    if wanted is None:
        return []
    named = {"redaction": wanted.redaction, "moderation": wanted.moderation, "limit": wanted.limit}
    asked = [(f"scenario/{scenario}", "use"), ("restore", "use")]
    asked += [(f"{kind}/{profile}", "use") for kind, profiles in named.items() for profile in profiles]
    types = dict.fromkeys((*named_types(bundle), OTHER))
    for profile in wanted.redaction:
        asked += [(f"redaction/{profile}/{each}", act) for each in types for act in sorted(ENTITY_ACTS)]
    return asked


class Asked:
    """The acts that are asked of objects: found by an object, or by the `x*` of a rule.

    Args:
        questions: objects and acts.
    """

    def __init__(self, questions: Iterable[tuple[str, str]]) -> None:
        self._acts: dict[str, set[str]] = {}
        for obj, act in questions:
            self._acts.setdefault(obj, set()).add(act)
        self._objects = sorted(self._acts)
        self._found: dict[str, frozenset[str]] = {}

    def acts(self, pattern: str) -> frozenset[str]:
        """Every act that is asked of an object that the pattern matches."""
        if pattern not in self._found:
            self._found[pattern] = frozenset(act for obj in self.objects(pattern) for act in self._acts[obj])
        return self._found[pattern]

    def objects(self, pattern: str) -> list[str]:
        """The objects that the pattern matches, in order."""
        if not pattern.endswith("*"):
            return [pattern] if pattern in self._acts else []
        start = bisect_left(self._objects, pattern[:-1])
        # No character of an object comes behind the last one of ASCII.
        return self._objects[start : bisect_left(self._objects, pattern[:-1] + "\x7f")]
