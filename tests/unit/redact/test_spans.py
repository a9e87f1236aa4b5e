from __future__ import annotations

import pytest

from guard.model import Span
from guard.redact.spans import outside, resolve


def spans(text: str, *found: tuple[int, int, str]) -> list[tuple[str, str]]:
    resolved = resolve([Span(start, end, kind, 0.5) for start, end, kind in found], text)
    return [(text[span.start : span.end], span.entity_type) for span in resolved]


def test_the_longest_gives_the_type() -> None:
    text = "see https://x.example/?q=ada@x.example now"
    assert spans(text, (25, 38, "EMAIL_ADDRESS"), (4, 38, "URL")) == [("https://x.example/?q=ada@x.example", "URL")]


def test_of_the_same_length_the_surer_one_does() -> None:
    both = [Span(0, 4, "PHONE_NUMBER", 0.5), Span(0, 4, "CREDIT_CARD", 0.9)]
    assert resolve(both, "1234")[0].entity_type == "CREDIT_CARD"


def test_an_overlap_uncovers_no_part_of_either() -> None:
    assert spans("Anna Maria Lopez", (0, 10, "PERSON"), (5, 16, "LOCATION")) == [("Anna Maria Lopez", "LOCATION")]


def test_fragments_of_a_name_are_joined_and_other_types_are_not() -> None:
    assert spans("Ada Lovelace", (0, 3, "PERSON"), (4, 12, "PERSON")) == [("Ada Lovelace", "PERSON")]
    assert len(spans("a@b.co c@d.co", (0, 6, "EMAIL_ADDRESS"), (7, 13, "EMAIL_ADDRESS"))) == 2


@pytest.mark.parametrize("text", ["Zoe\u0301!", "A\u0301da!", "e\u0323\u0301!", "👩\u200d👧!", "👍🏽!"])
def test_no_character_is_cut_in_two(text: str) -> None:
    whole = text[:-1]
    for end in range(1, len(whole)):
        (span,) = resolve([Span(0, end, "PERSON", 1.0)], text)
        rest = text[span.end :]
        assert not rest or rest[0] not in "\u0301\u0323\u200d🏽"


def test_what_stands_in_a_region_is_left_out() -> None:
    text = "Dear <PERSON_AAAAAA> and Bob"
    parts = outside([Span(0, 28, "PERSON", 1.0)], [(5, 20)], text)
    assert [text[part.start : part.end] for part in parts] == ["Dear", "and Bob"]
    assert outside([Span(5, 20, "PERSON", 1.0)], [(5, 20)], text) == []


def test_a_postal_block_is_one_address() -> None:
    text = "at 12 Main St,\nSpringfield, IL 62704."
    block = [(3, 13, "STREET_ADDRESS"), (15, 26, "LOCATION"), (28, 36, "LOCATION")]
    assert spans(text, *block) == [("12 Main St,\nSpringfield, IL 62704", "STREET_ADDRESS")]
    assert spans("Paris, London", (0, 5, "LOCATION"), (7, 13, "LOCATION")) == [
        ("Paris", "LOCATION"),
        ("London", "LOCATION"),
    ]


def test_the_type_decides_where_length_and_score_do_not() -> None:
    assert spans("123456789", (0, 9, "ID"), (0, 9, "FR_SIREN")) == [("123456789", "FR_SIREN")]
    assert spans("123456789", (0, 9, "FR_SIREN"), (0, 9, "US_SSN")) == [("123456789", "US_SSN")]
