"""A labelled text, and what a detector found in it."""

from __future__ import annotations

from dataclasses import dataclass, field

from guard.model import Span


@dataclass(frozen=True, slots=True)
class Labelled:
    """A text and the personal data that people, or whoever made the set, say is in it."""

    text: str = field(repr=False)
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Compared:
    """A text with what is there and what was found, under the same type names."""

    text: str = field(repr=False)
    there: tuple[Span, ...]
    found: tuple[Span, ...]
