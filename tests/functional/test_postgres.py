"""A whole installation on PostgreSQL: two servers on one database, every command beside them, kill -9."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import postgres
from tests.functional.conftest import GENERATORS
from tests.functional.server import Server
from tests.functional.test_crash import Received, ask


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    with postgres.fresh() as url:
        yield url


@pytest.fixture(scope="module")
def first(database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    made = Server(tmp_path_factory.mktemp("first"), GENERATORS, GUARD_STORAGE__URL=database)
    assert made.cli("user", "list", check=False).returncode == 2, "nothing is set up yet"
    made.init().start()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def second(first: Server, database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Another host: the same database and the same keys."""
    settings = {"GUARD_STORAGE__URL": database, "GUARD_KEYS__PATH": str(first.keys)}
    other = Server(tmp_path_factory.mktemp("second"), GENERATORS, **settings)
    other.admin = first.admin
    other.start()
    yield other
    other.stop()


def test_a_second_set_up_is_refused(first: Server, database: str, tmp_path: Path) -> None:
    assert "installation here already" in first.cli("init", check=False).stderr
    stranger = Server(tmp_path, GENERATORS, GUARD_STORAGE__URL=database)
    assert "not its key file" in stranger.cli("init", check=False).stderr
    assert not stranger.keys.exists()


def test_a_conversation_goes_on_at_the_other_server(first: Server, second: Server) -> None:
    begun = first.chat("I am Margaret Holloway, call 415 555 0132.")
    assert begun.status_code == 200
    assert "Holloway" in begun.text
    conversation = begun.headers["x-guard-conversation"]
    body = {"model": "echo", "messages": [{"role": "user", "content": "Margaret Holloway again."}]}
    assert second.post(body, **{"x-guard-conversation": conversation}).status_code == 200
    shown = second.json("transcript", "show", conversation)["messages"]
    assert len(shown) == 4
    assert "Holloway" not in json.dumps(shown)
    names = [message["text"].split("<PERSON_")[1][:6] for message in shown]
    assert len(set(names)) == 1, "the second server knows the placeholder of the first"


def test_turns_at_two_servers_are_in_a_row(first: Server, second: Server) -> None:
    conversation = first.chat("Hello.").headers["x-guard-conversation"]

    def turn(server: Server) -> None:
        body = {"model": "slow", "messages": [{"role": "user", "content": "Count."}]}
        assert server.post(body, **{"x-guard-conversation": conversation}).status_code == 200

    threads = [threading.Thread(target=turn, args=(server,)) for server in (first, second, first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    rows = [
        row
        for row in first.json("audit", "search", "--conversation", conversation)
        if row["event"] != "transcript.read"
    ]
    events = [row["event"] for row in sorted(rows, key=lambda row: row["index"])]
    assert events == ["chat.opened", "chat.closed"] * 5


def test_the_commands_work_beside_the_servers(first: Server) -> None:
    conversation = first.chat("One.").headers["x-guard-conversation"]
    assert conversation in [row["conversation_id"] for row in first.json("transcript", "list")]
    assert first.json("audit", "show", "0")[0]["event"] == "policy.activated"
    assert "not_found" in first.cli("audit", "show", "3000000000", check=False).stderr
    checks = {row["check"]: row["status"] for row in json.loads(first.cli("doctor", "--json", check=False).stdout)}
    assert checks["installation"] == "ok"
    assert first.json("transcript", "erase", conversation, GUARD_API_KEY=first.admin["api_key"])["erased"]
    assert first.cli("transcript", "show", conversation, check=False).returncode == 2
    report = first.json("audit", "verify")
    assert report["ok"], report["problems"]
    assert report["records"] == report["head_records"]


def test_kill_under_load_and_tampering(first: Server, second: Server, database: str) -> None:
    key = first.admin["api_key"]
    received = [Received() for _ in range(16)]
    servers = [(first, second)[number % 2] for number in range(16)]
    threads = [
        threading.Thread(target=ask, args=(server, key, number, box), kwargs={"stream": True})
        for number, (server, box) in enumerate(zip(servers, received, strict=True))
    ]
    for thread in threads:
        thread.start()
    while not all(any(box.text for box in received[start::2]) for start in (0, 1)):
        assert any(thread.is_alive() for thread in threads)
    first.kill()
    for thread in threads:
        thread.join(60)
    # The other one answers all of its callers to the end, and goes on.
    assert all(box.text.endswith("Six. ") for box in received[1::2])
    assert second.chat("Still there?").status_code == 200
    assert second.json("audit", "verify")["ok"]
    for box in received[::2]:
        if box.text:
            messages = second.json("transcript", "show", box.conversation)["messages"]
            assert "".join(m["text"] for m in messages if m["role"] == "assistant").startswith(box.text)

    assert postgres.run(postgres.fetch(database, 'DELETE FROM audit_records WHERE "index" = 3')) == []
    verified = second.cli("audit", "verify", "--json", check=False)
    assert verified.returncode == 1
    assert "Record 3 was removed." in json.loads(verified.stdout)["problems"]
