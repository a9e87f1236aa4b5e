"""From the probabilities of tags to spans of text."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from guard.model import Explanation, Span
from guard.redact.pieces import Pieces

if TYPE_CHECKING:
    import numpy as np

DETECTOR: Final = "tagger"

_STAMP: Final = re.compile(r"(?:\d{4}-\d\d-\d\d[T ])?\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z| ?[+-]\d\d:?\d\d)?")
"""A time to the second, as machines write it into logs: people do not write of themselves that way."""

NOTHING: Final = -1

_OPENING: Final = "\"'“”‘’„«»`*_|<>[{,;:!?.-–—/\\=~&"
_CLOSING: Final = "\"'“”‘’„«»`*_|<>]},;:!?-–—/\\=~@&("
_MANY_LINES: Final = "STREET_ADDRESS"
"""The one type whose values run over line ends."""


@dataclass(slots=True)
class Tagged:
    """What was read at each token: number of the label or NOTHING, its probability, and whether a span begins."""

    labels: np.ndarray
    scores: np.ndarray
    begins: np.ndarray

    def part(self, start: int, stop: int) -> Tagged:
        """The tokens from `start` to `stop`."""
        return Tagged(self.labels[start:stop], self.scores[start:stop], self.begins[start:stop])

    @classmethod
    def joined(cls, parts: Sequence[Tagged]) -> Tagged:
        """The parts one after the other."""
        import numpy as np

        if not parts:
            return cls(np.empty(0, np.int8), np.empty(0, np.float32), np.empty(0, np.bool_))
        columns = ([p.labels for p in parts], [p.scores for p in parts], [p.begins for p in parts])
        return cls(*(np.concatenate(column) for column in columns))


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads rows of tag probabilities: O first, then begin and inside of each label.

    Attributes:
        labels: in the order of the tags.
        thresholds: probability from which a label counts; over 1 for those that are not asked for.
        ceilings: highest score of a label whose value another detector may know more exactly.
    """

    labels: tuple[str, ...]
    thresholds: tuple[float, ...]
    ceilings: Mapping[str, float]

    @classmethod
    def of(cls, config: Mapping[str, Any], *, quasi: bool) -> Reader:
        """Read the config. Raises KeyError, ValueError or TypeError when it is damaged."""
        labels = tuple(str(label) for label in config["labels"])
        hidden = frozenset() if quasi else frozenset(config["quasi"])
        thresholds = tuple(2.0 if label in hidden else float(config["thresholds"][label]) for label in labels)
        return cls(labels, thresholds, {str(k): float(v) for k, v in config["ceilings"].items()})

    @property
    def width(self) -> int:
        """How many tags there are."""
        return 1 + 2 * len(self.labels)

    def read(self, rows: np.ndarray) -> Tagged:
        """Return the best label over its threshold at each token."""
        import numpy as np

        begin, inside = rows[:, 1::2], rows[:, 2::2]
        both = begin + inside
        counted = np.where(both >= np.asarray(self.thresholds), both, 0.0)
        best = counted.argmax(axis=1)
        at = np.arange(len(rows))
        scores = counted[at, best]
        labels = np.where(scores > 0, best, NOTHING).astype(np.int8)
        return Tagged(labels, scores.astype(np.float32), begin[at, best] > inside[at, best])


_HYPHENS: Final = ("-", "'", "’", "‐", "‑")
_NUMBERS: Final = frozenset({"ID", "PHONE_NUMBER"})
_CODE: Final = re.compile(r"\d|[^\W_]{5}")
"""A number or code holds a digit or is not all loose letters, unlike the flags of a file or a dashed line."""


@dataclass(slots=True)
class _Open:
    label: int
    start: int
    end: int
    scores: list[float]


def spans_of(text: str, cut: Pieces, tagged: Tagged, reader: Reader) -> list[Span]:
    """Return the spans of `text`. A word has the label of its first token."""
    found: list[Span] = []
    current: _Open | None = None
    bridge = False
    labels, scores, begins = tagged.labels.tolist(), tagged.scores.tolist(), tagged.begins.tolist()
    at, count = 0, len(cut.ids)
    while at < count:
        stop = at + 1
        while stop < count and cut.words[stop] == cut.words[at]:
            stop += 1
        start, end, label = cut.starts[at], cut.ends[stop - 1], labels[at]
        if label == NOTHING:
            if current is not None:
                bridge, before = (not bridge and end - start == 1 and not text[start].isalnum()), bridge
                if before or not bridge:
                    found += _closed(text, current, reader)
                    current, bridge = None, False
        elif current is not None and _continues(text, current, start, label, begins[at], reader):
            current.end = end
            current.scores.append(scores[at])
            bridge = False
        else:
            if current is not None:
                found += _closed(text, current, reader)
            current, bridge = _Open(label, start, end, [scores[at]]), False
        at = stop
    if current is not None:
        found += _closed(text, current, reader)
    return found


def _continues(text: str, current: _Open, start: int, label: int, begins: bool, reader: Reader) -> bool:
    """Whether the word at `start` belongs to the span before it: parts of a hyphenated word are never told apart."""
    gap = text[current.end : start]
    if gap in _HYPHENS or (not gap and text[current.end - 1] in _HYPHENS):
        return True
    if label != current.label or begins:
        return False
    return reader.labels[label] == _MANY_LINES or "\n" not in gap


def _closed(text: str, current: _Open, reader: Reader) -> list[Span]:
    """The span without what does not belong to a value at its ends; none when no letter or digit is left."""
    start, end = trimmed(text, current.start, current.end)
    if not any(c.isalnum() for c in text[start:end]):
        return []
    label = reader.labels[current.label]
    if label in _NUMBERS and not _CODE.search(text, start, end):
        return []
    score = min(sum(current.scores) / len(current.scores), reader.ceilings.get(label, 1.0), 1.0)
    return [Span(start, end, label, score, DETECTOR, Explanation(f"tag {label}", score))]


def trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """`start` and `end` without quotes, brackets, a possessive and closing punctuation."""
    changed = True
    while changed and start < end:
        before = (start, end)
        while start < end and (text[start] in _OPENING or text[start].isspace()):
            start += 1
        while end > start and (text[end - 1] in _CLOSING or text[end - 1].isspace()):
            end -= 1
        if end - start > 2 and text[end - 2 : end] in ("'s", "’s", "'S", "’S"):
            end -= 2
        if end > start and text[end - 1] == "." and not _abbreviated(text, start, end):
            end -= 1
        inner = text[start:end]
        if inner.startswith("(") and ")" not in inner:
            start += 1
        elif inner.endswith(")") and "(" not in inner:
            end -= 1
        changed = before != (start, end)
    return start, end


def _abbreviated(text: str, start: int, end: int) -> bool:
    """Whether the dot at the end belongs to a short word, as in "Jr." or "p.m."."""
    at = end - 1
    while at > start and text[at - 1].isalpha():
        at -= 1
    return 0 < end - 1 - at <= 3
