"""How fast the dashboard adds up the log: `python -m tests.bench.dashboard [--records N] [--json]`.

Cold: nothing is in memory. Warm: everything is. The floor beside them reads the same rows with the sqlite3 module and
decodes each as JSON, and does nothing else. Then how long a chart takes to draw and how large it is, and what a page with
all its charts weighs.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import json
import re
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from guard.audit.sql import SqlAudit
from guard.database import Database
from guard.insight.charts import drawn
from guard.insight.counted import EVENTS
from guard.insight.period import HOUR, Period
from guard.insight.report import Report, make
from guard.insight.sums import Sums
from guard.keys.local_file import LocalKeys
from guard.policy import shipped
from guard.policy.snapshot import Snapshot
from guard.store.sql import SqlTranscripts
from guard.web import figures
from tests.bench.history import START, STEP_MS, History
from tests.conftest import Storage
from tests.unit.reviewing import Installation, session

ROUNDS = 5
TENANTS = frozenset({"default", None})


def figure(name: str, times: Sequence[float], of: str, floor: float | None = None) -> dict[str, Any]:
    """A figure in milliseconds, beside the floor or the slowest round."""
    beside = (
        {"name": "floor", "value": round(floor, 1)} if floor else {"name": "slowest", "value": round(max(times), 1)}
    )
    return {"name": f"dashboard.{name}", "value": round(statistics.median(times), 1), "unit": "ms", "of": of,
            "beside": beside}  # fmt: skip


def timed(work: Callable[[], Any], rounds: int = ROUNDS) -> list[float]:
    """How long a piece of work took, each time, in milliseconds."""
    times = []
    for _ in range(rounds):
        begun = time.perf_counter()
        work()
        times.append((time.perf_counter() - begun) * 1000)
    return times


def floor(path: Path) -> float:
    """The same rows, read and decoded, and nothing else."""
    marks = ", ".join("?" * len(EVENTS))

    def read() -> None:
        with closing(sqlite3.connect(path)) as connection:
            rows = connection.execute(f"SELECT time, record FROM audit_records WHERE event IN ({marks})", EVENTS)
            for _, record in rows:
                json.loads(record)

    return statistics.median(timed(read, 3))


async def added_up(path: Path, period: Period) -> tuple[list[dict[str, Any]], Report]:
    """Cold and warm."""
    cold, warm = [], []
    async with Database(f"sqlite+aiosqlite:///{path}") as database:
        for _ in range(ROUNDS):
            sums = Sums(database)
            for times in (cold, warm):
                begun = time.perf_counter()
                report = make(period, await sums.over(period, TENANTS))
                times.append((time.perf_counter() - begun) * 1000)
    of = f"{report.records} records, {len(report.steps)} steps, {sums.kept} counts kept"
    return [figure("cold", cold, of, floor(path)), figure("warm", warm, of)], report


async def page(path: Path, period: Period) -> list[dict[str, Any]]:
    """The page as a browser gets it, with its pictures in one theme: cold, then warm."""
    folder = path.parent / "keys"
    keys = LocalKeys.load(folder) if folder.exists() else LocalKeys.create(folder)
    url, address = f"sqlite+aiosqlite:///{path}", f"/dashboard?since={period.since}&until={period.until}"
    async with Database(url) as database:
        audit, transcripts = SqlAudit(database, keys.signing_key), SqlTranscripts(database, keys, keys.derive)
        installation = Installation(storage=Storage(url, database, keys, audit, transcripts))
        async with installation.client(headers=session("audrey")) as client:
            times, weight = [], 0
            for _ in range(ROUNDS + 1):
                begun = time.perf_counter()
                shown = await client.get(address)
                times.append((time.perf_counter() - begun) * 1000)
            weight = len(shown.content)
            begun = time.perf_counter()
            for picture in re.findall(r'<img src="(/dashboard/[^"]+)"', shown.text):
                weight += len((await client.get(picture.replace("&amp;", "&"))).content)
            drawing = (time.perf_counter() - begun) * 1000
    return [
        figure("page_cold", times[:1], f"{len(shown.content)} bytes"),
        figure("page_warm", times[1:], f"{len(shown.content)} bytes"),
        figure("page_pictures", [drawing], "all of a page, one after the other"),
        {"name": "dashboard.page_weight", "value": round(weight / 1000, 1), "unit": "kB", "of": "page and pictures",
         "beside": {"name": "bound", "value": 150}},
    ]  # fmt: skip


def pictures(report: Report) -> list[dict[str, Any]]:
    """How long each chart takes, and its size; the first one loads matplotlib."""
    found = []
    charts = figures.charts(report)
    begun = time.perf_counter()
    drawn(charts["volume"])
    found.append(figure("first_chart", [(time.perf_counter() - begun) * 1000], "matplotlib loaded"))
    sizes = {}
    for name, chart in charts.items():
        svg = drawn(chart)
        sizes[name] = len(svg), len(gzip.compress(svg))
        found.append(figure(f"chart.{name}", timed(lambda chart=chart: drawn(chart)), f"{sizes[name][0]} bytes"))  # type: ignore[misc]
    whole = sum(size for size, _ in sizes.values())
    found.append({"name": "dashboard.charts_weight", "value": round(whole / 1000, 1), "unit": "kB", "of": "all charts",
                  "beside": {"name": "gzip", "value": round(sum(small for _, small in sizes.values()) / 1000, 1)}})  # fmt: skip
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--database", type=Path, help="keep the database here, and take it if it is there")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    requests = options.records * 10 // 18  # A request has 1.8 records, as these histories go.
    with tempfile.TemporaryDirectory() as folder:
        path = options.database or Path(folder) / "guard.db"
        if not path.exists():
            History(Snapshot(shipped.load()), requests).build(path)
        period = Period(START // HOUR * HOUR, (START + requests * STEP_MS) // HOUR * HOUR + HOUR)
        found, report = asyncio.run(added_up(path, period))
        found += pictures(report) + asyncio.run(page(path, period))
    if options.json:
        print(json.dumps({"figures": found}, indent=2))
        return
    for each in found:
        beside = f"{each['beside']['name']} {each['beside']['value']}"
        print(f"{each['name']:30} {each['value']:>8} {each['unit']}  ({beside}; {each['of']})")


if __name__ == "__main__":
    main()
