"""An answer that grows: which of its blocks are new or changed since the last look."""

from __future__ import annotations

from typing import NamedTuple

from guard.web.markdown import Node, blocks, tree

_OPEN = 3
"""Blocks at the end that what comes may still change; what stands before them is not read again."""

_SHORT = 4000
"""Characters that are read again with every piece; a longer end is read again when it has grown by a sixteenth."""


class Change(NamedTuple):
    """From block `first` on, the answer is now `nodes`."""

    first: int
    nodes: tuple[Node, ...]


class Growing:
    """The blocks of one answer while it comes. Its last look is `tree` of the whole text."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._end = ""
        self._closed = 0
        self._shown: list[Node] = []
        self._due = 0

    def feed(self, text: str) -> Change | None:
        """Take the next piece. `None`: nothing to show yet."""
        self._pieces.append(text)
        self._end += text.replace("\r", "")
        return self._look() if len(self._end) >= self._due else None

    def finish(self) -> Change | None:
        """The answer is whole: what of it has to be shown otherwise."""
        return self._changed(0, list(tree("".join(self._pieces))))

    def _look(self) -> Change | None:
        found = blocks(self._end)
        change = self._changed(self._closed, [node for node, _ in found])
        if len(found) > _OPEN:
            line = found[-_OPEN][1]
            self._closed += len(found) - _OPEN
            self._end = "\n".join(self._end.split("\n")[line:])
        self._due = len(self._end) + (len(self._end) // 16 if len(self._end) > _SHORT else 0)
        return change

    def _changed(self, first: int, nodes: list[Node]) -> Change | None:
        """Compare with what was shown from block `first` on, and remember."""
        shown = self._shown[first:]
        same = next((i for i, (a, b) in enumerate(zip(shown, nodes, strict=False)) if a != b), None)
        if same is None and len(shown) == len(nodes):
            return None
        at = first + (min(len(shown), len(nodes)) if same is None else same)
        self._shown[first:] = nodes
        return Change(at, tuple(self._shown[at:]))
