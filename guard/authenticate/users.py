"""Users: people and services with their roles.

What changes something returns a `Write`, so that the caller commits it together with its audit record.
"""

from __future__ import annotations

import json
import secrets
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlalchemy import Row, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from guard.authenticate.passwords import Passwords
from guard.clock import now
from guard.database import Database, Write
from guard.errors import AuthenticationError, InvalidRequestError, NotFoundError
from guard.model import Principal
from guard.policy.names import DEFAULT_TENANT, check_roles, check_tenant
from guard.tables import sessions, users

Kind = Literal["user", "service"]
_NAMED = 500
"""Ids that are looked up at a time."""


@dataclass(frozen=True, slots=True)
class User:
    """A user as stored. Times are milliseconds since 1970; `disabled` is when, or `None`.

    Args:
        has_password: whether there is a local password; without one a provider or an API key says who it is.
        second_factor: since when a code is asked for; `None`: it is not.
        locked: until when nobody can sign in, if there were too many wrong passwords or codes.
        password_by: who set the password, where that was somebody else: the user has to choose another first.
    """

    id: str
    tenant: str
    name: str = field(repr=False)
    kind: Kind
    roles: tuple[str, ...]
    created: int
    disabled: int | None = None
    has_password: bool = False
    second_factor: int | None = None
    locked: int | None = None
    password_by: str | None = None

    def principal(self, api_key_id: str | None = None) -> Principal:
        """The principal of this user. Raises AuthenticationError (`user_disabled`)."""
        if self.disabled is not None:
            raise AuthenticationError("This user is disabled.", reason_id="user_disabled")
        return Principal(self.id, self.tenant, self.roles, self.kind, self.name, api_key_id)


class Users:
    """The users of one database."""

    def __init__(self, database: Database, passwords: Passwords | None = None) -> None:
        self._database = database
        self._passwords = passwords or Passwords()

    async def new(
        self,
        name: str,
        roles: tuple[str, ...],
        *,
        tenant: str = DEFAULT_TENANT,
        kind: Kind = "user",
        password: str | None = None,
        password_by: str | None = None,
    ) -> tuple[User, Write]:
        """A user and the Write that adds it.

        Args:
            roles: the caller has checked that the policy knows them.
            password: `None`: no sign-in to the pages, API keys only.
            password_by: id of who chose the password, where that is not the user.

        Raises:
            InvalidRequestError: malformed name, tenant or role; from the Write: `user_exists`.
        """
        user = User(
            "user_" + secrets.token_hex(12), check_tenant(tenant), check_name(name), kind, check_roles(roles), now(),
            has_password=password is not None,
        )  # fmt: skip
        password_hash = await self._passwords.hash(password) if password is not None else None
        row = {
            "id": user.id,
            "tenant": user.tenant,
            "name": user.name,
            "kind": user.kind,
            "roles": json.dumps(user.roles),
            "password_hash": password_hash,
            "password_by": password_by,
            "created": user.created,
        }

        async def write(connection: AsyncConnection) -> None:
            taken = select(users.c.id).where(users.c.tenant == user.tenant, users.c.name == user.name)
            if (await connection.execute(taken)).first():
                raise InvalidRequestError("There is a user of that name already.", reason_id="user_exists")
            await connection.execute(insert(users).values(**row))

        return user, write

    def disabled(self, user: User) -> Write:
        """The Write that disables a user and ends their sessions. Their keys stay, and are refused."""

        async def write(connection: AsyncConnection) -> None:
            await connection.execute(
                update(users).where(users.c.id == user.id, users.c.disabled.is_(None)).values(disabled=now())
            )
            await connection.execute(delete(sessions).where(sessions.c.user_id == user.id))

        return write

    async def password_changed(self, user: User, password: str) -> Write:
        """The Write of a user's own new password. Raises InvalidRequestError (`weak_password`), OverloadedError."""
        password_hash = await self._passwords.hash(password)

        async def write(connection: AsyncConnection) -> None:
            values = {"password_hash": password_hash, "password_by": None}
            await connection.execute(update(users).where(users.c.id == user.id).values(**values))

        return write

    def unlocked(self, user: User) -> Write:
        """The Write that lets a user sign in again, whatever was wrong before."""

        async def write(connection: AsyncConnection) -> None:
            await connection.execute(update(users).where(users.c.id == user.id).values(failures=0, locked=None))

        return write

    async def list(self, tenant: str | None = None) -> list[User]:
        """All users, or those of a tenant, by name. Raises StorageError."""
        query = select(users).order_by(users.c.tenant, users.c.name)
        if tenant is not None:
            query = query.where(users.c.tenant == tenant)
        async with self._database.read() as connection:
            return [user_of(row) for row in await connection.execute(query)]

    async def names(self, ids: Collection[str], tenant: str) -> dict[str, str]:
        """What these users of a tenant are called, disabled ones too, by id. Raises StorageError."""
        found: dict[str, str] = {}
        wanted = sorted(ids)
        async with self._database.read() as connection:
            for start in range(0, len(wanted), _NAMED):
                query = select(users.c.id, users.c.name).where(users.c.id.in_(wanted[start : start + _NAMED]))
                rows = await connection.execute(query.where(users.c.tenant == tenant))
                found |= {row.id: row.name for row in rows}
        return found

    async def find(self, name: str, tenant: str = DEFAULT_TENANT) -> User:
        """The user of this name. Raises NotFoundError, StorageError."""
        row = await self._row(name, tenant)
        if row is None:
            raise NotFoundError("There is no user of that name.")
        return user_of(row)

    async def get(self, user_id: str) -> User:
        """The user of this id. Raises NotFoundError, StorageError."""
        async with self._database.read() as connection:
            row = (await connection.execute(select(users).where(users.c.id == user_id))).first()
        if row is None:
            raise NotFoundError("There is no user of that id.")
        return user_of(row)

    async def verify(self, name: str, password: str, tenant: str = DEFAULT_TENANT) -> User:
        """The user whose name and password these are, not disabled.

        An unknown name, a user without a password and a wrong password take the same time and look the same.

        Raises AuthenticationError (`invalid_login`, `user_disabled`), StorageError, OverloadedError.
        """
        row = await self._row(name, tenant)
        if not await self._passwords.verify(row.password_hash if row else None, password) or row is None:
            raise AuthenticationError("The name or the password is wrong.", reason_id="invalid_login")
        user = user_of(row)
        user.principal()
        return user

    async def _row(self, name: str, tenant: str) -> Row[Any] | None:
        if "\0" in tenant + name:
            return None  # There can be none, and PostgreSQL has no such text to look for.
        query = select(users).where(users.c.tenant == tenant, users.c.name == unicodedata.normalize("NFC", name))
        async with self._database.read() as connection:
            return (await connection.execute(query)).first()


def check_name(name: str) -> str:
    """Return a user's name in NFC. Raises InvalidRequestError for what cannot be read or could be misread."""
    normal = unicodedata.normalize("NFC", name)
    hidden = any(unicodedata.category(character)[0] in "CZ" and character != " " for character in normal)
    if not 1 <= len(normal) <= 128 or hidden or normal != normal.strip() or "/" in normal:
        raise InvalidRequestError(
            "A user's name is 1 to 128 visible characters without a slash or spaces around it.", param="name"
        )
    return normal


def user_of(row: Row[Any]) -> User:
    """The user in a row of the table, or of a join with it."""
    return User(
        id=row.id,
        tenant=row.tenant,
        name=row.name,
        kind=row.kind,
        roles=tuple(json.loads(row.roles)),
        created=row.created,
        disabled=row.disabled,
        has_password=row.password_hash is not None,
        second_factor=row.totp_confirmed,
        locked=row.locked,
        password_by=row.password_by,
    )
