"""The versioned envelope in which every stored text lies.

    byte 0        version (1)
    bytes 1-24    salt, random
    bytes 25-56   commitment
    the rest      AES-256-GCM ciphertext and tag, nonce zero

A key of its own for each message: HKDF-Expand-SHA256 (RFC 5869) of the data key with `guard/envelope/v1` and the salt
gives 32 bytes of key and 32 bytes of commitment. The key is used once, so the nonce may be constant and there is no
limit of random nonces; the commitment makes the envelope key-committing, which GCM alone is not.

The associated data is a list of length-prefixed fields (never a joined string), so that an envelope opens only in its
own place: moved to another row, conversation or field it fails.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from guard.errors import TamperedError

VERSION = 1
KEY_BYTES = 32
_SALT, _COMMITMENT, _TAG = 24, 32, 16
_HEADER = 1 + _SALT + _COMMITMENT
_NONCE = bytes(12)
_INFO = b"guard/envelope/v1"


@dataclass(frozen=True, slots=True)
class Envelope:
    """Seals and opens with one data key (32 bytes)."""

    key: bytes = field(repr=False)

    def seal(self, plaintext: bytes, *place: str) -> bytes:
        """Encrypt for one place, e.g. `("messages", "conv_1", "3", "user")`."""
        salt = secrets.token_bytes(_SALT)
        message_key, commitment = _derive(self.key, salt)
        header = bytes([VERSION]) + salt + commitment
        return header + AESGCM(message_key).encrypt(_NONCE, plaintext, header + associated(*place))

    def open(self, sealed: bytes, *place: str) -> bytes:
        """Decrypt what was sealed for this place. Raises TamperedError for anything else."""
        if len(sealed) < _HEADER + _TAG or sealed[0] != VERSION:
            raise TamperedError("A stored envelope is not of a known version.")
        header = sealed[:_HEADER]
        message_key, commitment = _derive(self.key, header[1 : 1 + _SALT])
        if not hmac.compare_digest(commitment, header[1 + _SALT :]):
            raise TamperedError("A stored envelope was made with another key or was changed.")
        try:
            return AESGCM(message_key).decrypt(_NONCE, sealed[_HEADER:], header + associated(*place))
        except InvalidTag:
            raise TamperedError("A stored envelope was changed or moved.") from None


def new_key() -> bytes:
    """A new random data key."""
    return secrets.token_bytes(KEY_BYTES)


def associated(*place: str) -> bytes:
    """Length-prefixed fields: no two different places have the same bytes."""
    encoded = [field.encode() for field in place]
    return len(encoded).to_bytes(2) + b"".join(len(each).to_bytes(4) + each for each in encoded)


def _derive(key: bytes, salt: bytes) -> tuple[bytes, bytes]:
    expanded = HKDFExpand(algorithm=hashes.SHA256(), length=64, info=_INFO + salt).derive(key)
    return expanded[:32], expanded[32:]
