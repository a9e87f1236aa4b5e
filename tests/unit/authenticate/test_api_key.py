"""API keys: shown once, refused with the reason for which they do not count."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from guard.authenticate.api_key import ApiKeys
from guard.clock import now
from guard.errors import AuthenticationError, ConfigurationError, NotFoundError
from guard.tables import api_keys
from tests.unit.authenticate.conftest import People


async def refused(people: People, key: str) -> str:
    with pytest.raises(AuthenticationError) as error:
        await people.api_keys.principal(key)
    assert len(key) < 8 or key not in str(error.value)
    return error.value.reason_id


async def test_a_key_leads_to_its_principal(people: People) -> None:
    user = await people.add()
    new, write = people.api_keys.new(user)
    await people.database.write(write)
    assert re.fullmatch(r"gk_[a-z0-9]{8}_[A-Za-z0-9_-]{43}", new.api_key)
    principal = await people.api_keys.principal(new.api_key)
    assert (principal.id, principal.roles, principal.tenant) == (user.id, user.roles, "default")
    assert principal.api_key_id == new.key.id
    assert new.api_key not in repr(new)


async def test_only_a_keyed_hash_is_stored(people: People) -> None:
    key = await people.key(await people.add())
    async with people.database.read() as connection:
        row = (await connection.execute(select(api_keys))).one()
    assert len(row.hash) == 32
    secret = key.split("_", 2)[2]
    assert secret not in str(row)
    other = ApiKeys(people.database, b"another key of at least 32 bytes")
    with pytest.raises(AuthenticationError):
        await other.principal(key)


async def test_wrong_keys_are_all_the_same(people: People) -> None:
    key = await people.key(await people.add())
    flipped = key[:-1] + ("A" if key[-1] != "A" else "B")
    for wrong in ("", "x", flipped, key + "x", key[:-1], key.upper(), "gk_" + key[11:], " " + key, "\ud800", "gk_%_%"):
        assert await refused(people, wrong) == "invalid_api_key"


async def test_expired_and_revoked_keys_say_so(people: People) -> None:
    user = await people.add()
    assert await refused(people, await people.key(user, expires=now() - 1)) == "api_key_expired"
    await people.api_keys.principal(await people.key(user, expires=now() + 60_000))
    key = await people.key(user)
    stored = await people.api_keys.find(key.split("_")[1])
    assert stored == await people.api_keys.find(stored.id)
    await people.database.write(people.api_keys.revoked(stored))
    assert await refused(people, key) == "api_key_revoked"
    assert await refused(people, key[:-1] + ("A" if key[-1] != "A" else "B")) == "invalid_api_key"
    first = (await people.api_keys.find(stored.id)).revoked
    await people.database.write(people.api_keys.revoked(stored))
    assert (await people.api_keys.find(stored.id)).revoked == first


async def test_keys_are_listed(people: People) -> None:
    ada, bob = await people.add(), await people.add("bob")
    await people.key(ada)
    await people.key(bob)
    assert len(await people.api_keys.list()) == 2
    assert [key.user_id for key in await people.api_keys.list(bob)] == [bob.id]
    with pytest.raises(NotFoundError):
        await people.api_keys.find("gk")


def test_a_short_hash_key_is_refused(people: People) -> None:
    with pytest.raises(ConfigurationError):
        ApiKeys(people.database, b"short")
