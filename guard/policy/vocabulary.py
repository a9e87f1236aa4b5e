"""The objects and acts that Guard asks Casbin about. A rule on anything else would never count."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from guard.policy.bundle import Bundle

FIXED: Final[dict[str, tuple[str, ...]]] = {
    "restore": ("use",),
    "check/redact": ("use",),
    "check/moderate": ("use",),
    "generator": ("edit",),
    "transcript": ("read", "erase", "hold"),
    "reveal": ("grant",),
    "audit": ("read",),
    "policy": ("read", "edit"),
    "user": ("read", "edit"),
    "apikey": ("read", "edit"),
    "metrics": ("read",),
}
"""Objects that every installation has."""

ENTITY_ACTS: Final = frozenset({"clear", "redact", "block"})
GENERATOR: Final = "generator/any"
"""Stands for a generator: their names are settings, not policy."""


def matches(obj: str, pattern: str) -> bool:
    """Casbin's keyMatch, for patterns with an asterisk only at their end."""
    return obj.startswith(pattern[:-1]) if pattern.endswith("*") else obj == pattern


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
