"""What several workers bring and cost: `python -m tests.bench.workers [--json] [--seconds N] [--most N]`.

Requests a second of 1, 2, … workers against the scripted generator, all in one run, and megabytes of a worker with the
scripted generator and with the embedded one. Resident memory counts what processes share for each of them; the
proportional set size, beside it, divides it among them.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import threading
import time
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import psutil

from tests.functional.server import ECHO, Server

LOCAL = {"name": "local", "kind": "transformers"}
PROMPT = "My name is Margaret Holloway, write to margaret.holloway@example.org about order 12."
CLIENTS = 12
PER_PERSON = 3
"""Clients that share an API key: one person's requests are limited."""

Keys = list[str]


def started(root: Path, workers: int, generators: list[dict[str, Any]]) -> tuple[Server, Keys]:
    """A running installation and the API keys of its people."""
    cache = str(Path.home() / ".cache" / "guard")
    server = Server(root, generators, GUARD_SERVER__WORKERS=str(workers), GUARD_SERVER__CACHE_DIR=cache).init()
    keys = [server.user(f"person{number}", "service") for number in range(CLIENTS // PER_PERSON)]
    return server.start(), keys


def ask(server: Server, key: str, model: str) -> int:
    """One request on a connection of its own, by the cheapest client there is: it shares the cores. Returns the status."""
    connection = HTTPConnection(server.url.removeprefix("http://"), timeout=300)
    try:
        body = {"model": model, "max_tokens": 8, "messages": [{"role": "user", "content": PROMPT}]}
        headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}
        connection.request("POST", "/v1/chat/completions", json.dumps(body), headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status
    finally:
        connection.close()


def rate(server: Server, keys: Keys, seconds: float) -> tuple[float, int]:
    """Requests a second that were answered, each on a new connection, and how many were refused."""
    answered, refused = [0] * CLIENTS, [0] * CLIENTS
    end = time.monotonic() + seconds

    def go_on(number: int) -> None:
        while time.monotonic() < end:
            if ask(server, keys[number % len(keys)], "echo") == 200:
                answered[number] += 1
            else:
                refused[number] += 1
                time.sleep(0.1)

    threads = [threading.Thread(target=go_on, args=(number,)) for number in range(CLIENTS)]
    begun = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(answered) / (time.monotonic() - begun), sum(refused)


def memory(server: Server) -> tuple[float, float]:
    """Megabytes of one worker: resident, and its proportional share where the system tells it."""
    assert server.process is not None
    parent = psutil.Process(server.process.pid)
    serving = [child for child in parent.children() if "spawn_main" in " ".join(child.cmdline())] or [parent]
    used = [worker.memory_full_info() for worker in serving]
    return (
        statistics.mean(each.rss for each in used) / 1e6,
        statistics.mean(getattr(each, "pss", each.rss) for each in used) / 1e6,
    )


def throughput(root: Path, most: int, seconds: float) -> list[dict[str, Any]]:
    """One server of each size, measured in turns, so that a busy machine slows them all."""
    made = [started(root / str(count), count, [ECHO]) for count in range(1, most + 1)]
    try:
        for server, keys in made:
            rate(server, keys, 1)
        rounds = [[rate(server, keys, seconds) for server, keys in made] for _ in range(2)]
        refused = sum(count for each in rounds for _, count in each)
        best = [max(each[index][0] for each in rounds) for index in range(most)]
        resident, share = memory(made[-1][0])
    finally:
        for server, _ in made:
            server.stop()
    return [
        *(
            figure(f"workers.requests_per_second_{count}", best[count - 1], "1/s", "of one worker", best[0])
            for count in range(1, most + 1)
        ),
        *(
            figure(f"workers.ratio_{count}", best[count - 1] / best[0], "", "cores", os.cpu_count() or 1)
            for count in range(2, most + 1)
        ),
        figure("workers.refused", refused, "requests", "load average", os.getloadavg()[0]),
        figure("workers.memory_scripted", resident, "MB", "proportional", share),
    ]


def embedded(root: Path) -> dict[str, Any]:
    """Memory of two workers with the embedded generator, each after some answers."""
    server, keys = started(root / "embedded", 2, [LOCAL])
    assert ask(server, keys[0], "local") == 200
    # Where nothing was stored yet, one of them has converted the model, and holds what it needed for that.
    server.stop()
    server.start()
    try:
        for _ in range(12):
            assert ask(server, keys[0], "local") == 200
        resident, share = memory(server)
    finally:
        server.stop()
    return figure("workers.memory_embedded", resident, "MB", "proportional", share)


def figure(name: str, value: float, unit: str, other: str, beside: float) -> dict[str, Any]:
    return {"name": name, "value": round(value, 2), "unit": unit, "beside": {"name": other, "value": round(beside, 2)}}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--most", type=int, default=3)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures = [*throughput(Path(folder), asked.most, asked.seconds), embedded(Path(folder))]
    if asked.json:
        print(json.dumps({"figures": figures}, indent=2))
        return
    for each in figures:
        beside = each["beside"]
        print(f"{each['name']:34} {each['value']:>9} {each['unit']:8} ({beside['name']}: {beside['value']})")


if __name__ == "__main__":
    main()
