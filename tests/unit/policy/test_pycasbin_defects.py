"""Eleven defects of pycasbin 2.8.0 and its SQL adapters, each shown not to be here.

What they do there: lose, resurrect and grant rights. The numbers are those of docs/explain/policy.md.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from guard.cli.bench.reloads import reload_stress
from guard.errors import InvalidRequestError, NotFoundError, PolicyError, PolicyRefusedError, StorageError
from guard.policy import bundle, shipped
from guard.policy.snapshot import Snapshot
from tests.unit.policy.installation import DENY, Installation, installed, rules

SHIPPED = shipped.load()
FOUR = [f"p, {sub}, *, generator/{obj}, {act}, allow" for sub, obj, act in (
    ("auditor", "data1", "use"), ("privacy_officer", "data2", "edit"),
    ("auditor", "data2", "edit"), ("privacy_officer", "data1", "use"),
)]  # fmt: skip


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Installation]:
    async with installed(tmp_path) as made:
        yield made


def build(*rows: str) -> bundle.Bundle:
    """The shipped profiles with other rules, and without the tables of the shipped ones."""
    files = {name: text for name, text in SHIPPED.files.items() if not name.startswith("tests/")}
    return bundle.build({**files, "rules.csv": "\n".join(rows)})


def refused(*rows: str, **files: str) -> str:
    with pytest.raises(PolicyError) as error:
        bundle.build({**SHIPPED.files, "rules.csv": "\n".join(rows), **files})
    return str(error.value)


async def test_1_removing_two_rules_removes_those_two(house: Installation) -> None:
    """There: the Cartesian product of their columns is deleted."""
    ann, bob = await house.add("ann", "admin"), await house.add("bob", "admin")
    tables = dict.fromkeys((name for name in SHIPPED.files if name.startswith("tests/")), "")
    await house.activated(ann, bob, **{"rules.csv": rules(*(f"{row}\n" for row in FOUR)), **tables})
    await house.activated(ann, bob, **{"rules.csv": rules(*(f"{row}\n" for row in FOUR[2:]))})
    stored = Snapshot((await house.parts.revisions.active()).bundle())
    for row, expected in zip(FOUR, (False, False, True, True), strict=True):
        _, sub, _, obj, act, _ = row.split(", ")
        assert stored.decide([sub], "default", obj, act).allowed is expected, row


async def test_2_what_an_update_says_is_what_is_stored(house: Installation) -> None:
    """There: True is returned, memory is changed and the database is not."""
    ann, bob = await house.add("ann", "admin"), await house.add("bob", "admin")
    hash_ = await house.activated(ann, bob)
    assert (await house.parts.revisions.active()).bundle().files["rules.csv"] == rules(DENY)
    assert (await house.parts.revisions.active()).hash == hash_


def test_3_a_comma_in_a_value_is_refused_with_its_place() -> None:
    """There: it is taken, and after a reload every decision raises."""
    assert refused("p, employee, *, report, Q3, read, allow").startswith("rules.csv:1:35: a `p` rule has 6 fields")
    assert refused('p, employee, *, "report, Q3", read, allow').startswith("rules.csv:1:")


async def test_4_a_name_with_a_comma_gives_no_role(house: Installation) -> None:
    """There: `mallory, admin` in the role guest is, after a reload, mallory in the role admin."""
    mallory = await house.add("mallory, admin", "employee")
    assert mallory.roles == ("employee",)
    snapshot = Snapshot((await house.parts.revisions.active()).bundle())
    for name in ("mallory", "mallory, admin"):
        assert not snapshot.decide([name], "default", "policy", "edit").allowed
    assert not snapshot.decide(mallory.roles, "default", "policy", "edit").allowed
    assert "a `g` rule has 4 fields" in refused("g, mallory, admin, guest, *")
    with pytest.raises(InvalidRequestError):
        await house.add("eve", "guest, admin")


@pytest.mark.parametrize("value", ["doc)", "doc(", "[doc", "doc]", "{doc}", "'doc", '"doc"'])
def test_5_a_bracket_is_refused_when_it_is_written(value: str) -> None:
    """There: it is taken, and the policy can never be loaded again."""
    assert refused(f"p, employee, *, {value}, read, allow").startswith("rules.csv:1:17: field 4 (object)")


def test_6_and_7_no_decision_is_made_on_a_policy_that_is_half_loaded() -> None:
    """There: a deny rule is not there while the policy is read again, under asyncio and under threads."""
    stress = reload_stress(40_000, 60)
    assert stress.decisions >= 40_000
    assert (stress.wrong, stress.reloads) == (0, 60)


async def test_8_a_database_error_changes_neither_memory_nor_database(house: Installation) -> None:
    """There: memory is changed already."""
    ann, bob = await house.add("ann", "admin"), await house.add("bob", "admin")
    change = await house.admin.draft(ann, {"rules.csv": rules(DENY)}, "x")
    await house.admin.submit(ann, change.id)
    await house.admin.approve(bob, change.id)
    admin, snapshot = house.admin, Snapshot(SHIPPED)

    async def fails(*_: object) -> None:
        raise StorageError

    object.__setattr__(admin.permits, "commit", fails)
    with pytest.raises(StorageError):
        await admin.activate(ann, change.id)
    assert await house.active() == SHIPPED.hash
    assert snapshot.decide(["employee"], "default", "generator/secret", "use").allowed


async def test_9_an_empty_name_is_nobody_and_not_everybody(house: Installation) -> None:
    """There: `delete_user("")` takes all roles from all users."""
    ann = await house.add("ann", "admin")
    with pytest.raises(NotFoundError):
        await house.parts.users.find("")
    with pytest.raises(InvalidRequestError):
        await house.add("", "admin")
    assert [each.id for each in await house.parts.people()] == [ann.id]
    for row in ("g, , admin, *", "p, , *, restore, use, allow", "p, employee, , restore, use, allow"):
        assert "is empty" in refused(row)


async def test_10_a_row_of_the_wrong_arity_never_gets_in(house: Installation) -> None:
    """There: it does, and from then on nothing can be decided at all."""
    ann = await house.add("ann", "admin")
    with pytest.raises(PolicyRefusedError, match=r"rules\.csv:\d+:\d+: a `p` rule has 6 fields, this one has 4"):
        await house.admin.draft(ann, {"rules.csv": rules("p, employee, *, restore\n")}, "x")
    assert await house.active() == SHIPPED.hash


def test_11_a_model_that_is_not_understood_is_refused_when_it_is_read() -> None:
    """There: conditional roles raise KeyError at the first decision."""
    model = SHIPPED.files["model.conf"].replace("g = _, _, _", "g = _, _, (_, _)")
    with pytest.raises(PolicyError, match=r"model\.conf:\d+"):
        bundle.build({**SHIPPED.files, "model.conf": model})


def test_and_a_decision_has_one_rule_and_no_switch_that_allows_everything() -> None:
    """There: `enforce` is True when the enforcer is disabled, and an empty role name is a wildcard."""
    snapshot = Snapshot(build(*FOUR))
    assert not any(hasattr(snapshot, name) for name in ("enabled", "enable_enforce", "load_policy", "clear_policy"))
    assert snapshot.decide([""], "default", "generator/data1", "use").text == "default deny"
