"""The names of the people in records: a record holds ids alone, and a reviewer looks for people."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from sqlalchemy import select

from guard.database import Database
from guard.tables import users

_AT_ONCE = 500


class Names:
    """Names of one tenant's people, the disabled ones too. It only reads."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, tenant: str, ids: Iterable[str | None]) -> dict[str, str]:
        """Id to name of those who are people of this tenant. Raises StorageError."""
        wanted = sorted({each for each in ids if each})
        found: dict[str, str] = {}
        if not wanted:
            return found
        async with self._database.read() as connection:
            for start in range(0, len(wanted), _AT_ONCE):
                query = select(users.c.id, users.c.name).where(
                    users.c.tenant == tenant, users.c.id.in_(wanted[start : start + _AT_ONCE])
                )
                found.update((row.id, row.name) for row in await connection.execute(query))
        return found

    async def id_of(self, tenant: str, text: str) -> str:
        """The id of the person of this tenant whose name, or id, this is; else the text as it is. Raises StorageError."""
        name = unicodedata.normalize("NFC", text)
        query = select(users.c.id).where(users.c.tenant == tenant, (users.c.id == text) | (users.c.name == name))
        async with self._database.read() as connection:
            found = (await connection.execute(query)).scalars().all()
        # An id counts before a name: nobody is hidden by a person who is called like their id.
        return text if text in found or not found else found[0]
