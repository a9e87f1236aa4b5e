"""The cuts are a function of the text: no chunking changes them."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from guard.moderate.units import LIMIT, UnitCutter

TEXT = st.text(alphabet=st.sampled_from(list("ab .!?\n\r\"')<_>A…。！é\u0301😀")), max_size=600)


def feed(chunks: list[str]) -> list[str]:
    cutter = UnitCutter()
    units = [unit for chunk in chunks for unit in cutter.feed(chunk)]
    return units + cutter.flush()


@given(TEXT, st.lists(st.integers(0, 600), max_size=30))
def test_any_chunking_gives_the_same_units(text: str, cuts: list[int]) -> None:
    edges = sorted({0, len(text), *(c for c in cuts if c < len(text))})
    chunks = [text[a:b] for a, b in itertools.pairwise(edges)]
    units = feed(chunks)
    assert units == feed([text])
    assert units == feed(list(text))
    assert "".join(units) == text
    assert all(0 < len(unit) <= LIMIT for unit in units)
