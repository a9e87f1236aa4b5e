"""How fast a draft is replayed on recorded requests: `python -m tests.bench.policy_replay [--records N] [--json]`.

The floor of the same run reads the same rows and decodes them with `json.loads`. All of it is on one core.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import tempfile
import time
from pathlib import Path
from typing import Any

from sqlalchemy import select

from guard.audit.replayed import BATCH, Requests, window
from guard.database import Database
from guard.policy import bundle, shipped
from guard.policy.replay import Replayer
from guard.policy.snapshot import Snapshot
from guard.policy.tally import Replay
from guard.tables import audit_records
from tests.bench.history import History


def draft() -> Snapshot:
    """The shipped policy, changed in every way that a replay looks at."""
    files = dict(shipped.load().files)
    files["thresholds.toml"] = files["thresholds.toml"].replace("standard = 0.5", "standard = 0.45")
    files["rules.csv"] += "\np, service, *, generator/claude, use, deny\n"
    files["redaction/customer-service.toml"] = (
        'redact = ["PERSON", "ORGANIZATION", "NRP", "AGE", "structured", "secrets", "links"]\n'
        'clear = ["LOCATION", "DATE_TIME"]\n'
    )
    return Snapshot(bundle.build(files))


async def replayed(path: Path) -> Replay:
    """Replay the whole log."""
    async with Database(f"sqlite+aiosqlite:///{path}") as database:
        whole = await window(database)
        replayer, source = Replayer(draft()), Requests(database, whole)
        async for batch in source.batches():
            replayer.feed(batch)
        return replayer.result(whole)


async def floor(path: Path) -> int:
    """Read the same rows and decode them."""
    count = 0
    async with Database(f"sqlite+aiosqlite:///{path}") as database:
        whole = await window(database)
        columns = audit_records.c
        query = select(columns.index, columns.record).order_by(columns.index)
        for start in range(0, whole.records, BATCH):
            async with database.read() as connection:
                for _, record in await connection.execute(query.where(columns.index.between(start, start + BATCH - 1))):
                    json.loads(record)
                    count += 1
    return count


def timed(work: Any) -> tuple[Any, float, float]:
    """The result of a coroutine, its seconds by the clock and by the processor."""
    begun, used = time.perf_counter(), time.process_time()
    result = asyncio.run(work)
    return result, time.perf_counter() - begun, time.process_time() - used


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=1_000_000, help="recorded requests, each of one or two records")
    parser.add_argument("--database", type=Path, help="keep the database here, and take it if it is there")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    with tempfile.TemporaryDirectory() as folder:
        path = options.database or Path(folder) / "guard.db"
        if not path.exists():
            History(Snapshot(shipped.load()), options.records).build(path)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        answer, seconds, used = timed(replayed(path))
        memory = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
        records, floor_seconds, floor_used = timed(floor(path))
    rate, floor_rate = answer.requests / seconds, answer.requests / floor_seconds
    beside = f"reading and json.loads of the same {records} rows"
    figures = [
        {"name": "replay.seconds", "value": round(seconds, 2), "unit": "s",
         "beside": {"name": beside, "value": round(floor_seconds, 2)}},
        {"name": "replay.cpu_seconds", "value": round(used, 2), "unit": "s",
         "beside": {"name": beside, "value": round(floor_used, 2)}},
        {"name": "replay.requests_per_second", "value": round(rate), "unit": "1/s",
         "beside": {"name": beside, "value": round(floor_rate)}},
        {"name": "replay.memory_added", "value": round(memory, 1), "unit": "MB",
         "beside": {"name": "requests replayed", "value": answer.requests}},
    ]  # fmt: skip
    if options.json:
        print(json.dumps({"figures": figures, "counts": answer.counts()}, indent=2))
        return
    for each in figures:
        print(
            f"{each['name']:28} {each['value']:>10} {each['unit']:4} ({each['beside']['name']}: {each['beside']['value']})"
        )
    print({name: count for name, count in answer.counts()["changes"].items() if count})
    print({name: count for name, count in answer.counts()["unknown"].items() if count})


if __name__ == "__main__":
    main()
