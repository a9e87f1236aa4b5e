"""Sign-in leaves a record and bears no guessing."""

from __future__ import annotations

import pytest

from guard.authenticate.attempts import PER_NAME
from guard.authenticate.login import PasswordLogin
from guard.errors import AuthenticationError, LimitExceededError
from tests.conftest import Storage
from tests.unit.authenticate.conftest import PASSWORD, People


@pytest.fixture
def login(people: People, storage: Storage) -> PasswordLogin:
    return PasswordLogin(people.users, people.sessions, storage.database.write, storage.audit.record, floor=0)


async def events(storage: Storage) -> list[str]:
    return [row["event"] for row in reversed(await storage.audit.search(limit=100))]


async def test_signing_in_and_out_is_recorded(people: People, storage: Storage, login: PasswordLogin) -> None:
    user = await people.add()
    token = await login.login("ada", PASSWORD)
    assert (await people.sessions.principal(token)).id == user.id
    await login.logout(token)
    await login.logout(token)
    with pytest.raises(AuthenticationError):
        await people.sessions.principal(token)
    assert await events(storage) == ["session.opened", "session.closed"]


async def test_a_name_may_carry_its_tenant(people: People, login: PasswordLogin) -> None:
    user = await people.add("ada", tenant="acme")
    assert (await people.sessions.principal(await login.login("acme/ada", PASSWORD))).id == user.id
    with pytest.raises(AuthenticationError):
        await login.login("ada", PASSWORD)


@pytest.mark.parametrize("name", ["a\0da", "ac\0me/ada", "\0"])
async def test_a_name_that_no_user_can_have_is_just_wrong(people: People, login: PasswordLogin, name: str) -> None:
    with pytest.raises(AuthenticationError) as caught:
        await login.login(name, PASSWORD)
    assert caught.value.reason_id == "invalid_login"


async def test_guessing_is_slowed_down_per_name(people: People, login: PasswordLogin) -> None:
    await people.add()
    await people.add("bob")
    for _ in range(PER_NAME.amount):
        with pytest.raises(AuthenticationError):
            await login.login("ada", "wrong wrong wrong")
    with pytest.raises(LimitExceededError) as limited:
        await login.login("ada", PASSWORD)
    assert limited.value.retry_after
    await login.login("bob", PASSWORD)


async def test_failures_are_counted_in_the_log(storage: Storage, people: People) -> None:
    write, audit = storage.database.write, storage.audit
    counting = PasswordLogin(people.users, people.sessions, write, audit.record, floor=0, failed=audit.count_failed)
    await people.add()
    for name in ("ada", "nobody"):
        with pytest.raises(AuthenticationError):
            await counting.login(name, "wrong wrong wrong")
    await audit.aclose()
    rows = await audit.search(event="authentication.failed")
    counted = [(await audit.show(str(row["index"])))[0]["counts"] for row in rows]
    assert counted == [{"invalid_login": 1}, {"invalid_login": 1}]
