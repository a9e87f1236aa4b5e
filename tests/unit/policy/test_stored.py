"""Odd numbers, ids and rows: what is stored is found or refused, and lists leave the policies out."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection

from guard.errors import (
    NotFoundError,
    PolicyError,
)
from guard.tables import policy_revisions
from tests.unit.policy.installation import DENY, Installation, installed, rules


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Installation]:
    async with installed(tmp_path) as made:
        yield made


async def test_numbers_go_on_from_the_last_revision_whichever_is_in_force(house: Installation) -> None:
    ann, bob = await house.add("ann", "admin"), await house.add("bob", "admin")
    await house.activated(ann, bob)

    async def by_hand(connection: AsyncConnection) -> None:
        for number, active in ((2, False), (1, True)):
            await connection.execute(
                update(policy_revisions).where(policy_revisions.c.id == number).values(active=active)
            )

    await house.parts.database.write(by_hand)
    change = await house.approved(ann, bob)
    assert (await house.admin.activate(ann, change.id)).revision == 3
    assert (await house.admin.rollback(bob, 1)).id == 4
    assert (await house.admin.revisions.head()).id == 4


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
