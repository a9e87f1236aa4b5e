"""What may point to somebody together with other things: found by its shape or as a word, with the words that belong to it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guard.model import Span
from guard.redact.quasi import QuasiDetector
from guard.redact.quasi_words import NO_PROFESSION, PROFESSIONS


async def spans(text: str) -> list[Span]:
    return (await QuasiDetector().detect([text]))[0]


async def found(text: str) -> set[tuple[str, str]]:
    return {(each.entity_type, text[each.start : each.end]) for each in await spans(text)}


@pytest.mark.parametrize(
    ("text", "entity_type", "value"),
    [
        ("She is a nurse.", "PROFESSION", "nurse"),
        ("two senior police officers came", "PROFESSION", "senior police officers"),
        ("the retired primary school teacher", "PROFESSION", "retired primary school teacher"),
        ("firemen and secretaries", "PROFESSION", "firemen"),
        ("firemen and secretaries", "PROFESSION", "secretaries"),
        ("an estate agent or a tax collector", "PROFESSION", "tax collector"),
        ("a Turkish national", "NRP", "Turkish national"),
        ("three Norwegians", "NRP", "Norwegians"),
        ("of Roma origin", "NRP", "Roma"),
        ("he is Buddhist", "NRP", "Buddhist"),
        ("she has three minor children", "DEMOGRAPHIC", "three minor children"),
        ("a mother of two", "DEMOGRAPHIC", "mother of two"),
        ("he is divorced", "DEMOGRAPHIC", "divorced"),
        ("suffers from arthritis", "DEMOGRAPHIC", "arthritis"),
        ("a young woman", "DEMOGRAPHIC", "young woman"),
        ("two years' imprisonment was", "QUANTITY", "two years' imprisonment"),
        ("after eight months", "QUANTITY", "eight months"),
        ("two years and six months", "QUANTITY", "two years and six months"),
        ("a fine of 1,500 euros.", "QUANTITY", "1,500 euros"),
        ("about 2.5 million Swedish kronor (SEK)", "QUANTITY", "about 2.5 million Swedish kronor (SEK)"),
        ("paid EUR 3,000 to", "QUANTITY", "EUR 3,000"),
        ("paid £250 to", "QUANTITY", "£250"),
        ("a field of 12 hectares", "QUANTITY", "12 hectares"),
        ("on 12 March 1998 at", "DATE_TIME", "12 March 1998"),
        ("on 5 and 12 March 1998", "DATE_TIME", "5 and 12 March 1998"),
        ("on March 3rd, 2001", "DATE_TIME", "March 3rd, 2001"),
        ("in May 2001 he", "DATE_TIME", "May 2001"),
        ("at the end of May 2001", "DATE_TIME", "the end of May 2001"),
        ("on 12.03.1998", "DATE_TIME", "12.03.1998"),
        ("at 10.30 p.m. he", "DATE_TIME", "10.30 p.m."),
        ("since 1998 he", "YEAR", "1998"),
        ("in the early 1990s", "YEAR", "early 1990s"),
        ("aged 34", "AGE", "aged 34"),
        ("a 34-year-old", "AGE", "34-year-old"),
        ("thirty-four years old", "AGE", "thirty-four years old"),
        ("(no. 12345/06)", "ID", "12345/06"),
        ("applications nos. 12345/06 and 777/07", "ID", "12345/06 and 777/07"),
        ("case A-123/99", "ID", "A-123/99"),
        ("file number 48213", "ID", "48213"),
        ("Mr van der Berg said", "PERSON", "Mr van der Berg"),
        ("by Mrs J.-P. Ångström-Lee, who", "PERSON", "Mrs J.-P. Ångström-Lee"),
    ],
)
async def test_is_found(text: str, entity_type: str, value: str) -> None:
    assert (entity_type, value) in await found(text)


@pytest.mark.parametrize(
    "text",
    [
        "The general idea is to cook for the guide.",
        "It may march on, and the second of them may turn.",
        "Protocol No. 1 and Article 6 of it",
        "one of them, and two of those",
        "version 3.2.1 of the file",
        "No. It is in case you ask.",
        "He is a mister",
        "",
    ],
)
async def test_everyday_words_are_left_alone(text: str) -> None:
    assert await found(text) == set()


async def test_a_span_says_what_found_it() -> None:
    [span] = await spans("She is a nurse.")
    assert (span.detector, span.explanation and span.explanation.pattern) == ("quasi", "profession")


def test_the_words_are_lower_case_and_those_with_two_meanings_are_among_them() -> None:
    assert all(word == word.lower() for word in PROFESSIONS)
    assert NO_PROFESSION < PROFESSIONS
    assert len(PROFESSIONS) > 400


@settings(max_examples=60, deadline=None)
@given(st.text(st.sampled_from("a A1.,-/’ \nMr€oneyears"), max_size=200))
async def test_spans_lie_in_the_text_and_hold_something(text: str) -> None:
    for each in await spans(text):
        assert 0 <= each.start < each.end <= len(text)
        assert text[each.start : each.end].strip()
