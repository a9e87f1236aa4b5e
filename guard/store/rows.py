"""Rows of a conversation that its reviewers and its owner read alike, and how what is sealed in them is opened."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from guard.clock import now
from guard.errors import TamperedError
from guard.model import JSON
from guard.store.envelope import Envelope
from guard.store.held import Link
from guard.tables import histories, messages, turns


async def message_rows(connection: AsyncConnection, conversation_id: str) -> Sequence[Any]:
    """All messages and units in order. Raises TamperedError when some are gone."""
    query = select(messages).where(messages.c.conversation_id == conversation_id).order_by(messages.c.sequence)
    rows = (await connection.execute(query)).all()
    if [each.sequence for each in rows] != list(range(len(rows))):
        raise TamperedError("Stored messages of this conversation were removed.")
    return rows


async def links_of(connection: AsyncConnection, conversation_id: str) -> dict[str, Link]:
    """Which turn goes on from which answer."""
    columns = turns.c.request_id, turns.c.parent, turns.c.parent_choice
    found = await connection.execute(select(*columns).where(turns.c.conversation_id == conversation_id))
    return {request_id: (parent, choice) for request_id, parent, choice in found}


def opened_messages(
    rows: Sequence[Any], tenant: str, transcript: Envelope
) -> Iterator[tuple[str, str, int, Mapping[str, JSON]]]:
    """Request id, role, choice and content of each row. Raises TamperedError."""
    for row in rows:
        where = message_place(tenant, row.conversation_id, row.sequence, row.request_id, row.role, row.choice)
        yield row.request_id, row.role, row.choice, json.loads(transcript.open(row.sealed, *where))


def message_place(
    tenant: str, conversation_id: str, sequence: int, request_id: str, role: str, choice: int
) -> tuple[str, ...]:
    """Where a message's envelope belongs."""
    return "messages", tenant, conversation_id, str(sequence), request_id, role, str(choice)


def seal_title(vault: Envelope, title: str, tenant: str, conversation_id: str) -> bytes | None:
    """A title as it is stored: it may hold values, and dies with the vault. `None` for none."""
    return vault.seal(title.encode("utf-8", "surrogatepass"), "title", tenant, conversation_id) if title else None


def open_title(vault: Envelope, row: Any) -> str:
    """The title of a conversation's row; empty for none. Raises TamperedError."""
    if row.title is None:
        return ""
    return vault.open(row.title, "title", row.tenant, row.id).decode("utf-8", "surrogatepass")


async def add_history(
    connection: AsyncConnection,
    value: bytes,
    conversation_id: str,
    count: int,
    at: tuple[str, int],
    *,
    is_picked: bool = False,
) -> None:
    """Remember a history and the answer that ends it. Nobody else writes meanwhile.

    Of equal histories, as when a message was asked again and answered alike, the one of the newest turn is gone on
    from, and of its choices the first; or the one that its owner picked.
    """
    is_it = histories.c.hash == value, histories.c.conversation_id == conversation_id
    known = (await connection.execute(select(histories.c.request_id).where(*is_it))).first()
    request_id, choice = at
    if known is None:
        row = {"hash": value, "conversation_id": conversation_id, "messages": count, "created": now()}
        await connection.execute(insert(histories).values(**row, request_id=request_id, choice=choice))
    elif is_picked or known.request_id != request_id:
        await connection.execute(update(histories).where(*is_it).values(request_id=request_id, choice=choice))


async def is_history(connection: AsyncConnection, value: bytes, conversation_id: str, at: tuple[str, int]) -> bool:
    """Whether it is remembered that this answer ends this history."""
    columns = histories.c.request_id, histories.c.choice
    query = select(*columns).where(histories.c.hash == value, histories.c.conversation_id == conversation_id)
    found = (await connection.execute(query)).first()
    return found is not None and (found.request_id, found.choice) == at


async def last_answer(connection: AsyncConnection, conversation_id: str) -> Link:
    """The last answer of before Guard kept turns."""
    kept = select(turns.c.request_id).where(turns.c.conversation_id == conversation_id)
    query = (
        select(messages.c.request_id, messages.c.choice)
        .where(messages.c.conversation_id == conversation_id, messages.c.choice >= 0)
        .where(messages.c.request_id.not_in(kept))
        .order_by(messages.c.sequence.desc())
        .limit(1)
    )
    found = (await connection.execute(query)).first()
    return (found.request_id, found.choice) if found else (None, None)
