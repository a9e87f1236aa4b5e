"""The record: canonical bytes, the hash chain, and the signed head.

A record is a JSON object of ASCII text and integers, keys sorted, no white space. Its exact bytes are stored and hashed
and never serialized again to verify. Probabilities are in per mille and times in milliseconds, because floating point
numbers have no canonical form.

    hash(0)   = SHA-256("guard/audit/record/v1" NUL, 32 zero bytes, record(0))
    hash(n)   = SHA-256("guard/audit/record/v1" NUL, hash(n-1), record(n))

The head says how many records there are and the hash of the last one, signed with Ed25519 (RFC 8032) in the line format
of a signed note (C2SP signed-note): without it, a chain with its tail cut off would be a valid chain.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from guard.errors import AuditError, TamperedError
from guard.model import JSON

GENESIS = bytes(32)
"""What stands in place of the hash before the first record."""

_RECORD_DOMAIN = b"guard/audit/record/v1\0"
_HEAD_TITLE = "guard/audit/head/v1"
_NAME = "guard"


def canonical(fields: Mapping[str, JSON]) -> bytes:
    """The bytes of a record. Raises AuditError for a value that has no canonical form."""
    _check(fields)
    # `default`: of what was checked, only mappings that are no `dict` come there.
    return json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=True, default=dict).encode("ascii")


def chain(previous: bytes, record: bytes) -> bytes:
    """The hash of a record after the record with hash `previous`."""
    return hashlib.sha256(_RECORD_DOMAIN + previous + record).digest()


def _check(value: JSON) -> None:
    if isinstance(value, Mapping):
        for key, each in value.items():
            if not isinstance(key, str):
                raise AuditError("A record's key is not a string.")
            _check(each)
    elif isinstance(value, list | tuple):
        for each in value:
            _check(each)
    elif isinstance(value, float) or not isinstance(value, str | int | None):
        raise AuditError("A record holds a value that has no canonical form.")


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the log at some moment: `records` in all, `hash` of the last, `time` in ms."""

    records: int
    hash: bytes
    time: int

    def sign(self, key: Ed25519PrivateKey) -> bytes:
        """The head as a signed note."""
        text = self._text()
        signature = key.sign(text)
        # The key's id is the start of a hash of its name and bytes, as signed-note has it.
        key_hash = _key_hash(key.public_key())
        return text + f"\n\u2014 {_NAME} {base64.b64encode(key_hash + signature).decode()}\n".encode()

    def _text(self) -> bytes:
        return f"{_HEAD_TITLE}\n{self.records}\n{base64.b64encode(self.hash).decode()}\n{self.time}\n".encode()

    @staticmethod
    def read(note: bytes, key: Ed25519PublicKey) -> Head:
        """Read a signed head. Raises TamperedError when the signature or the form is wrong."""
        try:
            text, _, line = note.decode().partition("\n\n")
            title, records, digest, time = text.split("\n")
            dash, name, encoded = line.strip().split(" ")
            signature = base64.b64decode(encoded, validate=True)
            head = Head(int(records), base64.b64decode(digest, validate=True), int(time))
            if title != _HEAD_TITLE or dash != "\u2014" or name != _NAME or signature[:4] != _key_hash(key):
                raise ValueError
            key.verify(signature[4:], head._text())
        except (ValueError, InvalidSignature):
            raise TamperedError("The signed head of the audit log is not genuine.") from None
        return head


def _key_hash(key: Ed25519PublicKey) -> bytes:
    return hashlib.sha256(f"{_NAME}\n".encode() + b"\x01" + key.public_bytes_raw()).digest()[:4]
