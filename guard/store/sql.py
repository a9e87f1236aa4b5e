"""Transcripts in the database: redacted messages and the vault, each in envelopes of its own data key."""

from __future__ import annotations

import json
import secrets
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from sqlalchemy import delete, desc, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from guard.clock import now
from guard.database import Database
from guard.engines.protocol import Hold
from guard.errors import ConversationNotFoundError
from guard.keys.protocol import KeyProvider
from guard.model import JSON, ChatRequest, ChoiceReply, Grant, Principal, Redacted, Released
from guard.placeholders import Vault
from guard.store import stored
from guard.store.branches import facts_of, marked, place, sealed_facts, title_of
from guard.store.envelope import Envelope, new_key
from guard.store.held import Link, TurnFacts
from guard.store.identity import extended, prefixes
from guard.store.opening import Opener, context
from guard.store.own import SqlOwnTranscripts
from guard.store.protocol import Conversation, Write
from guard.store.remembering import REMEMBER_DAYS, Remembering
from guard.store.rows import (
    add_history,
    last_answer,
    links_of,
    message_place,
    message_rows,
    opened_messages,
    seal_title,
)
from guard.store.turns import Turns
from guard.tables import conversations, feedback, histories, messages, scanned, turns

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
    sent: Sequence[Mapping[str, JSON]] = field(repr=False)
    hold: Hold | None = None
    scanned_rows: int = 0

    async def check(self, connection: AsyncConnection) -> None:
        """Raises StorageError when another turn of the conversation may have begun."""
        if self.hold is not None:
            await self.hold.check(connection)


@dataclass(frozen=True, slots=True)
class _Found:
    """The conversation of a request, how many of its messages are known, and the answer that it goes on from."""

    conversation_id: str
    known: int = 0
    link: Link = (None, None)


class SqlTranscripts:
    """Transcripts over `Database`.

    Args:
        keys: wraps the data keys.
        derive: gives a 32-byte key for a label, for the history hashes.
        remember_days: for how long after its last use it is remembered what was found in a text; 0: not at all.
    """

    def __init__(
        self,
        database: Database,
        keys: KeyProvider,
        derive: Callable[[str], bytes],
        remember_days: int = REMEMBER_DAYS,
    ) -> None:
        self._database = database
        self._keys = keys
        self._derive = derive
        self._open = Opener(keys)
        self._remembering = Remembering(remember_days)
        self.turns = Turns(database.locks)

    def own(self) -> SqlOwnTranscripts:
        """The same conversations for their owners."""
        return SqlOwnTranscripts(self._database, self._open, self._history_key, self.turns)

    @asynccontextmanager
    async def turn(self, principal: Principal, request: ChatRequest) -> AsyncIterator[Conversation]:
        sent = request.body.get("messages") or []
        chain_key = self._history_key(principal)
        chain = prefixes(sent, chain_key)
        found = await self._find(principal, request.conversation, chain)
        if found is None:
            conversation = await self._new(principal, chain_key, chain, sent)
            # Held, too: its id is known to the caller before its first turn is over.
            async with self.turns.hold(conversation.id) as hold:
                conversation.secrets.hold = hold
                yield conversation
            return
        async with self.turns.hold(found.conversation_id) as hold:
            conversation = await self._load(principal, found, chain_key, chain, sent)
            conversation.secrets.hold = hold
            yield conversation

    def prompt(
        self, conversation: Conversation, request_id: str, redacted: Redacted, grant: Grant | None = None
    ) -> Write:
        async def write(connection: AsyncConnection) -> None:
            secrets: _Secrets = conversation.secrets
            await secrets.check(connection)
            kept = stored.new_messages(redacted, conversation.known)
            sent = secrets.sent[conversation.known :]
            facts = facts_of(sent, kept, redacted, grant, conversation.vault)
            title = title_of(sent, kept, redacted, facts) if conversation.is_new else ""
            await self._save_conversation(connection, conversation, title)
            await self._insert_turn(connection, conversation, request_id, facts)
            await self._save_scanned(connection, conversation, request_id)
            for message in kept:
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
            for choice, reply in replies.items():
                value = extended(kept.chain[-1] if kept.chain else b"", reply, kept.chain_key)
                at = request.id, choice
                await add_history(connection, value, conversation.id, len(kept.chain) + 1, at)

        return write

    async def messages(self, conversation_id: str, tenant: str | None = None) -> list[dict[str, JSON]]:
        async with self._database.read() as connection:
            row = await self._open.row(connection, conversation_id)
            if tenant not in (None, row.tenant):
                raise ConversationNotFoundError
            rows, links = await message_rows(connection, row.id), await links_of(connection, row.id)
        envelope = await self._open.envelope(row, "transcript")
        return marked(stored.joined(opened_messages(rows, row.tenant, envelope)), links)

    def erase(self, conversation_id: str) -> Write:
        async def write(connection: AsyncConnection) -> None:
            erased = await connection.execute(
                update(conversations)
                .where(conversations.c.id == conversation_id, conversations.c.erased.is_(None))
                .values(transcript_key=None, vault_key=None, vault=None, title=None, erased=now())
            )
            if erased.rowcount != 1:
                raise ConversationNotFoundError("There is no such conversation, or it was erased before.")
            for table in (messages, histories, turns, feedback, scanned):
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

    def _history_key(self, principal: Principal) -> bytes:
        return self._derive(json.dumps(["history", principal.tenant, principal.id]))

    async def _find(self, principal: Principal, named: str | None, chain: Sequence[bytes]) -> _Found | None:
        """The conversation that is named or continued, and from which of its answers."""
        query = (
            select(histories.c.conversation_id, histories.c.messages, histories.c.request_id, histories.c.choice)
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
            if named is not None:
                await self._open.row(connection, named, principal)
                query = query.where(histories.c.conversation_id == named)
            row = (await connection.execute(query)).first()
            if row is None:
                return None if named is None else _Found(named)
            link = row.request_id, row.choice
            if row.request_id is None:  # A history of before Guard kept turns.
                link = await last_answer(connection, row.conversation_id)
        return _Found(row.conversation_id, row.messages, link)

    async def _new(
        self, principal: Principal, chain_key: bytes, chain: list[bytes], sent: Sequence[Mapping[str, JSON]]
    ) -> Conversation:
        conversation_id = "conv_" + secrets.token_hex(12)
        keys = new_key(), new_key()
        wrapped = [
            await self._keys.wrap(key, context(principal.tenant, principal.id, conversation_id, purpose))
            for key, purpose in zip(keys, ("transcript", "vault"), strict=True)
        ]
        transcript, vault = Envelope(keys[0]), Envelope(keys[1])
        kept = _Secrets(principal, transcript, vault, (wrapped[0], wrapped[1]), chain_key, chain, sent)
        return Conversation(conversation_id, Vault.new(), known=0, is_new=True, secrets=kept)

    async def _load(
        self,
        principal: Principal,
        found: _Found,
        chain_key: bytes,
        chain: list[bytes],
        sent: Sequence[Mapping[str, JSON]],
    ) -> Conversation:
        async with self._database.read() as connection:
            row = await self._open.row(connection, found.conversation_id)
            rows = await self._remembering.rows(connection, found.conversation_id)
        transcript, vault = [await self._open.envelope(row, purpose) for purpose in ("transcript", "vault")]
        values = Vault.loads(vault.open(row.vault, "vault", row.tenant, row.id))
        self._remembering.load(values.scanned, rows, vault, row.tenant, row.id)
        kept = _Secrets(principal, transcript, vault, (row.transcript_key, row.vault_key), chain_key, chain, sent)
        kept.scanned_rows = len(rows)
        # What is no known history is new, in a conversation that was named as well: it is judged and stored.
        return Conversation(row.id, values, found.known, is_new=False, link=found.link, secrets=kept)

    async def _save_conversation(self, connection: AsyncConnection, conversation: Conversation, title: str) -> None:
        kept: _Secrets = conversation.secrets
        tenant = kept.principal.tenant
        vault = kept.vault.seal(conversation.vault.dumps(), "vault", tenant, conversation.id)
        if not conversation.is_new:
            saved = await connection.execute(
                update(conversations)
                .where(conversations.c.id == conversation.id, conversations.c.erased.is_(None))
                .values(vault=vault, last_used=now())
            )
            if saved.rowcount != 1:
                raise ConversationNotFoundError
            return
        await connection.execute(
            insert(conversations).values(
                id=conversation.id,
                tenant=tenant,
                principal_id=kept.principal.id,
                created=now(),
                last_used=now(),
                key_id=self._keys.key_id,
                transcript_key=kept.wrapped[0],
                vault_key=kept.wrapped[1],
                vault=vault,
                title=seal_title(kept.vault, title, tenant, conversation.id),
            )
        )

    async def _save_scanned(self, connection: AsyncConnection, conversation: Conversation, request_id: str) -> None:
        kept: _Secrets = conversation.secrets
        place = kept.vault, kept.principal.tenant, conversation.id, request_id
        await self._remembering.save(connection, conversation.vault.scanned, kept.scanned_rows, *place)

    async def _insert_turn(
        self, connection: AsyncConnection, conversation: Conversation, request_id: str, facts: TurnFacts
    ) -> None:
        kept: _Secrets = conversation.secrets
        where = place(kept.principal.tenant, conversation.id, request_id, conversation.link)
        parent, choice = conversation.link
        row = {"request_id": request_id, "conversation_id": conversation.id, "parent": parent, "parent_choice": choice}
        sealed = sealed_facts(facts, kept.transcript, kept.vault, where)
        await connection.execute(insert(turns).values(**row, created=now(), facts=sealed))

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
        at = conversation.id, await self._next(connection, conversation), request_id, role, choice
        sealed = kept.transcript.seal(json.dumps(content).encode(), *message_place(kept.principal.tenant, *at))
        names = "conversation_id", "sequence", "request_id", "role", "choice"
        row = dict(zip(names, at, strict=True))
        await connection.execute(insert(messages).values(**row, created=now(), sealed=sealed))

    async def _next(self, connection: AsyncConnection, conversation: Conversation) -> int:
        """The next sequence. Raises ConversationNotFoundError when the conversation was erased during the turn."""
        last = select(func.max(messages.c.sequence)).where(messages.c.conversation_id == conversation.id)
        table = conversations
        query = select(table.c.erased, last.scalar_subquery()).where(table.c.id == conversation.id)
        row = (await connection.execute(query)).first()
        if row is None or row[0] is not None:
            raise ConversationNotFoundError("The conversation was erased.")
        return 0 if row[1] is None else int(row[1]) + 1
