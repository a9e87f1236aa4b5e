"""How soon every process enforces another policy: `python -m tests.bench.policy_reach [--activations N] [--json]`.

Three processes serve on SQLite and, where one answers, on PostgreSQL. Two policies take turns; each turn is measured
from the moment the activating request was sent, and from its answer, until all three say that they enforce the new one.
Who asks how far they are asks on a connection of its own each time, so that any process may answer: the last answer
under the old policy is a figure too. Then 30 decisions on new connections must all be those of the new policy.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from guard.policy.distribution import POLL
from tests import postgres
from tests.functional.server import ECHO, Server

PROCESSES = 3
ASKED_AFTER = 30
PAUSE = 0.005
"""Seconds between two questions how far they are."""

PATIENCE = 30
DENY = "p, employee, *, generator/echo, use, deny\n"
QUESTION = {"roles": ["employee"], "object": "generator/echo", "act": "use"}


@dataclass(frozen=True)
class Reach:
    """One activation, in milliseconds.

    Args:
        request: the activating request itself.
        sent, answered: until all processes had said so, since then.
        last_old: from the activating request's answer to the last answer under the old policy; 0 when there was none.
    """

    request: float
    sent: float
    answered: float
    last_old: float


class Asker:
    """An admin, on a new connection for each request."""

    def __init__(self, server: Server) -> None:
        self._address = server.url.removeprefix("http://")
        self._headers = {"authorization": f"Bearer {server.admin['api_key']}", "content-type": "application/json"}

    def ask(self, method: str, path: str = "", **body: Any) -> tuple[Any, str]:
        """The answer, and the hash of the policy that the answering process enforces."""
        connection = HTTPConnection(self._address, timeout=60)
        try:
            connection.request(
                method, f"/api/policies{path}", json.dumps(body) if method == "POST" else None, self._headers
            )
            answer = connection.getresponse()
            text = answer.read().decode()
            assert answer.status in {200, 201}, text
            return json.loads(text), answer.headers["x-guard-policy"]
        finally:
            connection.close()


def first_change(asker: Asker) -> None:
    """Put a second policy in force, so that there are two to take turns."""
    rules = asker.ask("GET", "/revisions/1")[0]["files"]["rules.csv"] + DENY
    change = asker.ask("POST", "/changes", title="a deny", files={"rules.csv": rules})[0]
    path = f"/changes/{change['change']}"
    submitted = asker.ask("POST", f"{path}/submit")[0]
    asker.ask("POST", f"{path}/approve", policy=submitted["policy"])
    asker.ask("POST", f"{path}/activate")


def settled(asker: Asker, policy: str | None = None) -> tuple[float, float]:
    """When all processes enforced it, and when a process last answered under another one, on the monotonic clock."""
    deadline, last_old = time.monotonic() + PATIENCE, 0.0
    while time.monotonic() < deadline:
        overview, enforced = asker.ask("GET")
        now = time.monotonic()
        wanted = policy or overview["policy"]
        last_old = now if enforced != wanted else last_old
        workers = overview["workers"]
        if len(workers) == PROCESSES and all(each["current"] and each["policy"] == wanted for each in workers):
            return now, last_old
        time.sleep(PAUSE)
    raise SystemExit(f"not every process enforces the policy in force after {PATIENCE} seconds")


def activated(asker: Asker, denied: bool) -> Reach:
    """One activation. `denied`: the answer that its policy gives to `QUESTION`."""
    sent = time.monotonic()
    made, _ = asker.ask("POST", "/rollback")
    answered = time.monotonic()
    reached, last_old = settled(asker, made["policy"])
    for _ in range(ASKED_AFTER):
        found, enforced = asker.ask("POST", "/explain", **QUESTION)
        assert enforced == made["policy"], "a process answered under the old policy after it had said otherwise"
        assert found["allowed"] is not denied, "a decision was not that of the policy named beside it"
    spans = (answered - sent, reached - sent, reached - answered, max(0.0, last_old - answered))
    return Reach(*(each * 1000 for each in spans))


def measured(server: Server, activations: int) -> tuple[list[Reach], float]:
    """Every activation, and the milliseconds that one GET /api/policies takes."""
    asker = Asker(server.init().start())
    try:
        settled(asker)
        first_change(asker)
        settled(asker)
        floor = []
        for _ in range(50):
            begun = time.monotonic()
            asker.ask("GET")
            floor.append((time.monotonic() - begun) * 1000)
        # The first rollback takes the deny away, the second brings it back.
        return [activated(asker, denied=number % 2 == 1) for number in range(activations)], statistics.median(floor)
    finally:
        server.stop()


@contextmanager
def engines(root: Path) -> Iterator[dict[str, Server]]:
    """An installation on each database that there is."""
    workers = {"GUARD_SERVER__WORKERS": str(PROCESSES)}
    found = {"sqlite": Server(root / "sqlite", [ECHO], **workers)}
    try:
        postgres.server()
    except pytest.skip.Exception as reason:
        print(f"left out: {reason}")
        yield found
        return
    with postgres.fresh() as url:
        yield found | {"postgresql": Server(root / "postgresql", [ECHO], GUARD_STORAGE__URL=url, **workers)}


def figures(engine: str, found: list[Reach], floor: float) -> list[dict[str, Any]]:
    """The median and the worst of each span."""
    poll, get = ("poll interval", POLL * 1000), ("one GET /api/policies", round(floor, 1))
    rows = []
    for name, beside in (("answered", poll), ("sent", poll), ("request", get), ("last_old", poll)):
        values = sorted(getattr(each, name) for each in found)
        for part, value in (("p50", statistics.median(values)), ("max", values[-1])):
            rows.append({"name": f"policy.reach_{name}_{part}: {engine}", "value": round(value), "unit": "ms",
                         "beside": {"name": beside[0], "value": beside[1]}})  # fmt: skip
    return rows


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--activations", type=int, default=20)
    asked = parser.parse_args()
    found = []
    with tempfile.TemporaryDirectory() as folder, engines(Path(folder)) as servers:
        for engine, server in servers.items():
            found += figures(engine, *measured(server, asked.activations))
    if asked.json:
        print(json.dumps({"figures": found}, indent=2))
        return
    for each in found:
        beside = each["beside"]
        print(f"{each['name']:40} {each['value']:6} ms   ({beside['name']}: {beside['value']})")
    print(f"{asked.activations} activations each, {PROCESSES} processes, load average {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
