"""API keys: `gk_<prefix>_<secret>`, random, shown once.

Stored are the prefix, to find the key, and a keyed hash of the whole. The secret has 256 bits, so a fast hash is
enough, as there is nothing to guess.
"""

from __future__ import annotations

import hmac
import re
import secrets
import string
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Row, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from guard.authenticate.keyed_hash import check_key, keyed_hash
from guard.authenticate.users import User, user_of
from guard.clock import now
from guard.database import Database, Write
from guard.errors import AuthenticationError, NotFoundError
from guard.model import Principal
from guard.tables import api_keys, users

_FORM: Final = re.compile(r"gk_([a-z0-9]{8})_[A-Za-z0-9_-]{43}")
_ALPHABET: Final = string.ascii_lowercase + string.digits
_PURPOSE: Final = "api-key"


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as stored. Times are milliseconds since 1970."""

    id: str
    prefix: str
    user_id: str
    created: int
    expires: int | None = None
    revoked: int | None = None


@dataclass(frozen=True, slots=True)
class NewApiKey:
    """A key that was just made: `api_key` is what its owner uses, and is nowhere else."""

    key: ApiKey
    api_key: str = field(repr=False)


class ApiKeys:
    """The API keys of one database.

    Args:
        database: where they are.
        key: key of the keyed hash, 32 bytes or more.
    """

    def __init__(self, database: Database, key: bytes) -> None:
        self._database = database
        self._key = check_key(key)

    def new(self, user: User, expires: int | None = None) -> tuple[NewApiKey, Write]:
        """A key for a user and the Write that adds it. `expires` is in milliseconds since 1970; `None`: never."""
        prefix = "".join(secrets.choice(_ALPHABET) for _ in range(8))
        api_key = f"gk_{prefix}_{secrets.token_urlsafe(32)}"
        key = ApiKey("key_" + secrets.token_hex(12), prefix, user.id, now(), expires)
        digest = keyed_hash(self._key, _PURPOSE, api_key)

        async def write(connection: AsyncConnection) -> None:
            await connection.execute(
                insert(api_keys).values(
                    id=key.id, prefix=prefix, hash=digest, user_id=user.id, created=key.created, expires=expires
                )
            )

        return NewApiKey(key, api_key), write

    async def find(self, id_or_prefix: str) -> ApiKey:
        """A key by its id or prefix. Raises NotFoundError, StorageError."""
        query = select(api_keys).where(or_(api_keys.c.id == id_or_prefix, api_keys.c.prefix == id_or_prefix))
        async with self._database.read() as connection:
            row = (await connection.execute(query)).first()
        if row is None:
            raise NotFoundError("There is no API key of that id or prefix.")
        return _key_of(row)

    def revoked(self, key: ApiKey) -> Write:
        """The Write that revokes a key. A key that is revoked already keeps its time."""

        async def write(connection: AsyncConnection) -> None:
            await connection.execute(
                update(api_keys).where(api_keys.c.id == key.id, api_keys.c.revoked.is_(None)).values(revoked=now())
            )

        return write

    async def list(self, user: User | None = None) -> list[ApiKey]:
        """All keys, or a user's, the newest first. Raises StorageError."""
        query = select(api_keys).order_by(api_keys.c.created.desc(), api_keys.c.id)
        if user is not None:
            query = query.where(api_keys.c.user_id == user.id)
        async with self._database.read() as connection:
            return [_key_of(row) for row in await connection.execute(query)]

    async def principal(self, api_key: str) -> Principal:
        """Whose key this is.

        That a key is revoked, expired or of a disabled user is told to whoever has the whole key, and to nobody else.

        Raises AuthenticationError (`invalid_api_key`, `api_key_revoked`, `api_key_expired`, `user_disabled`),
        StorageError.
        """
        digest = keyed_hash(self._key, _PURPOSE, api_key)
        row = await self._row(api_key)
        if not hmac.compare_digest(digest, bytes(row.hash) if row else bytes(len(digest))) or row is None:
            raise AuthenticationError("The API key is not valid.")
        if row.revoked is not None:
            raise AuthenticationError("The API key was revoked.", reason_id="api_key_revoked")
        if row.expires is not None and row.expires <= now():
            raise AuthenticationError("The API key has expired.", reason_id="api_key_expired")
        return user_of(row).principal(row.key_id)

    async def _row(self, api_key: str) -> Row[Any] | None:
        form = _FORM.fullmatch(api_key)
        if form is None:
            return None
        key = (api_keys.c.id.label("key_id"), api_keys.c.hash, api_keys.c.expires, api_keys.c.revoked)
        query = select(users, *key).join(api_keys, api_keys.c.user_id == users.c.id).where(api_keys.c.prefix == form[1])
        async with self._database.read() as connection:
            return (await connection.execute(query)).first()


def _key_of(row: Row[Any]) -> ApiKey:
    return ApiKey(row.id, row.prefix, row.user_id, row.created, row.expires, row.revoked)
