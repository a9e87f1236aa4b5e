"""The training set: read, cleaned, freed of every evaluation text, balanced and split."""

from __future__ import annotations

import csv
import gzip
import json
import random
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from guard.models.training.benign import made
from guard.models.training.mixed import mixed
from guard.models.training.sources import comments, read_all
from guard.models.training.texts import Labelled, cleaned, fingerprint

LIMITS = {
    "hatexplain": 8_000,
    "edos": 6_000,
    "toxic_spans": 8_000,
    "redditbias": 6_000,
    "diasafety/safe": 5_000,
    "hatemoji": 2_000,
    "implicit_hate/not_hate": 6_000,
    "implicit_hate/implicit_hate": 3_000,
    "davidson/0": 800,
    "davidson/1": 1_500,
    "davidson/2": 4_000,
}
"""How many texts a source may give: no one platform, dialect or annotator decides. Not listed: all."""

MIXED = 6_000
DEVELOPMENT_SHARE = 0.04
_SHORTEST = 2


@dataclass(frozen=True, slots=True)
class Split:
    """What to train on and what to choose thresholds on, with the counts for the model card.

    `spare` is what the sources' limits left over: more benign text to choose thresholds on. `unknown` is of a source
    that is never trained on: what a model learned of platforms and annotators instead of offense does not help there.
    """

    train: list[Labelled] = field(repr=False)
    development: list[Labelled] = field(repr=False)
    spare: list[Labelled] = field(repr=False)
    unknown: list[Labelled] = field(repr=False)
    dropped: Counter[str]

    @property
    def sources(self) -> Counter[str]:
        """Texts trained on, by source."""
        return Counter(item.source for item in self.train)


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for member in value.values():
            yield from _strings(member)
    elif isinstance(value, list):
        for member in value:
            yield from _strings(member)


def _texts_of(path: Path) -> Iterator[str]:
    """Yield every string of an evaluation file, whatever its form."""
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    text, name = data.decode("utf-8", errors="replace"), path.name.removesuffix(".gz")
    if name.endswith(".jsonl"):
        for line in text.splitlines():
            yield from _strings(json.loads(line))
    elif name.endswith(".json"):
        yield from _strings(json.loads(text))
    elif name.endswith((".csv", ".tsv")):
        csv.field_size_limit(sys.maxsize)
        for row in csv.reader(text.splitlines(keepends=True), delimiter="," if name.endswith(".csv") else "\t"):
            yield from row
    else:
        yield from text.splitlines()
        yield from (re.sub(r"^\d+\s|[\[\]]", "", line) for line in text.splitlines())


def evaluation_fingerprints(data: Path) -> set[str]:
    """Return the fingerprints of all texts that must not be trained on: `eval/`, benign controls, held-out splits.

    Args:
        data: the folder that holds `train/` and `eval/`.
    """
    held: set[str] = set()
    for path in sorted((data / "eval").rglob("*")):
        if path.is_file() and path.name not in ("SOURCE.txt", "LICENSE", "LICENSE.txt"):
            held.update(fingerprint(text) for text in _texts_of(path))
    for path in sorted((data / "train" / "benign").glob("*.jsonl")):
        held.update(fingerprint(text) for text in _texts_of(path))
    edos = data / "train" / "edos" / "edos_labelled_aggregated.csv"
    with edos.open(encoding="utf-8", newline="") as file:
        held.update(fingerprint(row["text"]) for row in csv.DictReader(file) if row["split"] == "test")
    return {mark for mark in held if len(mark) > _SHORTEST}


def _merged(items: list[Labelled]) -> Labelled:
    """One text for its copies: the mean of the labels that they carry."""

    def mean(values: list[float | None]) -> float | None:
        known = [value for value in values if value is not None]
        return sum(known) / len(known) if known else None

    toxicity, bias = (mean([item.labels[head] for item in items]) for head in (0, 1))
    return replace(items[0], toxicity=toxicity, bias=bias)


def build(data: Path, seed: int) -> Split:
    """Return the training and the development set.

    Args:
        data: the folder that holds `train/` and `eval/`.
        seed: fixes sampling, order and split.

    Raises FileNotFoundError when a set is missing.
    """
    rng = random.Random(seed)
    held = evaluation_fingerprints(data)
    texts, dropped = read_all(data / "train")[0] + made(seed), Counter[str]()
    copies: defaultdict[str, list[Labelled]] = defaultdict(list)
    for item in texts:
        mark = fingerprint(item.text)
        if mark in held or (len(mark) <= _SHORTEST and not item.source.startswith("made/")):
            dropped[item.source] += 1
        else:
            copies[mark or item.text].append(replace(item, text=cleaned(item.text)))
    by_source: defaultdict[str, list[Labelled]] = defaultdict(list)
    for items in copies.values():
        merged = _merged(items)
        by_source[merged.source].append(merged)
    train: list[Labelled] = []
    development: list[Labelled] = []
    spare: list[Labelled] = []
    for source, items in sorted(by_source.items()):
        rng.shuffle(items)
        kept = items[: LIMITS.get(source, len(items))]
        cut = round(len(kept) * DEVELOPMENT_SHARE)
        development += kept[:cut]
        train += kept[cut:]
        spare += items[len(kept) :]
    train += mixed(train, MIXED, rng)
    development += mixed(development, round(MIXED * DEVELOPMENT_SHARE), rng)
    rng.shuffle(train)
    unknown = [
        replace(item, text=cleaned(item.text))
        for item in comments(data / "train")
        if fingerprint(item.text) not in held and fingerprint(item.text) not in copies
    ]
    return Split(train, development, spare, unknown, dropped)
