"""A policy comes into force by draft, checks, another person's approval and activation, and each step is on record."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import update

from guard.errors import (
    ConflictError,
    GuardError,
    PermissionDeniedError,
    PolicyRefusedError,
    StorageError,
)
from guard.tables import policy_changes
from tests.unit.policy.installation import DENY, LOCAL, SHIPPED, Installation, installed, rules


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Installation]:
    async with installed(tmp_path) as made:
        yield made


async def test_four_eyes_and_a_record_of_each_step(house: Installation) -> None:
    ann, bob = await house.add("ann", "admin"), await house.add("bob", "admin")
    before = await house.active()
    draft = await house.admin.draft(ann, {"rules.csv": rules(DENY)}, "No secret generator")
    assert await house.active() == before
    submitted = await house.admin.submit(ann, draft.id)
    assert submitted.evidence["diff"].startswith("sha256:")
    with pytest.raises(PermissionDeniedError) as own:
        await house.admin.approve(ann, draft.id)
    assert own.value.reason_id == "own_change"
    await house.admin.approve(bob, draft.id, draft.hash, "looks right")
    active = await house.admin.activate(ann, draft.id)
    assert (active.status, active.revision, await house.active()) == ("active", 2, draft.hash)
    records = await house.records()
    steps = [record for record in records if record["event"].startswith("policy.")]
    assert [record["event"] for record in steps] == [
        "policy.drafted", "policy.submitted", "policy.approved", "policy.activated",
    ]  # fmt: skip
    assert {record["policy"] for record in steps} == {draft.hash}
    assert {record["base"] for record in steps} == {before}
    approved = steps[2]
    assert (approved["actor"], approved["single_admin"]) == (bob.id, 0)
    assert approved["rules"]["policy"] == "p, admin, default, policy, approve, allow"
    assert steps[3]["approved_by"] == bob.id
    assert "looks right" not in str(records)
    assert "No secret" not in str(records)


async def test_while_one_person_could_approve_he_may_approve_himself_and_it_is_said(house: Installation) -> None:
    ann = await house.add("ann", "admin")
    await house.add("service", "admin", kind="service")  # An application is no second person.
    await house.add("otto", "auditor")
    change = await house.admin.draft(ann, {"rules.csv": rules(DENY)}, "alone")
    await house.admin.submit(ann, change.id)
    await house.admin.approve(ann, change.id)
    assert (await house.admin.changes.reviews(change.id))[-1].single_admin
    assert (await house.records(event="policy.approved"))[0]["single_admin"] == 1
    await house.admin.activate(ann, change.id)
    assert await house.active() == change.hash


async def test_a_second_admin_ends_that(house: Installation) -> None:
    ann = await house.add("ann", "admin")
    change = await house.admin.draft(ann, {"rules.csv": rules(DENY)}, "alone no more")
    await house.admin.submit(ann, change.id)
    await house.add("bob", "admin")
    with pytest.raises(PermissionDeniedError):
        await house.admin.approve(ann, change.id)


async def test_all_who_wrote_on_it_are_authors(house: Installation) -> None:
    ann, bob, cleo = [await house.add(name, "admin") for name in ("ann", "bob", "cleo")]
    change = await house.admin.draft(ann, {"rules.csv": rules(DENY)}, "together")
    await house.admin.revise(bob, change.id, {"rules.csv": rules(DENY, "# and a comment\n")})
    await house.admin.submit(ann, change.id)
    for author in (ann, bob):
        with pytest.raises(PermissionDeniedError):
            await house.admin.approve(author, change.id)
    await house.admin.approve(cleo, change.id)


async def test_only_a_person_approves(house: Installation) -> None:
    ann = await house.add("ann", "admin")
    robot = await house.add("robot", "admin", kind="service")
    change = await house.admin.draft(ann, {"rules.csv": rules(DENY)}, "x")
    await house.admin.submit(ann, change.id)
    for nobody in (robot, LOCAL):
        with pytest.raises(PermissionDeniedError) as refused:
            await house.admin.approve(nobody, change.id)
        assert refused.value.reason_id == "person_needed"
    with pytest.raises(PermissionDeniedError):
        await house.admin.rollback(LOCAL)


@pytest.mark.parametrize("role", ["employee", "service", "privacy_officer"])
async def test_who_has_no_right_gets_nowhere_and_it_is_on_record(house: Installation, role: str) -> None:
    who, ann = await house.add("who", role), await house.add("ann", "admin")
    change = await house.admin.draft(ann, {"rules.csv": rules(DENY)}, "x")
    await house.admin.submit(ann, change.id)
    steps = [
        lambda: house.admin.draft(who, {"rules.csv": rules(DENY)}, "mine"),
        lambda: house.admin.revise(who, change.id, {}),
        lambda: house.admin.report(who, change.id),
        lambda: house.admin.approve(who, change.id),
        lambda: house.admin.reject(who, change.id),
        lambda: house.admin.withdraw(who, change.id),
        lambda: house.admin.comment(who, change.id, "hello"),
        lambda: house.admin.activate(who, change.id),
        lambda: house.admin.schedule(who, change.id, 0),
        lambda: house.admin.rollback(who),
        lambda: house.admin.problems(who, {}),
    ]
    for step in steps:
        with pytest.raises(PermissionDeniedError):
            await step()
    assert len(await house.records(event="permission.denied")) == len(steps)
    assert await house.active() == SHIPPED.hash


async def test_admins_of_another_tenant_do_not_change_the_policy_of_all(house: Installation) -> None:
    foreign = await house.add("ann", "admin", tenant="acme")
    with pytest.raises(PermissionDeniedError):
        await house.admin.draft(foreign, {"rules.csv": rules(DENY)}, "x")
    assert (await house.admin.readable(foreign)).head.id == 1


async def test_a_broken_policy_is_never_kept(house: Installation) -> None:
    ann = await house.add("ann", "admin")
    with pytest.raises(PolicyRefusedError, match=r"rules\.csv:\d+:4: field 2 \(role\) holds"):
        await house.admin.draft(ann, {"rules.csv": rules("p, Admin, *, restore, use, allow\n")}, "x")
    assert await house.admin.changes.list() == []
    problems = await house.admin.problems(ann, {"rules.csv": "p\np, a\n", "roles.toml": None})
    assert [(each.file, each.line) for each in problems] == [("roles.toml", 1), ("rules.csv", 1), ("rules.csv", 2)]


async def test_a_failing_table_or_lint_error_keeps_it_out_of_review(house: Installation) -> None:
    ann = await house.add("ann", "admin")
    for edit in ("p, auditor, *, restore, use, allow\n", "p, nobody_knows, *, restore, use, allow\n"):
        change = await house.admin.draft(ann, {"rules.csv": rules(edit)}, "x")
        report = await house.admin.report(ann, change.id)
        assert not report.passed
        with pytest.raises(PolicyRefusedError) as refused:
            await house.admin.submit(ann, change.id)
        assert refused.value.reason_id == "policy_checks_failed"
        fixed = await house.admin.revise(ann, change.id, {"rules.csv": rules(DENY)})
        assert (await house.admin.submit(ann, fixed.id)).status == "review"


async def test_what_was_approved_is_what_is_activated(house: Installation) -> None:
    ann, bob = await house.add("ann", "admin"), await house.add("bob", "admin")
    change = await house.admin.draft(ann, {"rules.csv": rules(DENY)}, "x")
    await house.admin.submit(ann, change.id)
    seen = change.hash
    await house.admin.revise(ann, change.id, {"rules.csv": rules(DENY, "# slipped in\n")})
    with pytest.raises(ConflictError):  # It is a draft again.
        await house.admin.approve(bob, change.id, seen)
    await house.admin.submit(ann, change.id)
    with pytest.raises(ConflictError) as moved:
        await house.admin.approve(bob, change.id, seen)
    assert moved.value.reason_id == "policy_change_moved"
    with pytest.raises(ConflictError):
        await house.admin.activate(ann, change.id)
    assert await house.active() == SHIPPED.hash


async def test_a_status_that_was_written_into_the_database_approves_nothing(house: Installation) -> None:
    ann = await house.add("ann", "admin")
    change = await house.admin.draft(ann, {"rules.csv": rules(DENY)}, "x")

    async def forge(connection: object) -> None:
        await connection.execute(update(policy_changes).values(status="approved"))  # type: ignore[attr-defined]

    await house.parts.database.write(forge)
    with pytest.raises(ConflictError) as refused:
        await house.admin.activate(ann, change.id)
    assert refused.value.reason_id == "policy_not_approved"


async def test_a_proposal_on_an_old_policy_is_brought_up_to_date_or_refused(house: Installation) -> None:
    ann, bob = await house.add("ann", "admin"), await house.add("bob", "admin")
    mine = await house.admin.draft(ann, {"roles.toml": SHIPPED.files["roles.toml"] + "# mine\n"}, "mine")
    same = await house.admin.draft(ann, {"rules.csv": rules("# other\n", DENY)}, "same file")
    await house.admin.submit(ann, mine.id)
    await house.admin.approve(bob, mine.id)
    await house.activated(ann, bob)
    with pytest.raises(ConflictError) as old:
        await house.admin.activate(ann, mine.id)
    assert old.value.reason_id == "policy_base_changed"
    fresh = await house.admin.revise(ann, mine.id, {})
    files = fresh.bundle().files
    assert DENY in files["rules.csv"]  # What came into force meanwhile is kept,
    assert files["roles.toml"].endswith("# mine\n")  # and so is the proposal.
    with pytest.raises(ConflictError) as both:
        await house.admin.revise(ann, same.id, {})
    assert both.value.reason_id == "policy_files_conflict"


async def test_rolling_back_is_one_step_and_a_new_revision(house: Installation) -> None:
    ann, bob = await house.add("ann", "admin"), await house.add("bob", "admin")
    await house.activated(ann, bob)
    back = await house.admin.rollback(bob)
    assert (back.id, back.hash, back.restores, back.active) == (3, SHIPPED.hash, 1, True)
    record = (await house.records(event="policy.rolled_back"))[0]
    assert (record["policy"], record["restores"], record["actor"]) == (SHIPPED.hash, 1, bob.id)
    with pytest.raises(ConflictError):
        await house.admin.rollback(bob, 1)
    with pytest.raises(GuardError):
        await house.admin.rollback(bob, 99)


async def test_what_is_scheduled_comes_into_force_when_its_time_has_come(house: Installation) -> None:
    ann, bob = await house.add("ann", "admin"), await house.add("bob", "admin")
    change = await house.admin.draft(ann, {"rules.csv": rules(DENY)}, "later")
    await house.admin.submit(ann, change.id)
    await house.admin.approve(bob, change.id)
    assert (await house.admin.schedule(ann, change.id, 5000)).due == 5000
    assert await house.admin.activate_due(4999) == []
    assert [each.id for each in await house.admin.activate_due(5000)] == [change.id]
    assert await house.active() == change.hash
    assert await house.admin.activate_due(9000) == []
    assert (await house.records(event="policy.activated"))[-1]["actor"] == "system"


async def test_what_cannot_be_activated_any_more_is_marked_and_the_old_policy_serves(house: Installation) -> None:
    ann, bob = await house.add("ann", "admin"), await house.add("bob", "admin")
    change = await house.admin.draft(ann, {"roles.toml": SHIPPED.files["roles.toml"] + "# later\n"}, "later")
    await house.admin.submit(ann, change.id)
    await house.admin.approve(bob, change.id)
    await house.admin.schedule(ann, change.id, 5000)
    now = await house.activated(ann, bob)
    assert await house.admin.activate_due(6000) == []
    assert (await house.admin.changes.get(change.id)).status == "failed"
    assert (await house.records(event="policy.activation_failed"))[0]["reason_id"] == "policy_base_changed"
    assert await house.active() == now
    assert (await house.admin.revise(ann, change.id, {})).status == "draft"


async def test_rejected_and_withdrawn(house: Installation) -> None:
    ann, bob = await house.add("ann", "admin"), await house.add("bob", "admin")
    change = await house.admin.draft(ann, {"rules.csv": rules(DENY)}, "x")
    await house.admin.submit(ann, change.id)
    await house.admin.comment(bob, change.id, "why?")
    await house.admin.reject(bob, change.id, "not yet")
    said = [(each.step, each.text) for each in await house.admin.changes.reviews(change.id)]
    assert said == [("submitted", ""), ("comment", "why?"), ("rejected", "not yet")]
    with pytest.raises(ConflictError):
        await house.admin.approve(bob, change.id)
    await house.admin.withdraw(ann, change.id)
    with pytest.raises(ConflictError):
        await house.admin.revise(ann, change.id, {})
    assert await house.admin.changes.list(only_open=True) == []


async def test_titles_and_comments_are_sealed(house: Installation) -> None:
    ann = await house.add("ann", "admin")
    change = await house.admin.draft(ann, {"rules.csv": rules(DENY)}, "CANARY-TITLE for Ada Lovelace")
    await house.admin.comment(ann, change.id, "CANARY-COMMENT")
    await house.parts.database.forget()
    stored = b"".join(path.read_bytes() for path in house.parts.database.path.parent.iterdir() if path.is_file())
    assert b"CANARY" not in stored
    assert b"Ada Lovelace" not in stored
    assert (await house.admin.changes.get(change.id)).title == "CANARY-TITLE for Ada Lovelace"


async def test_a_database_that_cannot_write_leaves_everything_as_it_was(
    house: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann, bob = await house.add("ann", "admin"), await house.add("bob", "admin")
    change = await house.admin.draft(ann, {"rules.csv": rules(DENY)}, "x")
    await house.admin.submit(ann, change.id)
    await house.admin.approve(bob, change.id)

    async def down(*_: object) -> None:
        raise StorageError

    admin = house.admin
    object.__setattr__(admin.permits, "commit", down)
    for step in (admin.activate(ann, change.id), admin.draft(ann, {}, "y"), admin.withdraw(ann, change.id)):
        with pytest.raises(StorageError):
            await step
    assert await house.active() == SHIPPED.hash
    assert (await house.admin.changes.get(change.id)).status == "approved"


async def test_two_activations_at_once_are_one(house: Installation) -> None:
    import asyncio

    ann, bob = await house.add("ann", "admin"), await house.add("bob", "admin")
    changes = []
    for number in range(2):
        change = await house.admin.draft(ann, {"rules.csv": rules(DENY, f"# {number}\n")}, "x")
        await house.admin.submit(ann, change.id)
        changes.append(await house.admin.approve(bob, change.id))
    done = await asyncio.gather(*(house.admin.activate(ann, change.id) for change in changes), return_exceptions=True)
    assert sorted(type(each).__name__ for each in done) == ["Change", "ConflictError"]
    assert [each.id for each in await house.parts.revisions.history()] == [2, 1]
