"""Tokens to text and stop texts, piece by piece."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guard.generate.text import Detokenizer, StopMatcher
from tests.unit.generate.tiny import tokenizer

TOKENIZER: list[Any] = []


@pytest.fixture(scope="module", autouse=True)
def _tokenizer() -> None:
    TOKENIZER[:] = [tokenizer()]


@given(st.text(max_size=40))
@settings(max_examples=60, deadline=None)
def test_pieces_are_whole_characters_and_add_up(text: str) -> None:
    ids = TOKENIZER[0](text, add_special_tokens=False)["input_ids"]
    detokenizer = Detokenizer(TOKENIZER[0])
    pieces = [detokenizer.feed(token) for token in ids]
    pieces.append(detokenizer.flush())
    assert "".join(pieces) == TOKENIZER[0].decode(ids, skip_special_tokens=True, clean_up_tokenization_spaces=False)
    if "\ufffd" not in text:
        assert not any("\ufffd" in piece for piece in pieces)


def test_a_character_that_stays_incomplete_is_not_shown() -> None:
    ids = TOKENIZER[0]("hi \U0001f642", add_special_tokens=False)["input_ids"]
    detokenizer = Detokenizer(TOKENIZER[0])
    shown = "".join([*(detokenizer.feed(token) for token in ids[:-1]), detokenizer.flush()])
    assert "\ufffd" not in shown


@given(st.text("abc", max_size=30), st.lists(st.text("abc", min_size=1, max_size=4), max_size=4), st.data())
@settings(max_examples=200, deadline=None)
def test_stops_do_not_depend_on_the_cuts(text: str, stops: list[str], data: st.DataObject) -> None:
    ends = [at for stop in stops if (at := text.find(stop)) >= 0]
    matcher, shown, rest = StopMatcher(stops), "", text
    while rest and not matcher.stopped:
        size = data.draw(st.integers(1, len(rest)))
        shown += matcher.feed(rest[:size])[0]
        rest = rest[size:]
    if not matcher.stopped:
        shown += matcher.flush()
    assert matcher.stopped == bool(ends)
    # Which stop text comes first can depend on where it ends; never is any of it shown.
    assert text.startswith(shown)
    assert not any(stop in shown for stop in stops)
    if not ends:
        assert shown == text
