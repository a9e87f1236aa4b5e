"""Transcripts in the database: redacted messages and the vault, each in envelopes of its own data key."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import delete, desc, exists, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from guard.database import Database
from guard.engines.protocol import Hold
from guard.errors import ConversationNotFoundError, TamperedError
from guard.keys.protocol import KeyProvider
from guard.model import JSON, ChatRequest, ChoiceReply, Principal, Redacted, Released
from guard.placeholders import Vault
from guard.store import stored
from guard.store.envelope import Envelope, associated, new_key
from guard.store.identity import extended, prefixes
from guard.store.protocol import Conversation, Write
from guard.store.turns import Turns
from guard.tables import conversations, histories, messages

_NO_CHOICE = -1
_PREFIXES = 1000


@dataclass(slots=True)
class _Secrets:
    """What a turn needs of its conversation, in memory for the turn only."""

    principal: Principal = field(repr=False)
    transcript: Envelope = field(repr=False)
    vault: Envelope = field(repr=False)
    wrapped: tuple[bytes, bytes] = field(repr=False)
    chain_key: bytes = field(repr=False)
    chain: list[bytes] = field(repr=False)
    hold: Hold | None = None

    async def check(self, connection: AsyncConnection) -> None:
        """Raises StorageError when another turn of the conversation may have begun."""
        if self.hold is not None:
            await self.hold.check(connection)


class SqlTranscripts:
    """Transcripts over `Database`.

    Args:
        keys: wraps the data keys.
        derive: gives a 32-byte key for a label, for the history hashes.
    """

    def __init__(self, database: Database, keys: KeyProvider, derive: Callable[[str], bytes]) -> None:
        self._database = database
        self._keys = keys
        self._derive = derive
        self._turns = Turns(database.locks)

    @asynccontextmanager
    async def turn(self, principal: Principal, request: ChatRequest) -> AsyncIterator[Conversation]:
        sent = request.body.get("messages") or []
        chain_key = self._derive(json.dumps(["history", principal.tenant, principal.id]))
        chain = prefixes(sent, chain_key)
        found = await self._find(principal, request.conversation, chain)
        if found is None:
            conversation = await self._new(principal, chain_key, chain)
            # Held, too: its id is known to the caller before its first turn is over.
            async with self._turns.hold(conversation.id) as hold:
                conversation.secrets.hold = hold
                yield conversation
            return
        conversation_id, matched = found
        async with self._turns.hold(conversation_id) as hold:
            conversation = await self._load(principal, conversation_id, chain_key, chain)
            conversation.secrets.hold = hold
            # What is no known history is new, in a conversation that was named as well: it is judged and stored.
            conversation.known = matched
            yield conversation

    def prompt(self, conversation: Conversation, request_id: str, redacted: Redacted) -> Write:
        async def write(connection: AsyncConnection) -> None:
            await conversation.secrets.check(connection)
            await self._save_conversation(connection, conversation)
            for message in stored.new_messages(redacted, conversation.known):
                role = str(message.get("role"))
                await self._insert(connection, conversation, request_id, role, _NO_CHOICE, dict(message))

        return write

    def units(self, conversation: Conversation, request_id: str, released: Sequence[Released]) -> Write:
        async def write(connection: AsyncConnection) -> None:
            await conversation.secrets.check(connection)
            for piece in released:
                if (unit := stored.unit(piece)) is not None:
                    await self._insert(connection, conversation, request_id, "assistant", piece.choice, unit)

        return write

    def finished(self, conversation: Conversation, request: ChatRequest, replies: Mapping[int, ChoiceReply]) -> Write:
        async def write(connection: AsyncConnection) -> None:
            kept: _Secrets = conversation.secrets
            await kept.check(connection)
            await self._next(connection, conversation)
            for reply in replies.values():
                value = extended(kept.chain[-1] if kept.chain else b"", reply, kept.chain_key)
                await self._add_history(connection, value, conversation.id, len(kept.chain) + 1)

        return write

    async def messages(self, conversation_id: str, tenant: str | None = None) -> list[dict[str, JSON]]:
        async with self._database.read() as connection:
            row = await self._row(connection, conversation_id)
            if tenant not in (None, row.tenant):
                raise ConversationNotFoundError
            envelope = Envelope(await self._unwrap(row, "transcript"))
            query = select(messages).where(messages.c.conversation_id == conversation_id).order_by(messages.c.sequence)
            rows = (await connection.execute(query)).all()
        if [each.sequence for each in rows] != list(range(len(rows))):
            raise TamperedError("Stored messages of this conversation were removed.")
        return stored.joined(
            (each.request_id, each.role, each.choice, json.loads(envelope.open(each.sealed, *_place(row.tenant, each))))
            for each in rows
        )

    def erase(self, conversation_id: str) -> Write:
        async def write(connection: AsyncConnection) -> None:
            erased = await connection.execute(
                update(conversations)
                .where(conversations.c.id == conversation_id, conversations.c.erased.is_(None))
                .values(transcript_key=None, vault_key=None, vault=None, erased=_now())
            )
            if erased.rowcount != 1:
                raise ConversationNotFoundError("There is no such conversation, or it was erased before.")
            for table in (messages, histories):
                await connection.execute(delete(table).where(table.c.conversation_id == conversation_id))

        return write

    async def listing(self, *, limit: int = 100, principal_id: str | None = None) -> list[dict[str, JSON]]:
        """The newest conversations: who, when, how many stored messages and units, whether erased."""
        table = conversations
        count = select(func.count()).where(messages.c.conversation_id == table.c.id).scalar_subquery()
        query = select(table.c.id, table.c.principal_id, table.c.created, table.c.last_used, table.c.erased, count)
        if principal_id:
            query = query.where(table.c.principal_id == principal_id)
        async with self._database.read() as connection:
            rows = await connection.execute(query.order_by(desc(table.c.last_used)).limit(limit))
            names = ("conversation_id", "principal_id", "created", "last_used", "erased", "parts")
            return [dict(zip(names, row, strict=True)) for row in rows]

    async def _find(self, principal: Principal, named: str | None, chain: Sequence[bytes]) -> tuple[str, int] | None:
        """The conversation that is named or continued, and how many messages of it are known."""
        query = (
            select(histories.c.conversation_id, histories.c.messages)
            .join(conversations, conversations.c.id == histories.c.conversation_id)
            .where(
                histories.c.hash.in_(chain[-_PREFIXES:]),
                conversations.c.principal_id == principal.id,
                conversations.c.tenant == principal.tenant,
                conversations.c.erased.is_(None),
            )
            .order_by(desc(histories.c.messages), desc(histories.c.created))
            .limit(1)
        )
        async with self._database.read() as connection:
            if named is None:
                row = (await connection.execute(query)).first()
                return (row.conversation_id, row.messages) if row else None
            owned = await self._row(connection, named)
            if (owned.principal_id, owned.tenant) != (principal.id, principal.tenant):
                raise ConversationNotFoundError
            row = (await connection.execute(query.where(histories.c.conversation_id == named))).first()
            return named, row.messages if row else 0

    async def _new(self, principal: Principal, chain_key: bytes, chain: list[bytes]) -> Conversation:
        conversation_id = "conv_" + secrets.token_hex(12)
        keys = new_key(), new_key()
        wrapped = [
            await self._keys.wrap(key, _context(principal.tenant, principal.id, conversation_id, purpose))
            for key, purpose in zip(keys, ("transcript", "vault"), strict=True)
        ]
        kept = _Secrets(principal, Envelope(keys[0]), Envelope(keys[1]), (wrapped[0], wrapped[1]), chain_key, chain)
        return Conversation(conversation_id, Vault.new(), known=0, is_new=True, secrets=kept)

    async def _load(
        self, principal: Principal, conversation_id: str, chain_key: bytes, chain: list[bytes]
    ) -> Conversation:
        async with self._database.read() as connection:
            row = await self._row(connection, conversation_id)
        transcript, vault = [Envelope(await self._unwrap(row, purpose)) for purpose in ("transcript", "vault")]
        values = Vault.loads(vault.open(row.vault, "vault", row.tenant, conversation_id))
        kept = _Secrets(principal, transcript, vault, (row.transcript_key, row.vault_key), chain_key, chain)
        return Conversation(conversation_id, values, known=0, is_new=False, secrets=kept)

    async def _row(self, connection: AsyncConnection, conversation_id: str) -> Any:
        row = (await connection.execute(select(conversations).where(conversations.c.id == conversation_id))).first()
        if row is None or row.erased is not None:
            raise ConversationNotFoundError
        return row

    async def _unwrap(self, row: Any, purpose: str) -> bytes:
        wrapped = row.transcript_key if purpose == "transcript" else row.vault_key
        return await self._keys.unwrap(wrapped, _context(row.tenant, row.principal_id, row.id, purpose))

    async def _save_conversation(self, connection: AsyncConnection, conversation: Conversation) -> None:
        kept: _Secrets = conversation.secrets
        tenant = kept.principal.tenant
        vault = kept.vault.seal(conversation.vault.dumps(), "vault", tenant, conversation.id)
        if not conversation.is_new:
            saved = await connection.execute(
                update(conversations)
                .where(conversations.c.id == conversation.id, conversations.c.erased.is_(None))
                .values(vault=vault, last_used=_now())
            )
            if saved.rowcount != 1:
                raise ConversationNotFoundError
            return
        await connection.execute(
            insert(conversations).values(
                id=conversation.id,
                tenant=tenant,
                principal_id=kept.principal.id,
                created=_now(),
                last_used=_now(),
                key_id=self._keys.key_id,
                transcript_key=kept.wrapped[0],
                vault_key=kept.wrapped[1],
                vault=vault,
            )
        )

    async def _insert(
        self,
        connection: AsyncConnection,
        conversation: Conversation,
        request_id: str,
        role: str,
        choice: int,
        content: Mapping[str, JSON],
    ) -> None:
        kept: _Secrets = conversation.secrets
        row = {
            "conversation_id": conversation.id,
            "sequence": await self._next(connection, conversation),
            "request_id": request_id,
            "role": role,
            "choice": choice,
        }
        place = (kept.principal.tenant, *(str(value) for value in row.values()))
        sealed = kept.transcript.seal(json.dumps(content).encode(), "messages", *place)
        await connection.execute(insert(messages).values(**row, created=_now(), sealed=sealed))

    async def _add_history(self, connection: AsyncConnection, value: bytes, conversation_id: str, count: int) -> None:
        """Remember a history, unless it is known: nobody else writes meanwhile."""
        table = histories
        is_known = exists().where(table.c.hash == value, table.c.conversation_id == conversation_id)
        if not (await connection.execute(select(is_known))).scalar_one():
            row = {"hash": value, "conversation_id": conversation_id, "messages": count, "created": _now()}
            await connection.execute(insert(table).values(row))

    async def _next(self, connection: AsyncConnection, conversation: Conversation) -> int:
        """The next sequence. Raises ConversationNotFoundError when the conversation was erased during the turn."""
        last = select(func.max(messages.c.sequence)).where(messages.c.conversation_id == conversation.id)
        table = conversations
        query = select(table.c.erased, last.scalar_subquery()).where(table.c.id == conversation.id)
        row = (await connection.execute(query)).first()
        if row is None or row[0] is not None:
            raise ConversationNotFoundError("The conversation was erased.")
        return 0 if row[1] is None else int(row[1]) + 1


def _place(tenant: str, row: Any) -> tuple[str, ...]:
    """Where a message's envelope belongs; the order of `_insert`'s row."""
    return (
        "messages",
        tenant,
        row.conversation_id,
        str(row.sequence),
        row.request_id,
        row.role,
        str(row.choice),
    )


def _context(tenant: str, principal_id: str, conversation_id: str, purpose: str) -> bytes:
    """What a data key is bound to: its owner as well, so that a row cannot be made somebody else's."""
    return associated("dek", tenant, principal_id, conversation_id, purpose)


def _now() -> int:
    return time.time_ns() // 1_000_000
