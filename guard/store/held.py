"""What the owner of a conversation gets of the store, and what a store does for owners."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol

from guard.model import JSON, Principal
from guard.placeholders import Vault
from guard.store.protocol import Write

Link = tuple[str | None, int | None]
"""The turn that a turn goes on from and which of its answers."""


@dataclass(frozen=True, slots=True)
class Titled:
    """A conversation in a list."""

    id: str
    created: int
    last_used: int
    title: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class TurnFacts:
    """What is kept of a turn beside its messages.

    Args:
        restored: whether the caller got values back.
        sent: messages that do not come back from their redacted form, as they were sent, by their index in the turn.
        one_way: how many values of the request were taken out for good.
    """

    model: str = ""
    scenario: str = ""
    restored: bool = False
    sent: Mapping[int, Mapping[str, JSON]] = field(default_factory=dict, repr=False)
    one_way: int = 0


@dataclass(frozen=True, slots=True)
class HeldTurn:
    """A turn as it is stored, redacted.

    Args:
        said: the messages that were new in it.
        answers: the units by choice.
        feedback: ratings by choice.
    """

    request_id: str
    link: Link
    created: int
    facts: TurnFacts
    said: Sequence[Mapping[str, JSON]] = field(repr=False)
    answers: Mapping[int, Sequence[Mapping[str, JSON]]] = field(repr=False)
    feedback: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Held:
    """A conversation with its turns, the oldest first, and its vault."""

    titled: Titled
    vault: Vault = field(repr=False)
    turns: Sequence[HeldTurn] = ()


class OwnTranscripts(Protocol):
    """Conversations for their owners. Those of others and erased ones raise ConversationNotFoundError like unknown ones;
    all may raise StorageError, KeyUnavailableError and TamperedError."""

    async def summaries(self, principal: Principal, before: int | None, limit: int) -> Sequence[Titled]:
        """The conversations that were used last, and before a time; more than the limit where several were at once."""
        ...

    async def read(self, principal: Principal, conversation_id: str) -> Held:
        """One conversation."""
        ...

    def settled(self, principal: Principal, conversation_id: str) -> AbstractAsyncContextManager[Any]:
        """Wait until no turn is under way, and keep it so. Raises LimitExceededError when that takes too long."""
        ...

    async def owner_vault(self, principal: Principal, conversation_id: str) -> Vault:
        """A copy of the vault of a conversation; what is added to it is not kept."""
        ...

    async def answered(self, principal: Principal, request_id: str, choice: int) -> str:
        """The conversation of an answer."""
        ...

    async def renamed(self, principal: Principal, conversation_id: str, title: str) -> Write:
        """Give it another title."""
        ...

    async def rated(
        self, principal: Principal, conversation_id: str, request_id: str, choice: int, rating: int, text: str
    ) -> Write:
        """Keep what was said of an answer in place of what was said before; a rating of 0 keeps nothing."""
        ...

    async def remembered(
        self, principal: Principal, conversation_id: str, messages: Sequence[Mapping[str, JSON]], at: tuple[str, int]
    ) -> Write | None:
        """A request that begins with these messages goes on from this answer; `None` where that is known."""
        ...
