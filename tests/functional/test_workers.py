"""Several processes on one address: all of them serve, one that dies is missed by nobody, none is left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from tests.functional.conftest import GENERATORS
from tests.functional.server import Server

WORKERS = 3


def workers(parent: psutil.Process) -> list[psutil.Process]:
    """The processes that serve; the parent has one more child, which is multiprocessing's own."""
    found = []
    for child in parent.children():
        with suppress(psutil.NoSuchProcess):  # One that was killed is there until its parent has seen it.
            if "spawn_main" in " ".join(child.cmdline()):
                found.append(child)
    return found


def parent_of(server: Server) -> psutil.Process:
    assert server.process is not None
    return psutil.Process(server.process.pid)


def until(holds: Callable[[], bool], seconds: float = 60) -> bool:
    """Wait until something holds; whether it came to."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if holds():
            return True
        time.sleep(0.05)
    return holds()


def body(model: str = "echo", **members: Any) -> dict[str, Any]:
    return {"model": model, "messages": [{"role": "user", "content": "Hello."}], **members}


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """An installation with three running workers, for tests that leave it with three."""
    running = Server(tmp_path_factory.mktemp("many"), GENERATORS, GUARD_SERVER__WORKERS=str(WORKERS)).init()
    running.start()
    yield running
    running.stop()


@pytest.fixture
def pair(install: Server) -> Server:
    """An installation with two running workers, for tests that end it."""
    install.env["GUARD_SERVER__WORKERS"] = "2"
    return install.init().start()


@dataclass
class Asking:
    """Clients that go on asking, each on a connection of its own each time."""

    server: Server
    clients: int = 3
    answered: list[float] = field(default_factory=list)
    failed: list[float] = field(default_factory=list)
    other: list[str] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Asking:
        self._threads = [threading.Thread(target=self._ask) for _ in range(self.clients)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(60)

    def _ask(self) -> None:
        while not self._stop.is_set():
            begun = time.monotonic()
            try:
                answer = self.server.chat("Hello.")
            except httpx.TransportError:
                self.failed.append(begun)
                continue
            if answer.status_code == 200:
                self.answered.append(begun)
            else:
                self.other.append(f"{answer.status_code} {answer.text[:200]}")
            time.sleep(0.05)


def answering(server: Server) -> set[int]:
    """The processes that hold one of forty connections, each of which has had an answer."""
    port = int(server.url.rsplit(":", 1)[1])
    headers = {"authorization": f"Bearer {server.admin['api_key']}"}
    with ExitStack() as held:
        for _ in range(40):
            client = held.enter_context(httpx.Client(trust_env=False, timeout=60))
            assert client.get(f"{server.url}/v1/models", headers=headers).status_code == 200
        return {
            worker.pid
            for worker in workers(parent_of(server))
            for each in worker.net_connections("tcp")
            if each.laddr.port == port and each.status == "ESTABLISHED"
        }


def test_all_of_them_serve_and_they_say_so_once(many: Server) -> None:
    serving = {worker.pid for worker in workers(parent_of(many))}
    assert len(serving) == WORKERS
    assert len(answering(many)) > 1
    assert "".join(many.output).count("Guard is ready on") == 1
    assert many.json("audit", "verify")["ok"]


def test_a_worker_that_is_killed_is_replaced_and_nobody_else_notices(many: Server) -> None:
    parent = parent_of(many)
    before = {worker.pid for worker in workers(parent)}
    with Asking(many) as asking:
        assert until(lambda: len(asking.answered) > 10)
        killed = min(before)
        os.kill(killed, signal.SIGKILL)
        at = time.monotonic()
        assert until(lambda: len({worker.pid for worker in workers(parent)} - before) == 1)
        (new,) = {worker.pid for worker in workers(parent)} - before
        assert until(lambda: new in answering(many))
        assert sum(begun > at for begun in asking.answered) > 10
    assert asking.other == []
    assert [begun for begun in asking.failed if begun > at + 0.1] == [], "a request of after the kill failed"
    assert len(asking.failed) <= asking.clients
    assert {worker.pid for worker in workers(parent)} == (before - {killed}) | {new}
    assert many.json("audit", "verify")["ok"]
    assert "".join(many.output).count("Guard is ready on") == 1


def test_a_replacement_that_cannot_start_is_tried_again_while_others_serve(many: Server) -> None:
    parent = parent_of(many)
    before = {worker.pid for worker in workers(parent)}
    key, aside = many.keys / "guard.key", many.root / "aside.key"
    key.rename(aside)
    os.kill(min(before), signal.SIGKILL)
    assert until(lambda: "A worker could not start and is tried again." in "".join(many.output))
    assert many.chat("Hello.").status_code == 200
    aside.rename(key)
    assert until(lambda: bool(answering(many) - before))
    assert parent.is_running()


def test_when_none_serves_and_none_can_start_it_ends(pair: Server) -> None:
    parent = parent_of(pair)
    (pair.keys / "guard.key").unlink()
    process = pair.process
    assert process is not None
    for worker in workers(parent):
        worker.kill()
    assert process.wait(60) == 2
    pair.stop()
    assert pair.output[-1].startswith("guard: There is no key file")


@pytest.mark.slow
def test_a_worker_that_hangs_is_replaced(pair: Server) -> None:
    """It takes half a minute to be sure of it."""
    before = {worker.pid for worker in workers(parent_of(pair))}
    os.kill(min(before), signal.SIGSTOP)
    assert until(lambda: min(before) not in {worker.pid for worker in workers(parent_of(pair))}, 60)
    assert until(lambda: bool(answering(pair) - before))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def test_a_stop_ends_all_and_lets_them_finish(pair: Server, number: signal.Signals) -> None:
    family = [parent_of(pair), *parent_of(pair).children(recursive=True)]
    answers: list[str] = []

    def ask() -> None:
        answers.append(pair.post(body("slow", stream=True)).text)

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    assert until(lambda: len(pair.json("audit", "search", "--event", "chat.opened")) == len(threads))
    process = pair.process
    assert process is not None
    pair.stop(number)
    for thread in threads:
        thread.join(30)
    assert process.returncode == 0
    assert len(answers) == len(threads)
    assert all(answer.rstrip().endswith("[DONE]") and "Six." in answer for answer in answers)
    _, left = psutil.wait_procs(family, timeout=5)
    assert left == []


def test_ctrl_c_in_a_terminal_reaches_all_of_them_and_ends_in_order(tmp_path: Path) -> None:
    """A terminal sends SIGINT to the whole group, also while the workers load."""
    server = Server(tmp_path, GENERATORS).init()
    process = subprocess.Popen(
        [sys.executable, "-m", "guard.cli", "serve", "--workers", "2"],
        env=server.env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert until(lambda: len(workers(psutil.Process(process.pid))) == 2)
    os.killpg(process.pid, signal.SIGINT)
    output, errors = process.communicate(timeout=60)
    assert (process.returncode, output, errors) == (0, "", "")


def test_a_parent_that_is_killed_leaves_no_worker(pair: Server) -> None:
    family = parent_of(pair).children(recursive=True)
    assert len(family) >= 2
    pair.kill()
    _, left = psutil.wait_procs(family, timeout=10)
    assert left == []


def refused(server: Server, *args: str, **env: str) -> str:
    """`guard serve` of several workers ends with exit code 2 and one line, which is returned."""
    done = server.cli("serve", "--workers", "2", *args, check=False, **env)
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    return line


def test_a_broken_set_up_is_one_line_whether_one_serves_or_several(install: Server) -> None:
    def both(**env: str) -> str:
        one = install.cli("serve", check=False, **env)
        line = refused(install, **env)
        assert one.returncode == 2
        assert one.stderr.splitlines() == [line]
        return line

    assert "guard init" in both()
    install.init()
    assert "server.trusted_proxies" in both(GUARD_SERVER__TRUSTED_PROXIES='["proxy.example"]')
    assert "workers" in both(GUARD_SERVER__WORKERS="0")
    assert "scenario" in both(
        GUARD_GENERATORS=json.dumps([{"name": "a", "kind": "scripted", "echo": True, "scenario": "x"}])
    )
    next(path for path in install.keys.iterdir() if path.suffix != ".pub").write_bytes(b"not a key")
    assert "damaged" in both()


def test_a_port_that_is_taken(server: Server, install: Server) -> None:
    install.init()
    port = server.url.rsplit(":", 1)[1]
    assert f"Port {port}" in refused(install, GUARD_SERVER__PORT=port)


def test_workers_that_start_together_for_the_first_time(tmp_path: Path) -> None:
    """Nothing is loaded or migrated yet: they must not be in each other's way."""
    server = Server(tmp_path, GENERATORS, GUARD_SERVER__WORKERS="4").init()
    for name in ("guard.db-wal", "guard.db-shm"):
        (server.data / name).unlink(missing_ok=True)
    server.start()
    with Asking(server, clients=6) as asking:
        assert until(lambda: len(asking.answered) >= 30)
    server.stop()
    assert asking.failed == []
    assert asking.other == []
    report = server.json("audit", "verify")
    assert report["ok"], report["problems"]
    events = {row["event"] for row in server.json("audit", "search", "--limit", "1000")}
    assert "audit.head_missing" not in events
