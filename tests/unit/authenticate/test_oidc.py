"""Sign-in and step-up through a provider that says what it likes."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from guard.authenticate.attempts import Attempts
from guard.authenticate.identities import Identities, Reading
from guard.authenticate.oidc import Done, OidcLogin
from guard.authenticate.pending import Pending
from guard.authenticate.session import Session
from guard.authenticate.step_up import StepUp
from guard.clock import now
from guard.errors import AuthenticationError, GuardError, StepUpRequiredError
from guard.model import Credential
from guard.store.envelope import Envelope
from tests.conftest import ON_SQLITE, Storage
from tests.unit.authenticate.conftest import People
from tests.unit.authenticate.provider_of import BACK, Scripted, query

pytestmark = ON_SQLITE
SEALER = Envelope(b"s" * 32)


@dataclass
class Door:
    """A sign-in through a scripted provider."""

    scripted: Scripted
    oidc: OidcLogin
    people: People
    failures: list[str] = field(default_factory=list)

    async def through(self, session: Session | None = None, again: Session | None = None, **claims: Any) -> Done:
        """Go there and come back with these claims."""
        url, kept = await self.oidc.start(BACK, "/review", again)
        sent = query(url)
        said = {"preferred_username": "ada", "groups": ["staff"], "nonce": sent["nonce"], "aud": "guard"} | claims
        self.scripted.id_token = self.scripted.signed(self.scripted.claims(**said))
        answer = {"state": sent["state"], "code": "c", "iss": "https://id.example"}
        return await self.oidc.finish(kept, answer, BACK, {"browser": "x"}, session)

    async def session(self, done: Done) -> Session:
        assert done.token
        return await self.people.sessions.find(done.token)


@pytest.fixture
async def door(people: People, storage: Storage) -> AsyncIterator[Door]:
    scripted, commit, record = Scripted(), storage.database.write, storage.audit.record
    identities = Identities(storage.database, people.users, people.sessions, b"k" * 32, commit, record)
    reading = Reading({"staff": ("employee",), "robots": ("service",)})
    failures: list[str] = []

    async def failed(reason_id: str) -> None:
        failures.append(reason_id)

    oidc = OidcLogin(
        scripted.provider,
        reading,
        identities,
        people.sessions,
        Pending(SEALER, "oidc"),
        Attempts(),
        commit,
        record,
        failed,
        "x",
    )
    yield Door(scripted, oidc, people, failures)
    await oidc.aclose()


async def reason(attempt: Any) -> str:
    with pytest.raises(GuardError) as refused:
        await attempt
    return refused.value.reason_id


async def test_a_session_knows_its_token_and_when_its_person_was_asked(door: Door) -> None:
    done = await door.through()
    session = await door.session(done)
    assert (done.next, session.method, session.facts["id_token"]) == ("/review", "oidc", door.scripted.id_token)
    assert now() - session.proved < 10_000
    fresh = StepUp(door.people.sessions, 10)
    await fresh(Credential(session=done.token))
    # The provider had asked long ago, or does not say when: then its word is not fresh.
    for at in (int(time.time()) - 700, None, True, "now"):
        try:
            old = await door.through(auth_time=at)
        except AuthenticationError as error:
            assert error.reason_id == "invalid_token"  # noqa: PT017
            continue
        with pytest.raises(StepUpRequiredError):
            await fresh(Credential(session=old.token))
    await fresh(Credential(api_key="gk_x"))


async def test_a_sign_in_that_is_refused_is_counted(door: Door) -> None:
    assert await reason(door.through(groups=["strangers"])) == "no_role"
    assert await reason(door.through(nonce="another")) == "invalid_token"
    assert door.failures == ["no_role", "invalid_token"]
    await door.through()
    assert len(door.failures) == 2


async def test_proving_it_again_takes_the_same_person_the_same_session_and_a_new_proof(door: Door) -> None:
    hour = int(time.time()) - 3600
    session = await door.session(await door.through(auth_time=hour))
    other = await door.session(await door.through(sub="s-2", preferred_username="bob"))
    assert await reason(door.through(session, session, auth_time=hour)) == "login_refused"
    assert await reason(door.through(session, session, auth_time=None)) == "login_refused"
    assert await reason(door.through(session, session, sub="s-2", preferred_username="bob")) == "login_refused"
    assert await reason(door.through(other, session)) == "invalid_session"
    assert await reason(door.through(None, session)) == "invalid_session"
    listed = await door.people.sessions.list(session.user)
    assert [each.proved for each in listed] == [hour * 1000]
    assert (await door.through(session, session)).token is None
    assert now() - (await door.people.sessions.list(session.user))[0].proved < 10_000


async def test_what_was_kept_is_good_for_its_own_return_alone(door: Door) -> None:
    url, kept = await door.oidc.start(BACK, "/chat")
    _, other = await door.oidc.start(BACK, "/chat")
    answer = {"state": query(url)["state"], "code": "c", "iss": "https://id.example"}
    door.scripted.id_token = door.scripted.signed(door.scripted.claims(nonce=query(url)["nonce"], aud="guard"))
    for wrong in (None, "", "AAAA", kept[:-2] + "AA", other, Pending(SEALER, "code").seal({"user": "u"})):
        assert await reason(door.oidc.finish(wrong, answer, BACK, {}, None)) == "login_expired"


async def test_a_token_of_a_person_and_one_of_an_application(door: Door) -> None:
    def token(**claims: Any) -> str:
        said = {"preferred_username": "ada", "groups": ["staff"]} | claims
        return door.scripted.signed(door.scripted.claims(**said), typ="at+jwt")

    person = await door.oidc.principal(token())
    assert (person.name, person.kind, person.roles) == ("ada", "user", ("employee",))
    robot = await door.oidc.principal(token(sub="app", client_id="app", preferred_username=None, groups=["robots"]))
    assert (robot.name, robot.kind) == ("app", "service")
    assert await reason(door.oidc.principal(token(sub="s-3", preferred_username="eve", groups=["other"]))) == "no_role"
    taken = token(sub="s-4", preferred_username="ada")
    with pytest.raises(AuthenticationError) as refused:
        await door.oidc.principal(taken)
    assert refused.value.reason_id == "identity_name_taken"
