"""The users, sessions and API keys of a tenant, as its administrators see and change them.

What changes something returns a `Write`, to be committed together with its audit record. The transactions of a database
are in a row, so what a Write looks at before it changes something is still so when it does.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from guard.authenticate.api_key import ApiKey
from guard.authenticate.clock import now
from guard.authenticate.passwords import Passwords
from guard.authenticate.users import User, user_of
from guard.database import Database, Write
from guard.errors import ConflictError, NotFoundError
from guard.tables import api_keys, recovery_codes, sessions, users

Check = Callable[[Sequence[User], Sequence[User]], None]
"""Looks at the enabled users of a tenant before and after a change. Raises what keeps it from being made."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A user with the state of the sign-in. Times are milliseconds since 1970.

    Args:
        has_password: whether the pages can be signed in to with one.
        second_factor: since when one is asked for.
        failures: wrong passwords and codes in a row.
        locked: until when nobody can sign in; `None`: nobody is kept out.
    """

    user: User
    has_password: bool
    second_factor: int | None
    failures: int
    locked: int | None


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A browser that is signed in."""

    id: str
    created: int
    last_used: int


@dataclass(frozen=True, slots=True)
class OwnedKey:
    """An API key and whose it is."""

    key: ApiKey
    owner: User


class Directory:
    """What administrators see of one database.

    Args:
        passwords: hashes those that are set.
    """

    def __init__(self, database: Database, passwords: Passwords | None = None) -> None:
        self._database = database
        self._passwords = passwords or Passwords()

    async def entries(self, tenant: str) -> list[Entry]:
        """Everybody of a tenant, by name. Raises StorageError."""
        async with self._database.read() as connection:
            rows = (await connection.execute(select(users).where(users.c.tenant == tenant))).all()
        return sorted((_entry(row) for row in rows), key=lambda each: (each.user.name.casefold(), each.user.id))

    async def entry(self, user_id: str, tenant: str) -> Entry:
        """One user. Raises NotFoundError, also for one of another tenant; StorageError."""
        async with self._database.read() as connection:
            row = await _row(connection, user_id)
        if row is None or row.tenant != tenant:
            raise NotFoundError("There is no user of that id.")
        return _entry(row)

    async def sessions(self, user: User) -> list[OpenSession]:
        """The sessions that were not ended, the last used first; some may have run out. Raises StorageError."""
        of = sessions.c
        query = (
            select(of.id, of.created, of.last_used)
            .where(of.user_id == user.id, of.expires > now())
            .order_by(of.last_used.desc())
        )
        async with self._database.read() as connection:
            return [OpenSession(*row) for row in await connection.execute(query)]

    async def keys(self, tenant: str) -> list[OwnedKey]:
        """The API keys of a tenant, the newest first. Raises StorageError."""
        return await self._keys(tenant)

    async def key(self, key_id: str, tenant: str) -> OwnedKey:
        """One API key. Raises NotFoundError, also for one of another tenant; StorageError."""
        found = await self._keys(tenant, key_id)
        if not found:
            raise NotFoundError("There is no API key of that id.")
        return found[0]

    async def _keys(self, tenant: str, key_id: str | None = None) -> list[OwnedKey]:
        of = api_keys.c
        own = [of[name].label(f"key_{name}") for name in ("id", "prefix", "user_id", "created", "expires", "revoked")]
        query = select(users, *own).join(api_keys, of.user_id == users.c.id).where(users.c.tenant == tenant)
        if key_id is not None:
            query = query.where(of.id == key_id)
        async with self._database.read() as connection:
            rows = (await connection.execute(query.order_by(of.created.desc(), of.id))).all()
        return [OwnedKey(_key(row), user_of(row)) for row in rows]

    def roles_changed(self, user: User, roles: Sequence[str], check: Check) -> Write:
        """The Write that gives a user other roles. It raises ConflictError when they are not as in `user`."""

        async def change(connection: AsyncConnection) -> None:
            changed = (
                update(users)
                .where(users.c.id == user.id, users.c.roles == json.dumps(user.roles), _same_state(user))
                .values(roles=json.dumps(roles))
            )
            _found((await connection.execute(changed)).rowcount)

        return _checked(user, check, change)

    def disabled(self, user: User, check: Check) -> Write:
        """The Write that disables a user and ends their sessions. Their keys stay, and are refused."""

        async def change(connection: AsyncConnection) -> None:
            changed = update(users).where(users.c.id == user.id, _same_state(user)).values(disabled=now())
            _found((await connection.execute(changed)).rowcount)
            await connection.execute(delete(sessions).where(sessions.c.user_id == user.id))

        return _checked(user, check, change)

    def enabled(self, user: User) -> Write:
        """The Write that lets a user in again; their keys work again too."""

        async def write(connection: AsyncConnection) -> None:
            changed = update(users).where(users.c.id == user.id, users.c.disabled.is_not(None)).values(disabled=None)
            _found((await connection.execute(changed)).rowcount)

        return write

    async def password_set(self, user: User, password: str, by: str) -> Write:
        """The Write that gives a user another password and ends their sessions and any lock-out.

        Args:
            by: id of who set it: it is not the user's own until they change it.
        """
        password_hash = await self._passwords.hash(password)

        async def write(connection: AsyncConnection) -> None:
            values = {"password_hash": password_hash, "password_by": by, "failures": 0, "locked": None}
            changed = update(users).where(users.c.id == user.id, users.c.disabled.is_(None)).values(**values)
            _found((await connection.execute(changed)).rowcount)
            await connection.execute(delete(sessions).where(sessions.c.user_id == user.id))

        return write

    def sessions_ended(self, user: User) -> Write:
        """The Write that signs a user out everywhere."""

        async def write(connection: AsyncConnection) -> None:
            await connection.execute(delete(sessions).where(sessions.c.user_id == user.id))

        return write

    def second_factor_removed(self, user: User) -> Write:
        """The Write that takes away second factor and recovery codes, and ends the sessions."""

        async def write(connection: AsyncConnection) -> None:
            values = {"totp": None, "totp_confirmed": None, "totp_step": None}
            await connection.execute(update(users).where(users.c.id == user.id).values(**values))
            for table in (recovery_codes, sessions):
                await connection.execute(delete(table).where(table.c.user_id == user.id))

        return write

    def unlocked(self, user: User) -> Write:
        """The Write that ends a lock-out."""

        async def write(connection: AsyncConnection) -> None:
            await connection.execute(update(users).where(users.c.id == user.id).values(failures=0, locked=None))

        return write


def _checked(user: User, check: Check, change: Write) -> Write:
    """A change of who may do what, with a look at everybody before and after it."""

    async def write(connection: AsyncConnection) -> None:
        before = await _enabled(connection, user.tenant)
        await change(connection)
        check(before, await _enabled(connection, user.tenant))

    return write


async def _enabled(connection: AsyncConnection, tenant: str) -> list[User]:
    query = select(users).where(users.c.tenant == tenant, users.c.disabled.is_(None))
    return [user_of(row) for row in await connection.execute(query)]


async def _row(connection: AsyncConnection, user_id: str) -> Row[Any] | None:
    # PostgreSQL has no such text to look for.
    if "\0" in user_id:
        return None
    return (await connection.execute(select(users).where(users.c.id == user_id))).first()


def _same_state(user: User) -> ColumnElement[bool]:
    return users.c.disabled.is_(None) if user.disabled is None else users.c.disabled == user.disabled


def _found(rows: int) -> None:
    if rows == 0:
        raise ConflictError("Somebody else changed this user first. Look again and repeat what is still right.")


def _entry(row: Row[Any]) -> Entry:
    user = user_of(row)
    locked = row.locked if row.locked is not None and row.locked > now() else None
    return Entry(user, row.password_hash is not None, row.totp_confirmed, row.failures, locked)


def _key(row: Row[Any]) -> ApiKey:
    return ApiKey(row.key_id, row.key_prefix, row.key_user_id, row.key_created, row.key_expires, row.key_revoked)
