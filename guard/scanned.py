"""What the detectors found in the texts of one conversation, so that a text that comes again is not scanned again.

Clients send the whole history with every turn. A `Scanned` belongs to a vault: its key comes from the vault's, the store
seals it with the vault's key, and it dies with the vault. It holds no text: a text is a keyed hash, a finding is two
offsets, a type, a score and a detector. What the findings lead to is not kept: policy is asked anew each turn.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from guard.clock import now
from guard.errors import TamperedError
from guard.model import Span

MOST = 20_000
"""Texts and findings together that a conversation remembers; above it, what was used longest ago is forgotten."""

_VERSION = 1
_HASH_BYTES = 16
_DAY = 86_400_000

_Row = tuple[int, int, str, float, str]


@dataclass(frozen=True, slots=True)
class _Text:
    """A text that was scanned: on which day it was last needed, and what was found in it."""

    day: int
    rows: tuple[_Row, ...] = field(repr=False)

    @property
    def size(self) -> int:
        return 1 + len(self.rows)


class Scanned:
    """The texts of one conversation that were scanned before, those used last at the end.

    Args:
        key: of the keyed hashes; it must die with the vault.
        most: what is remembered at most.
    """

    def __init__(self, key: bytes, most: int = MOST) -> None:
        self._key = key
        self._most = most
        self._texts: dict[str, _Text] = {}
        self._new: set[str] = set()
        self._size = 0
        self._renewed = 0

    def find(self, detectors: str, text: str) -> list[Span] | None:
        """What was found in a text, without explanations; `None` when it has to be scanned.

        Args:
            detectors: names and versions of all that were asked. Other versions find other things.
        """
        name = self._name(detectors, text)
        known = self._texts.pop(name, None)
        if known is None:
            return None
        if known.day < self._renewed:
            known = _Text(_today(), known.rows)
            self._new.add(name)
        self._texts[name] = known
        return [Span(*row) for row in known.rows]

    def keep(self, detectors: str, text: str, spans: Sequence[Span]) -> None:
        """Remember what was found in a text."""
        name = self._name(detectors, text)
        rows = tuple((each.start, each.end, each.entity_type, each.score, each.detector) for each in spans)
        self._new.add(name)
        self._put(name, _Text(_today(), rows))

    def read(self, packed: bytes, days: int) -> None:
        """Remember what `new` or `everything` wrote, but for what was not needed in so many days.

        Raises TamperedError when it is not of their form.
        """
        oldest = _today() - days
        self._renewed = _today() - days // 2
        try:
            content = json.loads(packed)
            if content["version"] != _VERSION:
                raise ValueError
            words = content["words"]
            for name, day, rows in content["texts"]:
                if day >= oldest:
                    self._put(
                        name,
                        _Text(day, tuple((start, end, words[t], score, words[d]) for start, end, t, score, d in rows)),
                    )
        except (ValueError, KeyError, TypeError, IndexError):
            raise TamperedError("What was found in a conversation is not of a form that Guard reads.") from None

    def new(self) -> bytes:
        """What is not in what was read; empty when all of it is."""
        return self._packed([name for name in self._texts if name in self._new]) if self._new else b""

    def everything(self) -> bytes:
        """All of it."""
        return self._packed(list(self._texts))

    def __len__(self) -> int:
        return len(self._texts)

    def __repr__(self) -> str:
        return f"Scanned({len(self)} texts)"

    def _put(self, name: str, text: _Text) -> None:
        if (before := self._texts.pop(name, None)) is not None:
            self._size -= before.size
        self._texts[name] = text
        self._size += text.size
        while self._size > self._most:
            last = next(iter(self._texts))
            self._size -= self._texts.pop(last).size
            self._new.discard(last)

    def _packed(self, names: Sequence[str]) -> bytes:
        words: dict[str, int] = {}
        texts = [
            [
                name,
                self._texts[name].day,
                [
                    [start, end, words.setdefault(t, len(words)), score, words.setdefault(d, len(words))]
                    for start, end, t, score, d in self._texts[name].rows
                ],
            ]
            for name in names
        ]
        return json.dumps({"version": _VERSION, "words": list(words), "texts": texts}, separators=(",", ":")).encode()

    def _name(self, detectors: str, text: str) -> str:
        place = json.dumps(detectors).encode()
        said = place + b"\n" + text.encode("utf-8", "surrogatepass")
        return base64.b64encode(hmac.digest(self._key, said, hashlib.sha256)[:_HASH_BYTES]).decode().rstrip("=")


def _today() -> int:
    return now() // _DAY
