"""What only a storage that processes share can do."""

from __future__ import annotations

import asyncio
import sys
import time
from contextlib import AsyncExitStack
from typing import Any

import pytest

from guard.authenticate.attempts import Attempts
from guard.authenticate.login import PasswordLogin
from guard.errors import AuthenticationError, ConfigurationError, LimitExceededError, UnavailableError
from guard.limit import redis as redis_limits
from guard.limit import storage as storage_of
from guard.limit.limiter import CountingLimiter
from guard.limit.redis import RedisPlaces
from guard.model import Budget, LimitProfile, Principal
from tests.conftest import Storage
from tests.unit.authenticate.conftest import PASSWORD, People
from tests.unit.limit.redis import URL, client
from tests.unit.limit.test_limiter import ADA, Said, pass_through, prompt, refused


async def test_two_instances_share_every_count(prefix: str) -> None:
    async with AsyncExitStack() as stack:
        one, two = [
            CountingLimiter(await stack.enter_async_context(storage_of.opened(URL, prefix=prefix))) for _ in range(2)
        ]
        for budget, reason_id in (
            (Budget(requests_per_minute=2), "rate_limit_exceeded"),
            (Budget(tokens_per_day=20), "token_limit_exceeded"),
        ):
            await pass_through(one, ADA, LimitProfile("p", budget), 10)
            await pass_through(two, ADA, LimitProfile("p", budget), 10)
            assert (await refused(one, ADA, LimitProfile("p", budget))).reason_id == reason_id
            assert (await refused(two, ADA, LimitProfile("p", budget))).reason_id == reason_id
        single = LimitProfile("p", Budget(concurrent=1))
        async with one(ADA, single):
            assert (await refused(two, ADA, single)).reason_id == "too_many_concurrent"
        await pass_through(two, ADA, single)


async def test_the_places_of_a_dead_process_come_back_and_those_of_a_living_one_do_not(prefix: str) -> None:
    async with client() as connection:
        dead, living = (RedisPlaces(connection, prefix, lease=0.3) for _ in range(2))
        assert await dead.take("dead", [("a", 2)]) is None
        assert await living.take("living", [("a", 2)]) is None
        await dead.aclose()  # Like a process that was killed: it extends nothing and gives nothing back.
        other = RedisPlaces(connection, prefix, lease=0.3)
        assert await other.take("early", [("a", 2)]) == 0
        await asyncio.sleep(0.7)
        assert await other.take("late", [("a", 2)]) is None
        assert await other.take("too late", [("a", 2)]) == 0
        await living.give_back("living")
        assert await other.take("later", [("a", 2)]) is None
        for places in (living, other):
            await places.aclose()


async def test_a_place_that_is_given_back_while_it_is_extended_stays_free(
    prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with client() as connection:
        places = RedisPlaces(connection, prefix, lease=0.15)
        extend, extended = places._extend, asyncio.Event()

        async def late(**arguments: Any) -> None:
            await places.give_back("one")
            await extend(**arguments)
            extended.set()

        monkeypatch.setattr(places, "_extend", late)
        await places.take("one", [("a", 1)])
        await asyncio.wait_for(extended.wait(), 5)
        assert await places.take("two", [("a", 1)]) is None
        await places.aclose()


async def test_places_are_taken_all_or_none(prefix: str) -> None:
    async with client() as connection:
        places = RedisPlaces(connection, prefix)
        assert await places.take("one", [("b", 1)]) is None
        assert await places.take("two", [("a", 1), ("b", 1)]) == 1
        assert await places.take("three", [("a", 1)]) is None
        assert await places.take("none", []) is None
        await places.aclose()


async def test_leases_are_extended_no_longer_than_they_are_held(prefix: str) -> None:
    async with client() as connection:
        places = RedisPlaces(connection, prefix, lease=0.15)
        await places.take("one", [("a", 1)])
        await places.give_back("one")
        await asyncio.sleep(0.2)
        assert places._extending
        assert places._extending.done()
        assert not await connection.keys(f"{prefix}:places/*")


async def test_every_key_has_the_prefix_an_end_and_no_name_of_a_person(
    prefix: str, people: People, storage: Storage
) -> None:
    everything = Budget(10, 10, 10)
    limit = LimitProfile("p", everything, everything, everything, {"employee": everything})
    named = Principal("usr_1", "default", ("employee",), name="Ada Lovelace", api_key_id="key_1")
    async with storage_of.opened(URL, prefix=prefix) as counting:
        login = PasswordLogin(
            people.users,
            people.sessions,
            storage.database.write,
            storage.audit.record,
            attempts=Attempts(counting.storage, b"k" * 32),
        )
        with pytest.raises(AuthenticationError):
            await login.login("acme/lovelace", "wrong wrong wrong")
        async with CountingLimiter(counting)(named, limit) as spent:
            spent.begins(prompt("x"), Said(1))
            held = await keys(prefix)
            async with client() as connection:
                ends = [await connection.ttl(key) for key in held]
    left = await keys(prefix)
    async with client() as connection:
        ends += [await connection.ttl(key) for key in left]
    assert len([key for key in held if key.startswith(f"{prefix}:places/")]) == 4
    assert len([key for key in left if key.startswith(f"{prefix}:tokens/")]) == 4
    assert len([key for key in left if key.startswith(f"{prefix}:requests/")]) == 4
    assert len([key for key in left if key.startswith(f"{prefix}:sign-in")]) == 2
    assert all(0 < seconds <= 86400 for seconds in ends)
    assert all(key.startswith(f"{prefix}:") for key in held | left)
    assert "lovelace" not in " ".join(held | left).lower()


async def keys(prefix: str) -> set[str]:
    """All that begin with the prefix, and with none: a key that the prefix was forgotten for."""
    async with client() as connection:
        return {key.decode() for match in (f"{prefix}:*", "LIMIT*") async for key in connection.scan_iter(match)}


async def test_attempts_to_sign_in_count_in_all_processes(prefix: str, people: People, storage: Storage) -> None:
    await people.add()
    async with AsyncExitStack() as stack:
        logins = [
            PasswordLogin(
                people.users,
                people.sessions,
                storage.database.write,
                storage.audit.record,
                attempts=Attempts(
                    (await stack.enter_async_context(storage_of.opened(URL, prefix=prefix))).storage, b"k" * 32
                ),
            )
            for _ in range(2)
        ]
        for attempt in range(10):
            with pytest.raises(AuthenticationError):
                await logins[attempt % 2].login("ada", "wrong wrong wrong")
        for login in logins:
            with pytest.raises(LimitExceededError) as limited:
                await login.login("ada", PASSWORD)
            assert limited.value.quota
            assert limited.value.quota.scope == "sign-in"


@pytest.mark.parametrize("budget", [Budget(10), Budget(None, 10), Budget(None, None, 10)])
async def test_while_redis_is_down_nobody_is_let_in(budget: Budget, people: People, storage: Storage) -> None:
    async with storage_of.opened("redis://:quokka7741@127.0.0.1:9/0") as counting:
        with pytest.raises(UnavailableError) as failed:
            await pass_through(CountingLimiter(counting), ADA, LimitProfile("p", budget))
        assert failed.value.reason_id == "limiter_failed"
        assert "quokka7741" not in str(failed.value)
        assert not await counting.storage.check()
        login = PasswordLogin(
            people.users,
            people.sessions,
            storage.database.write,
            storage.audit.record,
            attempts=Attempts(counting.storage),
        )
        with pytest.raises(UnavailableError) as failed:
            await login.login("ada", PASSWORD)
        assert failed.value.reason_id == "limiter_failed"


async def test_a_redis_that_does_not_answer_is_down(monkeypatch: pytest.MonkeyPatch) -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    monkeypatch.setattr(redis_limits, "TIMEOUT", 0.2)
    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    begun = time.monotonic()
    async with server, storage_of.opened(f"redis://127.0.0.1:{port}") as counting:
        with pytest.raises(UnavailableError):
            await pass_through(CountingLimiter(counting), ADA, LimitProfile("p", Budget(None, None, 10)))
    assert time.monotonic() - begun < 5


@pytest.mark.parametrize("url", ["redis://:quokka7741@127.0.0.1:port/0", "redis://:quokka7741@[::1/0"])
async def test_a_wrong_url_is_not_quoted(url: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        async with storage_of.opened(url):
            pytest.fail("opened")
    assert "quokka7741" not in str(error.value)


async def test_a_missing_client_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "guard.limit.redis", raising=False)
    monkeypatch.delattr("guard.limit.redis", raising=False)
    monkeypatch.setitem(sys.modules, "redis.asyncio", None)
    with pytest.raises(ConfigurationError, match=r"pip install 'guard-gateway\[redis\]'"):
        async with storage_of.opened("redis://127.0.0.1/0"):
            pytest.fail("opened")
