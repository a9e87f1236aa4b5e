"""Users and keys in a real database, with cheap password hashes."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from argon2 import PasswordHasher

from guard.authenticate.api_key import ApiKeys
from guard.authenticate.authenticator import KeyAuthenticator
from guard.authenticate.passwords import Passwords
from guard.authenticate.session import Sessions
from guard.authenticate.users import User, Users
from guard.database import Database
from guard.store.envelope import Envelope
from tests.conftest import Storage

CHEAP = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
PASSWORD = "correct horse battery"


@dataclass
class People:
    """What knows who is asking."""

    database: Database
    users: Users
    api_keys: ApiKeys
    sessions: Sessions
    authenticate: KeyAuthenticator

    async def add(self, name: str = "ada", password: str | None = PASSWORD, tenant: str = "default") -> User:
        user, write = await self.users.new(name, ("employee", "auditor"), tenant=tenant, password=password)
        await self.database.write(write)
        return user

    async def key(self, user: User, expires: int | None = None) -> str:
        new, write = self.api_keys.new(user, expires)
        await self.database.write(write)
        return new.api_key


@pytest.fixture
def people(storage: Storage) -> People:
    users = Users(storage.database, Passwords(CHEAP))
    api_keys = ApiKeys(storage.database, b"k" * 32)
    sessions = Sessions(storage.database, b"k" * 32, Envelope(b"s" * 32))
    return People(storage.database, users, api_keys, sessions, KeyAuthenticator(api_keys, sessions))
