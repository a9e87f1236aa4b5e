"""Deny and allow lists in redaction."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guard.errors import PersonalDataInNameError
from guard.model import Listed, Lists, Span
from guard.placeholders import Vault
from guard.redact.engine import RedactionEngine
from guard.redact.lists import DENY, listed
from guard.testing.fakes import WordDetector, grant


def deny(*values: str, exact: bool = False) -> Lists:
    return Lists(deny=(Listed(frozenset({"PROJECT_NAME"}), values, exact),))


@pytest.mark.parametrize(
    ("values", "text", "found"),
    [
        (("Project Nightjar",), "About project  NIGHTJAR: late.", ["project  NIGHTJAR"]),
        (("Project Nightjar",), "About\nProject\nNightjar", ["Project\nNightjar"]),
        (("Nightjar",), "Nightjars sing, a nightjar-like bird", ["nightjar"]),
        (("A1", "A1 B2"), "A1 B2, A1", ["A1 B2", "A1"]),
        (("C++", "Straße"), "C++ in der STRASSE", ["C++", "STRASSE"]),
        (("夜鹰计划",), "关于夜鹰计划的会议", ["夜鹰计划"]),
    ],
)
def test_a_denied_value_is_found_as_whole_words(values: tuple[str, ...], text: str, found: list[str]) -> None:
    spans = listed([], text, deny(*values))
    assert [text[each.start : each.end] for each in spans] == found
    assert {(each.entity_type, each.score, each.detector) for each in spans} == {("PROJECT_NAME", 1.0, DENY)}


def test_case_counts_where_the_list_says_so() -> None:
    assert listed([], "apple and Apple", deny("Apple", exact=True)) == [Span(10, 15, "PROJECT_NAME", 1.0, DENY)]


def test_a_list_of_a_hundred_thousand_values_is_a_table() -> None:
    lists = deny(*(f"customer {number}" for number in range(100_000)))
    assert len(listed([], "Customer 5 and customer 99999 and customer 100000. " * 2_000, lists)) == 4_000


def test_an_allowed_value_is_let_through_alone_and_as_its_types() -> None:
    lists = Lists(allow=(Listed(frozenset({"ORGANIZATION"}), ("EKS",), exact=True),))
    text = "EKS, eks, EKS Ltd, EKS"
    spans = [Span(0, 3, "ORGANIZATION", 0.8), Span(5, 8, "ORGANIZATION", 0.8), Span(10, 17, "ORGANIZATION", 0.8)]
    other = Span(19, 22, "PERSON", 0.8)
    assert listed([*spans, other], text, lists) == [*spans[1:], other]


@given(st.text(max_size=60), st.lists(st.text(min_size=2, max_size=8).filter(lambda v: v.strip()), max_size=4))
def test_any_list_and_any_text(text: str, values: list[str]) -> None:
    lists = Lists(deny=(Listed(frozenset({"X"}), tuple(v for v in values if any(c.isalnum() for c in v))),))
    for span in listed([], text, lists):
        assert 0 <= span.start < span.end <= len(text)
        assert not text[span.start : span.end][0].isspace()


async def test_a_denied_value_may_not_be_the_name_of_a_member() -> None:
    engine = RedactionEngine([WordDetector({"Ada": "PERSON"})])
    body = {"messages": [{"role": "user", "content": "Hi."}], "metadata": {"Project Nightjar": "x"}}
    await engine(body, grant(), Vault.new())
    with pytest.raises(PersonalDataInNameError):
        await engine(body, grant(lists=deny("Project Nightjar")), Vault.new())


async def test_lists_count_in_every_turn_and_are_never_remembered() -> None:
    engine, vault = RedactionEngine([WordDetector({"Ada": "PERSON"})]), Vault.new()
    body = {"messages": [{"role": "user", "content": "Ada works on Nightjar with S3."}]}
    before = await engine(body, grant(), vault)
    assert [each.span.entity_type for each in before.replaced] == ["PERSON"]
    denied = await engine(body, grant(lists=deny("nightjar")), vault)
    assert [each.span.entity_type for each in denied.replaced] == ["PERSON", "PROJECT_NAME"]
    allowed = Lists(allow=(Listed(frozenset({"PERSON"}), ("Ada",), exact=True),))
    fresh = await engine(body, grant(lists=allowed), Vault.new())
    assert fresh.replaced == ()
