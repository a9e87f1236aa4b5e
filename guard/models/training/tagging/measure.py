"""Strict F1 of spans of words, on rows with their targets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import torch

from guard.models.training.tagging.examples import Row, tensors
from guard.models.training.tagging.labels import TAGS
from guard.models.training.tagging.network import TokenTagger

Spans = set[tuple[int, int, str]]


def spans(tags: Sequence[int]) -> Spans:
    """Spans of a row of tags: an inside tag after another label begins a new one."""
    found: Spans = set()
    start, label = 0, ""
    for at, tag in enumerate((*tags, 0)):
        name, begins = TAGS[tag][2:], TAGS[tag][0] != "I"
        if label and (begins or name != label):
            found.add((start, at, label))
            label = ""
        if name and not label:
            start, label = at, name
    return found


def counted(rows: Sequence[Row], tags: Sequence[Sequence[int]]) -> dict[str, float]:
    """F1 by label and over all of the tags given to each token of each row."""
    right: Counter[str] = Counter()
    said: Counter[str] = Counter()
    there: Counter[str] = Counter()
    for row, guess in zip(rows, tags, strict=True):
        places = [at for at, tag in enumerate(row.target) if tag != -1]
        known = {tag[2:] for tag, yes in zip(TAGS, row.known, strict=True) if yes}
        free = {place for place, at in enumerate(places) if row.target[at] == -2}
        truth = spans([max(row.target[at], 0) for at in places])
        found = {
            s for s in spans([guess[at] for at in places]) if s[2] in known and not free.intersection(range(s[0], s[1]))
        }
        there.update(s[2] for s in truth)
        said.update(s[2] for s in found)
        right.update(s[2] for s in found & truth)
    out = {name: 2 * right[name] / max(1, said[name] + there[name]) for name in there}
    out["all"] = 2 * sum(right.values()) / max(1, sum(said.values()) + sum(there.values()))
    return {name: round(value, 3) for name, value in sorted(out.items())}


@torch.no_grad()
def f1(network: TokenTagger, rows: Sequence[Row], head: int, size: int = 32) -> dict[str, float]:
    """F1 by label and over all of the head numbered `head`."""
    order = sorted(range(len(rows)), key=lambda at: len(rows[at].ids))
    tags: list[np.ndarray] = [np.empty(0)] * len(rows)
    for start in range(0, len(order), size):
        part = order[start : start + size]
        ids, shapes, mask, _, _ = tensors([rows[at] for at in part])
        with torch.autocast("cpu", dtype=torch.bfloat16):
            logits = network(ids, shapes, mask)[head]
        for at, values in zip(part, logits.argmax(-1).numpy(), strict=True):
            tags[at] = values
    return counted(rows, [list(each) for each in tags])
