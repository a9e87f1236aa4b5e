"""Conversations in the database for their owners."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, desc, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from guard.clock import now
from guard.database import Database
from guard.errors import ConversationNotFoundError
from guard.model import JSON, Principal
from guard.placeholders import Vault
from guard.store.branches import linked, opened_facts, place
from guard.store.envelope import Envelope
from guard.store.held import Held, HeldTurn, Link, Titled, TurnFacts
from guard.store.identity import prefixes
from guard.store.opening import Opener
from guard.store.protocol import Write
from guard.store.rows import add_history, is_history, message_rows, open_title, opened_messages, seal_title
from guard.store.turns import Turns
from guard.tables import conversations, feedback, messages, turns


class SqlOwnTranscripts:
    """Implements OwnTranscripts over `Database`.

    Args:
        history_key: of a principal, for the history hashes.
        turns: the store's own, so that who waits for a turn waits for the store's.
    """

    def __init__(
        self, database: Database, opener: Opener, history_key: Callable[[Principal], bytes], turns: Turns
    ) -> None:
        self._database = database
        self._open = opener
        self._history_key = history_key
        self._turns = turns

    async def summaries(self, principal: Principal, before: int | None, limit: int) -> Sequence[Titled]:
        table = conversations
        mine = _of(principal)
        if before is not None:
            mine = and_(mine, table.c.last_used < before)
        last = (
            select(table.c.last_used).where(mine).order_by(desc(table.c.last_used)).offset(max(limit, 1) - 1).limit(1)
        )
        # All that were used in the same millisecond as the last one: the next page begins before it.
        # Not the vaults: of thousands of conversations they are long.
        names = "id", "tenant", "principal_id", "created", "last_used", "vault_key", "title"
        query = select(*(table.c[name] for name in names)).where(
            mine, table.c.last_used >= func.coalesce(last.scalar_subquery(), 0)
        )
        async with self._database.read() as connection:
            rows = (await connection.execute(query.order_by(desc(table.c.last_used), desc(table.c.id)))).all()
        found = []
        for row in rows:
            title = open_title(await self._open.envelope(row, "vault"), row) if row.title is not None else ""
            found.append(Titled(row.id, row.created, row.last_used, title))
            if not len(found) % _AT_ONCE:
                await asyncio.sleep(0)  # Others have their turn.
        return found

    async def read(self, principal: Principal, conversation_id: str) -> Held:
        async with self._database.read() as connection:
            row = await self._open.row(connection, conversation_id, principal)
            rows = await _Rows.read(connection, conversation_id)
        transcript, vault = [await self._open.envelope(row, purpose) for purpose in ("transcript", "vault")]
        return await asyncio.to_thread(_held, row, rows, transcript, vault)

    @asynccontextmanager
    async def settled(self, principal: Principal, conversation_id: str) -> AsyncIterator[None]:
        async with self._database.read() as connection:
            await self._open.row(connection, conversation_id, principal)
        async with self._turns.hold(conversation_id):
            yield

    async def owner_vault(self, principal: Principal, conversation_id: str) -> Vault:
        async with self._database.read() as connection:
            row = await self._open.row(connection, conversation_id, principal)
        return _vault(row, await self._open.envelope(row, "vault"))

    async def answered(self, principal: Principal, request_id: str, choice: int) -> str:
        query = (
            select(messages.c.conversation_id)
            .join(conversations, conversations.c.id == messages.c.conversation_id)
            .where(messages.c.request_id == request_id, messages.c.choice == choice, messages.c.choice >= 0)
            .where(_of(principal))
            .limit(1)
        )
        async with self._database.read() as connection:
            found = (await connection.execute(query)).scalar()
        if found is None:
            raise ConversationNotFoundError("You have no answer of that id.")
        return str(found)

    async def renamed(self, principal: Principal, conversation_id: str, title: str) -> Write:
        async with self._database.read() as connection:
            row = await self._open.row(connection, conversation_id, principal)
        sealed = seal_title(await self._open.envelope(row, "vault"), title, row.tenant, row.id)

        async def write(connection: AsyncConnection) -> None:
            await self._open.row(connection, conversation_id, principal)
            await connection.execute(
                update(conversations).where(conversations.c.id == conversation_id).values(title=sealed)
            )

        return write

    async def rated(
        self, principal: Principal, conversation_id: str, request_id: str, choice: int, rating: int, text: str
    ) -> Write:
        async with self._database.read() as connection:
            row = await self._open.row(connection, conversation_id, principal)
        transcript = await self._open.envelope(row, "transcript")
        where = "feedback", row.tenant, row.id, request_id, str(choice)
        sealed = transcript.seal(json.dumps(text).encode(), *where) if text else None

        async def write(connection: AsyncConnection) -> None:
            await self._open.row(connection, conversation_id, principal)
            is_it = feedback.c.request_id == request_id, feedback.c.choice == choice
            await connection.execute(delete(feedback).where(*is_it))
            if rating:
                kept = {"request_id": request_id, "choice": choice, "conversation_id": row.id, "tenant": row.tenant}
                given = {"actor": principal.id, "rating": rating, "created": now(), "sealed": sealed}
                await connection.execute(insert(feedback).values(**kept, **given))

        return write

    async def remembered(
        self, principal: Principal, conversation_id: str, messages: Sequence[Mapping[str, JSON]], at: tuple[str, int]
    ) -> Write | None:
        value = prefixes(messages, self._history_key(principal))[-1]
        async with self._database.read() as connection:
            await self._open.row(connection, conversation_id, principal)
            if await is_history(connection, value, conversation_id, at):
                return None

        async def write(connection: AsyncConnection) -> None:
            await self._open.row(connection, conversation_id, principal)
            await add_history(connection, value, conversation_id, len(messages), at, is_picked=True)

        return write


_AT_ONCE = 100
"""Titles that are opened before others have their turn."""


class _Rows:
    """What there is of one conversation."""

    def __init__(self, messages: Sequence[Any], turns: Sequence[Any], rated: Sequence[Any]) -> None:
        self.messages, self.turns = messages, {each.request_id: each for each in turns}
        self.rated: dict[str, dict[int, int]] = defaultdict(dict)
        for request_id, choice, rating in rated:
            self.rated[request_id][choice] = rating

    @staticmethod
    async def read(connection: AsyncConnection, conversation_id: str) -> _Rows:
        """All of them, as they are at one moment."""

        async def rows(table: Any, *columns: Any) -> Sequence[Any]:
            query = select(*(columns or (table,))).where(table.c.conversation_id == conversation_id)
            return (await connection.execute(query)).all()

        return _Rows(
            await message_rows(connection, conversation_id),
            await rows(turns),
            await rows(feedback, feedback.c.request_id, feedback.c.choice, feedback.c.rating),
        )


def _held(row: Any, rows: _Rows, transcript: Envelope, vault: Envelope) -> Held:
    """The conversation, opened. Raises TamperedError."""
    said: dict[str, list[Mapping[str, JSON]]] = {}
    answers: dict[str, dict[int, list[Mapping[str, JSON]]]] = defaultdict(dict)
    for request_id, _, choice, content in opened_messages(rows.messages, row.tenant, transcript):
        said.setdefault(request_id, [])
        if choice < 0:
            said[request_id].append(content)
        else:
            answers[request_id].setdefault(choice, []).append(content)
    # Turns of before Guard kept turns have only messages.
    begun = {each.request_id: each.created for each in reversed(rows.messages)}
    begun |= {each.request_id: each.created for each in rows.turns.values()}
    links = linked(list(said), {each.request_id: (each.parent, each.parent_choice) for each in rows.turns.values()})
    found = [
        HeldTurn(
            request_id=request_id,
            link=link,
            created=begun[request_id],
            facts=_facts(row, rows.turns.get(request_id), link, transcript, vault),
            said=said.get(request_id, ()),
            answers=answers.get(request_id, {}),
            feedback=rows.rated.get(request_id, {}),
        )
        for request_id, link in links.items()
    ]
    titled = Titled(row.id, row.created, row.last_used, open_title(vault, row))
    return Held(titled, _vault(row, vault), found)


def _facts(row: Any, turn: Any, link: Link, transcript: Envelope, vault: Envelope) -> TurnFacts:
    if turn is None:
        return TurnFacts()
    return opened_facts(turn.facts, transcript, vault, place(row.tenant, row.id, turn.request_id, link))


def _vault(row: Any, envelope: Envelope) -> Vault:
    return Vault.loads(envelope.open(row.vault, "vault", row.tenant, row.id))


def _of(principal: Principal) -> ColumnElement[bool]:
    table = conversations
    mine = table.c.principal_id == principal.id, table.c.tenant == principal.tenant
    return and_(*mine, table.c.erased.is_(None))
