"""Administration of users and API keys on both databases: rights, tenants, nobody locked out, two at once, records."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import insert, update

from guard.authorize.authorizer import PolicyAuthorizer
from guard.authorize.required import Required
from guard.errors import (
    AuthenticationError,
    ConflictError,
    GuardError,
    InvalidRequestError,
    NotFoundError,
    PermissionDeniedError,
)
from guard.model import Principal
from guard.people.directory import People, Wanted
from guard.tables import identities, users
from tests.unit.people.offices import Office


def acts(office: Office) -> dict[str, Callable[[Principal, str], Awaitable[Any]]]:
    """Every act on somebody, by its name."""
    people, keys = office.people, office.keys
    return {
        "show": people.show,
        "roles": lambda actor, user_id: people.change_roles(actor, user_id, ["employee"]),
        "disable": people.disable,
        "enable": people.enable,
        "password": people.reset_password,
        "sign out": people.end_sessions,
        "second factor": people.remove_second_factor,
        "unlock": people.unlock,
        "key": keys.create,
    }


async def test_nobody_without_the_right_does_anything_and_each_try_is_on_record(office: Office) -> None:
    await office.add("root", "admin")
    emma = await office.add("emma", "employee")
    for role in ("employee", "auditor", "privacy_officer", "service"):
        actor = await office.add(f"a-{role}", role)
        for act in acts(office).values():
            with pytest.raises(PermissionDeniedError, match="do not include the right"):
                await act(actor, emma.id)
        with pytest.raises(PermissionDeniedError):
            await office.people.add(actor, "eve", ["admin"])
        with pytest.raises(PermissionDeniedError):
            await office.people.search(actor, Wanted())
        with pytest.raises(PermissionDeniedError):
            await office.keys.list(actor)
    denied = await office.records(event="permission.denied")
    assert len(denied) == 4 * (len(acts(office)) + 3)
    assert {each["reason_id"] for each in denied} == {"permission_denied"}


async def test_another_tenant_is_as_if_it_were_not_there(office: Office) -> None:
    await office.add("root", "admin")
    tess = await office.add("tess", "admin", tenant="acme")
    emma = await office.add("emma", "employee")
    made, write = office.parts.api_keys.new(await office.parts.users.get(emma.id))
    await office.parts.database.write(write)
    for act in acts(office).values():
        said = set()
        for user_id in (emma.id, "user_000000000000000000000000", "x\0y", "é" * 300):
            with pytest.raises(NotFoundError) as error:
                await act(tess, user_id)
            said.add((str(error.value), error.value.reason_id))
        assert len(said) == 1
    said = set()
    for key_id in (made.key.id, "key_0"):
        with pytest.raises(NotFoundError) as error:
            await office.keys.revoke(tess, key_id)
        said.add(str(error.value))
    assert len(said) == 1
    assert await office.names(tess) == ["tess"]
    assert list(await office.keys.list(tess)) == []
    added = await office.people.add(tess, "wile", ["employee"])
    assert added.user.tenant == "acme"


async def test_the_list_is_searched_by_name_role_kind_and_state(office: Office) -> None:
    root = await office.add("root", "admin")
    await office.add("Ädam", "employee")
    eve = await office.add("eve", "employee", "auditor")
    await office.add("bot", "service", kind="service")
    await office.people.disable(root, eve.id)
    assert await office.names(root) == ["bot", "eve", "root", "Ädam"]
    assert await office.names(root, name="äDA") == ["Ädam"]
    assert await office.names(root, name="%") == []
    assert await office.names(root, role="auditor") == ["eve"]
    assert await office.names(root, kind="service") == ["bot"]
    assert await office.names(root, state="disabled") == ["eve"]
    assert await office.names(root, state="active", role="employee") == ["Ädam"]
    assert await office.names(root, role="employe") == await office.names(root, role="a\0b") == []
    with pytest.raises(InvalidRequestError):
        await office.names(root, state="asleep")
    listed = (await office.records(event="user.listed"))[-3]
    assert listed["filters"] == ["role", "state"]
    assert "dam" not in json.dumps(listed)


async def test_a_long_list_comes_in_pages(office: Office) -> None:
    root = await office.add("root", "admin")
    for number in range(60):
        await office.add(f"user-{number:02}", "employee")
    first = await office.people.search(root, Wanted())
    assert (len(first.entries), first.total, first.pages) == (50, 61, 2)
    second = await office.people.search(root, Wanted(page=2))
    assert len({each.user.id for each in (*first.entries, *second.entries)}) == 61
    assert (await office.people.search(root, Wanted(page=99))).page == 2


async def test_who_is_added_signs_in_with_the_password_that_was_shown(office: Office) -> None:
    root = await office.add("root", "admin")
    made = await office.people.add(root, "emma", ["employee", "employee"])
    assert made.password
    assert (await office.parts.users.verify("emma", made.password)).roles == ("employee",)
    assert made.password not in repr(made)
    (record,) = await office.records(event="user.added")
    assert (record["actor"], record["user_id"], record["user_roles"]) == (root.id, made.user.id, ["employee"])
    assert made.password not in json.dumps(record)
    assert "emma" not in json.dumps(record)
    service = await office.people.add(root, "bot", ["service"], "service")
    assert service.password is None
    for name, roles in (("emma", ["employee"]), ("", ["employee"]), ("a/b", ["employee"]), ("x", []), ("x", ["boss"])):
        with pytest.raises(InvalidRequestError):
            await office.people.add(root, name, roles)


async def test_duties_that_belong_apart_are_told_before_they_are_given(office: Office) -> None:
    root = await office.add("root", "admin")
    await office.add("ben", "admin")
    emma = await office.add("emma", "employee")
    with pytest.raises(ConflictError, match="user edit and transcript read") as error:
        await office.people.add(root, "eve", ["admin", "auditor"])
    assert error.value.reason_id == "separation_of_duties"
    with pytest.raises(ConflictError):
        await office.people.change_roles(root, emma.id, ["admin", "auditor"])
    assert await office.roles(emma) == ("employee",)
    await office.people.change_roles(root, emma.id, ["admin", "auditor"], is_accepted=True)
    (record,) = await office.records(event="user.roles_changed")
    assert (record["roles_before"], record["user_roles"]) == (["employee"], ["auditor", "admin"])
    assert record["separation"] == len(office.people.together(root, ["admin", "auditor"])) > 0
    # One role whose duties do belong together is no finding.
    assert office.people.together(root, ["admin"]) == office.people.together(root, ["auditor"]) == ()


async def test_nobody_changes_their_own_roles_while_somebody_else_could(office: Office) -> None:
    ann, ben = await office.add("ann", "admin"), await office.add("ben", "admin")
    with pytest.raises(PermissionDeniedError) as error:
        await office.people.change_roles(ann, ann.id, ["admin", "employee"])
    assert error.value.reason_id == "own_roles"
    await office.people.disable(ann, ben.id)
    # A service that may edit users is nobody to ask.
    await office.people.add(ann, "bot", ["admin"], "service")
    await office.people.change_roles(ann, ann.id, ["admin", "employee"])
    (record,) = await office.records(event="user.roles_changed")
    assert record["single_admin"] is True
    with pytest.raises(ConflictError) as last:
        await office.people.change_roles(ann, ann.id, ["employee"])
    assert last.value.reason_id == "last_admin"
    assert set(await office.roles(ann)) == {"admin", "employee"}


async def test_nobody_is_left_without_an_admin_even_by_two_at_once(office: Office) -> None:
    ann, ben = await office.add("ann", "admin"), await office.add("ben", "admin")
    tried = await asyncio.gather(
        office.people.change_roles(ann, ben.id, ["employee"]),
        office.people.disable(ben, ann.id),
        return_exceptions=True,
    )
    assert sum(isinstance(each, GuardError) for each in tried) == 1
    (refused,) = [each for each in tried if isinstance(each, GuardError)]
    assert refused.reason_id in ("last_admin", "permission_denied")
    assert sum("admin" in each.roles for each in await office.directory.members("default")) == 1
    # What was refused has no record.
    assert len(await office.records(event="user.roles_changed")) + len(await office.records(event="user.disabled")) == 1


async def test_the_policy_too_keeps_somebody_who_may_change_it(office: Office) -> None:
    root = await office.add("root", "admin")
    tess = await office.add("tess", "admin", tenant="acme")
    emma = await office.add("emma", "employee", tenant="acme")
    # In a tenant where nobody may edit the policy, nobody has to be left who may.
    await office.people.change_roles(tess, emma.id, ["admin"])
    await office.people.disable(Principal(emma.id, "acme", ("admin",)), tess.id)
    with pytest.raises(ConflictError) as error:
        await office.people.disable(Principal("service_x", "default", ("admin",), "service"), root.id)
    assert error.value.reason_id == "last_admin"


async def test_who_was_second_is_told_and_overwrites_nothing(office: Office) -> None:
    ann, ben = await office.add("ann", "admin"), await office.add("ben", "admin")
    emma = await office.add("emma", "employee")
    await office.people.change_roles(ann, emma.id, ["auditor"], ["employee"])
    with pytest.raises(ConflictError, match="Somebody else changed this user first"):
        await office.people.change_roles(ben, emma.id, ["service"], ["employee"])
    tried = await asyncio.gather(
        *(
            office.people.change_roles(who, emma.id, [role], ["auditor"])
            for who, role in ((ann, "service"), (ben, "employee"))
        ),
        return_exceptions=True,
    )
    assert sum(isinstance(each, ConflictError) for each in tried) == 1
    twice = await asyncio.gather(*(office.people.disable(who, emma.id) for who in (ann, ben)), return_exceptions=True)
    assert sum(isinstance(each, ConflictError) for each in twice) == 1
    assert len(await office.records(event="user.disabled")) == 1


async def test_who_is_disabled_is_out_at_once_and_comes_back_with_keys_and_roles(office: Office) -> None:
    root, emma = await office.add("root", "admin"), await office.add("emma", "employee")
    token = await office.session(emma)
    made, write = office.parts.api_keys.new(await office.parts.users.get(emma.id))
    await office.parts.database.write(write)
    assert await office.parts.sessions.principal(token)
    await office.people.disable(root, emma.id)
    for shown in (office.parts.sessions.principal(token), office.parts.api_keys.principal(made.api_key)):
        with pytest.raises(AuthenticationError):
            await shown
    with pytest.raises(ConflictError):
        await office.keys.create(root, emma.id)
    await office.people.enable(root, emma.id)
    assert (await office.parts.api_keys.principal(made.api_key)).roles == ("employee",)
    with pytest.raises(AuthenticationError):
        await office.parts.sessions.principal(token)
    with pytest.raises(ConflictError):
        await office.people.enable(root, emma.id)
    with pytest.raises(PermissionDeniedError) as error:
        await office.people.disable(root, root.id)
    assert error.value.reason_id == "own_account"


async def test_a_new_password_ends_sessions_and_lock_out_and_names_who_set_it(office: Office) -> None:
    root = await office.add("root", "admin")
    made = await office.people.add(root, "emma", ["employee"])
    emma = made.user.principal()
    token = await office.session(emma)
    locked = {"failures": 9, "locked": (time.time_ns() // 1_000_000) + 60_000}

    async def lock(connection: Any) -> None:
        await connection.execute(update(users).where(users.c.id == emma.id).values(**locked, totp_confirmed=1))

    await office.parts.database.write(lock)
    assert await office.names(root, state="locked") == ["emma"]
    new = await office.people.reset_password(root, emma.id)
    assert await office.parts.users.verify("emma", new)
    assert made.password
    for shown in (office.parts.users.verify("emma", made.password), office.parts.sessions.principal(token)):
        with pytest.raises(AuthenticationError):
            await shown
    entry = await office.directory.entry(emma.id, "default")
    assert (entry.locked, entry.failures, entry.second_factor) == (None, 0, 1)
    (record,) = await office.records(event="user.password_reset")
    assert (record["actor"], record["user_id"]) == (root.id, emma.id)
    assert new not in json.dumps(record)
    with pytest.raises(PermissionDeniedError) as error:
        await office.people.reset_password(root, root.id)
    assert error.value.reason_id == "own_account"
    bot = await office.people.add(root, "bot", ["service"], "service")
    with pytest.raises(ConflictError):
        await office.people.reset_password(root, bot.user.id)
    known = {"hash": b"h", "user_id": emma.id, "created": 1, "last_used": 1}

    async def from_provider(connection: Any) -> None:
        await connection.execute(insert(identities).values(**known))

    await office.parts.database.write(from_provider)
    with pytest.raises(ConflictError, match="at your organisation's provider"):
        await office.people.reset_password(root, emma.id)


async def test_second_factor_sessions_and_lock_out_are_taken_away(office: Office) -> None:
    root, emma = await office.add("root", "admin"), await office.add("emma", "employee")
    with pytest.raises(ConflictError):
        await office.people.remove_second_factor(root, emma.id)

    async def enrol(connection: Any) -> None:
        values = {"totp": b"sealed", "totp_confirmed": 1, "totp_step": 2, "failures": 5, "locked": 2**52}
        await connection.execute(update(users).where(users.c.id == emma.id).values(**values))

    await office.parts.database.write(enrol)
    token = await office.session(emma)
    await office.people.unlock(root, emma.id)
    assert await office.parts.sessions.principal(token)
    assert len((await office.people.show(root, emma.id)).sessions) == 1
    await office.people.remove_second_factor(root, emma.id)
    entry = await office.directory.entry(emma.id, "default")
    assert (entry.second_factor, entry.locked) == (None, None)
    with pytest.raises(AuthenticationError):
        await office.parts.sessions.principal(token)
    token = await office.session(emma)
    await office.people.end_sessions(root, emma.id)
    with pytest.raises(AuthenticationError):
        await office.parts.sessions.principal(token)
    events = [each["event"] for each in await office.records()]
    assert [each for each in events if each.startswith(("user.", "second_factor."))] == [
        "user.unlocked",
        "user.read",
        "second_factor.reset",
        "user.sessions_ended",
    ]


async def test_what_cannot_be_recorded_is_not_done(office: Office) -> None:
    root, emma = await office.add("root", "admin"), await office.add("emma", "employee")

    def broken(*_: Any) -> Any:
        async def write(connection: Any) -> None:
            raise ConflictError

        return write

    authorize = PolicyAuthorizer((await office.parts.in_force())[1])
    required = Required(authorize, broken, office.parts.database.write)
    people = People(required, office.directory, office.parts.users, lambda: authorize.snapshot)
    for act in (people.disable, people.reset_password, people.end_sessions):
        with pytest.raises(ConflictError):
            await act(root, emma.id)
    with pytest.raises(ConflictError):
        await people.change_roles(root, emma.id, ["admin"])
    with pytest.raises(ConflictError):
        await people.add(root, "eve", ["admin"])
    entry = await office.directory.entry(emma.id, "default")
    assert (entry.user.roles, entry.user.disabled, entry.has_password) == (("employee",), None, False)
    assert len(await office.directory.ids("default")) == 2
