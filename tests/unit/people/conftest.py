"""The office that the tests of this folder work in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from guard.authenticate.directory import Directory
from guard.authorize.required import Required
from guard.config import KeySettings, ServerSettings, Settings, StorageSettings
from guard.keys.local_file import LocalKeys
from guard.people.api_keys import Keys
from guard.people.directory import People
from guard.wiring import connected
from tests.unit.people.offices import Office
from tests.unit.policy.installation import LOCAL, SHIPPED


@pytest.fixture
async def office(new_url: str, tmp_path: Path) -> AsyncIterator[Office]:
    settings = Settings(
        server=ServerSettings(data_dir=tmp_path / "data"),
        keys=KeySettings(path=tmp_path / "keys"),
        storage=StorageSettings(url=new_url),
    )
    async with connected(settings, LocalKeys.create(tmp_path / "keys")) as parts:
        await parts.database.write(parts.revisions.activated(SHIPPED, LOCAL.id))
        authorize = await parts.authorizer()
        required = Required(authorize, parts.audit.record, parts.database.write)
        directory = Directory(parts.database)
        people = People(required, directory, parts.users, lambda: authorize.snapshot)
        yield Office(parts, people, Keys(required, directory, parts.api_keys, lambda: authorize.snapshot), directory)
