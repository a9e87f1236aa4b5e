"""The tagger takes any text, and what it says points into that text."""

from __future__ import annotations

import asyncio
import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from guard.model import Span
from guard.redact.tagger import TaggerDetector, windows
from guard.redact.tags import trimmed

_CHARACTERS = st.characters(codec=None, exclude_categories=())
_WORDS = st.sampled_from(
    [
        "Tom",
        "Baker",
        "in",
        "Rome",
        "\n",
        ",",
        " ",
        "  ",
        "34",
        "Mr.",
        "'s",
        "\u200b",
        "é",
        "e\u0301",
        "ﷺ",
        "😀",
        "\ud800",
        "山",
    ]
)
TEXTS = st.one_of(
    st.text(_CHARACTERS, max_size=200), st.lists(_WORDS, max_size=60).map(" ".join), st.lists(_WORDS).map("".join)
)


def _detected(texts: list[str]) -> list[list[Span]]:
    async def run() -> list[list[Span]]:
        detector = TaggerDetector.create(quasi=True)
        try:
            return await detector.detect(texts)
        finally:
            await detector.aclose()

    return asyncio.run(run())


@settings(max_examples=12, deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=25))
def test_spans_are_in_order_inside_the_text_and_hold_something(texts: list[str]) -> None:
    for text, spans in zip(texts, _detected(texts), strict=True):
        last = 0
        for span in spans:
            assert last <= span.start < span.end <= len(text)
            assert any(c.isalnum() for c in text[span.start : span.end])
            last = span.end


@settings(max_examples=8, deadline=None)
@given(st.lists(TEXTS, min_size=2, max_size=8))
def test_the_other_texts_of_a_call_change_nothing(texts: list[str]) -> None:
    assert _detected(texts) == [each for text in texts for each in _detected([text])]


class _Cut:
    def __init__(self, words: list[int]) -> None:
        self.words = words
        self.ids = words


@given(st.lists(st.integers(1, 40), max_size=60), st.integers(8, 40), st.integers(0, 7))
def test_windows_cover_every_token_and_go_forward(lengths: list[int], body: int, overlap: int) -> None:
    words = [number for number, length in enumerate(lengths) for _ in range(length)]
    found = windows(_Cut(words), body, overlap)  # type: ignore[arg-type]
    assert {at for begin, end in found for at in range(begin, end)} == set(range(len(words)))
    assert all(0 < end - begin <= body for begin, end in found)
    assert all(one[0] < other[0] and one[1] < other[1] for one, other in itertools.pairwise(found))


@given(st.text(max_size=60), st.data())
def test_trimming_only_takes_from_the_ends(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    begin, stop = trimmed(text, start, end)
    assert start <= begin <= stop <= end
    assert not (begin < stop and text[stop - 1].isspace())
