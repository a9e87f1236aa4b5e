"""Every type of structured identifier, as the reference lists it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from guard.redact.recognizers.secret_rule import Rule
from guard.redact.recognizers.shape import Shape


@dataclass(frozen=True, slots=True)
class Entry:
    """One entity type: the countries it belongs to (none: any), its checks, whether it needs a word of context."""

    entity_type: str
    countries: tuple[str, ...]
    checks: tuple[str, ...]
    needs_context: bool


def catalogue(shapes: Iterable[Shape], least: float) -> list[Entry]:
    """The types of the shapes, in order of their names."""
    by_type: dict[str, list[Shape]] = {}
    for shape in shapes:
        by_type.setdefault(shape.entity_type, []).append(shape)
    return [
        Entry(
            kind,
            tuple(sorted({shape.country for shape in some if shape.country})),
            tuple(sorted({shape.check for shape in some if shape.check})),
            all(shape.alone < least for shape in some),
        )
        for kind, some in sorted(by_type.items())
    ]


def secrets(rules: Iterable[Rule]) -> list[tuple[str, Sequence[str]]]:
    """The types of secrets and the names of the rules of each, as the reference lists them."""
    by_type: dict[str, set[str]] = {}
    for rule in rules:
        by_type.setdefault(rule.entity_type, set()).add(rule.name)
    return [(kind, sorted(names)) for kind, names in sorted(by_type.items())]
