"""The state of an installation on both databases: health, the key hierarchy, and who may see them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from guard.authorize.required import Required
from guard.config import GeneratorSettings, KeySettings, ServerSettings, Settings, StorageSettings
from guard.errors import ConflictError, PermissionDeniedError
from guard.generate.configured import ConfiguredGenerators
from guard.generate.scripted import create
from guard.installation.generators import Described, GeneratorDesk
from guard.installation.health import Disk, HealthDesk
from guard.installation.keys import KeyDesk
from guard.keys.local_file import LocalKeys
from guard.model import Principal
from guard.policy.distribution import Worker, Workers
from guard.tables import conversations
from guard.wiring import connected
from guard.wiring.administering import described_of
from tests.unit.policy.installation import LOCAL, SHIPPED, Installation

ROOT = Principal("user_root", "default", ("admin",))
TESS = Principal("user_tess", "acme", ("admin",))


class House(Installation):
    """An installation, and its rights."""

    required: Required
    parts_ready: Mapping[str, bool] = {"database": True}

    async def ready(self) -> Mapping[str, bool]:
        return self.parts_ready

    def health(self, folder: Path) -> HealthDesk:
        parts = self.parts
        return HealthDesk(self.required, self.ready, parts.database, Workers(parts.database), parts.revisions, folder)


@pytest.fixture
async def house(new_url: str, tmp_path: Path) -> AsyncIterator[House]:
    settings = Settings(
        server=ServerSettings(data_dir=tmp_path / "data"),
        keys=KeySettings(path=tmp_path / "keys"),
        storage=StorageSettings(url=new_url),
    )
    async with connected(settings, LocalKeys.create(tmp_path / "keys")) as parts:
        await parts.database.write(parts.revisions.activated(SHIPPED, LOCAL.id))
        made = House(parts)
        made.required = Required(await parts.authorizer(), parts.audit.record, parts.database.write)
        yield made


async def test_health_says_what_has_to_be_looked_after(house: House, tmp_path: Path) -> None:
    desk = house.health(tmp_path)
    found = await desk.look(ROOT)
    assert found.installed
    assert (found.is_well, found.installed.log.records) == (True, 0)
    await house.required.done("user.listed", ROOT, {})
    found = await desk.look(ROOT)
    assert found.installed
    assert (found.installed.log.records, found.installed.log.has_head) == (1, True)
    assert found.installed.log.last is not None
    assert found.installed.database.kind in ("SQLite", "PostgreSQL")
    assert found.installed.database.size > 10_000
    assert found.is_well
    at = time.time_ns() // 1_000_000
    await house.parts.database.write(Workers(house.parts.database).seen(Worker("wrk_1", 1, 0, "sha256:x", at, at)))
    found = await desk.look(ROOT)
    assert found.installed
    assert [each.id for each in found.installed.behind] == ["wrk_1"]
    assert (found.is_well, found.as_json()["workers"][0]["current"]) == (False, False)
    house.parts_ready = {"database": True, "detectors": False}
    assert not (await desk.look(TESS)).is_well


async def test_another_tenant_and_whoever_has_no_right_see_nothing_of_the_installation(
    house: House, tmp_path: Path
) -> None:
    assert (await house.health(tmp_path).look(TESS)).installed is None
    emma = Principal("user_emma", "default", ("employee",))
    keys = KeyDesk(house.required, house.parts.database, "local", "local-1")
    for look in (house.health(tmp_path).look, keys.status):
        with pytest.raises(PermissionDeniedError):
            await look(emma)
    with pytest.raises(PermissionDeniedError):
        await keys.status(TESS)


def test_a_disk_is_low_by_bytes_or_by_share() -> None:
    gib = 1024**3
    assert Disk(gib // 2, 2 * gib).is_low
    assert Disk(4 * gib, 100 * gib).is_low
    assert not Disk(20 * gib, 100 * gib).is_low


async def test_data_keys_are_counted_by_the_key_that_wraps_them(house: House) -> None:
    async def write(connection: Any) -> None:
        for number, (key_id, key, erased) in enumerate(
            (("local-1", b"k", None), ("local-1", b"k", None), ("local-0", b"k", None), ("local-0", None, 5))
        ):
            row = {"id": f"conv_{number}", "tenant": "default", "principal_id": "user_x", "created": 1, "last_used": 1}
            keys = {"key_id": key_id, "transcript_key": key, "vault_key": key, "erased": erased}
            await connection.execute(insert(conversations).values(**row, **keys))

    await house.parts.database.write(write)
    status = await KeyDesk(house.required, house.parts.database, "local", "local-1").status(ROOT)
    assert (dict(status.data_keys), status.to_rewrap, status.erased) == ({"local-1": 4, "local-0": 2}, 2, 1)


async def test_one_test_of_a_generator_at_a_time(house: House) -> None:
    slow = create({"replies": ["one two"], "delay_s": 0.2}, cache_dir=Path())
    generators = ConfiguredGenerators({"slow": (slow, None)})
    desk = GeneratorDesk(house.required, generators, [Described("slow", "scripted")])
    assert [(each.state, each.problem) for each in await desk.list(ROOT)] == [("loading", "")]
    tried = await asyncio.gather(desk.test(ROOT, "slow"), desk.test(ROOT, "slow"), return_exceptions=True)
    assert sum(isinstance(each, ConflictError) for each in tried) == 1
    assert [each.state for each in await desk.list(ROOT)] == ["ready"]
    again = await desk.test(ROOT, "slow")
    assert (again.ok, again.words) == (True, 2)
    await generators.aclose()


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://user:secret@api.example.org/v1?key=secret", "api.example.org"),
        ("http://[::1]:9100/v1", "[::1]:9100"),
        ("http://secret:99999x/v1", ""),
    ],
)
def test_of_an_address_the_host_alone_is_shown(url: str, host: str) -> None:
    described = described_of(GeneratorSettings(name="m", kind="openai", base_url=url, api_key_env="SECRET"))  # type: ignore[call-arg]
    assert described.host == host
    assert "secret" not in repr(described).lower()
