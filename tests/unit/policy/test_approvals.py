"""Four eyes: whose approval counts when a policy comes into force, and what was scheduled and cannot be any more."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection

from guard.errors import (
    ConflictError,
    PermissionDeniedError,
    PolicyRefusedError,
    StorageError,
    TamperedError,
)
from guard.policy import bundle
from guard.policy.reports import Report
from guard.tables import policy_changes
from tests.unit.policy.installation import SHIPPED, Installation, installed, rules


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Installation]:
    async with installed(tmp_path) as made:
        yield made


async def test_an_approver_whom_only_some_addresses_make_one_is_one(house: Installation) -> None:
    ann, bob = await house.add("ann", "admin"), await house.add("bob", "auditor")
    await house.in_force_with_addresses(
        "p, admin, default, policy, edit, *, allow\n"
        "p, admin, default, policy, approve, *, allow\n"
        "p, auditor, default, policy, approve, 10.0.0.0/8, allow\n"
    )
    change = await house.admin.draft(ann, {"roles.toml": SHIPPED.files["roles.toml"] + "# more\n"}, "x")
    await house.admin.submit(ann, change.id)
    with pytest.raises(PermissionDeniedError) as own:
        await house.admin.approve(ann, change.id)
    assert own.value.reason_id == "own_change"
    with pytest.raises(PermissionDeniedError):
        await house.admin.approve(bob, change.id)  # Nobody knows where he is.
    await house.admin.approve(replace(bob, address="10.1.2.3"), change.id)


async def test_an_approver_whom_some_addresses_forbid_is_one(house: Installation) -> None:
    ann = await house.add("ann", "admin")
    await house.add("bob", "auditor")
    await house.in_force_with_addresses(
        "p, admin, default, policy, edit, *, allow\n"
        "p, admin, default, policy, approve, *, allow\n"
        "p, auditor, default, policy, approve, *, allow\n"
        "p, auditor, default, policy, approve, 10.0.0.0/8, deny\n"
    )
    change = await house.admin.draft(ann, {"roles.toml": SHIPPED.files["roles.toml"] + "# more\n"}, "x")
    await house.admin.submit(ann, change.id)
    with pytest.raises(PermissionDeniedError):
        await house.admin.approve(ann, change.id)


async def test_the_approval_of_who_is_disabled_meanwhile_puts_nothing_in_force(house: Installation) -> None:
    ann, bob, cleo = [await house.add(name, "admin") for name in ("ann", "bob", "cleo")]
    change = await house.approved(ann, bob)
    await house.admin.schedule(ann, change.id, 5000)
    await house.parts.database.write(house.parts.users.disabled(await house.parts.users.find("bob")))
    assert await house.admin.activate_due(6000) == []
    assert (await house.admin.changes.get(change.id)).status == "failed"
    assert (await house.records(event="policy.activation_failed"))[0]["reason_id"] == "policy_not_approved"
    assert await house.active() == SHIPPED.hash
    again = await house.admin.revise(ann, change.id, {})
    await house.admin.submit(ann, again.id)
    await house.admin.approve(cleo, again.id)
    assert (await house.admin.activate(ann, again.id)).status == "active"


async def test_who_approved_himself_while_alone_needs_the_second_person_who_came_since(house: Installation) -> None:
    ann = await house.add("ann", "admin")
    change = await house.approved(ann, ann)
    bob = await house.add("bob", "admin")
    for step in (house.admin.activate(ann, change.id), house.admin.schedule(ann, change.id, 5000)):
        with pytest.raises(ConflictError) as refused:
            await step
        assert refused.value.reason_id == "policy_not_approved"
    await house.admin.approve(bob, change.id, change.hash)
    assert (await house.admin.activate(ann, change.id)).status == "active"
    assert (await house.records(event="policy.activated"))[-1]["approved_by"] == bob.id


async def test_a_scheduled_change_set_that_cannot_be_read_holds_up_no_other(house: Installation) -> None:
    ann, bob = await house.add("ann", "admin"), await house.add("bob", "admin")
    first, second, third = [await house.approved(ann, bob) for _ in range(3)]
    for due, change in enumerate((first, second, third)):
        await house.admin.schedule(ann, change.id, due)

    async def forge(connection: AsyncConnection) -> None:
        title = update(policy_changes).where(policy_changes.c.id == first.id).values(title=b"nothing")
        text = update(policy_changes).where(policy_changes.c.id == second.id).values(bundle=b"{}")
        await connection.execute(title)
        await connection.execute(text)

    await house.parts.database.write(forge)
    with pytest.raises(TamperedError):  # For the log.
        await house.other_process().administration().activate_due(5000)
    assert await house.active() == third.hash
    assert (await house.admin.changes.get(second.id)).status == "failed"
    assert await house.records(event="policy.activation_failed") != []


async def test_a_failure_of_a_check_marks_what_was_scheduled_and_is_not_repeated(
    house: Installation, caplog: pytest.LogCaptureFixture
) -> None:
    ann, bob = await house.add("ann", "admin"), await house.add("bob", "admin")
    change = await house.approved(ann, bob)
    await house.admin.schedule(ann, change.id, 5000)

    async def broken(*_: object, **__: object) -> Report:
        raise RecursionError

    assert await replace(house.admin, check=broken).activate_due(6000) == []
    assert (await house.admin.changes.get(change.id)).status == "failed"
    assert (await house.records(event="policy.activation_failed"))[0]["reason_id"] == "internal_error"
    assert [record.levelname for record in caplog.records if record.name.startswith("guard")] == ["ERROR"]


async def test_a_database_that_is_down_leaves_what_was_scheduled(house: Installation) -> None:
    ann, bob = await house.add("ann", "admin"), await house.add("bob", "admin")
    change = await house.approved(ann, bob)
    await house.admin.schedule(ann, change.id, 5000)

    async def down(*_: object) -> None:
        raise StorageError

    admin = house.admin
    with pytest.raises(StorageError):
        await replace(admin, permits=replace(admin.permits, commit=down)).activate_due(6000)
    assert (await admin.changes.get(change.id)).status == "scheduled"
    assert [each.id for each in await admin.activate_due(6000)] == [change.id]


async def test_an_installation_from_before_there_was_a_right_to_approve_can_be_changed(tmp_path: Path) -> None:
    old = rules().replace("p, admin, default, policy, approve, allow\n", "")
    tables = {name: "" for name in SHIPPED.files if name.startswith("tests/")}
    async with installed(tmp_path, bundle.build({**SHIPPED.files, **tables, "rules.csv": old})) as house:
        ann, bob = await house.add("ann", "admin"), await house.add("bob", "admin")
        otto = await house.add("otto", "auditor")
        change = await house.admin.draft(ann, {"rules.csv": rules()}, "the right to approve")
        await house.admin.submit(ann, change.id)
        for who in (ann, otto):
            with pytest.raises(PermissionDeniedError):
                await house.admin.approve(who, change.id)
        await house.admin.approve(bob, change.id)
        await house.admin.activate(ann, change.id)
        # From now on it is a right of its own, and no policy without it comes into force.
        without = await house.admin.draft(ann, {"rules.csv": old}, "back")
        with pytest.raises(PolicyRefusedError, match="approve"):
            await house.admin.submit(ann, without.id)
