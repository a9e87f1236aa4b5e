"""Every process takes up a new revision by itself, says what it enforces, and goes on with the last one in trouble."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection

from guard.authorize.authorizer import PolicyAuthorizer
from guard.errors import StorageError
from guard.model import Principal
from guard.policy.distribution import Watcher, Workers
from guard.policy.revisions import Head, Revision, Revisions
from guard.policy.snapshot import Snapshot
from guard.tables import policy_revisions
from tests.unit.policy.installation import DENY, SHIPPED, Installation, installed, rules

EMMA = Principal("user_emma", "default", ("employee",))


class Flaky:
    """The database, until it is down."""

    def __init__(self, house: Installation) -> None:
        self._database = house.parts.database
        self.is_down = False

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        if self.is_down:
            raise StorageError
        async with self._database.read() as connection:
            yield connection

    async def write(self, *writes: object) -> None:
        if self.is_down:
            raise StorageError
        await self._database.write(*writes)  # type: ignore[arg-type]


class Process:
    """What one server process has."""

    def __init__(self, house: Installation) -> None:
        self.database = Flaky(house)
        self.workers = Workers(self.database)
        self.authorizer = PolicyAuthorizer(Snapshot(SHIPPED))
        revisions = Revisions(self.database, house.parts.keys.derive("policy-revisions"))
        self.watcher = Watcher(
            revisions, self.workers, Head(1, SHIPPED.hash), self.authorizer.replace, self.database.write,
            house.admin.activate_due, poll=0.01,
        )  # fmt: skip

    def allowed(self) -> bool:
        return self.authorizer.decide(EMMA, "generator/secret", "use").allowed


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Installation]:
    async with installed(tmp_path) as made:
        yield made


async def until(holds: object) -> None:
    async with asyncio.timeout(20):
        while not await holds():  # type: ignore[operator]
            await asyncio.sleep(0.01)


async def test_all_processes_take_it_up_and_say_so(house: Installation) -> None:
    ann, bob = await house.add("ann", "admin"), await house.add("bob", "admin")
    processes = [Process(house) for _ in range(3)]
    for process in processes:
        await process.watcher.start()
        assert process.allowed()
    hash_ = await house.activated(ann, bob)

    async def converged() -> bool:
        found = await Workers(house.parts.database).list()
        return len(found) == 3 and {(each.revision, each.hash) for each in found} == {(2, hash_)}

    await until(converged)
    assert not any(process.allowed() for process in processes)
    assert {process.authorizer.policy for process in processes} == {hash_}
    await processes[0].watcher.aclose()
    assert len(await Workers(house.parts.database).list()) == 2  # It has signed off.
    for process in processes[1:]:
        await process.watcher.aclose()


async def test_a_process_is_behind_until_it_has_taken_it_up(house: Installation) -> None:
    ann, bob = await house.add("ann", "admin"), await house.add("bob", "admin")
    process = Process(house)
    assert not await process.watcher.is_behind()
    await house.activated(ann, bob)
    assert await process.watcher.is_behind()
    await process.watcher.look()
    assert not await process.watcher.is_behind()
    assert not process.allowed()


async def test_a_database_that_is_down_leaves_the_last_policy_deciding(house: Installation) -> None:
    ann, bob = await house.add("ann", "admin"), await house.add("bob", "admin")
    process = Process(house)
    await process.watcher.start()
    process.database.is_down = True
    hash_ = await house.activated(ann, bob)
    await asyncio.sleep(0.1)
    assert process.allowed()  # The last snapshot, not nothing and not everything.
    assert process.authorizer.policy == SHIPPED.hash
    with pytest.raises(StorageError):
        await process.watcher.is_behind()
    process.database.is_down = False

    async def taken_up() -> bool:
        return process.authorizer.policy == hash_

    await until(taken_up)
    await process.watcher.aclose()


async def test_a_stored_policy_that_was_changed_is_never_taken_up(
    house: Installation, caplog: pytest.LogCaptureFixture
) -> None:
    ann, bob = await house.add("ann", "admin"), await house.add("bob", "admin")
    process = Process(house)
    await process.watcher.start()
    await house.activated(ann, bob)

    async def tamper(connection: AsyncConnection) -> None:
        changed = SHIPPED.canonical.replace(b"deny", b"allow")
        await connection.execute(update(policy_revisions).where(policy_revisions.c.id == 2).values(bundle=changed))

    process.database.is_down = True
    await asyncio.sleep(0.05)
    await house.parts.database.write(tamper)
    other = Process(house)
    with pytest.raises(Exception, match="changed outside Guard"):
        await other.watcher.look()
    assert other.authorizer.policy == SHIPPED.hash
    assert await other.watcher.is_behind()  # So the process is not ready.
    await other.watcher.look()  # It is not read again and again.
    assert other.allowed()
    process.database.is_down = False
    await process.watcher.aclose()


async def test_scheduled_changes_come_into_force_by_whichever_process_is_there(house: Installation) -> None:
    ann, bob = await house.add("ann", "admin"), await house.add("bob", "admin")
    change = await house.admin.draft(ann, {"roles.toml": SHIPPED.files["roles.toml"] + "# later\n"}, "later")
    await house.admin.submit(ann, change.id)
    await house.admin.approve(bob, change.id)
    await house.admin.schedule(ann, change.id, 1)
    processes = [Process(house) for _ in range(2)]
    for process in processes:
        await process.watcher.start()

    async def taken_up() -> bool:
        return all(process.authorizer.policy == change.hash for process in processes)

    await until(taken_up)
    assert [each.id for each in await house.parts.revisions.history()] == [2, 1]
    assert await house.records(event="policy.activation_failed") == []
    for process in processes:
        await process.watcher.aclose()


async def test_who_is_slow_over_an_older_policy_does_not_bring_it_back(house: Installation) -> None:
    ann, bob = await house.add("ann", "admin"), await house.add("bob", "admin")
    process = Process(house)
    await house.activated(ann, bob)
    reading, go_on = asyncio.Event(), asyncio.Event()
    revisions = process.watcher._revisions
    read = revisions.get

    async def slow(number: int) -> Revision:
        found = await read(number)
        if number == 2:
            reading.set()
            await go_on.wait()
        return found

    revisions.get = slow  # type: ignore[method-assign]
    first = asyncio.create_task(process.watcher.look())
    await reading.wait()
    newest = await house.activated(ann, bob, **{"rules.csv": rules(DENY, "# newer\n")})
    second = asyncio.create_task(process.watcher.look())
    await asyncio.sleep(0.1)
    go_on.set()
    await asyncio.gather(first, second)
    assert (process.authorizer.policy, process.watcher.current.id) == (newest, 3)


async def test_a_database_that_takes_no_writes_is_not_hammered(house: Installation) -> None:
    process = Process(house)
    tried = 0

    async def read_only(*_: object) -> None:
        nonlocal tried
        tried += 1
        raise StorageError

    process.watcher._commit = read_only
    with pytest.raises(StorageError):
        await process.watcher.look()
    for _ in range(20):
        await process.watcher.look()
    assert tried == 1
