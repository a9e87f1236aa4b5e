"""The storage side of an installation: keys, database, and what stands on them alone (the command line's)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from guard.audit.replayed import Requests, window
from guard.audit.sql import SqlAudit
from guard.audit.usage import first_record, rules_used
from guard.authenticate.api_key import ApiKeys
from guard.authenticate.authenticator import KeyAuthenticator
from guard.authenticate.session import Sessions
from guard.authenticate.totp import SecondFactors
from guard.authenticate.users import Users
from guard.authorize.authorizer import PolicyAuthorizer
from guard.authorize.protocol import Authorizer
from guard.config import Settings
from guard.database import Database
from guard.errors import ConfigurationError, NotInstalledError
from guard.insight.dashboard import Backlog, Dashboard, Usage
from guard.insight.sums import Sums
from guard.keys.local_file import LocalKeys
from guard.model import LimitProfile, Principal
from guard.policy.administration import Administration
from guard.policy.changes import Changes
from guard.policy.checking import Checker
from guard.policy.compiled import Compiled
from guard.policy.permits import Permits
from guard.policy.replay import Replayer
from guard.policy.revisions import Head, Revisions, sealing
from guard.policy.snapshot import Snapshot
from guard.policy.tally import Replay
from guard.store.envelope import Envelope
from guard.store.sql import SqlTranscripts
from guard.wiring.reviewing import Reviewing, reviewing


@dataclass(frozen=True, slots=True)
class Opened:
    """The storage side of an installation."""

    settings: Settings
    keys: LocalKeys
    database: Database
    audit: SqlAudit
    transcripts: SqlTranscripts
    users: Users
    api_keys: ApiKeys
    sessions: Sessions
    second_factors: SecondFactors
    revisions: Revisions
    compiled: Compiled = field(default_factory=Compiled)

    async def authorizer(self) -> PolicyAuthorizer:
        """The policy in force, ready to decide. Raises PolicyError."""
        return PolicyAuthorizer((await self.in_force())[1])

    async def in_force(self) -> tuple[Head, Snapshot]:
        """The policy in force and its number. Raises PolicyError, TamperedError, StorageError."""
        revision = await self.revisions.active()
        return Head(revision.id, revision.hash), await self.compiled(revision)

    async def people(self) -> list[Principal]:
        """Everybody who is not disabled, services included."""
        return [user.principal() for user in await self.users.list() if user.disabled is None]

    async def used_rules(self, since: int) -> Mapping[str, int] | None:
        """Rule text to when it last decided (milliseconds since 1970); `None` when the log does not reach so far back."""
        first = await first_record(self.database)
        return await rules_used(self.database, since) if first is not None and first <= since else None

    async def replayed(
        self,
        draft: Snapshot,
        since: int | None = None,
        until: int | None = None,
        *,
        samples: int = 20,
        advance: Callable[[int, int], None] = lambda read, records: None,
    ) -> Replay:
        """What a policy makes of the requests recorded in a window (milliseconds since 1970). Raises StorageError.

        Args:
            samples: requests to keep of each kind of change.
            advance: told how many records were read, and of how many.
        """
        bounds = await window(self.database, since, until)
        source = Requests(self.database, bounds)
        replayer = Replayer(draft, [each.name for each in self.settings.generators], samples)
        async for batch in source.batches():
            await asyncio.to_thread(replayer.feed, batch)
            advance(source.read, bounds.records)
        replayer.skip("unreadable", source.unreadable)
        replayer.skip("never_closed", source.never_closed)
        return replayer.result(bounds)

    def administration(self) -> Administration:
        """How this installation's policy changes."""
        record, commit = self.audit.record, self.database.write
        checker = Checker(
            people=self.people,
            generators=[each.name for each in self.settings.generators],
            used=self.used_rules,
            replay=self.replayed,
        )
        return Administration(
            revisions=self.revisions,
            changes=Changes(self.database, Envelope(self.keys.derive("policy-texts"))),
            permits=Permits(self.revisions, self.compiled, self.people, record, commit),
            check=checker,
        )

    def reviewing(self, authorize: PolicyAuthorizer) -> Reviewing:
        """How this installation's records, reveals and queues are reviewed."""

        async def people(tenant: str) -> list[Principal]:
            return [user.principal() for user in await self.users.list(tenant) if user.disabled is None]

        parts = self.database, self.keys, self.audit, self.transcripts
        return reviewing(*parts, authorize, people, self.settings.review.sample)

    def dashboard(
        self,
        authorize: Authorizer,
        used: Usage,
        profiles: Callable[[], Sequence[LimitProfile]],
        backlog: Backlog | None = None,
    ) -> Dashboard:
        """The figures of this installation.

        Args:
            used: asks the limiter. profiles: the limit profiles in force. backlog: asks the review queues.
        """
        return Dashboard(
            authorize=authorize,
            audit=self.audit,
            commit=self.database.write,
            sums=Sums(self.database),
            used=used,
            profiles=profiles,
            key=self.keys.derive("dashboard"),
            backlog=backlog,
        )

    def authenticator(self) -> KeyAuthenticator:
        """Knows the users of this installation by key and session."""
        return KeyAuthenticator(self.api_keys, self.sessions)


@asynccontextmanager
async def opened(settings: Settings, models: Mapping[str, list[str]] | None = None) -> AsyncIterator[Opened]:
    """Open keys and database.

    Raises:
        NotInstalledError: nothing was initialized yet.
        ConfigurationError: a folder cannot be used.
        KeyUnavailableError, StorageError: with what to do.
    """
    if settings.keys.provider != "local":
        raise ConfigurationError("`keys.provider`: only `local` is built yet.")
    if not await Database(settings.database_url).is_made():
        raise NotInstalledError
    keys = LocalKeys.load(settings.key_dir)
    async with connected(settings, keys, models) as parts:
        yield parts


@asynccontextmanager
async def connected(
    settings: Settings, keys: LocalKeys, models: Mapping[str, list[str]] | None = None
) -> AsyncIterator[Opened]:
    """Open the database with given keys, making it where there is none."""
    sealing_key = keys.derive("policy-revisions")
    async with Database(settings.database_url, sealing(sealing_key)) as database:
        audit = SqlAudit(database, keys.signing_key, models)
        users = Users(database)
        try:
            yield Opened(
                settings=settings,
                keys=keys,
                database=database,
                audit=audit,
                transcripts=SqlTranscripts(database, keys, keys.derive, settings.redact.remember_days),
                users=users,
                api_keys=ApiKeys(database, keys.derive("api-keys")),
                sessions=_sessions(settings, database, keys),
                second_factors=SecondFactors(
                    database, Envelope(keys.derive("second-factors")), keys.derive("recovery-codes")
                ),
                revisions=Revisions(database, sealing_key),
            )
        finally:
            await audit.aclose()


def _sessions(settings: Settings, database: Database, keys: LocalKeys) -> Sessions:
    return Sessions(
        database,
        keys.derive("sessions"),
        Envelope(keys.derive("session-facts")),
        lifetime=settings.sign_in.absolute_minutes * 60_000,
        idle=settings.sign_in.idle_minutes * 60_000,
        second_factor_roles=frozenset(settings.sign_in.require_totp_roles),
    )
