"""Answers as a tree of allow-listed nodes: what a model writes in Markdown becomes these, and never markup.

The templates and the scripts make elements of the tree, each by its own allow-list. A node has a tag of `TAGS`, its
attributes and its children; everything else, raw HTML too, is text. Reference links are not read: what stands further
down would then change what stands above it, and a streamed answer could not grow at its end alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from markdown_it import MarkdownIt
from markdown_it.token import Token

TAGS = frozenset(
    {
        *("p", "h3", "h4", "h5", "h6", "ul", "ol", "li", "pre", "blockquote", "hr"),
        *("table", "thead", "tbody", "tr", "th", "td"),
        *("code", "em", "strong", "s", "a", "br", "mark"),
    }
)
ATTRIBUTES = frozenset({"href", "start", "language", "title"})
LONGEST = 200_000
"""Characters that are formatted; a longer text stays as it is."""

_DEEPEST = 24
# Looking for the ends of so many links takes time that grows with their square.
_MOST_BRACKETS = 2000
_NESTING = 40
# The page has the first two levels of headings for itself.
_HEADINGS = {"h1": "h3", "h2": "h4", "h3": "h5", "h4": "h6", "h5": "h6", "h6": "h6"}
_ADDRESS = re.compile(r"(?:https?://|mailto:)[^\s\x00-\x20<>\"']+\Z", re.IGNORECASE)
_LANGUAGE = re.compile(r"[\w+#.-]{1,30}")


@dataclass(frozen=True, slots=True)
class Node:
    """An element: `tag` is of `TAGS`, the names of `attributes` are of `ATTRIBUTES`."""

    tag: str
    children: tuple[Node | str, ...] = field(default=(), repr=False)
    attributes: Mapping[str, str] = field(default_factory=dict, repr=False)


Tree = tuple[Node, ...]


def tree(text: str) -> Tree:
    """The blocks of a text. Never raises for what a model can write; what is too long or too deep stays as it is."""
    return tuple(block for block, _ in blocks(text))


def blocks(text: str) -> list[tuple[Node, int]]:
    """The blocks, and the line (from 0) on which each begins."""
    if len(text) > LONGEST:
        return [_plain(text)]
    tokens = (_READER if text.count("[") <= _MOST_BRACKETS else _WITHOUT_LINKS).parse(text)
    # At its deepest level the reader drops what is nested further.
    if any(token.level >= _NESTING - 1 for token in tokens):
        return [_plain(text)]
    built = _Builder()
    lines = [token.map[0] for token in tokens if token.level == 0 and token.nesting >= 0 and token.map]
    built.take(tokens)
    return list(zip(built.blocks(), lines, strict=True))


def data(nodes: Iterable[Node | str]) -> list[object]:
    """The tree as JSON: a text is a string, an element `[tag, attributes, children]`."""
    return [node if isinstance(node, str) else [node.tag, dict(node.attributes), data(node.children)] for node in nodes]


def _plain(text: str) -> tuple[Node, int]:
    return Node("pre", (text,)), 0


def _is_address(url: str) -> bool:
    return _ADDRESS.match(url) is not None


def _reader() -> MarkdownIt:
    options = {"html": False, "linkify": False, "typographer": False, "maxNesting": _NESTING}
    reader = MarkdownIt("commonmark", options).enable(["table", "strikethrough"]).disable(["reference", "html_block"])
    reader.disable("html_inline")
    # What is no address that may be followed is no link: it stays text.
    reader.validateLink = _is_address  # type: ignore[method-assign]
    return reader


_READER = _reader()
_WITHOUT_LINKS = _reader().disable(["link", "image"])


class _Builder:
    """Makes the tree of the reader's tokens, which are flat. What is nested too deep joins what it is in."""

    def __init__(self) -> None:
        self._open: list[tuple[str, dict[str, str], list[Node | str]]] = [("", {}, [])]
        # Tags of the tokens that are open, with whether they made a node.
        self._made: list[bool] = []

    def blocks(self) -> list[Node]:
        """What stands at the top."""
        return [each for each in self._open[0][2] if isinstance(each, Node)]

    def take(self, tokens: Sequence[Token]) -> None:
        """Take tokens in order."""
        for token in tokens:
            if token.type == "inline":
                self.take(token.children or [])
            elif token.nesting == 1:
                self._begin(token)
            elif token.nesting == -1:
                self._end()
            else:
                self._single(token)

    def _begin(self, token: Token) -> None:
        tag = _HEADINGS.get(token.tag, token.tag)
        made = tag in TAGS and not token.hidden and len(self._open) <= _DEEPEST and not (tag == "a" and self._in_link())
        self._made.append(made)
        if made:
            self._open.append((tag, _attributes(token), []))

    def _end(self) -> None:
        if self._made.pop():
            tag, attributes, children = self._open.pop()
            self._add(Node(tag, tuple(children), attributes))

    def _single(self, token: Token) -> None:
        if token.type in ("fence", "code_block"):
            language = _LANGUAGE.match(token.info.strip())
            self._add(Node("pre", (token.content,), {"language": language[0]} if language else {}))
        elif token.type == "code_inline":
            self._add(Node("code", (token.content,)))
        elif token.type == "image":
            self._image(token)
        elif token.type in ("hr", "hardbreak"):
            self._add(Node("hr" if token.type == "hr" else "br"))
        elif token.type == "softbreak":
            self._add("\n")
        elif token.content:
            self._add(token.content)

    def _image(self, token: Token) -> None:
        """Nothing is loaded from elsewhere: a picture is a link to it."""
        source = str(token.attrs.get("src", ""))
        text = token.content or source
        self._add(text if self._in_link() else Node("a", (text,), {"href": source}))

    def _in_link(self) -> bool:
        return any(tag == "a" for tag, _, _ in self._open)

    def _add(self, node: Node | str) -> None:
        children = self._open[-1][2]
        if isinstance(node, str) and children and isinstance(children[-1], str):
            children[-1] += node
        else:
            children.append(node)


def _attributes(token: Token) -> dict[str, str]:
    return {name: str(value) for name, value in token.attrs.items() if name in ("href", "start", "title")}
