"""What the HTTP layers and the command line are given: the built product, without knowing how it was built."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Protocol

from guard.authenticate.account import Accounts
from guard.authenticate.login import CodeWanted
from guard.authenticate.oidc import OidcLogin
from guard.authenticate.protocol import Authenticator
from guard.authenticate.session import Session
from guard.authorize.protocol import Authorizer
from guard.checks import Checks
from guard.conversations.service import Conversations
from guard.generate.protocol import Generators
from guard.insight.dashboard import Dashboard
from guard.installation.generators import GeneratorDesk
from guard.installation.health import HealthDesk
from guard.installation.keys import KeyDesk
from guard.model import Credential, Principal
from guard.people.api_keys import Keys
from guard.people.directory import People
from guard.pipeline import Pipeline
from guard.policy.administration import Administration
from guard.policy.distribution import Workers
from guard.policy.observed import Observed
from guard.policy.snapshot import Snapshot
from guard.review import Review
from guard.review.queues import Queues
from guard.review.reveals import Reveals
from guard.store.protocol import Transcripts


class Login(Protocol):
    """Sign-in of people to the pages."""

    async def login(self, name: str, password: str, facts: Mapping[str, str]) -> str | CodeWanted:
        """Return a new session token, to be kept in a cookie, or the wish for a code.

        Raises AuthenticationError, LimitExceededError.
        """
        ...

    async def code(self, pending: str | None, code: str, facts: Mapping[str, str]) -> str:
        """Return a new session token for who has shown the password already.

        Raises AuthenticationError, LimitExceededError.
        """
        ...

    async def logout(self, session: str) -> Session | None:
        """End a session, and return what it was; unknown ones are ignored."""
        ...


@dataclass(frozen=True, slots=True)
class Policies:
    """Policy administration, as the pages and `/api/policies` use it.

    Args:
        snapshot: the policy that this process enforces.
        take_up: has this process take up what is in force now, without waiting for its next look.
        is_behind: whether another policy is in force than this process enforces.
        names: what people of a tenant are called, disabled ones too, by id; other ids are left out.
        observed: scores and entity types of the requests that were recorded lately.
    """

    administration: Administration
    workers: Workers
    snapshot: Callable[[], Snapshot]
    take_up: Callable[[], Awaitable[None]]
    is_behind: Callable[[], Awaitable[bool]]
    names: Callable[[Collection[str], str], Awaitable[Mapping[str, str]]]
    observed: Callable[[], Awaitable[Observed]]


@dataclass(frozen=True, slots=True)
class Admin:
    """Administration, as the pages under `/admin` and their APIs use it."""

    people: People
    api_keys: Keys
    generators: GeneratorDesk
    keys: KeyDesk
    health: HealthDesk

    def sections(self, actor: Principal) -> list[str]:
        """What somebody may see of it, in the order of the pages."""
        may = {
            "users": self.people.may(actor, "read"),
            "apikeys": self.api_keys.may(actor, "read"),
            "generators": self.generators.may(actor),
            "keys": self.keys.may(actor),
            "health": self.health.may(actor),
        }
        return [name for name, allowed in may.items() if allowed]


@dataclass(frozen=True, slots=True)
class Services:
    """The product of `guard.wiring`.

    `fresh` raises StepUpRequiredError when a session's person proved who they are too long ago (`StepUp`).
    `ready` answers, part by part (database, keys, policy, detectors, classifiers, limits), whether requests can be served.
    """

    pipeline: Pipeline
    checks: Checks
    authenticate: Authenticator
    authorize: Authorizer
    generators: Generators
    transcripts: Transcripts
    login: Login
    accounts: Accounts
    ready: Callable[[], Awaitable[Mapping[str, bool]]]
    policies: Policies
    review: Review
    reveals: Reveals
    queues: Queues
    conversations: Conversations
    dashboard: Dashboard
    admin: Admin
    fresh: Callable[[Credential], Awaitable[None]]
    oidc: OidcLogin | None = None
    scenarios: Callable[[], tuple[str, ...]] = tuple
