"""What a key provider is."""

from __future__ import annotations

from typing import Protocol


class KeyProvider(Protocol):
    """Wraps data encryption keys (DEK) with a key encryption key (KEK) that never leaves it."""

    @property
    def key_id(self) -> str:
        """The id of the KEK that wraps now."""
        ...

    async def wrap(self, dek: bytes, context: bytes) -> bytes:
        """Encrypt a data key, bound to `context`. Raises KeyUnavailableError."""
        ...

    async def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        """Decrypt a data key. Raises KeyUnavailableError, and TamperedError when it or its context was changed."""
        ...
