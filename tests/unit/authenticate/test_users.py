"""Users: added once, found by name, disabled for good."""

from __future__ import annotations

import pytest

from guard.errors import AuthenticationError, InvalidRequestError, NotFoundError
from tests.unit.authenticate.conftest import PASSWORD, People


async def test_a_user_is_added_found_and_listed(people: People) -> None:
    user = await people.add()
    assert user.id.startswith("user_")
    assert await people.users.find("ada") == user
    assert await people.users.get(user.id) == user
    assert user.roles == ("employee", "auditor")
    other = await people.add("bob", tenant="acme")
    assert await people.users.list() == [other, user]
    assert await people.users.list("acme") == [other]
    with pytest.raises(NotFoundError):
        await people.users.find("ada", "acme")
    with pytest.raises(NotFoundError):
        await people.users.get("user_none")


async def test_a_name_is_taken_once_per_tenant(people: People) -> None:
    await people.add("Zoe\u0308")
    await people.add("Zoe\u0308", tenant="acme")
    with pytest.raises(InvalidRequestError) as taken:
        await people.add("Zo\u00eb")
    assert taken.value.reason_id == "user_exists"
    assert (await people.users.find("Zo\u00eb")).name == "Zo\u00eb"


@pytest.mark.parametrize("name", ["", " ada", "ada\n", "a\u202eb", "a\u200bb", "acme/ada", "x" * 129, "a\u00a0b"])
async def test_a_name_that_could_be_misread_is_refused(people: People, name: str) -> None:
    with pytest.raises(InvalidRequestError):
        await people.add(name)


@pytest.mark.parametrize("roles", [(), ("",), ("Admin",), ("admin, employee",), ("*",)])
async def test_roles_that_are_none_are_refused(people: People, roles: tuple[str, ...]) -> None:
    with pytest.raises(InvalidRequestError):
        await people.users.new("eve", roles)


async def test_a_tenant_cannot_be_all_of_them(people: People) -> None:
    with pytest.raises(InvalidRequestError):
        await people.add("eve", tenant="*")


async def test_a_password_is_verified(people: People) -> None:
    user = await people.add()
    assert await people.users.verify("ada", PASSWORD) == user
    await people.add("keys-only", password=None)
    for name, password in (("ada", PASSWORD + "x"), ("nobody", PASSWORD), ("keys-only", ""), ("keys-only", PASSWORD)):
        with pytest.raises(AuthenticationError) as wrong:
            await people.users.verify(name, password)
        assert wrong.value.reason_id == "invalid_login"
        assert password not in str(wrong.value) or not password


async def test_a_disabled_user_is_out_in_every_way(people: People) -> None:
    user = await people.add()
    key = await people.key(user)
    token, write = people.sessions.new(user)
    await people.database.write(write)
    await people.database.write(people.users.disabled(user))
    with pytest.raises(AuthenticationError) as error:
        await people.users.verify("ada", PASSWORD)
    assert error.value.reason_id == "user_disabled"
    with pytest.raises(AuthenticationError) as error:
        await people.api_keys.principal(key)
    assert error.value.reason_id == "user_disabled"
    with pytest.raises(AuthenticationError):
        await people.sessions.principal(token)
    assert (await people.users.get(user.id)).disabled is not None


async def test_a_user_does_not_show_the_name(people: People) -> None:
    assert "ada" not in repr(await people.add())
