"""An installation with a real database, real records and the shipped policy, for the tests of reviewing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

from guard.audit.closed import Closed, closings_of
from guard.authorize.authorizer import PolicyAuthorizer
from guard.errors import AuthenticationError
from guard.insight.dashboard import Backlog, Dashboard
from guard.insight.sums import Sums
from guard.limit.limiter import CountingLimiter
from guard.limit.storage import Counting, in_memory
from guard.model import Credential, Principal
from guard.policy import bundle, shipped
from guard.policy.revisions import Revisions
from guard.policy.snapshot import Snapshot
from guard.services import Services
from guard.testing.fakes import ChunkedGenerator
from guard.wiring.reviewing import reviewing
from tests.conftest import Storage
from tests.unit.serving import House, Ring

PEOPLE = {
    who.name: who
    for who in (
        Principal("user_emma", "default", ("employee",), name="emma"),
        Principal("user_audrey", "default", ("auditor",), name="audrey"),
        Principal("user_both", "default", ("employee", "auditor"), name="both"),
        Principal("user_root", "default", ("admin",), name="root"),
        Principal("user_wile", "acme", ("employee",), name="wile"),
        Principal("user_tess", "acme", ("auditor",), name="tess"),
        Principal("user_paul", "default", ("privacy_officer",), name="paul"),
        Principal("user_petra", "default", ("privacy_officer",), name="petra"),
        Principal("user_otto", "default", ("auditor",), name="otto"),
        Principal("user_double", "default", ("auditor", "privacy_officer"), name="double"),
        Principal("service_scan", "default", ("auditor", "privacy_officer"), "service", name="scan"),
        Principal("user_pia", "acme", ("privacy_officer",), name="pia"),
        Principal("user_solo", "tiny", ("employee", "auditor", "privacy_officer"), name="solo"),
    )
}


class People(Ring):
    """Everybody of `PEOPLE`; API key and session are `key-<name>`, the password is `right`."""

    async def __call__(self, credential: Credential) -> Principal:
        shown = credential.api_key or credential.session
        if shown is None:
            raise AuthenticationError(reason_id="api_key_missing")
        name = shown.removeprefix("key-")
        if name not in PEOPLE:
            raise AuthenticationError
        return PEOPLE[name]

    async def login(self, name: str, password: str, facts: Mapping[str, str] | None = None) -> str:
        if password != "right" or name not in PEOPLE:
            raise AuthenticationError("The name or the password is wrong.", reason_id="invalid_login")
        return f"key-{name}"


async def people(tenant: str) -> list[Principal]:
    """Everybody of a tenant."""
    return [each for each in PEOPLE.values() if each.tenant == tenant]


def key(name: str) -> dict[str, str]:
    """The header of somebody's API key."""
    return {"authorization": f"Bearer key-{name}"}


def session(name: str) -> dict[str, str]:
    """The headers of somebody's browser."""
    return {"cookie": f"guard_session=key-{name}", "sec-fetch-site": "same-origin"}


def generators() -> dict[str, Any]:
    """One that answers well, one of whose answers a part is withheld."""
    return {
        "echo": ChunkedGenerator(["Hello ", "there. "]),
        "toxic": ChunkedGenerator(["Fine. ", "A toxicword. "]),
    }


@dataclass
class Installation(House):
    """`House` on a real database."""

    storage: Storage | None = None
    rules: str = ""
    sample: float = 0.0
    generators: Mapping[str, Any] = field(default_factory=generators)
    ring: Ring = field(default_factory=People)
    counting: Counting = field(default_factory=in_memory)
    backlog: Backlog | None = None

    async def closings(self, conversation_id: str) -> Mapping[str, Closed]:
        assert self.storage
        return await closings_of(self.storage.database)(conversation_id)

    def services(self) -> Services:
        assert self.storage
        storage, base = self.storage, shipped.load()
        files = {**base.files, "rules.csv": base.files["rules.csv"] + self.rules}
        authorize = PolicyAuthorizer(Snapshot(bundle.build(files)))
        self.stages = {
            "authorize": authorize,
            "store": storage.transcripts,
            "audit": storage.audit,
            "commit": storage.database.write,
        } | dict(self.stages)
        review = reviewing(
            storage.database, storage.keys, storage.audit, storage.transcripts, authorize, people, self.sample
        )
        dashboard = Dashboard(
            authorize=authorize,
            audit=storage.audit,
            commit=storage.database.write,
            sums=Sums(storage.database),
            used=CountingLimiter(self.counting).used,
            profiles=lambda: tuple(authorize.snapshot.bundle.limits.values()),
            key=storage.keys.derive("dashboard"),
            backlog=self.backlog,
        )
        # The page of a record looks for the revision of its policy, and for nothing else there.
        revisions = Revisions(storage.database, storage.keys.derive("policy-revisions"))
        policies: Any = SimpleNamespace(administration=SimpleNamespace(revisions=revisions))
        parts = {"review": review.review, "reveals": review.reveals, "queues": review.queues, "dashboard": dashboard}
        return replace(super().services(), policies=policies, **parts)
