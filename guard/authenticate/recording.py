"""What sign-in needs of the log and the database, and the record's words for who nobody knows yet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from guard.database import Write
from guard.model import JSON, Principal


class Record(Protocol):
    """`Audit.record`."""

    def __call__(self, event: str, principal: Principal, fields: Mapping[str, JSON]) -> Write:
        """A record outside a chat."""
        ...


class Commit(Protocol):
    """`Database.write`."""

    async def __call__(self, *writes: Write) -> None:
        """Run the writes in one durable transaction."""
        ...


def stranger(tenant: str) -> Principal:
    """Who did what nobody signed in for: Guard itself, in this tenant."""
    return Principal("system", tenant, (), "local")
