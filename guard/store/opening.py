"""Finding a conversation's row and opening its keys: what every reader and writer of the database does first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from guard.errors import ConversationNotFoundError
from guard.keys.protocol import KeyProvider
from guard.model import Principal
from guard.store.envelope import Envelope, associated
from guard.tables import conversations


@dataclass(frozen=True, slots=True)
class Opener:
    """Opens data keys of conversations."""

    keys: KeyProvider

    async def row(self, connection: AsyncConnection, conversation_id: str, owner: Principal | None = None) -> Any:
        """The row of a conversation that is not erased. Raises ConversationNotFoundError, also for another's."""
        row = (await connection.execute(select(conversations).where(conversations.c.id == conversation_id))).first()
        if row is None or row.erased is not None:
            raise ConversationNotFoundError
        if owner is not None and (row.principal_id, row.tenant) != (owner.id, owner.tenant):
            raise ConversationNotFoundError
        return row

    async def envelope(self, row: Any, purpose: str) -> Envelope:
        """The envelope of its `transcript` or its `vault`. Raises KeyUnavailableError, TamperedError."""
        wrapped = row.transcript_key if purpose == "transcript" else row.vault_key
        return Envelope(await self.keys.unwrap(wrapped, context(row.tenant, row.principal_id, row.id, purpose)))


def context(tenant: str, principal_id: str, conversation_id: str, purpose: str) -> bytes:
    """What a data key is bound to: its owner as well, so that a row cannot be made somebody else's."""
    return associated("dek", tenant, principal_id, conversation_id, purpose)
