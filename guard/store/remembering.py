"""What was found in the texts of a conversation, in rows that are added turn by turn and now and then become one."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from guard.clock import now
from guard.scanned import Scanned
from guard.store.envelope import Envelope
from guard.tables import scanned as table

REMEMBER_DAYS = 30
"""For how many days after its last use a finding is remembered, unless the settings say otherwise."""

ROWS = 16
"""Rows of a conversation before they become one: a turn writes what is new in it, and one of sixteen writes all."""

_DAY = 86_400_000


@dataclass(frozen=True, slots=True)
class Remembering:
    """Loads and keeps what was found. The rows are sealed with the key of the vault, and cannot be opened without it.

    Args:
        days: after how many days without use a finding is forgotten; 0: nothing is kept.
    """

    days: int = REMEMBER_DAYS

    async def rows(self, connection: AsyncConnection, conversation_id: str) -> dict[str, bytes]:
        """The rows of a conversation, the oldest first."""
        if not self.days:
            return {}
        query = (
            select(table.c.request_id, table.c.sealed)
            .where(table.c.conversation_id == conversation_id, table.c.created >= self._oldest())
            .order_by(table.c.created)
        )
        return {request_id: bytes(sealed) for request_id, sealed in await connection.execute(query)}

    def load(
        self, scanned: Scanned, rows: dict[str, bytes], vault: Envelope, tenant: str, conversation_id: str
    ) -> None:
        """Remember what the rows hold. Raises TamperedError when one was not written by Guard for this place."""
        for request_id, sealed in rows.items():
            scanned.read(vault.open(sealed, "scanned", tenant, conversation_id, request_id), self.days)

    async def save(
        self,
        connection: AsyncConnection,
        scanned: Scanned,
        rows: int,
        vault: Envelope,
        tenant: str,
        conversation_id: str,
        request_id: str,
    ) -> None:
        """Keep what is new since the rows were loaded; where they are many, all of it in place of them."""
        packed = scanned.new() if self.days else b""
        if not packed:
            return
        is_many = rows >= ROWS
        of_it = table.c.conversation_id == conversation_id
        await connection.execute(delete(table).where(of_it if is_many else of_it & (table.c.created < self._oldest())))
        sealed = vault.seal(scanned.everything() if is_many else packed, "scanned", tenant, conversation_id, request_id)
        row = {"conversation_id": conversation_id, "request_id": request_id, "created": now(), "sealed": sealed}
        await connection.execute(insert(table).values(row))

    def _oldest(self) -> int:
        return now() - self.days * _DAY
