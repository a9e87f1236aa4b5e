"""Parts of a text go to the detector of their language; nothing that a detector finds in its part is lost."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guard.errors import ConfigurationError
from guard.model import Explanation, Span
from guard.redact.languages import Languages, segments

GERMAN = "Sehr geehrte Damen und Herren, ich möchte gern wissen, wann meine Bestellung endlich ankommt."
ENGLISH = "Dear all, I would like to know when the parcel that I ordered last week is going to arrive."
PARTS = ["hello Ada", "张伟在上海", "Ａda", "привет", "안녕", "42, ", "\n", "é", "かな", "👍🏽", "Jоhn", "-", "مرحبا"]


class Marker:
    """Finds the words of a pattern, and remembers what it was asked."""

    def __init__(self, name: str, pattern: str = r"\w+") -> None:
        self.model_id = name
        self.asked: list[str] = []
        self._pattern = re.compile(pattern)

    async def detect(self, texts: Sequence[str], language: str = "") -> list[list[Span]]:
        self.asked += texts
        return [
            [Span(*m.span(), self.model_id, 0.9, explanation=Explanation(m.group())) for m in self._pattern.finditer(t)]
            for t in texts
        ]

    async def aclose(self) -> None:
        return None


@given(st.lists(st.sampled_from(PARTS), max_size=12).map("".join) | st.text(max_size=40))
def test_segments_cover_the_text(text: str) -> None:
    found = segments(text)
    assert [s.start for s in found] == [0, *(s.end for s in found[:-1])]
    assert found[-1].end == len(text)


@given(st.lists(st.sampled_from(PARTS), max_size=12).map("".join) | st.text(max_size=40))
async def test_spans_are_where_they_were_found(text: str) -> None:
    english, chinese = Marker("EN"), Marker("ZH")
    (spans,) = await Languages({"en": english, "zh": chinese}).detect([text])
    for span in spans:
        assert span.explanation is not None
        assert text[span.start : span.end] == span.explanation.pattern
    expected = sum(len(re.findall(r"\w+", part)) for part in [*english.asked, *chinese.asked])
    assert len(spans) == expected


async def test_mixed_text_is_read_in_parts() -> None:
    english, chinese = Marker("EN", "[A-Z][a-z]+"), Marker("ZH", "张伟")
    text = "Hi, Ada here. 我和张伟 will meet Bob, 谢谢"
    (spans,) = await Languages({"en": english, "zh": chinese}).detect([text])
    assert sorted((text[s.start : s.end], s.entity_type) for s in spans) == [
        ("Ada", "EN"), ("Bob", "EN"), ("Hi", "EN"), ("张伟", "ZH"),
    ]  # fmt: skip


async def test_a_look_alike_letter_hides_no_word() -> None:
    english = Marker("EN", r"\w+")
    await Languages({"en": english, "ru": Marker("RU")}).detect(["J\u043ehn Smith"])
    assert english.asked == ["J\u043ehn Smith"]


async def test_one_detector_per_script_never_loads_lingua() -> None:
    languages = Languages({"en": Marker("EN"), "zh": Marker("ZH")})
    await languages.detect([GERMAN, ENGLISH, "你好 " + ENGLISH])
    assert languages._lingua == {}


async def test_lines_of_two_latin_languages_go_to_their_detectors() -> None:
    english, german = Marker("EN"), Marker("DE")
    languages = Languages({"en": english, "de": german})
    await languages.detect([f"{GERMAN}\n{ENGLISH}\n"])
    assert german.asked == [f"{GERMAN}\n"]
    assert english.asked == [f"{ENGLISH}\n"]


async def test_a_language_without_a_detector_goes_to_the_default_one() -> None:
    english, german = Marker("EN"), Marker("DE")
    text = "Bonjour, je voudrais savoir quand ma commande va enfin arriver chez moi, merci beaucoup."
    await Languages({"en": english, "de": german}).detect([text])
    assert (english.asked, german.asked) == ([text], [])


async def test_a_language_that_is_named_wins() -> None:
    english, german = Marker("EN"), Marker("DE")
    languages = Languages({"en": english, "de": german})
    await languages.detect([ENGLISH], "de")
    await languages.detect([GERMAN], "fr")
    assert (german.asked, english.asked) == ([ENGLISH], [GERMAN])


async def test_languages_are_counted_for_the_record() -> None:
    languages = Languages({"en": Marker("EN"), "zh": Marker("ZH")})
    assert await languages.count(["hello 你好", "hello", "привет", ""]) == {"en": 2, "zh": 1, "und": 1}


def test_a_default_without_a_detector_is_refused() -> None:
    with pytest.raises(ConfigurationError):
        Languages({"en": Marker("EN")}, default="de")
