"""Whose account a provider's word means, and what its groups give."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy import select

from guard.authenticate.identities import Claimed, Identities, Reading
from guard.errors import AuthenticationError, PermissionDeniedError
from guard.tables import identities as table
from tests.conftest import Storage
from tests.unit.authenticate.conftest import People

READ = Reading({"staff": ("employee",), "audit": ("employee", "auditor")})


def claims(subject: str = "s-1", **more: Any) -> dict[str, Any]:
    return {"iss": "https://id.example", "sub": subject, "preferred_username": "ada", "groups": ["staff"]} | more


@pytest.fixture
def known(people: People, storage: Storage) -> Identities:
    return Identities(
        storage.database, people.users, people.sessions, b"k" * 32, storage.database.write, storage.audit.record
    )


async def refused(known: Identities, claimed: Claimed) -> str:
    with pytest.raises((PermissionDeniedError, AuthenticationError)) as error:
        await known.user(claimed, signs_in=True)
    return error.value.reason_id


@pytest.mark.parametrize(
    ("groups", "roles"),
    [
        (["staff"], ("employee",)),
        (["audit", "staff", "other"], ("employee", "auditor")),
        ("staff", ("employee",)),
        ([], ()),
        (["Staff", 7, None, ["staff"]], ()),
        ({"staff": True}, ()),
        (None, None),
    ],
)
def test_groups_give_roles(groups: Any, roles: Any) -> None:
    assert READ(claims(groups=groups)).roles == roles


async def test_the_first_sign_in_makes_the_user_and_the_next_finds_them(known: Identities, storage: Storage) -> None:
    made = await known.user(READ(claims()), signs_in=True)
    assert (made.name, made.roles, made.has_password) == ("ada", ("employee",), False)
    again = await known.user(READ(claims(preferred_username="renamed", groups=["audit"])), signs_in=True)
    assert (again.id, again.name, again.roles) == (made.id, "ada", ("employee", "auditor"))
    other = await known.user(READ(claims("s-2", preferred_username="bob")), signs_in=True)
    assert other.id != made.id
    elsewhere = READ(claims(iss="https://other.example", preferred_username="eve"))
    assert (await known.user(elsewhere, signs_in=True)).id not in (made.id, other.id)
    async with storage.database.read() as connection:
        assert "s-1" not in str((await connection.execute(select(table))).all())
    events = [row["event"] for row in await storage.audit.search(limit=9)]
    assert sorted(events) == ["user.added"] * 3 + ["user.roles_set"]


async def test_two_first_sign_ins_at_once_are_one_account(known: Identities, people: People) -> None:
    made = await asyncio.gather(*(known.user(READ(claims()), signs_in=True) for _ in range(5)))
    assert len({user.id for user in made}) == 1
    assert len(await people.users.list()) == 1


async def test_a_local_account_is_not_taken_over(known: Identities, people: People) -> None:
    local = await people.add("ada")
    assert await refused(known, READ(claims())) == "identity_name_taken"
    assert await people.users.verify("ada", "correct horse battery") == local


@pytest.mark.parametrize("name", ["", "a/b", " ada", "a\u202eb", "x" * 200, 7])
async def test_a_name_that_cannot_be_one(known: Identities, people: People, name: Any) -> None:
    assert await refused(known, READ(claims(preferred_username=name))) == "identity_incomplete"
    assert await people.users.list() == []


async def test_who_has_no_role_any_more_loses_sessions_too(known: Identities, people: People) -> None:
    assert await refused(known, READ(claims(groups=[]))) == "no_role"
    assert await people.users.list() == []
    user = await known.user(READ(claims()), signs_in=True)
    token, write = people.sessions.new(user, "oidc")
    await people.database.write(write)
    assert await refused(known, READ(claims(groups=["other"]))) == "no_role"
    assert (await people.users.get(user.id)).roles == ()
    with pytest.raises(AuthenticationError):
        await people.sessions.principal(token)
    assert (await known.user(READ(claims()), signs_in=True)).roles == ("employee",)


async def test_a_token_that_says_no_groups_changes_no_roles(known: Identities) -> None:
    said = claims()
    del said["groups"]
    assert await refused(known, READ(said)) == "no_role"
    user = await known.user(READ(claims(groups=["audit"])), signs_in=True)
    assert (await known.user(READ(said), signs_in=False)).roles == user.roles
    assert await refused(known, READ(said)) == "no_role", "of a sign-in, groups that are missing are none"


async def test_disabled_stays_disabled(known: Identities, people: People) -> None:
    user = await known.user(READ(claims()), signs_in=True)
    await people.database.write(people.users.disabled(user))
    assert await refused(known, READ(claims())) == "user_disabled"


async def test_nobody_changes_the_tenant_by_what_the_provider_says(known: Identities) -> None:
    read = Reading({"staff": ("employee",)}, tenant_claim="org")
    user = await known.user(read(claims(org="acme")), signs_in=True)
    assert user.tenant == "acme"
    assert await refused(known, read(claims(org="other"))) == "identity_tenant_changed"
    with pytest.raises(PermissionDeniedError):
        read(claims())
    assert await refused(known, read(claims("s-9", org="a/b"))) == "identity_incomplete"
