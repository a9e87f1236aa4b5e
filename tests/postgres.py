"""A real PostgreSQL for the tests: databases of their own on a server of the machine, dropped at the end.

Without GUARD_TEST_POSTGRES (the URL of a superuser) it is the one on the loopback, where it lets us in.
"""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy.engine import make_url

SERVERS = ("postgresql+asyncpg://root@127.0.0.1:5432/postgres", "postgresql+asyncpg://postgres@127.0.0.1:5432/postgres")


def run(work: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine from code that is not one, whatever loop the test has."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


async def connected(url: str) -> Any:
    """The driver's connection."""
    import asyncpg

    return await asyncpg.connect(make_url(url).set(drivername="postgresql").render_as_string(hide_password=False))


async def fetch(url: str, sql: str, *values: Any) -> list[Any]:
    """Run one statement on a connection of its own, outside Guard."""
    connection = await connected(url)
    try:
        return list(await connection.fetch(sql, *values))
    finally:
        await connection.close()


async def execute(url: str, script: str) -> None:
    """Run statements on a connection of its own, outside Guard."""
    connection = await connected(url)
    try:
        await connection.execute(script)
    finally:
        await connection.close()


def server() -> str:
    """The URL of a server where databases may be made; skips where none answers."""
    pytest.importorskip("asyncpg", reason="PostgreSQL: the extra `postgres` is not installed")
    if named := os.environ.get("GUARD_TEST_POSTGRES"):
        return named
    for url in SERVERS:
        try:
            run(fetch(url, "SELECT 1"))
        except Exception:  # whatever it is, there is none for us
            continue
        return url
    pytest.skip("PostgreSQL: no server at 127.0.0.1:5432 lets us in; GUARD_TEST_POSTGRES names another one")


@contextmanager
def fresh(template: str = "template1") -> Iterator[str]:
    """The URL of a database of its own."""
    admin, name = server(), f"guard_test_{secrets.token_hex(4)}"
    run(fetch(admin, f'CREATE DATABASE {name} TEMPLATE "{template}"'))
    try:
        yield make_url(admin).set(database=name).render_as_string(hide_password=False)
    finally:
        run(fetch(admin, f"DROP DATABASE {name} WITH (FORCE)"))
