"""From the spans of several detectors to those that are replaced."""

from __future__ import annotations

import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence

from guard.model import Span

_JOINED = frozenset({"PERSON", "LOCATION", "STREET_ADDRESS", "ORGANIZATION"})
"""Types whose fragments, with a space between them, are one value."""

_JOINERS = "\u200d\ufe0e\ufe0f\u20e3"


def resolve(spans: Iterable[Span], text: str) -> list[Span]:
    """Spans that do not overlap, in order, none of which cuts a character in two.

    Spans that overlap become one over all of them, so that no rest of a value is left; its type is that of the longest,
    then of the best score. Fragments of a name or an address that stand side by side are joined.
    """
    merged: list[list[Span]] = []
    reach = -1
    for span in sorted((_whole_characters(span, text) for span in spans), key=lambda s: (s.start, -s.end)):
        if merged and (span.start < reach or _belongs(merged[-1], span, text[reach : span.start])):
            merged[-1].append(span)
        else:
            merged.append([span])
        reach = max(span.end, reach if len(merged[-1]) > 1 else span.end)
    return [_union(cluster) for cluster in merged]


def outside(spans: Iterable[Span], regions: Iterable[tuple[int, int]], text: str) -> list[Span]:
    """The parts of spans outside regions (in order, not overlapping) that hold a letter or a digit, without the spaces
    at their ends: around placeholders and values that are replaced already."""
    blocked = list(regions)
    starts, ends = [region[0] for region in blocked], [region[1] for region in blocked]
    parts: list[Span] = []
    for span in spans:
        position = span.start
        inside = blocked[bisect_right(ends, span.start) : bisect_left(starts, span.end)]
        for start, end in [*inside, (span.end, span.end)] if inside else [(span.end, span.end)]:
            piece = text[position:start]
            if any(c.isalnum() for c in piece):
                begin = position + len(piece) - len(piece.lstrip())
                stop = begin + len(piece.strip())
                parts.append(span.at(begin, stop))
            position = max(position, end)
    return parts


def _belongs(cluster: Sequence[Span], span: Span, gap: str) -> bool:
    return gap in ("", " ") and span.entity_type in _JOINED and cluster[-1].entity_type == span.entity_type


def _union(cluster: Sequence[Span]) -> Span:
    best = max(cluster, key=lambda span: (span.end - span.start, span.score))
    return best.at(min(span.start for span in cluster), max(span.end for span in cluster))


def _whole_characters(span: Span, text: str) -> Span:
    """The span with the combining marks and joined characters that its ends would cut off."""
    start, end = span.start, span.end
    while 0 < start < len(text) and _extends(text[start]):
        start -= 1
    while end < len(text) and (_extends(text[end]) or text[end - 1] == "\u200d"):
        end += 1
    return span.at(start, end)


def _extends(character: str) -> bool:
    """Whether a character belongs to the one before it (UAX #29, extended grapheme clusters, the common part)."""
    return unicodedata.combining(character) != 0 or character in _JOINERS or "\U0001f3fb" <= character <= "\U0001f3ff"
