"""Transcripts in memory, for tests and for trying Guard out: the same rules, nothing encrypted, nothing kept."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from guard.errors import ConversationNotFoundError
from guard.model import JSON, ChatRequest, ChoiceReply, Principal, Redacted, Released
from guard.placeholders import Vault
from guard.store import stored
from guard.store.identity import extended, prefixes
from guard.store.protocol import Conversation, Write
from guard.store.turns import Turns

Transaction = list[Callable[[], None]]


@dataclass(slots=True)
class _Kept:
    owner: tuple[str, str]
    vault: bytes = field(repr=False)
    rows: list[tuple[str, str, int, Mapping[str, JSON]]] = field(default_factory=list, repr=False)


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
        self._kept: dict[str, _Kept] = {}
        self._histories: dict[tuple[bytes, str], int] = {}
        self._erased: set[str] = set()
        self._turns = Turns()
        self._key = secrets.token_bytes(32)

    @asynccontextmanager
    async def turn(self, principal: Principal, request: ChatRequest) -> AsyncIterator[Conversation]:
        owner = (principal.tenant, principal.id)
        sent = request.body.get("messages") or []
        chain = prefixes(sent, self._key)
        named = request.conversation
        if named is not None and (named not in self._kept or self._kept[named].owner != owner):
            raise ConversationNotFoundError
        known = [
            (count, place, conversation_id)  # of equally long ones the latest
            for place, ((value, conversation_id), count) in enumerate(self._histories.items())
            if value in chain and self._kept[conversation_id].owner == owner and named in (None, conversation_id)
        ]
        matched, _, found = max(known, default=(0, 0, named))
        conversation_id = found or "conv_" + secrets.token_hex(12)
        async with self._turns.hold(conversation_id):
            self._refuse_erased(conversation_id)
            vault = Vault.loads(self._kept[found].vault) if found else Vault.new()
            yield Conversation(conversation_id, vault, matched, is_new=found is None, secrets=(owner, chain))

    def prompt(self, conversation: Conversation, request_id: str, redacted: Redacted) -> Write:
        async def write(transaction: Transaction) -> None:
            self._refuse_erased(conversation.id)
            vault = conversation.vault.dumps()
            rows = [
                (request_id, str(message.get("role")), -1, dict(message))
                for message in stored.new_messages(redacted, conversation.known)
            ]

            def apply() -> None:
                kept = self._kept.setdefault(conversation.id, _Kept(conversation.secrets[0], vault))
                kept.vault = vault
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
            transaction.append(lambda: self._kept[conversation.id].rows.extend(rows))

        return write

    def finished(self, conversation: Conversation, request: ChatRequest, replies: Mapping[int, ChoiceReply]) -> Write:
        async def write(transaction: Transaction) -> None:
            self._refuse_erased(conversation.id)
            _, chain = conversation.secrets
            values = [extended(chain[-1] if chain else b"", reply, self._key) for reply in replies.values()]
            found = {(value, conversation.id): len(chain) + 1 for value in values}
            transaction.append(lambda: self._histories.update(found))

        return write

    async def messages(self, conversation_id: str, tenant: str | None = None) -> list[dict[str, JSON]]:
        if conversation_id not in self._kept or tenant not in (None, self._kept[conversation_id].owner[0]):
            raise ConversationNotFoundError
        return stored.joined(self._kept[conversation_id].rows)

    def erase(self, conversation_id: str) -> Write:
        async def write(transaction: Transaction) -> None:
            if conversation_id not in self._kept:
                raise ConversationNotFoundError

            def apply() -> None:
                del self._kept[conversation_id]
                self._erased.add(conversation_id)
                self._histories = {k: v for k, v in self._histories.items() if k[1] != conversation_id}

            transaction.append(apply)

        return write

    def _refuse_erased(self, conversation_id: str) -> None:
        if conversation_id in self._erased:
            raise ConversationNotFoundError("The conversation was erased.")

    def conversations(self) -> tuple[str, ...]:
        """The ids of all conversations, oldest first."""
        return tuple(self._kept)
