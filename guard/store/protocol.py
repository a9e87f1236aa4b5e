"""What a transcript store is.

Writing methods return a `Write`, which `guard.database` runs together with the audit's writes in one commit.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol

from guard.model import JSON, ChatRequest, ChoiceReply, Grant, Principal, Redacted, Released
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
        link: the turn that this one goes on from, and which of its answers; nothing where it begins the conversation.
        secrets: the store's own keys and hash state; opaque to everyone else.
    """

    id: str
    vault: Vault = field(repr=False)
    known: int
    is_new: bool
    link: tuple[str | None, int | None] = (None, None)
    secrets: Any = field(default=None, repr=False)


class Transcripts(Protocol):
    """Stores what reviewers may read and what restoring needs, encrypted, and knows which conversation a request continues."""

    def turn(self, principal: Principal, request: ChatRequest) -> AbstractAsyncContextManager[Conversation]:
        """Find the conversation that the request names or continues, or start one, and hold it: turns are serialised.

        Raises ConversationNotFoundError, StorageError, KeyUnavailableError, TamperedError.
        """
        ...

    def prompt(
        self, conversation: Conversation, request_id: str, redacted: Redacted, grant: Grant | None = None
    ) -> Write:
        """The turn, its new messages, redacted, and the vault as it is now.

        Args:
            grant: of the turn; `None`: the caller gets no values back.
        """
        ...

    def units(self, conversation: Conversation, request_id: str, released: Sequence[Released]) -> Write:
        """Pieces of the answer that are about to leave."""
        ...

    def finished(self, conversation: Conversation, request: ChatRequest, replies: Mapping[int, ChoiceReply]) -> Write:
        """The turn is over: remember, under a keyed hash, the histories a client may continue (one per choice)."""
        ...

    async def messages(self, conversation_id: str, tenant: str | None = None) -> list[dict[str, JSON]]:
        """The redacted transcript: `[{"role", "text", "request_id", …}]` in order. Raises ConversationNotFoundError.

        The first message of a turn that does not go on from the answer above it has a member `branch`: `again`,
        `edited` or `earlier`; see `guard.store.branches.marked`.

        Args:
            tenant: only if the conversation is this tenant's.
        """
        ...

    def erase(self, conversation_id: str) -> Write:
        """Destroy the keys and everything derived; the conversation's proofs stay."""
        ...
