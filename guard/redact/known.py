"""The values of a conversation that were taken out before, found again as they stand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

from guard.model import Grant, Span
from guard.placeholders import Entry

_SHORTEST = 3
"""Known values that are shorter are not looked for again: they would match everywhere."""

_SURNAME = 4
VAULT = "vault"
"""The detector of what is known."""

_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class _Value:
    """A value that is looked for. Several words in other case are still the same name; one word may be another."""

    text: str = field(repr=False)
    folded: str | None = field(repr=False)

    def stands(self, text: str, start: int) -> bool:
        """Whether it stands there, and no word goes on behind it."""
        end = start + len(self.text)
        if end < len(text) and _WORD.match(text, end):
            return False
        if self.folded is None:
            return text.startswith(self.text, start)
        return _fold(text[start:end]) == self.folded and end <= len(text)


class Entries(Protocol):
    """What has values: a vault, or all that a request has taken out so far."""

    def entries(self) -> Iterator[Entry]: ...


class Known:
    """The values of a vault that are redacted, a person's surname alone included, by their first words.

    The time to find them grows with the text, not with how many they are: a text is read word by word, and only values
    that begin with a word are looked for where it stands.
    """

    def __init__(self, grant: Grant, vault: Entries) -> None:
        self.types: dict[str, str] = {}
        for entry in vault.entries():
            if grant.action_for(entry.entity_type) != "redact":
                continue
            self.types.setdefault(entry.value, entry.entity_type)
            surname = entry.value.split()[-1] if entry.entity_type == "PERSON" and " " in entry.value else ""
            if len(surname) >= _SURNAME and surname[0].isupper():
                self.types.setdefault(surname, "PERSON")
        # `user` and `assistant` are names of participants, and words of every text.
        long = [each for each in self.types if len(each) >= _SHORTEST and not (each.isalpha() and each.islower())]
        self._first: dict[str, list[_Value]] = {}
        for each in sorted(long, key=len, reverse=True):
            word = _WORD.match(each)
            first = _fold(word[0] if word else each[0])
            self._first.setdefault(first, []).append(_Value(each, _fold(each) if " " in each else None))
        # Few values begin with what is no part of a word, such as the plus of a number.
        signs = "".join(sorted({re.escape(each[0]) for each in long if not _WORD.match(each)}))
        self._starts = re.compile(rf"\w+|(?<!\w)[{signs}]" if signs else r"\w+")
        self._folded = {each.lower(): entity_type for each, entity_type in self.types.items()}

    def find(self, text: str) -> list[Span]:
        """Where they stand in the text: from left to right, at each place the longest."""
        return [Span(start, end, self._type(text[start:end]), 1.0, VAULT) for start, end in self._places(text)]

    def _places(self, text: str) -> Iterator[tuple[int, int]]:
        # Most words begin no value: they are ruled out together.
        words = set(self._starts.findall(text)) if self._first else set()
        begun = {word: values for word in words if (values := self._first.get(_fold(word)))}
        reach = 0
        for found in self._starts.finditer(text) if begun else ():
            start = found.start()
            if start >= reach and (values := begun.get(found[0])):
                longest = next((each for each in values if each.stands(text, start)), None)
                if longest is not None:
                    reach = start + len(longest.text)
                    yield start, reach

    def _type(self, value: str) -> str:
        # Letters whose lower case is another one's fall through: then the strictest thing to call it is a person.
        return self.types.get(value) or self._folded.get(value.lower(), "PERSON")


def _fold(text: str) -> str:
    """A text without its case. The letters i with and without a dot are one: their upper cases are mixed up."""
    return text.lower() if text.isascii() else text.casefold().replace("ı", "i").replace("\u0307", "")
