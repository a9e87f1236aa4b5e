"""Long texts in windows: a detector reads one at a time, so that its memory, and how long a single search of it keeps
everybody else waiting, do not grow with the text."""

from __future__ import annotations

from collections.abc import Sequence

from guard.model import Span
from guard.redact.protocol import Detector

WINDOW = 60_000
"""Characters of a window."""

OVERLAP = 10_000
"""Characters that a window shares with the next: what is no longer than this stands whole in one of them."""

_WORD = 200


def windows(text: str) -> list[tuple[int, str]]:
    """Where each window begins, and what is in it. They are cut between words, where there are any."""
    if len(text) <= WINDOW:
        return [(0, text)]
    cut: list[tuple[int, str]] = []
    start = 0
    while start + WINDOW < len(text):
        end = _between_words(text, start + WINDOW)
        cut.append((start, text[start:end]))
        start = _between_words(text, end - OVERLAP)
    return [*cut, (start, text[start:])]


async def detected(detector: Detector, texts: Sequence[str]) -> list[list[Span]]:
    """What a detector finds in each text, read in windows. What is found in two windows is one finding.

    Raises DetectorError, OverloadedError.
    """
    cut = [windows(text) for text in texts]
    parts = [part for each in cut for _, part in each]
    found = iter(zip(parts, await detector.detect(parts), strict=True))
    result = []
    for each in cut:
        spans = [s.at(s.start + start, s.end + start) for start, _ in each for s in next(found)[1]]
        result.append(list(dict.fromkeys(spans)) if len(each) > 1 else spans)
    return result


def _between_words(text: str, place: int) -> int:
    """The place behind the last white space before a place, if there is one near it."""
    return next((at for at in range(place, place - _WORD, -1) if text[at - 1].isspace()), place)
