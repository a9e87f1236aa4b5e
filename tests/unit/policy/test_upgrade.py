"""An installation of an earlier version: its policy is sealed when the schema is brought up to date, and only then."""

from __future__ import annotations

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, update
from sqlalchemy.ext.asyncio import AsyncConnection

from guard.database import Database
from guard.errors import TamperedError
from guard.policy import shipped
from guard.policy.revisions import Revisions, sealing
from guard.tables import policy_revisions

SHIPPED = shipped.load()
KEY = bytes(range(32))


def back_to_0002(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", "guard:migrations")
    config.attributes["connection"] = connection
    command.downgrade(config, "0002")


async def test_the_policy_of_an_earlier_version_goes_on(new_url: str) -> None:
    async with Database(new_url) as database:
        await database.write(Revisions(database, bytes(32)).activated(SHIPPED, "local:ops"))
        await database.write(lambda connection: connection.run_sync(back_to_0002))
    async with Database(new_url, sealing(KEY)) as database:
        revision = await Revisions(database, KEY).active()
        assert (revision.id, revision.author, revision.bundle()) == (1, "local:ops", SHIPPED)


async def test_what_has_no_seal_later_gets_none(new_url: str) -> None:
    async with Database(new_url, sealing(KEY)) as database:
        await database.write(Revisions(database, KEY).activated(SHIPPED, "local:ops"))

        async def strip(connection: AsyncConnection) -> None:
            await connection.execute(update(policy_revisions).values(seal=None))

        await database.write(strip)
    async with Database(new_url, sealing(KEY)) as database:
        with pytest.raises(TamperedError):
            await Revisions(database, KEY).active()
