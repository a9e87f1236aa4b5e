"""The values of a conversation that were taken out before, found again as they stand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Protocol

from guard.model import Grant, Span
from guard.placeholders import Entry

_SHORTEST = 3
"""Known values that are shorter are not looked for again: they would match everywhere."""

_SURNAME = 4
VAULT = "vault"
"""The detector of what is known."""


class Entries(Protocol):
    """What has values: a vault, or all that a request has taken out so far."""

    def entries(self) -> Iterator[Entry]: ...


class Known:
    """The values of a vault that are redacted, a person's surname alone included, as one pattern."""

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
        long = (each for each in self.types if len(each) >= _SHORTEST and not (each.isalpha() and each.islower()))
        values = sorted(long, key=len, reverse=True)
        # Several words in other case are still the same name; one word may be another.
        forms = [f"(?i:{re.escape(each)})" if " " in each else re.escape(each) for each in values]
        self._pattern = re.compile(rf"(?<!\w)(?:{'|'.join(forms) or '(?!)'})(?!\w)")
        self._folded = {each.lower(): entity_type for each, entity_type in self.types.items()}

    def find(self, text: str) -> list[Span]:
        """Where they stand in the text."""
        return [Span(m.start(), m.end(), self._type(m[0]), 1.0, VAULT) for m in self._pattern.finditer(text)]

    def _type(self, value: str) -> str:
        # Letters whose lower case is another one's fall through: then the strictest thing to call it is a person.
        return self.types.get(value) or self._folded.get(value.lower(), "PERSON")
