"""Each suite runs over memory, SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from guard.store.memory import MemoryTranscripts, memory_commit
from tests.conformance.storing import Store
from tests.conftest import Storage


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What is in memory does not change with the database beside it: once is enough."""

    def is_repeated(item: pytest.Item) -> bool:
        values = list(getattr(getattr(item, "callspec", None), "params", {}).values())
        return "memory" in values and "postgresql" in values

    items[:] = [item for item in items if not is_repeated(item)]


@pytest.fixture(params=["memory", "sql"])
def store(request: pytest.FixtureRequest, storage: Storage) -> Store:
    made: dict[str, Callable[[], Store]] = {
        "memory": lambda: Store(MemoryTranscripts(), memory_commit),
        "sql": lambda: Store(storage.transcripts, storage.database.write),
    }
    return made[request.param]()
