"""A long text is read in windows, and nothing is lost at their ends."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guard.errors import DetectorError
from guard.model import Span
from guard.placeholders import Vault
from guard.redact.engine import RedactionEngine
from guard.redact.patterns import PatternDetector
from guard.redact.windows import OVERLAP, WINDOW, detected, windows
from guard.testing.fakes import WordDetector, grant

KEY = "-----BEGIN PRIVATE KEY-----\n" + "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSj\n" * 60 + "-----END PRIVATE KEY-----"
FILLER = "the parcel came late and wet "


def filled(length: int) -> str:
    return (FILLER * (length // len(FILLER) + 1))[:length]


class Reading(WordDetector):
    """Notes how long the texts are that it reads."""

    longest = 0

    async def detect(self, texts: Sequence[str], language: str = "en") -> list[list[Span]]:
        self.longest = max([self.longest, *map(len, texts)])
        return await super().detect(texts)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(-400, 400), st.sampled_from([WINDOW, WINDOW - OVERLAP, 2 * WINDOW - OVERLAP, 3 * WINDOW]), st.booleans()
)
async def test_a_value_at_the_end_of_a_window_is_found(offset: int, place: int, has_words: bool) -> None:
    before = filled(place + offset) if has_words else "x" * (place + offset) + " "
    text = before + " Ada Lovelace " + filled(WINDOW)
    detector = Reading({"Ada Lovelace": "PERSON"})
    ((span,),) = await detected(detector, [text])
    assert text[span.start : span.end] == "Ada Lovelace"
    assert detector.longest <= WINDOW


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 5 * WINDOW))
async def test_windows_cover_the_text(length: int) -> None:
    text = filled(length)
    reach = 0
    for start, part in windows(text):
        assert start <= reach
        assert text.startswith(part, start)
        reach = start + len(part)
    assert reach == length


@pytest.mark.parametrize("place", range(WINDOW - len(KEY), WINDOW + 100, 500))
async def test_a_key_over_the_end_of_a_window_is_taken_out_whole(place: int) -> None:
    text = filled(place) + "\n" + KEY + "\n" + filled(WINDOW)
    patterns = PatternDetector()
    done = await RedactionEngine([patterns], patterns)(
        {"messages": [{"role": "user", "content": text}]}, grant(), Vault.new()
    )
    written = done.body["messages"][0]["content"]
    assert "MIIEvQ" not in written
    assert written.startswith(filled(place))
    assert written.endswith(filled(WINDOW))


async def test_each_text_gets_its_own_findings() -> None:
    texts = ["Ada", filled(WINDOW) + " Ada " + filled(WINDOW) + " Ada", "", "so Ada"]
    found = await detected(WordDetector({"Ada": "PERSON"}), texts)
    assert [len(each) for each in found] == [1, 2, 0, 1]
    assert all(text[s.start : s.end] == "Ada" for text, spans in zip(texts, found, strict=True) for s in spans)


async def test_a_detector_that_leaves_out_a_window_is_no_answer() -> None:
    class Short(WordDetector):
        async def detect(self, texts: Sequence[str], language: str = "en") -> list[list[Span]]:
            return (await super().detect(texts))[:-1]

    with pytest.raises((DetectorError, ValueError)):
        await detected(Short({}), [filled(3 * WINDOW)])
