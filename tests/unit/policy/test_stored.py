"""Odd numbers, ids and rows: what is stored is found or refused, and lists leave the policies out."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import insert, update
from sqlalchemy.ext.asyncio import AsyncConnection

from guard.errors import (
    NotFoundError,
    PolicyError,
    TamperedError,
)
from guard.model import Principal
from guard.policy import bundle
from guard.policy.changes import Change
from guard.tables import policy_revisions
from tests.unit.policy.installation import DENY, SHIPPED, Installation, installed, rules


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Installation]:
    async with installed(tmp_path) as made:
        yield made


async def approved(house: Installation, author: Principal, approver: Principal) -> Change:
    change = await house.admin.draft(author, {"rules.csv": rules(DENY)}, "x")
    await house.admin.submit(author, change.id)
    return await house.admin.approve(approver, change.id)


async def marked(house: Installation, **active: bool) -> None:
    """Mark revisions as in force, or not, past Guard: `_1=True`."""

    async def by_hand(connection: AsyncConnection) -> None:
        for number, value in active.items():
            await connection.execute(
                update(policy_revisions).where(policy_revisions.c.id == int(number[1:])).values(active=value)
            )

    await house.parts.database.write(by_hand)


async def test_an_older_revision_that_was_marked_as_in_force_is_not(house: Installation) -> None:
    ann, bob = await house.add("ann", "admin"), await house.add("bob", "admin")
    change = await approved(house, ann, bob)
    await house.admin.activate(ann, change.id)
    await marked(house, _1=True, _2=False)
    for step in (house.admin.readable(ann), house.admin.rollback(bob), house.admin.draft(ann, {}, "x")):
        with pytest.raises(TamperedError, match="outside Guard"):
            await step
    await marked(house, _1=False, _2=True)
    assert (await house.admin.rollback(bob)).id == 3


async def test_a_revision_that_guard_has_not_stored_is_never_in_force(house: Installation) -> None:
    """Its hash is right and it is the newest: everything is there but the seal, for which one needs the key."""
    ann = await house.add("ann", "admin")
    lax = bundle.build({**SHIPPED.files, "rules.csv": rules("p, employee, *, policy, edit, allow\n")})

    async def forge(connection: AsyncConnection) -> None:
        await connection.execute(update(policy_revisions).values(active=False))
        row = {"id": 2, "hash": lax.hash, "bundle": lax.canonical, "author": "eve", "created": 0, "active": True}
        await connection.execute(insert(policy_revisions).values(**row))

    await house.parts.database.write(forge)
    with pytest.raises(TamperedError, match="has not stored policy revision 2"):
        await house.admin.readable(ann)
    with pytest.raises(TamperedError):
        await house.parts.authorizer()


@pytest.mark.parametrize("column", ["author", "created", "hash", "change_id", "restores"])
async def test_what_a_seal_is_about_cannot_be_changed(house: Installation, column: str) -> None:
    changed = {"author": "eve", "created": 1, "hash": "sha256:" + "0" * 64, "change_id": "chg_1", "restores": 7}

    async def tamper(connection: AsyncConnection) -> None:
        await connection.execute(update(policy_revisions).values(**{column: changed[column]}))

    await house.parts.database.write(tamper)
    with pytest.raises(TamperedError):
        await house.parts.revisions.get(1)


async def test_more_than_one_policy_in_force_is_none(house: Installation) -> None:
    ann, bob = await house.add("ann", "admin"), await house.add("bob", "admin")
    await house.activated(ann, bob)

    async def both(connection: AsyncConnection) -> None:
        await connection.execute(update(policy_revisions).values(active=True))

    await house.parts.database.write(both)
    with pytest.raises(PolicyError, match="More than one"):
        await house.admin.readable(ann)


async def test_lists_leave_the_policies_out(house: Installation) -> None:
    ann = await house.add("ann", "admin")
    await house.admin.draft(ann, {"rules.csv": rules(DENY)}, "x")
    assert [each.stored for each in await house.admin.changes.list()] == [None]
    assert [each.stored for each in await house.admin.revisions.history()] == [None]


@pytest.mark.parametrize("revision", [-1, 0, 2**31, 2**70])
async def test_a_number_that_is_none_finds_nothing(house: Installation, revision: int) -> None:
    with pytest.raises(NotFoundError):
        await house.admin.revisions.get(revision)


@pytest.mark.parametrize("change_id", ["", "chg_\0", "chg_00000000000\n", "' OR 1=1", "chg_" + "0" * 5000])
async def test_an_id_that_is_none_finds_nothing(house: Installation, change_id: str) -> None:
    with pytest.raises(NotFoundError):
        await house.admin.changes.get(change_id)
