"""Sessions end: by signing out, by idleness, by age."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from guard.authenticate.session import IDLE, LIFETIME
from guard.clock import now
from guard.errors import AuthenticationError
from guard.tables import sessions
from tests.unit.authenticate.conftest import People


async def opened(people: People) -> tuple[str, str]:
    user = await people.add()
    token, write = people.sessions.new(user)
    await people.database.write(write)
    return user.id, token


async def set_times(people: People, **values: int) -> None:
    async def write(connection: object) -> None:
        await connection.execute(update(sessions).values(**values))  # type: ignore[attr-defined]

    await people.database.write(write)


async def test_a_session_is_its_users(people: People) -> None:
    user_id, token = await opened(people)
    assert (await people.sessions.principal(token)).id == user_id
    async with people.database.read() as connection:
        assert token not in str((await connection.execute(select(sessions))).all())


async def test_a_session_ends_by_signing_out(people: People) -> None:
    _, token = await opened(people)
    await people.database.write(people.sessions.ended(token), people.sessions.ended("unknown"))
    with pytest.raises(AuthenticationError) as error:
        await people.sessions.principal(token)
    assert error.value.reason_id == "invalid_session"


@pytest.mark.parametrize("values", [{"last_used": -IDLE}, {"expires": 0}])
async def test_a_session_ends_by_idleness_and_age(people: People, values: dict[str, int]) -> None:
    _, token = await opened(people)
    await set_times(people, **{name: now() + offset for name, offset in values.items()})
    with pytest.raises(AuthenticationError):
        await people.sessions.principal(token)
    await people.database.write(people.sessions.new(await people.users.find("ada"))[1])
    async with people.database.read() as connection:
        assert len((await connection.execute(select(sessions))).all()) == 1, "ended sessions are cleared away"


async def test_use_keeps_a_session_awake_but_not_for_ever(people: People) -> None:
    _, token = await opened(people)
    await set_times(people, last_used=now() - IDLE + 60_000)
    await people.sessions.principal(token)
    async with people.database.read() as connection:
        row = (await connection.execute(select(sessions))).one()
    assert now() - row.last_used < 60_000
    assert row.expires <= now() + LIFETIME
