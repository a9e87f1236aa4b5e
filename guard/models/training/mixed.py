"""Longer texts of two parts, because the product judges a sentence together with the one before it.

A text of the training sets is joined to a benign one, before or after it; the label stays. Without these, a model of
single posts lets an insult pass that hides among polite sentences.
"""

from __future__ import annotations

import random
from dataclasses import replace

from guard.models.training.texts import Labelled

BENIGN = ("prose", "made/assistant", "made/people", "made/jobs", "made/science", "diasafety/safe")
_LONGEST = 160


def mixed(items: list[Labelled], count: int, rng: random.Random) -> list[Labelled]:
    """Return `count` texts joined of one of `items` and a benign one, each short enough for both to be read."""
    short = [item for item in items if len(item.text) <= _LONGEST]
    benign = [item for item in short if item.source in BENIGN]
    joined: list[Labelled] = []
    for _ in range(count):
        item, neighbor = rng.choice(short), rng.choice(benign)
        parts = [_ended(item.text), _ended(neighbor.text)]
        rng.shuffle(parts)
        joined.append(replace(item, text=" ".join(parts), source="mixed"))
    return joined


def _ended(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."
