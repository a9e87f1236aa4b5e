"""The figures are those of the records, whatever is looked at in which order, and of no other tenant."""

from __future__ import annotations

import asyncio
import random
import tempfile
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guard.database import Database
from guard.insight import sums as module
from guard.insight.period import Period
from guard.insight.report import make
from guard.insight.sums import Sums
from tests.unit.insight.made import HOUR, START, closed, put

HOURS = 80


def drawn(draw: random.Random) -> dict[str, Any]:
    """A record."""
    time = START + draw.randrange(HOURS * HOUR)
    tenant = draw.choice(["default", "acme"])
    kind = draw.random()
    if kind < 0.6:
        flagged = draw.choice([[], [], ["toxicity"]])
        return closed(
            time,
            tenant,
            decision=draw.choice(["allow", "allow", "withheld", "deny", "limited", "blocked", "error"]),
            event=draw.choice(["chat.closed", "chat.closed", "chat.refused"]),
            entities=draw.choice([{}, {"PERSON": 2}, {"PERSON": 1, "URL": 3}]),
            roles=draw.choice([["employee"], ["employee", "auditor"], []]),
            object=draw.choice(["generator/a", "generator/b"]),
            choices=[{"flagged": flagged}],
            duration_ms=draw.choice([0, 1, 7, 250, 90_000]),
        )
    if kind < 0.7:
        return {"event": "check.redact", "decision": "allow", "time": time, "tenant": tenant, "entities": {"URL": 1}}
    if kind < 0.8:
        return {"event": "authentication.failed", "decision": "deny", "time": time, "counts": {"invalid": 3, "old": 1}}
    if kind < 0.9:
        return {"event": "chat.opened", "decision": "allow", "time": time, "tenant": tenant}
    raw = draw.choice(
        [
            b"{",
            b'{"event":1}',
            b'{"event":"chat.closed","x":' + b"[" * 50_000,
            b'{"event":"chat.closed","decision":"allow","entities":[]}',
        ]
    )
    return {"event": "chat.closed", "decision": "allow", "time": time, "tenant": None, "raw": raw}


def counted(records: list[dict[str, Any]], period: Period, tenants: frozenset[str | None]) -> Counter[str]:
    """The figures, the slow way."""
    found: Counter[str] = Counter()
    for each in records:
        if not period.since <= each["time"] < period.until or each.get("tenant") not in tenants:
            continue
        if "raw" in each:
            found["unreadable"] += 1
        elif each["event"].startswith("chat.") and each["event"] != "chat.opened":
            flagged = each["decision"] == "allow" and each["choices"][0]["flagged"]
            kind = "flag" if flagged else {"deny": "denied"}.get(each["decision"], each["decision"])
            found[f"chat/{kind}"] += 1
            found[f"model/{each['object'][10:]}/{kind}"] += 1
            for role in each["roles"]:
                found[f"role/{role}/{kind}"] += 1
        elif each["event"] == "authentication.failed":
            found["failed"] += 4
        for name, count in each.get("entities", {}).items():
            found[f"entity/{name}"] += count
    return found


def shown(hours: dict[int, dict[Any, int]]) -> Counter[str]:
    """The same figures of what was added up."""
    found: Counter[str] = Counter()
    for counts in hours.values():
        for key, number in counts.items():
            if key[0] in ("chat", "model", "role", "entity"):
                found["/".join(key)] += number
            elif key[0] in ("failed", "unreadable"):
                found[key[0]] += number
    return found


async def looked(seed: int) -> None:
    draw = random.Random(seed)
    records = [drawn(draw) for _ in range(draw.randint(0, 120))]
    with tempfile.TemporaryDirectory() as folder:
        async with Database(f"sqlite+aiosqlite:///{folder}/guard.db") as database:
            sums, there = Sums(database, draw.choice([5, 60, 10_000])), 0
            for _ in range(12):
                more = draw.choice([0, 0, draw.randint(0, 60)])
                await put(database, records[there : there + more], there)
                there = min(len(records), there + more)
                first = draw.randrange(HOURS)
                period = Period(START + first * HOUR, START + draw.randint(first + 1, HOURS) * HOUR)
                tenants = draw.choice([frozenset({"acme"}), frozenset({"default", None}), frozenset({"none"})])
                found = await sums.over(period, tenants, draw.choice([0, 9, 10_000]))
                whole = [counted(records[start:there], period, tenants) for start in range(there + 1)]
                if found.cut is None:
                    assert shown(found.hours) == whole[0]
                    report = make(period, found)
                    steps: Counter[Any] = Counter()
                    for _start, counts in report.steps:
                        steps.update(counts.of)
                    assert steps == report.total.of
                else:
                    # The newest pieces, each as a whole.
                    assert any(shown(found.hours) == whole[start] for start in (*range(0, there, 7), there))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32))
def test_sums_are_those_of_the_records(seed: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "PIECE", 7)
        asyncio.run(looked(seed))
