"""What is held back is bounded, and prose is not held at all."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from guard.restore.stream import PlaceholderRestorers
from tests.property.test_restore_chunks import PIECES, VAULT


@given(st.lists(PIECES, max_size=12).map("".join), st.text(max_size=40))
def test_little_is_held_back(text: str, after: str) -> None:
    restorer = PlaceholderRestorers().text(VAULT, restore=True)
    shown = 0
    for fed, letter in enumerate(text + after, 1):
        shown += len(restorer.feed(letter))
        # Restored values are a few letters shorter than their placeholders; twelve of them stay under this too.
        assert fed - shown < 250


@given(st.text(max_size=30))
def test_no_more_than_the_longest_form_comes_with_the_flush(text: str) -> None:
    restorer = PlaceholderRestorers().text(VAULT, restore=True)
    restorer.feed(text)
    assert len(restorer.flush()) < 40


def test_prose_is_not_held_back() -> None:
    restorer = PlaceholderRestorers().text(VAULT, restore=True)
    for word in ("Nothing ", "here ", "is ", "held, ", "not ", "even ", "numbers ", "such ", "as ", "12.5 "):
        assert restorer.feed(word) == word
