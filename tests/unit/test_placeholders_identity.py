"""What holds for any value: placeholders are one to one, of one conversation alone, and restoring is the inverse."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from guard.placeholders import Vault
from guard.restore.stream import PlaceholderRestorers

AWKWARD = [
    "\U0001f469\u200d\U0001f4bb",
    "\u05d3\u05d5\u05d3",
    "e\u0301",
    "a\r\nb",
    "\ud800",
    "\u202eabc",
    "<PERSON_000000>",
]
VALUES = st.one_of(st.sampled_from(AWKWARD), st.text(st.characters(), min_size=1))
TYPES = st.sampled_from(["PERSON", "LOCATION", "US_SSN"])
PAIRS = st.lists(st.tuples(TYPES, VALUES), min_size=1, max_size=12, unique=True)


@given(PAIRS)
def test_placeholders_are_one_to_one(pairs: list[tuple[str, str]]) -> None:
    vault = Vault.new()
    made = [vault.placeholder(*pair) for pair in pairs]
    assert len(set(made)) == len(pairs)
    assert [vault.value(each) for each in made] == [value for _, value in pairs]
    assert [vault.placeholder(*pair) for pair in pairs] == made


@given(PAIRS)
def test_text_of_placeholders_comes_back_as_it_was(pairs: list[tuple[str, str]]) -> None:
    vault = Vault.new()
    redacted = " | ".join(vault.placeholder(*pair) for pair in pairs)
    restorer = PlaceholderRestorers().text(Vault.loads(vault.dumps()), restore=True)
    assert restorer.feed(redacted) + restorer.flush() == " | ".join(value for _, value in pairs)


@given(VALUES)
def test_a_placeholder_of_another_conversation_stays_text(value: str) -> None:
    theirs, ours = Vault.new(), Vault.new()
    ours.placeholder("PERSON", value)
    foreign = theirs.placeholder("PERSON", value)
    restorer = PlaceholderRestorers().text(ours, restore=True)
    assert restorer.feed(foreign) + restorer.flush() == foreign
