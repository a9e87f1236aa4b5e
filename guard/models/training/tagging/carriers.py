"""The open sets that label people, places and organizations in real text (licences: NOTICE of the model)."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from pathlib import Path

from guard.models.training.tagging import pools, words
from guard.models.training.tagging.grammar import ANY
from guard.models.training.tagging.labels import Mark, Marked
from guard.models.training.tagging.people import full, person

Sentence = list[tuple[str, str]]

_NAMES = {
    "PER": "PERSON", "person": "PERSON", "Person": "PERSON", "LOC": "LOCATION", "location": "LOCATION", "Location": "LOCATION",
    "ORG": "ORGANIZATION", "corporation": "ORGANIZATION", "Organisation": "ORGANIZATION", "MISC": ANY, "group": ANY, "Nationality": "NRP",
    "Temporal": "DATE_TIME", "Money": "QUANTITY", "MilitaryPlatform": ANY, "DocumentReference": ANY, "CommsIdentifier": ANY,
}  # fmt: skip
_PRONOUNS = frozenset("They He She We I It The This You His Her Their Our".split())
KNOWN = frozenset({"PERSON", "LOCATION", "ORGANIZATION", "USERNAME"})
"""What is labelled in all of them; user names are found by their @."""
WNUT_KNOWN = frozenset({"PERSON", "LOCATION", "USERNAME"})
"""WNUT leaves many organizations unlabelled."""

SETS = {
    "btc": ("permissive_ner/BTC_CONLL-format_{}.conll", tuple("abefgh")),
    "wikigold": ("permissive_ner/wikigold_CONLL-format_{}.conll.txt", ("wikigold",)),
    "re3d": ("permissive_ner/re3d_CONLL-format_{}.conll", ("train_re3d-train", "test_re3d-test")),
    "sec": ("permissive_ner/SEC-filings_CONLL-format_{}.txt", ("train_FIN5", "test_FIN3")),
    "wnut": ("wnut17/{}.conll", ("wnut17train",)),
    "wnut_dev": ("wnut17/{}.conll", ("emerging.dev",)),
}


def sentences(path: Path) -> Iterator[Sentence]:
    """The sentences of a CoNLL file: words with their tags."""
    current: Sentence = []
    for line in path.read_text(encoding="utf-8").splitlines():
        parts = line.split()
        if len(parts) < 2:
            if current:
                yield current
            current = []
        elif parts[0] != "-DOCSTART-":
            current.append((parts[0], parts[-1]))
    if current:
        yield current


_CLOSE = frozenset(".,;:!?)]}%'") | {"'s", "n't", "'re", "'ve", "'ll", "'m", "'d", "’s"}


def _glued(before: str, word: str, depth: int) -> bool:
    """Whether `word` follows `before` without a space in ordinary writing."""
    return (
        word in _CLOSE
        or before in "([{$#@"
        or before == "-"
        or (before == '"' and depth % 2 == 1)
        or (word == '"' and depth % 2 == 1)
    )


def runs(sentence: Sentence) -> list[tuple[list[str], str]]:
    """The sentence as runs of words with one label ("" for none)."""
    found: list[tuple[list[str], str]] = []
    last = ""
    for word, tag in sentence:
        part, _, name = tag.partition("-")
        label = _NAMES.get(name, "") if name else ""
        if found and label == found[-1][1] and (not label or (part == "I" and name == last)):
            found[-1][0].append(word)
        else:
            found.append(([word], label))
        last = name
    return found


def _renamed(label: str, old: list[str], rng: random.Random) -> list[str]:
    if label == "PERSON" and not old[0].startswith("@"):
        who = person(rng)
        return (full(who, rng) if len(old) > 1 else rng.choice((who.first, who.first, who.last))).split()
    if label == "LOCATION" and len(old) <= 2 and old[0][0].isupper():
        return (pools.city(rng)[0] if rng.random() < 0.7 else rng.choice(tuple(pools.countries().values()))).split()
    if label == "ORGANIZATION" and len(old) == 1 and old[0][0].isupper() and rng.random() < 0.5:
        return rng.choice(words.COMPANIES).split()
    return old


def written(sentence: Sentence, source: str, rng: random.Random | None = None) -> Marked:
    """The sentence as text. With `rng`, its names are replaced by others."""
    text = ""
    marks: list[Mark] = []
    before, depth = "", 0
    for found, label in runs(sentence):
        if rng is not None and label in ("PERSON", "LOCATION", "ORGANIZATION"):
            found = _renamed(label, found, rng)
        start = -1
        for word in found:
            glue = not text or _glued(before, word, depth) or (before == "@" and label == "PERSON")
            text += word if glue else f" {word}"
            start = len(text) - len(word) if start < 0 else start
            if word == '"':
                depth += 1
            before = word
        if label:
            marks.append((start, len(text), label))
    if source == "re3d":  # It labels pronouns and descriptions, too; only proper names are taken.
        marks = [(s, e, label if text[s].isupper() and text[s:e] not in _PRONOUNS else ANY) for s, e, label in marks]
    # "Mr. Smith" in one mark, handles in names: the sets differ on both.
    marks = [m for m in marks if "@" not in text[max(0, m[0] - 1) : m[1]] or m[2] != "PERSON"]
    handles = [(m.start(), m.end(), "USERNAME") for m in re.finditer(r"(?<!\w)@\w{2,}", text)]
    marks = [m for m in marks if not any(m[0] < h[1] and h[0] < m[1] for h in handles)] + handles
    known = WNUT_KNOWN if source.startswith("wnut") else KNOWN
    if source == "re3d":
        known = known | {"NRP", "DATE_TIME"}
    return Marked(text, tuple(sorted(marks)), known, source)


def read(data: Path, name: str, rng: random.Random | None = None) -> list[Marked]:
    """Every sentence of the set `name` under `data`/train. Raises FileNotFoundError."""
    pattern, parts = SETS[name]
    return [
        written(each, name, rng)
        for part in parts
        for each in sentences(data / "train" / pattern.format(part))
        if len(each) < 150
    ]
