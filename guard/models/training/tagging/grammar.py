"""Templates to pieces, pieces to marked texts.

A template is text with slots, `{person}`, and choices, `(Hi|Hello|)`. A slot gives pieces: text and a label, None for
nothing, `ANY` for what may be tagged either way. `{a.full}`, `{a.first}`, `{a.last}` … name the same person (a, b or c)
all through one document.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from guard.models.training.tagging.labels import Mark, Marked

ANY = "?"
Piece = tuple[str, str | None]
Pieces = list[Piece]

_CHOICE = re.compile(r"\(((?:[^()|]*\|)+[^()|]*)\)")
_SLOT = re.compile(r"\{([a-z][a-z0-9_.]*)\}")


@dataclass(slots=True)
class Document:
    """What is remembered while one text is made."""

    rng: random.Random
    people: dict[str, object] = field(default_factory=dict)


Slot = Callable[[Document], Pieces]
SLOTS: dict[str, Slot] = {}


def slot(name: str) -> Callable[[Slot], Slot]:
    """Register a function as the slot `name`."""

    def register(function: Slot) -> Slot:
        SLOTS[name] = function
        return function

    return register


def chosen(template: str, rng: random.Random) -> str:
    """`template` with each choice made, inner ones first; `<<` and `>>` inside of a choice are parentheses."""
    while (found := _CHOICE.search(template)) is not None:
        template = template[: found.start()] + rng.choice(found[1].split("|")) + template[found.end() :]
    return template.replace("<<", "(").replace(">>", ")")


def filled(template: str, document: Document) -> Pieces:
    """The pieces of `template`. Raises KeyError for a slot that is not there."""
    text = chosen(template, document.rng).replace("\\n", "\n").replace("\\t", "\t")
    pieces: Pieces = []
    at = 0
    for found in _SLOT.finditer(text):
        if found.start() > at:
            pieces.append((text[at : found.start()], None))
        pieces += _value(found[1], document)
        at = found.end()
    if at < len(text):
        pieces.append((text[at:], None))
    return pieces


def _value(name: str, document: Document) -> Pieces:
    who, dot, form = name.partition(".")
    if dot:
        return SLOTS[f"*.{form}"](Document(document.rng, {"": document, "who": who}))
    return SLOTS[name](document)


def marked(pieces: Iterable[Piece], source: str) -> tuple[Marked, tuple[Mark, ...]]:
    """The text of `pieces` with its marks, and apart from them the places that may be tagged either way."""
    text: list[str] = []
    marks: list[Mark] = []
    free: list[Mark] = []
    at = 0
    for part, label in pieces:
        lead, trail = len(part) - len(part.lstrip()), len(part) - len(part.rstrip())
        if label is not None and part.strip():
            (free if label == ANY else marks).append((at + lead, at + len(part) - trail, label))
        text.append(part)
        at += len(part)
    return Marked("".join(text), (*marks, *free), source=source), tuple(free)


def cased(pieces: Sequence[Piece], rng: random.Random) -> Pieces:
    """`pieces` all in lower case, all in upper case, with a lost capital here and there, or as they are."""
    dice = rng.random()
    if dice < 0.19:
        return [(text.lower(), label) for text, label in pieces]
    if dice < 0.23:
        return [(text.upper(), label) for text, label in pieces]
    if dice < 0.28:
        return [(text.lower() if label and rng.random() < 0.6 else text, label) for text, label in pieces]
    if dice < 0.31:
        return [(text.upper() if label in ("PERSON", "ORGANIZATION") else text, label) for text, label in pieces]
    if dice < 0.33:
        return [(text.title() if label is None else text, label) for text, label in pieces]
    return list(pieces)


def typos(pieces: Sequence[Piece], rng: random.Random, rate: float) -> Pieces:
    """`pieces` with letters swapped, lost or doubled outside of what is marked."""
    out: Pieces = []
    for text, label in pieces:
        if label is not None:
            out.append((text, label))
            continue
        letters = list(text)
        for at in range(1, len(letters) - 1):
            if letters[at].isalpha() and letters[at + 1].isalpha() and rng.random() < rate:
                kind = rng.random()
                if kind < 0.4:
                    letters[at], letters[at + 1] = letters[at + 1], letters[at]
                elif kind < 0.7:
                    letters[at] = ""
                else:
                    letters[at] *= 2
        out.append(("".join(letters), label))
    return out
