"""Each suite runs over memory, SQLite and PostgreSQL."""

from __future__ import annotations

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What is in memory does not change with the database beside it: once is enough."""

    def is_repeated(item: pytest.Item) -> bool:
        values = list(getattr(getattr(item, "callspec", None), "params", {}).values())
        return "memory" in values and "postgresql" in values

    items[:] = [item for item in items if not is_repeated(item)]
