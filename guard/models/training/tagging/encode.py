"""Marked texts as the network learns from them: pieces, shapes, and the tags that each word may have."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from guard.models.training.tagging.grammar import ANY
from guard.models.training.tagging.labels import LABELS, TAGS, Marked
from guard.redact.tagger_input import FIRST, LAST, Reader, Word

INDEX = {tag: at for at, tag in enumerate(TAGS)}
FREE = -1
"""Class of what has no loss: pieces after a word's first, and words that may be tagged either way."""


@dataclass(slots=True)
class Example:
    """One window: ids, shapes and spaces of its pieces, and by piece a tag or `FREE`.

    `open`: labels that its source does not mark. A word that is tagged O may be one of these.
    """

    ids: list[int]
    shapes: list[int]
    spaces: list[int]
    tags: list[int]
    open: tuple[str, ...]


def tags_of(words: Sequence[Word], item: Marked) -> list[int]:
    """The tag of each word, `FREE` where none is taught."""
    tags = [0] * len(words)
    at = 0
    for start, end, label in item.marks:
        first = True
        while at < len(words) and words[at].end <= start:
            at += 1
        inside = at
        while inside < len(words) and words[inside].start < end:
            if label == ANY:
                tags[inside] = FREE
            else:
                tags[inside] = INDEX[f"{'B' if first else 'I'}-{label}"]
            first = False
            inside += 1
    return tags


def encoded(items: Iterable[Marked], reader: Reader, longest: int) -> list[Example]:
    """The windows of all texts, of at most `longest` pieces each; a text that is longer gives several."""
    examples: list[Example] = []
    for item in items:
        words = reader.words(item.text)
        tags = tags_of(words, item)
        unmarked = tuple(label for label in LABELS if label not in item.known)
        example = _empty(unmarked)
        for word, tag in zip(words, tags, strict=True):
            if len(example.ids) + len(word.pieces) + 1 > longest:
                examples.append(_closed(example))
                example = _empty(unmarked)
            example.ids += word.pieces[: longest - 2]
            count = len(word.pieces[: longest - 2])
            example.shapes += [word.shape] * count
            example.spaces += [word.space] + [1] * (count - 1)
            example.tags += [tag] + [FREE] * (count - 1)
        if len(example.ids) > 1:
            examples.append(_closed(example))
    return examples


def _empty(unmarked: tuple[str, ...]) -> Example:
    return Example([FIRST], [0], [0], [FREE], unmarked)


def _closed(example: Example) -> Example:
    for row, last in ((example.ids, LAST), (example.shapes, 0), (example.spaces, 0), (example.tags, FREE)):
        row.append(last)
    return example
