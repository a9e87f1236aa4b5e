"""From the spans of several detectors to those that are replaced."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence

import regex

from guard.model import Span

_NAMES = frozenset({"PERSON", "LOCATION", "ORGANIZATION"})
"""Types whose fragments, with a space between them, are one value."""

_ADDRESS = "STREET_ADDRESS"
_PLACES = frozenset({_ADDRESS, "LOCATION", "UK_POSTCODE", "CA_POSTAL_CODE", "DE_PLZ"})
"""What a postal block is made of; it is one, and a STREET_ADDRESS, when it has a street."""

_BETWEEN = regex.compile(r"[ \t]*[,;]?[ \t]*(?:\r?\n)?[ \t]*")
"""What stands between the lines of a postal block."""

_PRIORITY = (
    ("PRIVATE_KEY", "PASSWORD", "API_KEY"),
    ("EMAIL_ADDRESS", "CREDIT_CARD", "IBAN_CODE", "US_SSN"),
    ("IP_ADDRESS", "CRYPTO", "MAC_ADDRESS"),
    # Everything else, and then what is less sure of what it is.
    ("PHONE_NUMBER", "STREET_ADDRESS", "PERSON"),
    ("ORGANIZATION", "LOCATION", "URL", "US_BANK_NUMBER"),
    ("DATE_TIME", "AGE", "NRP", "ID"),
)
_RANK = {kind: rank if rank < 3 else rank + 1 for rank, kinds in enumerate(_PRIORITY) for kind in kinds}
_OTHER = 3

_PLAIN = regex.compile(r"[\x20-\x7e\n\t]*+")
_GRAPHEME = regex.compile(r"\X")


def resolve(spans: Iterable[Span], text: str) -> list[Span]:
    """Spans that do not overlap, in order, none of which cuts a grapheme in two.

    Spans that overlap become one over all of them, so that no rest of a value is left; its type is that of the longest,
    then of the best score, then by the order of types. Fragments of a name that stand side by side are joined; so are
    the parts of a postal block that commas, spaces or one line end separate. The order of the input does not matter.
    """
    whole = _Graphemes(text)
    merged: list[list[Span]] = []
    reach = -1
    for span in sorted((whole.of(span) for span in spans), key=lambda s: (s.start, -s.end, *_order(s))):
        if merged and span.start < reach:
            merged[-1].append(span)
        else:
            merged.append([span])
        reach = max(span.end, reach)
    joined: list[Span] = []
    for each in map(_union, merged):
        kind = _joined(joined[-1], each, text) if joined else None
        if kind:
            last = joined.pop()
            best = last if last.entity_type == kind else each
            joined.append(best.at(last.start, each.end))
        else:
            joined.append(each)
    return joined


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


def _joined(left: Span, right: Span, text: str) -> str | None:
    """The type of the one value that two spans are, or `None` where they are two."""
    gap = text[left.end : right.start]
    kinds = {left.entity_type, right.entity_type}
    if len(kinds) == 1 and kinds <= _NAMES and gap in ("", " "):
        return left.entity_type
    if _ADDRESS in kinds and kinds <= _PLACES and _BETWEEN.fullmatch(gap):
        return _ADDRESS
    return None


def _union(cluster: Sequence[Span]) -> Span:
    best = min(cluster, key=_order)
    return best.at(min(span.start for span in cluster), max(span.end for span in cluster))


def _order(span: Span) -> tuple[float | str, ...]:
    """Longest, then surest, then by type; the rest only so that there is one answer."""
    kind, why = span.entity_type, span.explanation
    rank = _RANK.get(kind, _OTHER)
    return (
        span.start - span.end,
        -span.score,
        rank,
        kind,
        span.detector,
        span.start,
        repr(why),
        why.context if why else "",
    )


class _Graphemes:
    """Where the graphemes of a text begin (UAX #29)."""

    def __init__(self, text: str) -> None:
        self._length = len(text)
        self._starts: list[int] | None = None
        if not _PLAIN.fullmatch(text):
            self._starts = [match.start() for match in _GRAPHEME.finditer(text)]

    def of(self, span: Span) -> Span:
        """The span with the rest of the graphemes that its ends would cut."""
        if self._starts is None or span.start >= span.end:
            return span
        start = self._starts[bisect_right(self._starts, span.start) - 1]
        after = bisect_left(self._starts, span.end)
        return span.at(start, self._starts[after] if after < len(self._starts) else self._length)
