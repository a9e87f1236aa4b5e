"""Findings by the lists of a policy: values that are always personal, and values that never are."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from guard.model import Explanation, Listed, Lists, Span

DENY = "deny-list"

# Chinese is written without spaces: each of its characters is a word here.
_WORD = re.compile(r"[\u3400-\u9fff]|[^\W\u3400-\u9fff]+|[^\w\s]")


def listed(spans: Sequence[Span], text: str, lists: Lists) -> list[Span]:
    """The spans of a text without those whose whole value is allowed, and with the values that are denied.

    White space between words does not count. A value is found as whole words alone.
    """
    kept = [span for span in spans if not _is_allowed(span, text, lists.allow)] if lists.allow else list(spans)
    return [*kept, *_denied(text, lists.deny)] if lists.deny else kept


class _Table:
    """Values by their words, so that a list may be as long as it likes."""

    def __init__(self, lists: tuple[Listed, ...]) -> None:
        self._values: dict[tuple[str, ...], list[tuple[tuple[str, ...], Listed]]] = {}
        self._sizes: dict[str, list[int]] = {}
        for each in lists:
            for value in each.values:
                words = tuple(_WORD.findall(value))
                folded = tuple(word.casefold() for word in words)
                self._values.setdefault(folded, []).append((words, each))
                sizes = self._sizes.setdefault(folded[0], [])
                if len(words) not in sizes:
                    sizes.append(len(words))
        for sizes in self._sizes.values():
            sizes.sort(reverse=True)

    def at(self, words: Sequence[str], place: int) -> tuple[int, Listed] | None:
        """The longest value that begins at a word: how many words, and its list."""
        for size in self._sizes.get(words[place].casefold(), ()):
            there = tuple(words[place : place + size])
            if len(there) < size:
                continue
            for value, each in self._values.get(tuple(word.casefold() for word in there), ()):
                if not each.exact or value == there:
                    return size, each
        return None


@lru_cache(maxsize=64)
def _table(lists: tuple[Listed, ...]) -> _Table:
    return _Table(lists)


def _denied(text: str, deny: tuple[Listed, ...]) -> list[Span]:
    table, places = _table(deny), list(_WORD.finditer(text))
    words = [place[0] for place in places]
    found: list[Span] = []
    at = 0
    while at < len(words):
        hit = table.at(words, at)
        if hit is None:
            at += 1
            continue
        size, each = hit
        why = Explanation("deny list", 1.0)
        found += [Span(places[at].start(), places[at + size - 1].end(), kind, 1.0, DENY, why) for kind in each.types]
        at += size
    return found


def _is_allowed(span: Span, text: str, allow: tuple[Listed, ...]) -> bool:
    words = _WORD.findall(text[span.start : span.end])
    if not words:
        return False
    asked = tuple(each for each in allow if span.entity_type in each.types)
    hit = _table(asked).at(words, 0) if asked else None
    return hit is not None and hit[0] == len(words)
