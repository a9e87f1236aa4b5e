"""What a transcript store is.

Writing methods return a `Write`, which `guard.database` runs together with the audit's writes in one commit.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol

from guard.model import JSON, ChatRequest, ChoiceReply, Principal, Redacted, Released
from guard.placeholders import Vault

Write = Callable[[Any], Awaitable[None]]
"""One part of a commit; its argument is the open transaction of the storage that made it."""


class Commit(Protocol):
    """Runs writes in one durable transaction: all or none."""

    async def __call__(self, *writes: Write) -> None:
        """Return when they are on disk. Raises StorageError, AuditError; nothing is half written."""
        ...


@dataclass(slots=True)
class Conversation:
    """A conversation that this turn holds the lock of.

    Args:
        id: `conv_…`.
        vault: placeholders of this conversation; grows during redaction.
        known: how many messages of the request the conversation already has; the later ones are new.
        is_new: whether it starts with this turn.
        secrets: the store's own keys and hash state; opaque to everyone else.
    """

    id: str
    vault: Vault = field(repr=False)
    known: int
    is_new: bool
    secrets: Any = field(default=None, repr=False)


class Transcripts(Protocol):
    """Stores what reviewers may read and what restoring needs, encrypted, and knows which conversation a request continues."""

    def turn(self, principal: Principal, request: ChatRequest) -> AbstractAsyncContextManager[Conversation]:
        """Find the conversation that the request names or continues, or start one, and hold it: turns are serialised.

        Raises ConversationNotFoundError, StorageError, KeyUnavailableError, TamperedError.
        """
        ...

    def prompt(self, conversation: Conversation, request_id: str, redacted: Redacted) -> Write:
        """The new messages, redacted, and the vault as it is now."""
        ...

    def units(self, conversation: Conversation, request_id: str, released: Sequence[Released]) -> Write:
        """Pieces of the answer that are about to leave."""
        ...

    def finished(self, conversation: Conversation, request: ChatRequest, replies: Mapping[int, ChoiceReply]) -> Write:
        """The turn is over: remember, under a keyed hash, the histories a client may continue (one per choice)."""
        ...

    async def messages(self, conversation_id: str, tenant: str | None = None) -> list[dict[str, JSON]]:
        """The redacted transcript: `[{"role", "text", "request_id", …}]` in order. Raises ConversationNotFoundError.

        Args:
            tenant: only if the conversation is this tenant's.
        """
        ...

    def erase(self, conversation_id: str) -> Write:
        """Destroy the keys and everything derived; the conversation's proofs stay."""
        ...
