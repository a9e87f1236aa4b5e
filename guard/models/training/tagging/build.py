"""The texts to learn from: made ones, carriers, code. Everything follows from a seed."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

from guard.models.training.tagging import (
    carriers,
    codes,
    lines_chat,
    lines_none,
    lines_records,
    moments,
    negatives,
    people,
    places,
    structures,
)
from guard.models.training.tagging.grammar import Document, Pieces, cased, filled, marked, typos
from guard.models.training.tagging.labels import Marked

_SLOT_MODULES = (codes, moments, people, places)
"""Imported for the slots that they register."""

GROUPS = (
    (lines_chat.CHAT, 30),
    (lines_chat.SUPPORT, 22),
    (lines_records.RECORDS, 15),
    (lines_records.PROSE, 22),
    (lines_none.NONE, 15),
    (lines_none.CODE, 3),
)
HELD_OUT = 9
"""One template of so many is kept for the development split."""


def _lines(held_out: bool) -> list[tuple[list[str], int]]:
    return [
        ([line for at, line in enumerate(lines) if (at % HELD_OUT == 4) == held_out], weight)
        for lines, weight in GROUPS
    ]


class Maker:
    """Makes texts of the training templates, or of the held-out ones."""

    def __init__(self, seed: int, *, held_out: bool = False) -> None:
        self._rng = random.Random(seed)
        self._groups = _lines(held_out)

    def _line(self, document: Document, groups: list[tuple[list[str], int]]) -> Pieces:
        lines = document.rng.choices([g for g, _ in groups], [w for _, w in groups])[0]
        return filled(document.rng.choice(lines), document)

    def _several(self, document: Document) -> Pieces:
        """A few templates of one kind, with common sentences between them."""
        rng = document.rng
        groups = [rng.choices(self._groups, [w for _, w in self._groups])[0], (self._groups[4][0], 4)]
        groups[0] = (groups[0][0], 10)
        between = rng.choice((" ", " ", " ", "\n", "\n\n", ". "))
        out: Pieces = []
        for at in range(rng.choice((2, 2, 3, 3, 4, 5, 6))):
            out += [(between, None)] if at else []
            out += self._line(document, groups)
        return out

    def _structured(self, document: Document) -> Pieces:
        makers = structures.MAKERS
        make: Callable[[Document], Pieces] = document.rng.choices([m for m, _ in makers], [w for _, w in makers])[0]
        if document.rng.random() < 0.25:
            return [*self._line(document, self._groups), ("\n", None), *make(document)]
        return make(document)

    def one(self) -> Marked:
        """A text."""
        document = Document(self._rng)
        dice = self._rng.random()
        if dice < 0.50:
            pieces = self._line(document, self._groups)
        elif dice < 0.76:
            pieces = self._several(document)
        else:
            pieces = self._structured(document)
        if self._rng.random() < 0.15:
            pieces = typos(pieces, self._rng, self._rng.choice((0.02, 0.05, 0.1)))
        pieces = cased(pieces, self._rng)
        if self._rng.random() < 0.06:
            pieces = [
                (text.replace(",", "").replace(".", "") if label is None else text, label) for text, label in pieces
            ]
        return marked(pieces, "made")[0]


def _case(item: Marked, rng: random.Random) -> Marked:
    dice = rng.random()
    if dice < 0.2 and len(item.text.lower()) == len(item.text):
        return Marked(item.text.lower(), item.marks, item.known, item.source)
    if dice < 0.23 and len(item.text.upper()) == len(item.text):
        return Marked(item.text.upper(), item.marks, item.known, item.source)
    return item


def _joined(items: list[Marked], rng: random.Random) -> list[Marked]:
    """Some neighbors put together, for longer texts with context."""
    out: list[Marked] = []
    at = 0
    while at < len(items):
        count = rng.choice((1, 1, 1, 2, 3)) if items[at].source not in ("btc", "wnut") else 1
        text, marks = "", []
        for item in items[at : at + count]:
            shift = len(text) + (1 if text else 0)
            text = f"{text} {item.text}" if text else item.text
            marks += [(start + shift, end + shift, label) for start, end, label in item.marks]
        out.append(Marked(text, tuple(marks), items[at].known, items[at].source))
        at += count
    return out


def training(data: Path, made: int, seed: int) -> list[Marked]:
    """Texts to train on, in random order."""
    rng = random.Random(seed)
    maker = Maker(seed)
    items = [maker.one() for _ in range(made)]
    for name in ("btc", "wikigold", "re3d", "sec", "wnut"):
        items += [_case(item, rng) for item in _joined(carriers.read(data, name), rng)]
        items += [_case(item, rng) for item in _joined(carriers.read(data, name, rng), rng)]
    dev = carriers.read(data, "wnut_dev")
    items += [_case(item, rng) for item in dev[len(dev) // 2 :]] * 2
    items += negatives.code(made // 24, rng) + negatives.manual(made // 50, rng)
    rng.shuffle(items)
    return items


def development(data: Path, made: int, seed: int) -> dict[str, list[Marked]]:
    """Texts to choose by: made of held-out templates, and the first half of WNUT's development split."""
    maker = Maker(seed + 1, held_out=True)
    dev = carriers.read(data, "wnut_dev")
    return {"made": [maker.one() for _ in range(made)], "wnut_dev": dev[: len(dev) // 2]}
