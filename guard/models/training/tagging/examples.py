"""Marked texts as rows of numbers, and rows as batches."""

from __future__ import annotations

import random
from dataclasses import dataclass

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor

from guard.models.training.encoder import base_folder
from guard.models.training.tagging.grammar import ANY
from guard.models.training.tagging.labels import LABELS, TAGS, Marked
from guard.redact.pieces import Pieces, pieces

FIRST, LAST = 101, 102
IGNORED = -1
ANYTHING = -2
_PLACE = {label: 1 + 2 * at for at, label in enumerate(LABELS)}


@dataclass(frozen=True, slots=True)
class Row:
    """A text as the network reads it.

    Attributes:
        target: of each token its tag, IGNORED within words, ANYTHING where every tag is right.
        known: whether each tag was looked for in this text.
    """

    ids: list[int]
    shapes: list[int]
    target: list[int]
    known: tuple[bool, ...]


def tokenizer() -> Tokenizer:
    """The encoder's tokenizer, neither cutting nor padding."""
    made = Tokenizer.from_file(str(base_folder() / "tokenizer.json"))
    made.no_truncation()
    made.no_padding()
    return made


def targets(item: Marked, cut: Pieces) -> list[int]:
    """The tag of each token of `item`; a word's later tokens are IGNORED."""
    marks = sorted(item.marks)
    out: list[int] = []
    at, word, begun = 0, -1, -1
    for start, end, number in zip(cut.starts, cut.ends, cut.words, strict=True):
        if number == word:
            out.append(IGNORED)
            continue
        word = number
        while at < len(marks) and marks[at][1] <= start:
            at += 1
        if at < len(marks) and marks[at][0] < end:
            label = marks[at][2]
            out.append(ANYTHING if label == ANY else _PLACE[label] + (begun == at))
            begun = at
        else:
            out.append(0)
    return out


def row(cutter: Tokenizer, item: Marked, length: int) -> Row:
    """`item` as numbers, at most `length` tokens with the two marks."""
    cut = pieces(cutter, item.text)
    body = length - 2
    known = tuple(tag == "O" or tag[2:] in item.known for tag in TAGS)
    target = targets(item, cut)[:body]
    return Row([FIRST, *cut.ids[:body], LAST], [0, *cut.shapes[:body], 0], [IGNORED, *target, IGNORED], known)


def batches(rows: list[Row], tokens: int, rng: random.Random) -> list[list[Row]]:
    """Shuffled batches of rows of like length, each of about so many tokens."""
    shuffled = rng.sample(rows, len(rows))
    groups: list[list[Row]] = []
    for start in range(0, len(shuffled), 3000):
        near = sorted(shuffled[start : start + 3000], key=lambda each: len(each.ids))
        group: list[Row] = []
        for each in near:
            if group and (len(group) + 1) * len(each.ids) > tokens:
                groups.append(group)
                group = []
            group.append(each)
        groups.append(group)
    rng.shuffle(groups)
    return groups


def tensors(group: list[Row]) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    """Ids, shapes, mask, targets, and the tags that each row looked for."""
    width = max(len(each.ids) for each in group)
    ids, shapes = (np.zeros((len(group), width), dtype=np.int64) for _ in range(2))
    mask = np.zeros((len(group), width), dtype=np.int64)
    target = np.full((len(group), width), IGNORED, dtype=np.int64)
    for at, each in enumerate(group):
        size = len(each.ids)
        ids[at, :size], shapes[at, :size], mask[at, :size], target[at, :size] = each.ids, each.shapes, 1, each.target
    known = torch.tensor([each.known for each in group])
    return torch.from_numpy(ids), torch.from_numpy(shapes), torch.from_numpy(mask), torch.from_numpy(target), known


def loss_of(logits: Tensor, target: Tensor, known: Tensor) -> Tensor:
    """The mean over words of minus the log of the probability of all tags that may be right.

    Where nothing is marked, every label that the set does not annotate may be there: their probabilities count with O's.
    """
    places = target >= 0
    scores = torch.log_softmax(logits[places], dim=-1)
    wanted = target[places]
    single = scores.gather(1, wanted.unsqueeze(1)).squeeze(1)
    open_ = ~known
    open_ = torch.cat([torch.ones_like(open_[:, :1]), open_[:, 1:]], dim=1)
    rows = torch.arange(len(target)).unsqueeze(1).expand_as(target)[places]
    loose = scores.masked_fill(~open_[rows], float("-inf")).logsumexp(-1)
    return -torch.where(wanted == 0, loose, single).mean()
