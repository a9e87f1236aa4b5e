"""Revisions in a real database."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from guard.errors import NotFoundError, PolicyError, TamperedError
from guard.policy import bundle, shipped
from guard.policy.revisions import Revisions
from guard.tables import policy_revisions
from tests.conftest import Storage

SHIPPED = shipped.load()
KEY = bytes(32)


async def test_without_a_revision_nothing_is_in_force(storage: Storage) -> None:
    with pytest.raises(PolicyError, match="guard init"):
        await Revisions(storage.database, KEY).active()


async def test_the_newest_activated_revision_is_in_force(storage: Storage) -> None:
    revisions = Revisions(storage.database, KEY)
    changed = bundle.build({**SHIPPED.files, "roles.toml": SHIPPED.files["roles.toml"] + "# more\n"})
    await storage.database.write(revisions.activated(SHIPPED, "user_1"))
    await storage.database.write(revisions.activated(changed, "user_2", after=await revisions.head()))
    active = await revisions.active()
    assert (active.id, active.author, active.hash) == (2, "user_2", changed.hash)
    assert active.bundle() == changed
    assert [(each.id, each.active) for each in await revisions.history()] == [(2, True), (1, False)]
    assert (await revisions.get(1)).bundle() == SHIPPED
    with pytest.raises(NotFoundError):
        await revisions.get(3)


async def test_a_revision_that_was_changed_in_the_database_is_not_used(storage: Storage) -> None:
    revisions = Revisions(storage.database, KEY)

    async def tamper(connection: object) -> None:
        changed = SHIPPED.canonical.replace(b"deny", b"allw")
        await connection.execute(update(policy_revisions).values(bundle=changed))  # type: ignore[attr-defined]

    await storage.database.write(revisions.activated(SHIPPED, "user_1"))
    await storage.database.write(tamper)
    with pytest.raises(TamperedError):
        (await revisions.active()).bundle()
