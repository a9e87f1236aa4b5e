"""An installation with a real database, real records and the shipped policy, for the tests of reviewing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from types import SimpleNamespace
from typing import Any

from guard.audit.closed import Closed, closings_of
from guard.audit.place import place_of
from guard.audit.search import Search
from guard.authorize.authorizer import PolicyAuthorizer
from guard.errors import AuthenticationError
from guard.model import Credential, Principal
from guard.policy import bundle, shipped
from guard.policy.revisions import Revisions
from guard.policy.snapshot import Snapshot
from guard.review import Review
from guard.services import Services
from guard.testing.fakes import ChunkedGenerator
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

    async def login(self, name: str, password: str) -> str:
        if password != "right" or name not in PEOPLE:
            raise AuthenticationError("The name or the password is wrong.", reason_id="invalid_login")
        return f"key-{name}"


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
    generators: Mapping[str, Any] = field(default_factory=generators)
    ring: Ring = field(default_factory=People)

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
        review = Review(
            authorize=authorize,
            audit=storage.audit,
            commit=storage.database.write,
            search=Search(storage.database),
            transcripts=storage.transcripts,
            place=partial(place_of, storage.database, storage.keys.signing_key.public_key()),
            key=storage.keys.derive("review"),
        )
        # The page of a record looks for the revision of its policy, and for nothing else there.
        revisions = Revisions(storage.database, storage.keys.derive("policy-revisions"))
        policies: Any = SimpleNamespace(administration=SimpleNamespace(revisions=revisions))
        return replace(super().services(), review=review, policies=policies)
