"""A detector that also reads what is encoded in a text."""

from __future__ import annotations

import asyncio
import base64
import binascii
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from guard.model import Explanation, Span
from guard.redact.decoding import described
from guard.redact.protocol import Detector
from guard.redact.readings import Reading, readings

_INLINE = 4_000
"""Characters that are read in the event loop; more are read in a thread."""

_SHORTEST, _LONGEST = 24, 8_192
"""Characters of a base64 token that is decoded."""

_MOST = 20
"""Tokens of a text that are decoded and looked at."""

_SURE = 0.75
"""A token is taken for what is found in it from this score on."""

_NEAR = 8
"""Findings of a type before another one that are asked whether they cover it."""

_UNCHECKED = frozenset(
    {"PERSON", "LOCATION", "ORGANIZATION", "STREET_ADDRESS", "DATE_TIME", "AGE", "NRP", "TITLE", "URL", "ID"}
)
"""Types that no shape vouches for: found inside a token they say nothing of it."""

_TOKEN = re.compile(r"[A-Za-z0-9+/_-]{24,}+={0,2}")


@dataclass(frozen=True, slots=True)
class _Token:
    """A base64 token of a text, decoded."""

    start: int
    end: int
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Other:
    """What else is to be read of one of the texts."""

    index: int
    source: Reading | _Token


class Views:
    """Detector over a detector: it is asked about a text, and about other readings of the parts where something is encoded.

    What is found in a reading comes back at its place in the text, whole escapes, unless it reads the same in the text
    or was found there. A base64 token is one finding when it holds a structured identifier or a
    secret. Its explanation says how the text was read.

    Args:
        detector: that is asked. It is closed with this one.
    """

    def __init__(self, detector: Detector) -> None:
        self._detector = detector

    @property
    def model_id(self) -> str:
        return f"{self._detector.model_id}+views/1"

    async def detect(self, texts: Sequence[str], language: str | None = None) -> list[list[Span]]:
        """See `Detector`. A `language` that is not given is left to the detector."""
        said = () if language is None else (language,)
        found = await self._detector.detect(texts, *said)
        others = await (asyncio.to_thread(looked_for, texts) if sum(map(len, texts)) > _INLINE else _here(texts))
        if not others:
            return found
        told = [_Told(each) for each in found]
        read = await self._detector.detect([other.source.text for other in others], *said)
        for other, inside in zip(others, read, strict=True):
            for span in _mapped(other.source, inside):
                told[other.index].add(span)
        return [each.spans for each in told]

    async def aclose(self) -> None:
        await self._detector.aclose()


class _Told:
    """What was found in a text; what another finding says already is not said twice."""

    def __init__(self, spans: Sequence[Span]) -> None:
        self.spans = list(spans)
        self._of_type: dict[str, list[Span]] = {}
        for span in sorted(spans, key=_start):
            self._of_type.setdefault(span.entity_type, []).append(span)

    def add(self, span: Span) -> None:
        """Add a span, unless one near before it, as long and as sure, covers it."""
        others = self._of_type.setdefault(span.entity_type, [])
        at = bisect_right(others, span.start, key=_start)
        if not any(each.end >= span.end and each.score >= span.score for each in others[max(at - _NEAR, 0) : at]):
            others.insert(at, span)
            self.spans.append(span)


def _start(span: Span) -> int:
    return span.start


async def _here(texts: Sequence[str]) -> list[_Other]:
    return looked_for(texts)


def looked_for(texts: Sequence[str]) -> list[_Other]:
    """What else is to be read of each text: most have nothing."""
    others: list[_Other] = []
    for index, text in enumerate(texts):
        others += [_Other(index, reading) for reading in readings(text)]
        others += [_Other(index, token) for token in _tokens(text)]
    return others


def _mapped(source: Reading | _Token, spans: Sequence[Span]) -> Iterator[Span]:
    """What was found in a reading, at its place in the text."""
    if isinstance(source, _Token):
        sure = [span for span in spans if span.score >= _SURE and span.entity_type not in _UNCHECKED]
        if sure:
            best = max(sure, key=lambda span: (span.score, span.end - span.start))
            yield _told(best.at(source.start, source.end), "base64")
        return
    for span in spans:
        kinds = source.kinds(span.start, span.end) if span.start < span.end else 0
        if kinds:
            yield _told(span.at(*source.place(span.start, span.end)), described(kinds))


def _told(span: Span, how: str) -> Span:
    """The span with how the text was read."""
    why = span.explanation or Explanation()
    return replace(span, explanation=replace(why, pattern=f"{why.pattern} ({how})".strip()))


def _tokens(text: str) -> list[_Token]:
    """The base64 tokens of a text (RFC 4648, both alphabets) that hold text; one level."""
    # Of prose no word is so long: that is seen sooner than that no token is there.
    if not any(len(word) >= _SHORTEST for word in text.split()):
        return []
    tokens: list[_Token] = []
    for match in _TOKEN.finditer(text):
        if len(match[0]) <= _LONGEST and (inside := _unpacked(match[0])):
            tokens.append(_Token(*match.span(), inside))
            if len(tokens) == _MOST:
                break
    return tokens


def _unpacked(token: str) -> str:
    """The text in a base64 token; "" when it is none, or holds no printable text."""
    bare = token.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        text = base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""
    return text if all(c.isprintable() or c in "\t\n\r" for c in text) else ""
