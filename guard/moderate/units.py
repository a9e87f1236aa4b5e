"""Cut an answer into the units that are judged: a function of the text alone, whatever the chunks it came in.

A unit ends, whichever comes first within its first 160 characters,

- after a line feed;
- after a sentence end: `.`, `!`, `?` or `…`, with closing quotes and brackets, and the white space that follows; or one of
  the full-width `。`, `！`, `？`;
- else after the last white space of those 160 characters; where there is none, after the 160th, but never inside `<…>`
  that may be a placeholder.

Because the decision looks at no more than 160 characters and waits for all of them, the cuts cannot depend on how the
stream was cut.
"""

from __future__ import annotations

import re

LIMIT = 160
"""Longest unit, in code points."""

_END = re.compile(r"""\n|[.!?…]["'”’»)\]}*_`]{0,8}\s|[。！？]""")
_SPACE = re.compile(r"\s")
_OPEN_PLACEHOLDER = re.compile(r"<[A-Za-z0-9_\\-]{0,48}$")


class UnitCutter:
    """One choice's cutter. Sans-I/O."""

    def __init__(self) -> None:
        self._held = ""

    def feed(self, text: str) -> list[str]:
        """Take the next piece and return the units that are complete; joined, all units are the text."""
        self._held += text
        units: list[str] = []
        while (end := _cut(self._held)) is not None:
            units.append(self._held[:end])
            self._held = self._held[end:]
        return units

    def flush(self) -> list[str]:
        """The text is over: return what is left as the last unit, if anything is."""
        rest, self._held = self._held, ""
        return [rest] if rest else []

    @property
    def held(self) -> int:
        """How many characters wait for their unit to be complete."""
        return len(self._held)


def _cut(text: str) -> int | None:
    """Where the first unit of `text` ends, or `None` while more text is needed to know."""
    window = text[:LIMIT]
    if found := _END.search(window):
        return found.end()
    if len(window) < LIMIT:
        return None
    if spaces := [match.end() for match in _SPACE.finditer(window)]:
        return spaces[-1]
    if (opened := _OPEN_PLACEHOLDER.search(window)) and opened.start() > 0:
        return opened.start()
    return LIMIT
