"""What is sealed opens in its place and nowhere else, and not when a bit of it was changed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guard.errors import TamperedError
from guard.store.envelope import Envelope, associated

KEY = bytes(range(32))
PLACE = ("messages", "default", "conv_1", "0")


@given(st.binary(max_size=2000), st.lists(st.text(max_size=20), max_size=5))
def test_round_trip(plaintext: bytes, place: list[str]) -> None:
    place = [part.encode("utf-8", "replace").decode() for part in place]
    assert Envelope(KEY).open(Envelope(KEY).seal(plaintext, *place), *place) == plaintext


def test_every_flipped_byte_is_seen() -> None:
    sealed = Envelope(KEY).seal(b"plaintext", *PLACE)
    for position in range(len(sealed)):
        changed = bytearray(sealed)
        changed[position] ^= 1
        with pytest.raises(TamperedError):
            Envelope(KEY).open(bytes(changed), *PLACE)


@given(st.integers(0, 70))
def test_every_cut_is_seen(length: int) -> None:
    sealed = Envelope(KEY).seal(b"", *PLACE)
    with pytest.raises(TamperedError):
        Envelope(KEY).open(sealed[:length], *PLACE)


@pytest.mark.parametrize(
    "place", [(), ("messages",), ("messages", "default", "conv_1", "1"), ("messages", "defaultconv_1", "", "0")]
)
def test_another_place_or_key_does_not_open(place: tuple[str, ...]) -> None:
    sealed = Envelope(KEY).seal(b"plaintext", *PLACE)
    with pytest.raises(TamperedError):
        Envelope(KEY).open(sealed, *place)
    with pytest.raises(TamperedError):
        Envelope(bytes(32)).open(sealed, *PLACE)


@given(st.lists(st.text(max_size=5), max_size=4), st.lists(st.text(max_size=5), max_size=4))
def test_different_places_have_different_bytes(first: list[str], second: list[str]) -> None:
    first, second = ([p.encode("utf-8", "replace").decode() for p in place] for place in (first, second))
    assert (associated(*first) == associated(*second)) == (first == second)


def test_equal_texts_look_different() -> None:
    assert Envelope(KEY).seal(b"x", *PLACE) != Envelope(KEY).seal(b"x", *PLACE)


def test_an_old_envelope_still_opens() -> None:
    """Version 1, sealed with the key and place above: this form is never changed, only followed by another."""
    sealed = bytes.fromhex(VECTOR)
    assert Envelope(KEY).open(sealed, *PLACE) == b"The first envelope."


VECTOR = (
    "0114e0fa7d2ca7b90b07f2c3ef10d672be01124bffc6661beb1b565dc080bed8b6bd01e1cce90675"
    "1ba0789ef95bb5b6ca9e821b1610fd4a30804c1aa2cd12f9c688cd0c27a5f6404bc11df6f785910a"
    "a882eea3e691c7edbad94cef"
)
