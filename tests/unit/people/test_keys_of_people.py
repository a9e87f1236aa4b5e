"""API keys as the administration makes and revokes them."""

from __future__ import annotations

import json
import time

import pytest

from guard.errors import (
    AuthenticationError,
    ConflictError,
    InvalidRequestError,
    PermissionDeniedError,
)
from tests.unit.people.offices import Office


async def test_keys_are_made_for_services_and_oneself_alone(office: Office) -> None:
    root, emma = await office.add("root", "admin"), await office.add("emma", "employee")
    bot = await office.add("bot", "service", kind="service")
    made = await office.keys.create(root, bot.id, (time.time_ns() // 1_000_000) + 60_000)
    assert (await office.parts.api_keys.principal(made.api_key)).id == bot.id
    own = await office.keys.create(root, root.id)
    assert (await office.parts.api_keys.principal(own.api_key)).id == root.id
    with pytest.raises(PermissionDeniedError) as error:
        await office.keys.create(root, emma.id)
    assert error.value.reason_id == "key_of_another"
    for expires in (1, 2**52):
        with pytest.raises(InvalidRequestError):
            await office.keys.create(root, bot.id, expires)
    assert [each.name for each in await office.keys.owners(root)] == ["root", "bot"]
    assert made.api_key not in json.dumps(await office.records(event="apikey.created"))


async def test_a_services_key_gives_nobody_what_they_must_not_have(office: Office) -> None:
    root = await office.add("root", "admin")
    reader = await office.people.add(root, "reader", ["auditor"], "service")
    with pytest.raises(PermissionDeniedError, match="user edit and transcript read") as error:
        await office.keys.create(root, reader.user.id)
    assert error.value.reason_id == "separation_of_duties"
    # Who has both rights anyway gains nothing.
    both = await office.add("both", "admin", "auditor")
    assert await office.keys.create(both, reader.user.id)


async def test_a_key_is_revoked_once_and_for_all(office: Office) -> None:
    root, emma = await office.add("root", "admin"), await office.add("emma", "employee")
    made, write = office.parts.api_keys.new(await office.parts.users.get(emma.id))
    await office.parts.database.write(write)
    await office.keys.revoke(root, made.key.id)
    with pytest.raises(AuthenticationError) as error:
        await office.parts.api_keys.principal(made.api_key)
    assert error.value.reason_id == "api_key_revoked"
    with pytest.raises(ConflictError):
        await office.keys.revoke(root, made.key.id)
    (record,) = await office.records(event="apikey.revoked")
    assert (record["actor"], record["api_key_id"], record["user_id"]) == (root.id, made.key.id, emma.id)
