"""A credential is an API key or a session."""

from __future__ import annotations

import pytest

from guard.errors import AuthenticationError
from guard.model import Credential
from tests.unit.authenticate.conftest import People


async def test_both_kinds_lead_to_the_same_person(people: People) -> None:
    user = await people.add()
    token, write = people.sessions.new(user)
    await people.database.write(write)
    by_key = await people.authenticate(Credential(api_key=await people.key(user)))
    by_session = await people.authenticate(Credential(session=token))
    assert by_key.id == by_session.id == user.id
    assert by_key.api_key_id
    assert by_session.api_key_id is None


@pytest.mark.parametrize(
    ("credential", "reason_id"),
    [
        (Credential(), "api_key_missing"),
        (Credential(api_key="", session=""), "api_key_missing"),
        (Credential(api_key="gk_nothing"), "invalid_api_key"),
        (Credential(session="nothing"), "invalid_session"),
        (Credential(api_key="a", session="b"), "invalid_api_key"),
    ],
)
async def test_anything_else_is_refused(people: People, credential: Credential, reason_id: str) -> None:
    with pytest.raises(AuthenticationError) as error:
        await people.authenticate(credential)
    assert error.value.reason_id == reason_id


async def test_a_token_is_no_key_and_a_key_no_token(people: People) -> None:
    user = await people.add()
    token, write = people.sessions.new(user)
    await people.database.write(write)
    for credential in (Credential(api_key=token), Credential(session=await people.key(user))):
        with pytest.raises(AuthenticationError):
            await people.authenticate(credential)


@pytest.mark.parametrize(
    ("shown", "known"),
    [
        ("10.0.0.2", "10.0.0.2"),
        ("::ffff:10.0.0.2", "10.0.0.2"),
        ("2001:DB8::0001", "2001:db8::1"),
        ("unknown", None),
        ("", None),
        (None, None),
    ],
)
async def test_the_address_of_a_request_is_known_and_shown_nowhere(
    people: People, shown: str | None, known: str | None
) -> None:
    user = await people.add()
    token, write = people.sessions.new(user)
    await people.database.write(write)
    for credential in (
        Credential(api_key=await people.key(user), address=shown),
        Credential(session=token, address=shown),
    ):
        principal = await people.authenticate(credential)
        assert principal.address == known
        assert "10.0.0.2" not in repr(credential) + repr(principal)
