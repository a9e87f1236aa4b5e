"""The users, sessions and API keys of a tenant, as its administrators see and change them.

What changes something returns a `Write`, to be committed together with its audit record. The transactions of a database
are in a row, so what a Write looks at before it changes something is still so when it does.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, delete, not_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from guard.authenticate.api_key import ApiKey
from guard.authenticate.passwords import Passwords
from guard.authenticate.users import User, user_of
from guard.clock import now
from guard.database import Database, Write
from guard.errors import ConflictError, NotFoundError
from guard.tables import api_keys, identities, recovery_codes, sessions, users


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody of a tenant who is not disabled and no service: what of them a look at everybody's rights needs."""

    id: str
    roles: tuple[str, ...]


Check = Callable[[Sequence[Member], Sequence[Member]], None]
"""Looks at the people of a tenant before and after a change. Raises what keeps it from being made."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A user with the state of the sign-in. Times are milliseconds since 1970.

    Args:
        has_password: whether the pages can be signed in to with one.
        second_factor: since when one is asked for.
        failures: wrong passwords and codes in a row.
        locked: until when nobody can sign in; `None`: nobody is kept out.
        from_provider: whether an OpenID provider says who this is, and which roles they have.
    """

    user: User
    has_password: bool
    second_factor: int | None
    failures: int
    locked: int | None
    from_provider: bool = False


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

    async def ids(self, tenant: str, name: str = "", *, role: str = "", kind: str = "", state: str = "") -> list[str]:
        """Who of a tenant is so, by name. An empty argument asks for nothing. Raises StorageError.

        Args:
            name: a part of it, in whatever case.
            state: `active`, `disabled` or `locked`.
        """
        of, part = users.c, name.casefold()
        query = select(of.id, of.name).where(of.tenant == tenant)
        if "\0" in role + kind:
            return []  # There can be none, and PostgreSQL has no such text to look for.
        if role:
            query = query.where(of.roles.contains(json.dumps(role), autoescape=True))
        if kind:
            query = query.where(of.kind == kind)
        if state:
            query = query.where(_in_state(state))
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).all()
        # Databases know the upper and lower case of some letters only.
        found = sorted((name.casefold(), id_) for id_, name in rows)
        return [id_ for name, id_ in found if part in name]

    async def entries(self, ids: Sequence[str]) -> list[Entry]:
        """Users by their ids, in this order. Raises StorageError."""
        async with self._database.read() as connection:
            rows = (await connection.execute(select(users).where(users.c.id.in_(ids)))).all()
        found = {row.id: _entry(row) for row in rows}
        return [found[id_] for id_ in ids if id_ in found]

    async def members(self, tenant: str) -> list[Member]:
        """The people of a tenant who are not disabled. Raises StorageError."""
        async with self._database.read() as connection:
            return await _members(connection, tenant)

    async def entry(self, user_id: str, tenant: str) -> Entry:
        """One user. Raises NotFoundError, also for one of another tenant; StorageError."""
        async with self._database.read() as connection:
            row = await _row(connection, user_id)
            if row is None or row.tenant != tenant:
                raise NotFoundError("There is no user of that id.")
            known = select(identities.c.user_id).where(identities.c.user_id == user_id).limit(1)
            return _entry(row, from_provider=(await connection.execute(known)).first() is not None)

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

    async def keys(self, tenant: str, user_id: str | None = None) -> list[OwnedKey]:
        """The API keys of a tenant or of one of its users, the newest first. Raises StorageError."""
        return await self._keys(tenant, None if user_id is None else api_keys.c.user_id == user_id)

    async def key(self, key_id: str, tenant: str) -> OwnedKey:
        """One API key. Raises NotFoundError, also for one of another tenant; StorageError."""
        found = [] if "\0" in key_id else await self._keys(tenant, api_keys.c.id == key_id)
        if not found:
            raise NotFoundError("There is no API key of that id.")
        return found[0]

    async def _keys(self, tenant: str, which: ColumnElement[bool] | None) -> list[OwnedKey]:
        of = api_keys.c
        own = [of[name].label(f"key_{name}") for name in ("id", "prefix", "user_id", "created", "expires", "revoked")]
        query = select(users, *own).join(api_keys, of.user_id == users.c.id).where(users.c.tenant == tenant)
        if which is not None:
            query = query.where(which)
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
        before = await _members(connection, user.tenant)
        await change(connection)
        check(before, await _members(connection, user.tenant))

    return write


async def _members(connection: AsyncConnection, tenant: str) -> list[Member]:
    of = users.c
    query = select(of.id, of.roles).where(of.tenant == tenant, of.disabled.is_(None), of.kind == "user")
    rows = (await connection.execute(query)).all()
    # There are few sets of roles, and many people who have each.
    read = {text: tuple(json.loads(text)) for text in {roles for _, roles in rows}}
    return [Member(id_, read[roles]) for id_, roles in rows]


async def _row(connection: AsyncConnection, user_id: str) -> Row[Any] | None:
    # PostgreSQL has no such text to look for.
    if "\0" in user_id:
        return None
    return (await connection.execute(select(users).where(users.c.id == user_id))).first()


def _in_state(state: str) -> ColumnElement[bool]:
    of = users.c
    if state == "disabled":
        return of.disabled.is_not(None)
    is_locked = and_(of.locked.is_not(None), of.locked > now())
    return and_(of.disabled.is_(None), is_locked if state == "locked" else not_(is_locked))


def _same_state(user: User) -> ColumnElement[bool]:
    return users.c.disabled.is_(None) if user.disabled is None else users.c.disabled == user.disabled


def _found(rows: int) -> None:
    if rows == 0:
        raise ConflictError("Somebody else changed this user first. Look again and repeat what is still right.")


def _entry(row: Row[Any], *, from_provider: bool = False) -> Entry:
    user = user_of(row)
    locked = row.locked if row.locked is not None and row.locked > now() else None
    return Entry(user, row.password_hash is not None, row.totp_confirmed, row.failures, locked, from_provider)


def _key(row: Row[Any]) -> ApiKey:
    return ApiKey(row.key_id, row.key_prefix, row.key_user_id, row.key_created, row.key_expires, row.key_revoked)
