"""The country packs of Presidio, run without its engine."""

from __future__ import annotations

import subprocess
import sys

import pytest

from guard.errors import DetectorError
from guard.model import Span
from guard.redact.presidio import LEFT_OUT, PresidioDetector


async def found(text: str, *countries: str) -> list[Span]:
    return (await PresidioDetector.create(countries or ("all",)).detect([text]))[0]


async def types(text: str, *countries: str) -> set[str]:
    return {span.entity_type for span in await found(text, *countries)}


async def test_a_word_of_context_moves_the_score_as_presidio_does() -> None:
    (span,) = [s for s in await found("her passport is A12345678", "us") if s.entity_type == "US_PASSPORT"]
    assert span.score == pytest.approx(0.45)
    assert span.explanation
    assert (span.explanation.pattern, span.explanation.score, span.explanation.context) == (
        "Passport Next Generation (very weak)",
        0.1,
        "passport",
    )
    assert await found("her parcel is A12345678", "us") == []
    assert "US_PASSPORT" in await types("Their PASSPORTS: A12345678", "us")


async def test_a_check_moves_the_score() -> None:
    (right,) = await found("X1234567L", "es")
    (wrong,) = await found("X1234567A", "es")
    assert right.score == 1.0
    assert right.explanation
    assert right.explanation.check == "es_nie check"
    # A strong shape is found all the same.
    assert wrong.explanation
    assert (wrong.score, wrong.explanation.check) == (0.4, "!es_nie check")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("PESEL 44051401359", "PL_PESEL"),
        ("NHS number 943 476 5919", "UK_NHS"),
        ("NHS number 943 476 5918", "UK_NHS"),
        ("my Aadhaar is 2345 6789 0124", "IN_AADHAAR"),
        ("S1234567D", "SG_NRIC_FIN"),
        ("codice fiscale RSSMRA85T10A562S", "IT_FISCAL_CODE"),
        ("TFN 876 543 210", "AU_TFN"),
        ("주민등록번호는 960121-1234567", "KR_RRN"),
        ("henkilötunnus 131052-308T", "FI_PERSONAL_IDENTITY_CODE"),
    ],
)
async def test_it_finds(text: str, kind: str) -> None:
    assert kind in await types(text)


@pytest.mark.parametrize(
    "text",
    [
        "we waited for 250 ms and then 100 mb came",
        "order 123456789 of 1700000000 and 1700000000123",
        "at a 50/50 split of the auto market",
        "5f70bf18a086007016e948b04aed3b82103a36be",
        "commit 0d1e4b7, version 2.14.3",
        "",
    ],
)
async def test_what_is_nothing_is_not_found(text: str) -> None:
    assert await types(text) == set()


async def test_a_country_that_is_not_chosen_is_not_looked_for() -> None:
    text = "PESEL 44051401359, NIE X1234567L"
    assert await types(text, "pl") == {"PL_PESEL"}
    assert await types(text, "es") == {"ES_NIE"}
    assert await types(text, "us") == set()


async def test_offsets_hold_among_words_without_digits() -> None:
    filler = "The weather was fine and nothing at all happened. " * 40
    text = f"{filler}NIE X1234567L. {filler}and then 131052-308T {filler}"
    assert {text[s.start : s.end] for s in await found(text, "es", "fi")} == {"X1234567L", "131052-308T"}


async def test_any_text_can_be_read() -> None:
    for text in ("\ud800 lone 12345", "👩\u200d👧 \u202e123456789\u202c", "\x00\x01", "行政院" * 100, "٠١٢٣٤٥٦٧٨"):
        await found(text)


async def test_what_it_raises_holds_no_text() -> None:
    with pytest.raises(DetectorError) as caught:
        await PresidioDetector.create().detect([b"secretive"])  # type: ignore[list-item]
    assert caught.value.__cause__ is None
    assert "secretive" not in str(caught.value)


def test_it_imports_neither_spacy_nor_what_fetches_and_leaves_presidio_importable() -> None:
    code = (
        "import sys; from guard.redact.presidio import PresidioDetector as D; D.create();"
        "assert not {'spacy', 'torch', 'tldextract', 'presidio_analyzer'} & set(sys.modules);"
        "import presidio_analyzer; assert presidio_analyzer.AnalyzerEngine and 'spacy' in sys.modules"
    )
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True, timeout=100)


def test_what_is_left_out_is_still_there_to_be_left_out() -> None:
    """A new version of Presidio that renames one would run it beside ours."""
    code = (
        "from presidio_analyzer.predefined_recognizers import *; import sys;"
        "import presidio_analyzer.predefined_recognizers.country_specific.south_africa.za_phone_number_recognizer as za;"
        f"assert not set({sorted(LEFT_OUT)!r}) - set(globals()) - set(vars(za))"
    )
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True, timeout=100)
