"""Known values are found as a pattern of all of them would find them, and in time that grows with the text."""

from __future__ import annotations

import re

from hypothesis import example, given, settings
from hypothesis import strategies as st

from guard.placeholders import Vault
from guard.redact.known import Known
from guard.testing.fakes import grant

WORDS = ["Ada", "ada", "ADA", "Lovelace", "lovelace", "King", "K\u00f6nig", "K\u00d6NIG", "+44", "20", "(7946)", "x@y.z",
         "O'Brien", "\u674e", "a_b", "S\u00e3o", "Grace"]  # fmt: skip
GAPS = [" ", "  ", ", ", "-", "\n", ".", "", "'s "]


def joined(words: st.SearchStrategy[str], most: int) -> st.SearchStrategy[str]:
    pair = st.tuples(words, st.sampled_from(GAPS)).map("".join)
    return st.lists(pair, max_size=most).map("".join)


VALUE = st.one_of(
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map(" ".join), joined(st.sampled_from(WORDS), 3)
)
TEXT = joined(st.one_of(st.sampled_from(WORDS), st.text(max_size=4)), 20)


def by_pattern(known: Known, text: str) -> list[tuple[int, int]]:
    """What one pattern of all values finds, the longest first."""
    long = (each for each in known.types if len(each) >= 3 and not (each.isalpha() and each.islower()))
    values = sorted(long, key=len, reverse=True)
    forms = [f"(?i:{re.escape(each)})" if " " in each else re.escape(each) for each in values]
    pattern = re.compile(rf"(?<!\w)(?:{'|'.join(forms) or '(?!)'})(?!\w)")
    return [found.span() for found in pattern.finditer(text)]


@settings(max_examples=400, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["PERSON", "PHONE_NUMBER"]), VALUE.filter(bool)), max_size=8), TEXT)
@example([("PERSON", "Ada Lovelace"), ("PERSON", "Ada")], "ADA LOVELACE, Ada, ada, Lovelace and Ada_")
@example([("PHONE_NUMBER", "+44 20"), ("PHONE_NUMBER", "(7946)")], "1+44 20 (+44 20) (7946)(7946) x(7946)")
@example([("PERSON", " Ada King")], "so  Ada King")
async def test_known_values_are_found_like_by_one_pattern(values: list[tuple[str, str]], text: str) -> None:
    vault = Vault.new()
    for entity_type, value in values:
        vault.placeholder(entity_type, value)
    known = Known(grant(), vault)
    assert [(span.start, span.end) for span in known.find(text)] == by_pattern(known, text)
