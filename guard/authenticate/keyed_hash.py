"""The keyed hash under which API keys and session tokens are stored: of no use without the key."""

from __future__ import annotations

import hashlib
import hmac

from guard.errors import ConfigurationError


def check_key(key: bytes) -> bytes:
    """Return the key. Raises ConfigurationError when it is too short to be one."""
    if len(key) < 32:
        raise ConfigurationError("The key of the keyed hashes needs 32 bytes.")
    return key


def keyed_hash(key: bytes, purpose: str, secret: str) -> bytes:
    """HMAC-SHA256 (RFC 2104) of a random secret; the purpose keeps one kind from standing in for another."""
    return hmac.digest(key, purpose.encode() + b"\0" + secret.encode("utf-8", "surrogatepass"), hashlib.sha256)
