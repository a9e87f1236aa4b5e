"""Placeholder grammar and the vault. Used by redact and restore alone (the store seals the vault's bytes).

A placeholder is `<TYPE_XXXXXX>`: an entity type and six Crockford base-32 characters of an HMAC-SHA256 of the value, under
a key that lives inside the vault and dies with it. So it is stable within its conversation and one to one, and says
nothing of the value to anyone without the key.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from guard.errors import TamperedError
from guard.scanned import Scanned

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O and U."""

LENGTH = 6
PLACEHOLDER = re.compile(rf"<([A-Z][A-Z0-9_]{{0,40}})_([{ALPHABET}]{{{LENGTH}}})>")
"""A placeholder in its canonical form."""

_ANY_CASE = re.compile(PLACEHOLDER.pattern, re.IGNORECASE)
_HASHED = re.compile(rf"<([A-Z][A-Z0-9_]{{0,40}}):([{ALPHABET}]{{{LENGTH}}})([{ALPHABET}]{{{LENGTH}}})>")
_VERSION = 2
_READ = (1, 2)


@dataclass(frozen=True, slots=True)
class Entry:
    """One value of a vault. Aliases (the same but for case and white space) share the `entity_id`.

    Args:
        origins: ids of the principals who sent the value; `None`: everybody may have it.
    """

    placeholder: str
    entity_type: str
    value: str = field(repr=False)
    entity_id: str = ""
    origins: tuple[str, ...] | None = None


class Vault:
    """The values that were taken out of one conversation. `repr` shows how many, never which.

    `scanned` is what the detectors found in its texts. It is no part of `dumps`: the store keeps it by itself, sealed
    with the same key.

    `asker` is the id of the principal whose turn it is. Who asks is given back only what they sent themselves.
    """

    asker: str | None = None

    def __init__(self, key: bytes, entries: dict[str, Entry]) -> None:
        self._key = key
        self._entries = entries
        self.scanned = Scanned(hmac.digest(key, b"guard/scanned/v1", hashlib.sha256))
        self._by_value = {(entry.entity_type, entry.value): entry.placeholder for entry in entries.values()}

    @staticmethod
    def new() -> Vault:
        """An empty vault with a key of its own."""
        return Vault(secrets.token_bytes(32), {})

    @staticmethod
    def loads(data: bytes) -> Vault:
        """The vault that `dumps` wrote. Raises TamperedError when it is not one.

        The entries of version 1 have no origins: they are everybody's.
        """
        try:
            content = json.loads(data)
            if content["version"] not in _READ:
                raise ValueError
            entries = [_entry(*row) for row in content["entries"]]
            return Vault(base64.b64decode(content["key"], validate=True), {each.placeholder: each for each in entries})
        except (ValueError, KeyError, TypeError):
            raise TamperedError("A vault is not of a form that this version of Guard reads.") from None

    def dumps(self) -> bytes:
        """The vault as bytes, to be sealed: they hold the values and the key."""
        rows = [[e.placeholder, e.entity_type, e.value, e.entity_id, e.origins] for e in self._entries.values()]
        content = {"version": _VERSION, "key": base64.b64encode(self._key).decode(), "entries": rows}
        return json.dumps(content, separators=(",", ":")).encode()

    def placeholder(self, entity_type: str, value: str) -> str:
        """The placeholder of a value, remembered from now on: the same for the same type and value.

        The asker is one who sent the value, from now on.
        """
        if known := self._by_value.get((entity_type, value)):
            self._sent_too(known)
            return known
        counter = 0
        while (made := self._make(entity_type, value, counter)) in self._entries:
            counter += 1  # Another value has this one already.
        folded = " ".join(value.casefold().split())
        origins = None if self.asker is None else (self.asker,)
        entry = Entry(made, entity_type, value, self._code(chr(0).join(("entity", entity_type, folded))), origins)
        self._entries[made] = entry
        self._by_value[entity_type, value] = made
        return made

    def value(self, placeholder: str) -> str | None:
        """The value behind a canonical placeholder of this vault, else `None`."""
        entry = self._entries.get(placeholder)
        return entry.value if entry else None

    def entries(self) -> Iterator[Entry]:
        """All entries, in the order in which they came."""
        return iter(tuple(self._entries.values()))

    def restorable(self) -> list[Entry]:
        """The entries that the asker sent, or that are everybody's; all, where nobody is set."""
        return [e for e in self._entries.values() if None in (self.asker, e.origins) or self.asker in (e.origins or ())]

    def hashed(self, entity_type: str, value: str) -> str:
        """`<TYPE:…>` with a keyed hash of a value, the same for aliases. The vault does not remember the value.

        Its second half is a keyed hash of the first, by which the vault knows its own.
        """
        code = self._code(chr(0).join(("hash", entity_type, " ".join(value.casefold().split()))))
        return f"<{entity_type}:{code}{self._check(entity_type, code)}>"

    def places(self, text: str) -> list[tuple[int, int]]:
        """Where this vault's own placeholders, in upper or lower case, and hashes stand in a text."""
        found = [m.span() for m in _ANY_CASE.finditer(text) if m[0].upper() in self._entries]
        hashes = _HASHED.finditer(text)
        found += [m.span() for m in hashes if hmac.compare_digest(m[3], self._check(m[1], m[2]))]
        return sorted(found)

    def foreign(self, text: str) -> int:
        """How many placeholders stand in a text that are none of this vault."""
        return sum(1 for found in PLACEHOLDER.finditer(text) if found[0] not in self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __repr__(self) -> str:
        return f"Vault({len(self)} entries)"

    def _sent_too(self, placeholder: str) -> None:
        entry = self._entries[placeholder]
        if self.asker is not None and entry.origins is not None and self.asker not in entry.origins:
            self._entries[placeholder] = replace(entry, origins=(*entry.origins, self.asker))

    def _check(self, entity_type: str, code: str) -> str:
        return self._code(chr(0).join(("hash of a hash", entity_type, code)))

    def _make(self, entity_type: str, value: str, counter: int) -> str:
        return f"<{entity_type}_{self._code(chr(0).join(('value', entity_type, value, str(counter))))}>"

    def _code(self, text: str) -> str:
        # `surrogatepass`: a value may hold an unpaired surrogate and must still come back as it was.
        digest = hmac.new(self._key, text.encode("utf-8", "surrogatepass"), hashlib.sha256).digest()
        number = int.from_bytes(digest[:8])
        return "".join(ALPHABET[(number >> (5 * position)) & 31] for position in range(LENGTH))


def _entry(placeholder: str, entity_type: str, value: str, entity_id: str, origins: list[str] | None = None) -> Entry:
    return Entry(placeholder, entity_type, value, entity_id, None if origins is None else tuple(origins))
