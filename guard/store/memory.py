"""Transcripts in memory, for tests and for trying Guard out: the same rules, nothing encrypted, nothing kept."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from guard.clock import now
from guard.errors import ConversationNotFoundError
from guard.model import JSON, ChatRequest, ChoiceReply, Grant, Principal, Redacted, Released
from guard.placeholders import Vault
from guard.store import stored
from guard.store.branches import facts_of, marked, title_of
from guard.store.held import Link, TurnFacts
from guard.store.identity import extended, prefixes
from guard.store.protocol import Conversation, Write
from guard.store.remembering import REMEMBER_DAYS
from guard.store.turns import Turns

if TYPE_CHECKING:
    from guard.store.memory_own import MemoryOwnTranscripts

Transaction = list[Callable[[], None]]


@dataclass(slots=True)
class Turn:
    """A turn in memory."""

    link: Link
    created: int
    facts: TurnFacts


@dataclass(slots=True)
class Kept:
    """A conversation in memory."""

    owner: tuple[str, str]
    vault: bytes = field(repr=False)
    scanned: bytes = field(default=b"", repr=False)
    title: str = field(default="", repr=False)
    created: int = field(default_factory=now)
    last_used: int = 0
    rows: list[tuple[str, str, int, Mapping[str, JSON]]] = field(default_factory=list, repr=False)
    turns: dict[str, Turn] = field(default_factory=dict)
    feedback: dict[tuple[str, int], tuple[int, str]] = field(default_factory=dict, repr=False)


async def memory_commit(*writes: Write) -> None:
    """Commit for the memory implementations: all writes are prepared, then applied, or none is."""
    transaction: Transaction = []
    for write in writes:
        await write(transaction)
    for apply in transaction:
        apply()


class MemoryTranscripts:
    """Implements Transcripts. Its writes take a list and append to it what is to be done on commit."""

    def __init__(self) -> None:
        self.kept: dict[str, Kept] = {}
        self.histories: dict[tuple[bytes, str], tuple[int, tuple[str, int]]] = {}
        self.turns = Turns()
        self.key = secrets.token_bytes(32)
        self._erased: set[str] = set()

    def own(self) -> MemoryOwnTranscripts:
        """The same conversations for their owners."""
        from guard.store.memory_own import MemoryOwnTranscripts

        return MemoryOwnTranscripts(self)

    @asynccontextmanager
    async def turn(self, principal: Principal, request: ChatRequest) -> AsyncIterator[Conversation]:
        owner = (principal.tenant, principal.id)
        sent = request.body.get("messages") or []
        chain = prefixes(sent, self.key)
        named = request.conversation
        if named is not None and (named not in self.kept or self.kept[named].owner != owner):
            raise ConversationNotFoundError
        known = [
            (count, place, conversation_id, at)  # of equally long ones the latest
            for place, ((value, conversation_id), (count, at)) in enumerate(self.histories.items())
            if value in chain and self.kept[conversation_id].owner == owner and named in (None, conversation_id)
        ]
        nothing: tuple[int, int, str | None, Link] = (0, 0, named, (None, None))
        matched, _, found, link = max(known, default=nothing, key=lambda each: each[:2])
        conversation_id = found or "conv_" + secrets.token_hex(12)
        async with self.turns.hold(conversation_id):
            self._refuse_erased(conversation_id)
            vault = Vault.loads(self.kept[found].vault) if found else Vault.new()
            if found and self.kept[found].scanned:
                vault.scanned.read(self.kept[found].scanned, REMEMBER_DAYS)
            kept = owner, chain, sent
            yield Conversation(conversation_id, vault, matched, is_new=found is None, link=link, secrets=kept)

    def prompt(
        self, conversation: Conversation, request_id: str, redacted: Redacted, grant: Grant | None = None
    ) -> Write:
        async def write(transaction: Transaction) -> None:
            self._refuse_erased(conversation.id)
            vault, scanned = conversation.vault.dumps(), conversation.vault.scanned.everything()
            owner, _, every = conversation.secrets
            messages, sent = stored.new_messages(redacted, conversation.known), every[conversation.known :]
            facts = facts_of(sent, messages, redacted, grant, conversation.vault)
            rows = [(request_id, str(message.get("role")), -1, dict(message)) for message in messages]
            title = title_of(sent, messages, redacted, facts)

            def apply() -> None:
                kept = self.kept.setdefault(conversation.id, Kept(owner, vault, title=title))
                kept.vault, kept.scanned, kept.last_used = vault, scanned, now()
                kept.turns[request_id] = Turn(conversation.link, now(), facts)
                kept.rows += rows

            transaction.append(apply)

        return write

    def units(self, conversation: Conversation, request_id: str, released: Sequence[Released]) -> Write:
        async def write(transaction: Transaction) -> None:
            self._refuse_erased(conversation.id)
            rows = [
                (request_id, "assistant", piece.choice, unit)
                for piece in released
                if (unit := stored.unit(piece)) is not None
            ]
            transaction.append(lambda: self.kept[conversation.id].rows.extend(rows))

        return write

    def finished(self, conversation: Conversation, request: ChatRequest, replies: Mapping[int, ChoiceReply]) -> Write:
        async def write(transaction: Transaction) -> None:
            self._refuse_erased(conversation.id)
            _, chain, _ = conversation.secrets
            last = chain[-1] if chain else b""
            ended = [(extended(last, reply, self.key), choice) for choice, reply in replies.items()]

            def apply() -> None:
                for value, choice in ended:
                    self.remember(value, conversation.id, len(chain) + 1, (request.id, choice))

            transaction.append(apply)

        return write

    def remember(
        self, value: bytes, conversation_id: str, count: int, at: tuple[str, int], *, is_picked: bool = False
    ) -> None:
        """Remember a history and the answer that ends it; of equal ones in one turn the first, or the one picked."""
        known = self.histories.get((value, conversation_id))
        if known is None or is_picked or known[1][0] != at[0]:
            self.histories[value, conversation_id] = count, at

    async def messages(self, conversation_id: str, tenant: str | None = None) -> list[dict[str, JSON]]:
        if conversation_id not in self.kept or tenant not in (None, self.kept[conversation_id].owner[0]):
            raise ConversationNotFoundError
        kept = self.kept[conversation_id]
        return marked(stored.joined(kept.rows), {name: turn.link for name, turn in kept.turns.items()})

    def erase(self, conversation_id: str) -> Write:
        async def write(transaction: Transaction) -> None:
            if conversation_id not in self.kept:
                raise ConversationNotFoundError

            def apply() -> None:
                del self.kept[conversation_id]
                self._erased.add(conversation_id)
                self.histories = {k: v for k, v in self.histories.items() if k[1] != conversation_id}

            transaction.append(apply)

        return write

    def _refuse_erased(self, conversation_id: str) -> None:
        if conversation_id in self._erased:
            raise ConversationNotFoundError("The conversation was erased.")

    def conversations(self) -> tuple[str, ...]:
        """The ids of all conversations, oldest first."""
        return tuple(self.kept)
