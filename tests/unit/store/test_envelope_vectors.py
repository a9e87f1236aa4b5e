"""Envelopes of version 1 that another program made open here: the format is what its description says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from guard.errors import TamperedError
from guard.store.envelope import Envelope

CASES = json.loads((Path(__file__).parents[2] / "vectors" / "envelope.json").read_text())["cases"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: "/".join(case["place"]) or "nowhere")
def test_it_opens(case: dict[str, str]) -> None:
    envelope, sealed = Envelope(bytes.fromhex(case["key"])), bytes.fromhex(case["sealed"])
    assert envelope.open(sealed, *case["place"]) == bytes.fromhex(case["plaintext"])
    with pytest.raises(TamperedError):
        envelope.open(sealed, *case["place"], "elsewhere")
    with pytest.raises(TamperedError):
        envelope.open(b"\x02" + sealed[1:], *case["place"])


@pytest.mark.parametrize("first", range(len(CASES)))
def test_no_envelope_opens_with_the_key_or_in_the_place_of_another(first: int) -> None:
    for second, case in enumerate(CASES):
        if second != first:
            with pytest.raises(TamperedError):
                Envelope(bytes.fromhex(CASES[first]["key"])).open(bytes.fromhex(case["sealed"]), *case["place"])


def test_the_repr_shows_no_key() -> None:
    assert repr(Envelope(b"k" * 32)) == "Envelope()"
