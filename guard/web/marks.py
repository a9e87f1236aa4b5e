"""What was taken out, marked: in the words of a person as pieces of text, in the tree of an answer as nodes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol

from guard.web.markdown import Node, Tree


class Marked(Protocol):
    """A stretch of a text, in code points, that stands for a placeholder or is one."""

    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...
    @property
    def entity_type(self) -> str: ...
    @property
    def placeholder(self) -> str: ...


class Piece(NamedTuple):
    """A stretch of a text; `entity_type` is empty where nothing was taken out."""

    text: str
    entity_type: str = ""
    placeholder: str = ""


def pieces(text: str, marks: Iterable[Marked]) -> list[Piece]:
    """The text in pieces. What overlaps an earlier mark, or lies outside of the text, is not marked."""
    found: list[Piece] = []
    at = 0
    for mark in sorted(marks, key=lambda each: (each.start, -each.end)):
        if not at <= mark.start < mark.end <= len(text):
            continue
        if mark.start > at:
            found.append(Piece(text[at : mark.start]))
        found.append(Piece(text[mark.start : mark.end], mark.entity_type, mark.placeholder))
        at = mark.end
    return [*found, Piece(text[at:])] if at < len(text) else found


def marked(nodes: Tree, values: Mapping[str, str]) -> Tree:
    """The tree with these texts marked wherever they stand as words of their own.

    Args:
        values: the text and its entity type.
    """
    present = sorted((each for each in values if each.strip()), key=len, reverse=True)
    if not present:
        return nodes
    words = re.compile("|".join(rf"(?<!\w){re.escape(each)}(?!\w)" for each in present))
    return tuple(_node(node, lambda text: _split(text, words, values)) for node in nodes)


def values_of(text: str, marks: Iterable[Marked]) -> dict[str, str]:
    """The marked texts and their entity types."""
    return {text[mark.start : mark.end]: mark.entity_type for mark in marks}


def _node(node: Node, split: Callable[[str], list[Node | str]]) -> Node:
    children: list[Node | str] = []
    for child in node.children:
        children += split(child) if isinstance(child, str) else [_node(child, split)]
    return Node(node.tag, tuple(children), node.attributes)


def _split(text: str, words: re.Pattern[str], values: Mapping[str, str]) -> list[Node | str]:
    found: list[Node | str] = []
    at = 0
    for match in words.finditer(text):
        if match.start() > at:
            found.append(text[at : match.start()])
        found.append(Node("mark", (match[0],), {"title": values[match[0]]}))
        at = match.end()
    return [*found, text[at:]] if at < len(text) else found


def types(marks: Sequence[Marked]) -> dict[str, int]:
    """How many of each entity type, the most first."""
    counts: dict[str, int] = {}
    for mark in marks:
        counts[mark.entity_type] = counts.get(mark.entity_type, 0) + 1
    return dict(sorted(counts.items(), key=lambda each: (-each[1], each[0])))
