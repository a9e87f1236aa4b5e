"""Other readings of a text: what holds for any text and for any way to encode a value."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Sequence
from itertools import pairwise
from urllib.parse import quote

from hypothesis import example, given, settings
from hypothesis import strategies as st

from guard.model import Explanation, Span
from guard.redact.patterns import PatternDetector
from guard.redact.readings import readings
from guard.redact.spans import resolve
from guard.redact.views import Views

PIECES = [
    "Ada", " ", "%40", "%C3%BC", "%E9", "%2540", "&amp;", "&#64", "&notit;", "&#x1F600;", r"\u0040", r"\ud83d\ude00", r"\ud83d",
    r"\n", "\\\\", r"\x41", "?a=b+c", "５", "ﬁ", "\ufdfa", "\u200b", "\u00ad", "é", "，", "\u00a0", "\u2011", "\U000e0041", "7",
    "\U0001d400", "%", "&", "\\", "中", "x" * 40, "QWRhQGV4YW1wbGUuY29tQWRhQGV4YW1wbGUuY29t", "\ud800", "+", "=", "@",
]  # fmt: skip
TEXTS = st.lists(st.sampled_from(PIECES), max_size=25).map("".join) | st.text(
    st.characters(exclude_categories=()), max_size=60
)
PLAIN = st.text(st.sampled_from("ab 1.@-\n,:;()/<>#\"'"), max_size=200).filter(
    lambda text: all(len(word) < 24 for word in text.split())
)
PATTERNS = PatternDetector()
VALUES = {
    "EMAIL_ADDRESS": "ada.king@example.org",
    "PHONE_NUMBER": "+1 415-555-0132",
    "CREDIT_CARD": "4111 1111 1111 1111",
}


class Words:
    """Finds words, and counts how often it is asked."""

    model_id = "words"

    def __init__(self) -> None:
        self.calls = 0

    async def detect(self, texts: Sequence[str], language: str = "en") -> list[list[Span]]:
        self.calls += 1
        return [[Span(*m.span(), "PERSON", 0.9, "w", Explanation("w")) for m in re.finditer(r"\S+", t)] for t in texts]

    async def aclose(self) -> None:
        return None


@given(TEXTS)
def test_a_map_never_falls_and_leaves_out_what_nobody_sees_alone(text: str) -> None:
    for reading in readings(text):
        assert len(reading.text) == len(reading.starts) == len(reading.ends) == len(reading.how)
        for before, after in pairwise(range(len(reading.text))):
            assert reading.starts[before] <= reading.starts[after]
            assert reading.ends[before] <= reading.ends[after]
            assert reading.starts[after] <= reading.ends[before] or reading.how[before] & reading.how[after]
        for at, character in enumerate(reading.text):
            assert 0 <= reading.starts[at] < reading.ends[at] <= len(text)
            if not reading.how[at]:
                assert text[reading.starts[at] : reading.ends[at]] == character


@given(TEXTS)
def test_readings_are_not_much_longer_than_the_text(text: str) -> None:
    found = readings(text)
    assert all(len(reading.text) <= 4 * len(text) for reading in found)
    # All decoded, in two orders, and one for each kind of encoding.
    assert sum(len(reading.text) for reading in found) <= 4 * 8 * len(text)


@given(TEXTS)
async def test_every_span_lies_in_the_text(text: str) -> None:
    (spans,) = await Views(Words()).detect([text])
    assert all(0 <= span.start < span.end <= len(text) for span in spans)
    (spans,) = await Views(PATTERNS).detect([text])
    assert all(0 <= span.start < span.end <= len(text) for span in spans)


@given(TEXTS)
async def test_all_that_the_detector_finds_itself_stays(text: str) -> None:
    (plain,) = await PATTERNS.detect([text])
    (spans,) = await Views(PATTERNS).detect([text])
    assert spans[: len(plain)] == plain


@given(st.lists(PLAIN, max_size=3))
async def test_a_plain_text_is_read_once(texts: list[str]) -> None:
    words = Words()
    assert await Views(words).detect(texts) == await Words().detect(texts)
    assert words.calls == 1


Encoder = Callable[[str, Callable[[], bool]], str]


def _each(encode: Callable[[str], str], own: str = "") -> Encoder:
    """Some characters of a value, encoded; the one that begins an escape always."""
    return lambda value, chosen: "".join(encode(c) if chosen() or c == own else c for c in value)


def _wide(character: str) -> str:
    # A wide backslash before a plain one reads as an escaped backslash: what begins an escape stays, or it has two meanings.
    if character == " ":
        return "\u3000"
    return chr(ord(character) + 0xFEE0) if "!" <= character <= "~" and character not in "\\%&" else character


def _bold(character: str) -> str:
    if character.isascii() and character.isalpha():
        return chr((0x1D400 - 65 if character.isupper() else 0x1D41A - 97) + ord(character))
    return chr(0x1D7CE + int(character)) if character.isascii() and character.isdecimal() else character


def _hidden(value: str, chosen: Callable[[], bool]) -> str:
    return value[:1] + "".join(("\u200b\u00ad" if chosen() else "") + c for c in value[1:])


def _code(form: str, most: int) -> Encoder:
    return _each(lambda c: form.format(ord(c)) if ord(c) <= most else c, form[0])


ENCODERS: dict[str, Encoder] = {
    "percent": _each(lambda c: quote(c, safe="") if quote(c, safe="") != c else f"%{ord(c):02x}", "%"),
    "decimal": _code("&#{};", 0x10FFFF),
    "hexadecimal": _code("&#x{:X};", 0x10FFFF),
    "json": _code("\\u{:04x}", 0xFFFF),
    "byte": _code("\\x{:02X}", 0x7F),
    "script": _code("\\u{{{:x}}}", 0x10FFFF),
    "wide": _each(_wide),
    "bold": _each(_bold),
    "hidden": _hidden,
}


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(sorted(VALUES)),
    st.lists(st.sampled_from(sorted(ENCODERS)), min_size=1, max_size=3),
    st.sampled_from([1, 3, 10]),
    st.randoms(use_true_random=False),
)
def test_a_value_is_found_however_it_is_encoded(
    kind: str, chain: list[str], one_in: int, random: Callable[[], object]
) -> None:
    value = VALUES[kind]
    for name in chain:
        value = ENCODERS[name](value, lambda: random.randrange(one_in) == 0)  # type: ignore[attr-defined]
    text = f"Please write to {value} today"
    (spans,) = asyncio.run(Views(PATTERNS).detect([text]))
    place = (16, 16 + len(value))
    assert place in {(span.start, span.end) for span in spans if span.entity_type == kind}
    covering = [span for span in resolve(spans, text) if span.start <= place[0] and place[1] <= span.end]
    assert [(span.start, span.end) for span in covering] == [place]


@given(TEXTS, TEXTS)
@example("%", "40")
async def test_texts_are_read_apart(one: str, other: str) -> None:
    views = Views(PATTERNS)
    (first,), (second,) = await views.detect([one]), await views.detect([other])
    assert await views.detect([one, other]) == [first, second]
