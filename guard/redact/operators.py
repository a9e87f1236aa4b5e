"""What is written in place of a value: a placeholder, or what another operator of the policy makes of it.

`placeholder` is the default and the only one that can be turned back. The others depend on the value and, where that is
secret, on the key of the vault, and on nothing else: the same value is written the same way in every turn.
"""

from __future__ import annotations

import ipaddress
import re
import string
from collections.abc import Callable, Iterator

from guard.model import Grant, Operator
from guard.placeholders import Entry, Vault

_YEAR = re.compile(r"(?<!\d)(?:1[6-9]|20)\d\d(?!\d)")
_NUMBER = re.compile(r"\d+")
_BABY = re.compile(r"(?i)\b(?:month|week|day)s?\b|\bmo\b")
_SHOWN = frozenset(string.whitespace + string.punctuation)
_OLDEST = 90
_NO_SPACE_BEFORE = ",.;:!?)]}"
_PREFIX_LENGTH = re.compile(r"/\d{1,3}(?!\d)")


class Writer:
    """What the values of one request become, and which of them were taken out so far.

    The values of one-way operators are kept for the request alone, so that what was taken out once is taken out
    everywhere in it; the vault never has them.
    """

    def __init__(self, grant: Grant, vault: Vault) -> None:
        self._grant = grant
        self._vault = vault
        self._once: dict[tuple[str, str], Entry] = {}

    def is_one_way(self, entity_type: str) -> bool:
        """Whether values of the type cannot be turned back."""
        return self._grant.operator_for(entity_type).name != "placeholder"

    def take(self, entity_type: str, value: str) -> None:
        """Remember a value that is taken out."""
        if self.is_one_way(entity_type):
            self._once.setdefault((entity_type, value), Entry("", entity_type, value))
        else:
            self._vault.placeholder(entity_type, value)

    def entries(self) -> Iterator[Entry]:
        """All that is known: what the vault holds, and what this request took out for good."""
        yield from self._vault.entries()
        yield from tuple(self._once.values())

    def __len__(self) -> int:
        return len(self._vault) + len(self._once)

    def written(self, entity_type: str, value: str) -> str:
        """What stands in the place of the value."""
        operator = self._grant.operator_for(entity_type)
        if operator.name == "placeholder":
            return self._vault.placeholder(entity_type, value)
        if operator.name == "hash":
            return self._vault.hashed(entity_type, value)
        return one_way(operator, entity_type, value)

    def pseudonym(self, name: str) -> str:
        """The name of a participant: it must be told from others and hold no brackets, whatever the operator is."""
        if self.is_one_way("PERSON"):
            return self._vault.hashed("PERSON", name).strip("<>").replace(":", "_")
        return self._vault.placeholder("PERSON", name).strip("<>")

    def end(self, text: str, entity_type: str, end: int) -> int:
        """Where the text goes on behind a value: an address with its prefix length is generalized as one."""
        if entity_type == "IP_ADDRESS" and self._grant.operator_for(entity_type).name == "generalize":
            found = _PREFIX_LENGTH.match(text, end)
            return found.end() if found else end
        return end


def one_way(operator: Operator, entity_type: str, value: str) -> str:
    """What the operators `mask`, `generalize` and `drop` make of a value."""
    if operator.name == "drop":
        return ""
    if operator.name == "mask":
        return masked(value, operator.keep)
    return generalized(entity_type, value)


def masked(value: str, keep: int = 0) -> str:
    """The value with a star for every letter and digit but the last `keep`; of a short one at most half stays.

    Spaces and ASCII punctuation stay, so that the form of a number can be seen.
    """
    letters = [place for place, character in enumerate(value) if character not in _SHOWN]
    kept = min(keep, len(letters) // 2)
    hidden = frozenset(letters[: len(letters) - kept])
    return "".join("*" if place in hidden else character for place, character in enumerate(value))


def generalized(entity_type: str, value: str) -> str:
    """Something more general: a date's year, an age's decade, the first 3 characters of a ZIP code, an address's network.

    `<TYPE>` for what cannot be read, and for types that nothing more general is known of.
    """
    wider = _WIDER.get(entity_type)
    return (wider(value) if wider else None) or f"<{entity_type}>"


def close_up(before: list[str], after: str) -> int:
    """Take away the space that is left over where a value is dropped. Return how many characters behind it go.

    Args:
        before: the pieces of text before the value; a space at their end is taken away here.
        after: the character behind it; empty: there is none.
    """
    while before and not before[-1]:
        before.pop()
    last = before[-1][-1] if before else ""
    if last in (" ", "\t") and (not after or after.isspace() or after in _NO_SPACE_BEFORE):
        before[-1] = before[-1][:-1]
        return 0
    return 1 if after in (" ", "\t") and (not last or last.isspace()) else 0


def _year(value: str) -> str | None:
    """The year of a date that has one, written with four digits."""
    years = set(_YEAR.findall(value))
    return years.pop() if len(years) == 1 else None


def _decade(value: str) -> str | None:
    numbers = _NUMBER.findall(value)
    if len(numbers) != 1 or len(numbers[0]) > 3:
        return None
    age = int(numbers[0])
    if age < 10 or _BABY.search(value):
        return "under 10"
    # The oldest are few: a decade of their own would point to them.
    return f"{_OLDEST} or over" if age >= _OLDEST else f"{age // 10 * 10}s"


def _area(value: str) -> str | None:
    letters = "".join(c for c in value if c.isalnum())
    return letters[:3] if len(letters) >= 5 else None


def _network(value: str) -> str | None:
    """The /24 of an IPv4 address, the /48 of an IPv6 address."""
    try:
        address = ipaddress.ip_address(value.split("/")[0].strip("[]"))
    except ValueError:
        return None
    return str(ipaddress.ip_network((address, 24 if address.version == 4 else 48), strict=False))


_WIDER: dict[str, Callable[[str], str | None]] = {
    "DATE_TIME": _year,
    "DATE_OF_BIRTH": _year,
    "YEAR": _year,
    "AGE": _decade,
    "IP_ADDRESS": _network,
    "ZIP_CODE": _area,
    "US_ZIP_CODE": _area,
    "POSTAL_CODE": _area,
    "UK_POSTCODE": _area,
}
