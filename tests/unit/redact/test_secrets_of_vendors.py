"""Each vendor's keys are found as what they are, wherever they stand."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guard.model import Span
from guard.redact.recognizers import vendor
from guard.redact.recognizers.secret import RULES, SECRETS
from tests.secrets import FORMS, made, split

_IDS = [re.sub(r"\W+", "-", form)[:24].strip("-") for _, form in FORMS]


def found(text: str) -> list[Span]:
    return [span for finder in SECRETS for span in finder.find(text)]


def rules(text: str, start: int, end: int) -> set[str]:
    """Names of the rules that found just that."""
    at = [span for span in found(text) if (span.start, span.end) == (start, end)]
    return {span.explanation.pattern for span in at if span.explanation}


@pytest.mark.parametrize(("name", "form"), FORMS, ids=_IDS)
@pytest.mark.parametrize("around", [("", ""), ("use ", " now"), ('{"a": "', '"}'), ("A=", "\n"), ("see (", ").")])
def test_it_is_found(name: str, form: str, around: tuple[str, str]) -> None:
    before, secret, after = split(made(form))
    start = len(around[0] + before)
    assert name in rules(around[0] + before + secret + after + around[1], start, start + len(secret))


def test_every_rule_has_a_form() -> None:
    assert {rule.name for rule in vendor.RULES} == {name for name, _ in FORMS}


@pytest.mark.parametrize(("name", "form"), FORMS, ids=_IDS)
def test_a_part_of_a_longer_word_is_none(name: str, form: str) -> None:
    """Nor is one that is cut after its first characters."""
    before, secret, _ = split(made(form))
    for text in (f"x{secret}" if not before else "", before + secret[:9]):
        assert name not in {span.explanation.pattern for span in found(text) if span.explanation}


_FILLING = st.sampled_from(
    ("the key of the house ", "password ", "-----BEGIN ", "sk- gl AKIA ", "a.b-c ", "İé ", "x=1;\n")
)


@given(st.sampled_from(FORMS), st.integers(0, 9), _FILLING, st.integers(0, 3000), st.integers(0, 3000))
def test_the_place_does_not_matter(form: tuple[str, str], seed: int, filling: str, left: int, right: int) -> None:
    before, secret, after = split(made(form[1], seed))
    text = (filling * (left // len(filling) + 1))[:left] + " " + before
    start = len(text)
    text += secret + after + " " + (filling * (right // len(filling) + 1))[:right]
    assert form[0] in rules(text, start, start + len(secret))


@given(st.lists(st.sampled_from(FORMS), min_size=2, max_size=8), st.text(" \n,;'\"", min_size=1, max_size=4))
def test_many_are_found_beside_one_another(forms: list[tuple[str, str]], between: str) -> None:
    text = ""
    for number, (_, form) in enumerate(forms):
        text += between + "".join(split(made(form, number)))
    spans = [span for span in RULES.find(text) if span.entity_type == "API_KEY"]
    for number, (_, form) in enumerate(forms):
        secret = split(made(form, number))[1]
        at = text.index(secret)
        assert any(span.start <= at and span.end >= at + len(secret) for span in spans)
