"""The pages of administration about generators, keys and the system."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.unit.web.console import Console, View, Visitor, console


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Console]:
    async with console(tmp_path) as made:
        yield made


@pytest.fixture
async def root(place: Console) -> Visitor:
    return await place.visitor("root", "admin")


async def test_generators_are_shown_without_secrets_and_tested(place: Console, root: Visitor) -> None:
    view = await root.get("/admin/generators")
    assert "127.0.0.1:9" in view.text
    assert "secret" not in view.html
    assert "NOT_SET_ANYWHERE of a generator is not set" in view.text
    for name, told in (
        ("echo", "echo answered"),
        ("slow", "no whole answer in 0.3 seconds"),
        ("broken", "The model could not answer."),
        ("keyless", "NOT_SET_ANYWHERE of a generator is not set"),
        ("nothing", "There is no generator of that name."),
    ):
        view = View(await root.client.post("/admin/generators", data={"name": name}, follow_redirects=True))
        assert told in view.text
    tested = await place.installation.records(event="generator.tested")
    found = [(each["generator"], each["decision"], each.get("reason_id")) for each in tested]
    assert found == [
        ("echo", "allow", None),
        ("slow", "error", "upstream_timeout"),
        ("broken", "error", "generator_failed"),
        ("keyless", "error", "generator_not_ready"),
    ]
    assert "hello" not in json.dumps(tested).lower()


async def test_keys_and_health_say_how_it_stands(place: Console, root: Visitor) -> None:
    keys = await root.get("/admin/keys")
    assert place.installation.parts.keys.key_id in keys.text
    assert "There is no conversation yet" in keys.text
    await root.get("/admin/users")
    health = await root.get("/admin/health")
    assert "All is well." in health.text
    assert "SQLite" in health.text
    assert "revision 1" in health.text
    found = (await root.client.get("/api/health")).json()
    assert found["well"] is True
    assert found["log"]["head"] is True
    assert found["log"]["records"] > 0
    assert found["database"]["schema"] == "0005"
    assert len(found["workers"]) == 1
    assert 0 < found["disk"]["free"] <= found["disk"]["total"]
    assert found["memory"] > 1_000_000


async def test_a_log_without_its_head_is_told(place: Console, root: Visitor) -> None:
    database = place.installation.parts.database
    assert database.path
    await root.get("/admin/users")
    database.path.with_name(database.path.name + ".head").unlink()
    view = await root.get("/admin/health")
    assert "missing: guard audit verify" in view.text
    assert "Something has to be looked after." in view.text
