"""The resolver: what it promises for any spans over any text."""

from __future__ import annotations

import itertools
import random

import regex
from hypothesis import given
from hypothesis import strategies as st

from guard.model import Explanation, Span
from guard.redact.spans import resolve

TYPES = ["PERSON", "LOCATION", "STREET_ADDRESS", "EMAIL_ADDRESS", "ID", "US_SSN", "FR_NIR"]
TEXTS = st.text(st.sampled_from("aB1 ,\n\r.e\u0301\u200d👩👧🏽🇫🇷한\u1100\u1161"), max_size=40)


@st.composite
def found(draw: st.DrawFn) -> tuple[str, list[Span]]:
    text = draw(TEXTS)
    spans = []
    for _ in range(draw(st.integers(0, 8)) if text else 0):
        start = draw(st.integers(0, len(text) - 1))
        end = draw(st.integers(start + 1, len(text)))
        why = Explanation(draw(st.sampled_from(["a", "b"])))
        spans.append(
            Span(start, end, draw(st.sampled_from(TYPES)), draw(st.sampled_from([0.4, 0.8])), "x", why)
        )  # fmt: skip
    return text, spans


@given(found(), st.randoms(use_true_random=False))
def test_any_order_of_the_input_gives_the_same(given: tuple[str, list[Span]], order: random.Random) -> None:
    text, spans = given
    shuffled = list(spans)
    order.shuffle(shuffled)
    one, other = resolve(spans, text), resolve(shuffled, text)
    assert one == other
    assert [span.explanation for span in one] == [span.explanation for span in other]


@given(found())
def test_all_that_was_found_is_covered_and_nothing_twice(given: tuple[str, list[Span]]) -> None:
    text, spans = given
    resolved = resolve(spans, text)
    for span in spans:
        assert any(each.start <= span.start and span.end <= each.end for each in resolved)
    for left, right in itertools.pairwise(resolved):
        assert left.end <= right.start
    assert {span.entity_type for span in resolved} <= {span.entity_type for span in spans}


@given(found())
def test_no_grapheme_is_cut(given: tuple[str, list[Span]]) -> None:
    text, spans = given
    borders = {match.start() for match in regex.finditer(r"\X", text)} | {len(text)}
    for span in resolve(spans, text):
        assert {span.start, span.end} <= borders


@given(found())
def test_what_is_resolved_stays_as_it_is(given: tuple[str, list[Span]]) -> None:
    text, spans = given
    resolved = resolve(spans, text)
    assert resolve(resolved, text) == resolved
