"""Which rules decided something, by the records."""

from __future__ import annotations

import pytest

from guard.audit import usage
from guard.model import Principal
from tests.conftest import Storage

WHO = Principal("user_1", "default", ("employee",))
ONE, TWO, THREE = (f"p, employee, *, generator/{name}, use, allow" for name in ("one", "two", "three"))


async def test_the_last_time_of_each_rule_counts(storage: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    assert await usage.first_record(storage.database) is None
    recorded = [
        (1_000, {"rules": {"generator": ONE, "restore": TWO}}),
        (2_000, {"rules": {"generator": TWO}}),
        (3_000, {"rule": THREE}),
        (4_000, {"rules": {"denied": "default deny"}, "rule": None}),
        (5_000, {}),
    ]
    for time, fields in recorded:
        monkeypatch.setattr("guard.audit.sql.time.time_ns", lambda time=time: time * 1_000_000)
        await storage.database.write(storage.audit.record("policy.tried", WHO, fields))
    assert await usage.rules_used(storage.database, 0) == {ONE: 1_000, TWO: 2_000, THREE: 3_000, "default deny": 4_000}
    assert await usage.rules_used(storage.database, 2_000) == {TWO: 2_000, THREE: 3_000, "default deny": 4_000}
    assert await usage.rules_used(storage.database, 5_001) == {}
    assert await usage.first_record(storage.database) == 1_000
