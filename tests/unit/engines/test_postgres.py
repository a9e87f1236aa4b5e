"""What goes wrong on a database server is named, and never with what the URL holds."""

from __future__ import annotations

import asyncio
import secrets
import struct
import sys
import traceback
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncConnection

from guard.database import Database, Write
from guard.engines import postgres as engine
from guard.errors import ConfigurationError, StorageError
from guard.model import ChatRequest, Coverage, Credential, Principal, Redacted
from guard.tables import policy_revisions as table
from tests import postgres
from tests.conftest import ON_POSTGRES, Storage

PASSWORD = "can" + "ary"


def revision(number: int) -> Write:
    async def write(connection: AsyncConnection) -> None:
        row = {"id": number, "hash": "h", "bundle": b"", "author": "a", "created": 0, "active": False}
        await connection.execute(insert(table).values(row))

    return write


def statement(sql: str) -> Write:
    async def write(connection: AsyncConnection) -> None:
        await connection.exec_driver_sql(sql)

    return write


async def stored(database: Database) -> list[int]:
    async with database.read() as connection:
        return list((await connection.execute(select(table.c.id).order_by(table.c.id))).scalars())


def url(port: int, name: str = "guard") -> str:
    return f"postgresql+asyncpg://gustav:{PASSWORD}@127.0.0.1:{port}/{name}"


async def refusal(address: str) -> StorageError:
    """Why a database cannot be opened."""
    with pytest.raises(StorageError) as caught:
        async with Database(address):
            pass
    said = "".join(traceback.format_exception(caught.value))
    assert PASSWORD not in said.replace(str(make_url(address).database), "")
    assert "127.0.0.1" not in str(caught.value)
    with pytest.raises(StorageError) as asked:
        await Database(address).is_made()
    assert asked.value.reason_id == caught.value.reason_id
    return caught.value


@asynccontextmanager
async def refusing(code: str) -> AsyncIterator[int]:
    """A server that refuses every connection with an error of PostgreSQL's protocol; gives its port."""

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        (length,) = struct.unpack("!I", await reader.readexactly(4))
        asked = await reader.readexactly(length - 4)
        if asked[:4] == struct.pack("!I", 80877103):  # whether we speak TLS
            writer.write(b"N")
            (length,) = struct.unpack("!I", await reader.readexactly(4))
            await reader.readexactly(length - 4)
        fields = f"SFATAL\0VFATAL\0C{code}\0Mno, gustav\0\0".encode()
        writer.write(b"E" + struct.pack("!I", len(fields) + 4) + fields)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


@pytest.mark.parametrize(
    ("code", "reason_id"),
    [
        ("28P01", "database_login_failed"),
        ("28000", "database_login_failed"),
        ("3D000", "database_missing"),
        ("53300", "database_unreachable"),
        ("57P03", "database_unreachable"),
        ("XX001", "database_damaged"),
        ("99999", "storage_failed"),
    ],
)
async def test_a_refused_connection_is_named(code: str, reason_id: str) -> None:
    pytest.importorskip("asyncpg")
    async with refusing(code) as port:
        error = await refusal(url(port))
    assert error.reason_id == reason_id
    assert "gustav" not in str(error)


async def test_a_server_that_is_not_there() -> None:
    pytest.importorskip("asyncpg")
    assert (await refusal(url(9))).reason_id == "database_unreachable"


async def test_a_server_that_speaks_something_else() -> None:
    pytest.importorskip("asyncpg")
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    async with server:
        assert (await refusal(url(server.sockets[0].getsockname()[1]))).reason_id == "database_unreachable"


async def test_an_option_that_there_is_not() -> None:
    pytest.importorskip("asyncpg")
    with pytest.raises(ConfigurationError, match="asyncpg does not know") as caught:
        async with Database(url(9) + "?colour=blue"):
            pass
    assert PASSWORD not in "".join(traceback.format_exception(caught.value))


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "asyncpg", None)
    with pytest.raises(ConfigurationError, match=r"pip install 'guard-gateway\[postgres\]'"):
        Database(url(5432))


@ON_POSTGRES
async def test_a_database_that_is_not_there_and_one_that_is_somebody_elses(storage: Storage) -> None:
    there = make_url(storage.url)
    missing = there.set(database="guard_nothing_of_the_sort").render_as_string(hide_password=False)
    assert (await refusal(missing)).reason_id == "database_missing"
    role = f"guard_test_{secrets.token_hex(4)}"
    await storage.outside(f"CREATE ROLE {role} LOGIN")
    try:
        stranger = there.set(username=role).render_as_string(hide_password=False)
        with pytest.raises(StorageError) as caught:
            async with Database(stranger):
                pass
        assert caught.value.reason_id == "database_permission_denied"
    finally:
        await storage.outside(f"DROP ROLE {role}")


@ON_POSTGRES
async def test_a_database_that_is_locked(storage: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(engine._SESSION, "lock_timeout", "50")
    async with Database(storage.url) as database:
        other = await postgres.connected(storage.url)
        async with other.transaction():
            await other.execute(engine._BEGIN)  # Another host writes, and goes on and on.
            with pytest.raises(StorageError) as caught:
                await database.write(revision(1))
        await other.close()
        assert caught.value.reason_id == "database_locked"
        await database.write(revision(2))
        assert await stored(database) == [2]


@ON_POSTGRES
async def test_a_database_that_takes_no_writes(storage: Storage) -> None:
    outcomes = await asyncio.gather(
        storage.database.write(statement("SET TRANSACTION READ ONLY"), revision(1)),
        storage.database.write(revision(2)),
        return_exceptions=True,
    )
    assert [getattr(each, "reason_id", None) for each in outcomes] == ["database_read_only"] * 2
    assert await stored(storage.database) == []


LOSES = {
    "disk full": "DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '53100'; END $$",
    "server stopped": "SELECT pg_terminate_backend(pg_backend_pid())",
}


@ON_POSTGRES
@pytest.mark.parametrize(
    ("what", "reason_id"), [("disk full", "disk_full"), ("server stopped", "database_unreachable")]
)
async def test_a_transaction_that_is_lost_is_lost_for_all(storage: Storage, what: str, reason_id: str) -> None:
    outcomes = await asyncio.gather(
        *(storage.database.write(each) for each in (revision(1), statement(LOSES[what]), revision(3))),
        return_exceptions=True,
    )
    assert [getattr(each, "reason_id", None) for each in outcomes] == [reason_id] * 3
    assert await stored(storage.database) == []
    await storage.database.write(revision(9))
    assert await stored(storage.database) == [9]


@ON_POSTGRES
async def test_idle_connections_that_the_server_dropped_are_replaced(storage: Storage) -> None:
    await asyncio.gather(*(stored(storage.database) for _ in range(4)))
    await storage.outside(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database() "
        "AND pid <> pg_backend_pid()"
    )
    await storage.database.write(revision(1))
    assert await stored(storage.database) == [1]


@ON_POSTGRES
async def test_a_commit_is_on_disk_whatever_the_default_is(storage: Storage) -> None:
    found: list[str] = []

    async def look(connection: AsyncConnection) -> None:
        found.append((await connection.execute(text("SHOW synchronous_commit"))).scalar_one())

    name = make_url(storage.url).database
    try:
        for default in ("off", "local", "remote_apply"):
            await storage.outside(f"ALTER DATABASE {name} SET synchronous_commit = {default}")
            async with Database(storage.url) as database:
                await database.write(look)
    finally:
        await storage.outside(f"ALTER DATABASE {name} RESET synchronous_commit")
    assert found == ["on", "on", "remote_apply"]


@ON_POSTGRES
async def test_a_reader_sees_one_state_and_changes_nothing(storage: Storage) -> None:
    async with storage.database.read() as connection:
        before = (await connection.execute(select(table.c.id))).all()
        await storage.database.write(revision(1))
        assert (await connection.execute(select(table.c.id))).all() == before
    with pytest.raises(StorageError):
        async with storage.database.read() as connection:
            await revision(2)(connection)


ADA = Principal("usr_ada", "default", ("employee",))


async def conversation(storage: Storage) -> tuple[str, list[bytes]]:
    """A conversation, its keys and its vault."""
    body = {"messages": [{"role": "user", "content": "One"}]}
    async with storage.transcripts.turn(ADA, ChatRequest("req_1", Credential(), body)) as held:
        await storage.database.write(storage.transcripts.prompt(held, "req_1", Redacted(body, {}, Coverage())))
    (row,) = await storage.outside("SELECT transcript_key, vault_key, vault FROM conversations")
    return held.id, [bytes(each) for each in row]


async def on_disk(storage: Storage, secret: list[bytes]) -> list[bool]:
    """Which values are in the file of their table, as the server has written it."""
    await storage.outside("CHECKPOINT")
    ((content,),) = await storage.outside("SELECT pg_read_binary_file(pg_relation_filepath('conversations'))")
    return [each in bytes(content) for each in secret]


@ON_POSTGRES
async def test_erasing_takes_the_keys_out_of_the_servers_files(storage: Storage) -> None:
    first, secret = await conversation(storage)
    assert all(await on_disk(storage, secret))
    await storage.database.write(storage.transcripts.erase(first))
    assert any(await on_disk(storage, secret))  # What the vacuum is for.
    await storage.database.forget()
    assert not any(await on_disk(storage, secret))
    (listed,) = await storage.transcripts.listing()
    assert listed["erased"] is not None


@ON_POSTGRES
async def test_what_a_reader_still_sees_is_not_forgotten(storage: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "FORGET_SECONDS", 0.2)
    first, _ = await conversation(storage)
    async with storage.database.read() as reader:
        await reader.execute(select(table))
        await storage.database.write(storage.transcripts.erase(first))
        with pytest.raises(StorageError) as caught:
            await storage.database.forget()
        assert caught.value.reason_id == "database_locked"
    await storage.database.forget()
