"""Settings to product: the only place that constructs things.

`opened` gives the storage side alone (the command line's); `built` adds the models and the pipeline (the server's).
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import text

from guard import registry
from guard.audit.place import place_of
from guard.audit.replayed import Requests, window
from guard.audit.search import Search
from guard.audit.sql import SqlAudit
from guard.audit.usage import first_record, rules_used
from guard.authenticate.api_key import ApiKeys
from guard.authenticate.authenticator import KeyAuthenticator
from guard.authenticate.login import PasswordLogin
from guard.authenticate.session import Sessions
from guard.authenticate.users import Users
from guard.authorize.authorizer import Comparison, Mismatch, PolicyAuthorizer
from guard.authorize.protocol import Authorizer
from guard.config import Settings
from guard.database import Database
from guard.errors import ConfigurationError, NotInstalledError
from guard.generate.configured import ConfiguredGenerators
from guard.keys.local_file import LocalKeys
from guard.limit import storage as limit_storage
from guard.limit.limiter import CountingLimiter
from guard.model import Principal
from guard.policy.administration import SYSTEM, Administration
from guard.policy.changes import Changes
from guard.policy.checking import Checker
from guard.policy.compiled import Compiled
from guard.policy.distribution import Watcher, Workers
from guard.policy.permits import Permits
from guard.policy.replay import Replayer
from guard.policy.revisions import Head, Revisions, sealing
from guard.policy.snapshot import Snapshot
from guard.policy.tally import Replay
from guard.review import Review
from guard.services import Policies, Services
from guard.store.envelope import Envelope
from guard.store.sql import SqlTranscripts

if TYPE_CHECKING:
    from guard.moderate.classifier import MinilmClassifier
    from guard.redact.engine import RedactionEngine
    from guard.redact.protocol import Detector


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

    def review(self, authorize: Authorizer) -> Review:
        """How this installation's records and transcripts are reviewed."""
        return Review(
            authorize=authorize,
            audit=self.audit,
            commit=self.database.write,
            search=Search(self.database),
            transcripts=self.transcripts,
            place=partial(place_of, self.database, self.keys.signing_key.public_key()),
            key=self.keys.derive("review"),
        )

    def authenticator(self) -> KeyAuthenticator:
        """Knows the users of this installation by key and session."""
        return KeyAuthenticator(self.api_keys, self.sessions)


@dataclass(frozen=True, slots=True)
class Checkers:
    """The models that every request needs: detectors and classifier."""

    redactor: RedactionEngine
    patterns: Detector
    classifier: MinilmClassifier

    @property
    def model_ids(self) -> Mapping[str, list[str]]:
        """Their ids, for each record."""
        return {"detectors": list(self.redactor.model_ids), "classifiers": [self.classifier.model_id]}


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
                transcripts=SqlTranscripts(database, keys, keys.derive),
                users=users,
                api_keys=ApiKeys(database, keys.derive("api-keys")),
                sessions=Sessions(database, keys.derive("sessions")),
                revisions=Revisions(database, sealing_key),
            )
        finally:
            await audit.aclose()


@asynccontextmanager
async def checkers() -> AsyncIterator[Checkers]:
    """Load the detectors and the classifier: seconds, and some hundred megabytes."""
    from guard.moderate.classifier import MinilmClassifier
    from guard.redact.engine import RedactionEngine
    from guard.redact.patterns import PatternDetector
    from guard.redact.presidio import PresidioDetector

    async with AsyncExitStack() as stack:
        patterns = PatternDetector()
        stack.push_async_callback(patterns.aclose)
        presidio = await asyncio.to_thread(PresidioDetector.create)
        stack.push_async_callback(presidio.aclose)
        classifier = MinilmClassifier()
        stack.push_async_callback(classifier.aclose)
        await classifier.load()
        yield Checkers(RedactionEngine([patterns, presidio], patterns), patterns, classifier)


@asynccontextmanager
async def built(settings: Settings) -> AsyncIterator[Services]:
    """Build everything that serves requests. Generators start in the background: a request for one waits for it."""
    from guard.checks import Checks
    from guard.inspect.classifier import ClassifierInspector
    from guard.moderate.gate import GateModerator
    from guard.pipeline import Pipeline
    from guard.restore.stream import PlaceholderRestorers

    async with AsyncExitStack() as stack:
        checking = await stack.enter_async_context(checkers())
        parts = await stack.enter_async_context(opened(settings, checking.model_ids))
        authenticate, commit = parts.authenticator(), parts.database.write
        authorize, policies = await stack.enter_async_context(distributed(parts))
        counting = await stack.enter_async_context(limit_storage.opened(settings.limits.storage))
        limit = CountingLimiter(counting)
        generators = make_generators(settings, authorize.snapshot.bundle.scenarios)
        await generators.start()
        stack.push_async_callback(generators.aclose)
        pipeline = Pipeline(
            authenticate=authenticate,
            authorize=authorize,
            limit=limit,
            redact=checking.redactor,
            inspect=ClassifierInspector(checking.classifier.classify),
            store=parts.transcripts,
            generators=generators,
            moderate=GateModerator(checking.classifier, checking.patterns.detect),
            restore=PlaceholderRestorers(),
            audit=parts.audit,
            commit=commit,
        )
        checks = Checks(authenticate, authorize, limit, checking.redactor, checking.classifier, parts.audit, commit)
        yield Services(
            pipeline=pipeline,
            checks=checks,
            authenticate=authenticate,
            authorize=authorize,
            generators=generators,
            transcripts=parts.transcripts,
            login=PasswordLogin(
                parts.users, parts.sessions, commit, parts.audit.record, counting.storage, parts.keys.derive("sign-in")
            ),
            ready=lambda: readiness(parts, policies, checking, counting),
            policies=policies,
            review=parts.review(authorize),
            scenarios=lambda: tuple(authorize.snapshot.bundle.scenarios),
        )


@asynccontextmanager
async def distributed(parts: Opened) -> AsyncIterator[tuple[PolicyAuthorizer, Policies]]:
    """The policy in force, kept up with, and compared with pycasbin where the settings say so."""
    head, snapshot = await parts.in_force()
    commit, administration = parts.database.write, parts.administration()

    async def report(mismatch: Mismatch) -> None:
        fields = {"policy": mismatch.policy, "reason_id": "policy_mismatch", "decision": "error"}
        rules = {"guard": mismatch.ours.text, "casbin": mismatch.casbin.text if mismatch.casbin else "no decision"}
        await commit(parts.audit.record("policy.mismatch", SYSTEM, fields | {"rules": rules}))

    async with AsyncExitStack() as stack:
        comparison = None
        if (share := parts.settings.policy.compare_with_casbin) > 0:
            comparison = Comparison(share, report)
            comparison.start()
            stack.push_async_callback(comparison.aclose)
        authorize = PolicyAuthorizer(snapshot, comparison.sample if comparison else None)
        workers = Workers(parts.database)
        watcher = Watcher(
            parts.revisions, workers, head, authorize.replace, commit, administration.activate_due,
            compiled=parts.compiled,
        )  # fmt: skip
        await watcher.start()
        stack.push_async_callback(watcher.aclose)
        yield (
            authorize,
            Policies(
                administration=administration,
                workers=workers,
                snapshot=lambda: authorize.snapshot,
                take_up=watcher.look,
                is_behind=watcher.is_behind,
            ),
        )


def make_generators(settings: Settings, scenarios: Mapping[str, object]) -> ConfiguredGenerators:
    """The generators of the settings, not started. Raises ConfigurationError, which names the generator."""
    made = {}
    for each in settings.generators:
        module = registry.load("guard.generators", each.kind)
        if each.scenario is not None and each.scenario not in scenarios:
            raise ConfigurationError(f"The generator {each.name} names a scenario that the policy does not have.")
        try:
            made[each.name] = (module.create(each.options, cache_dir=cache_dir(settings)), each.scenario)
        except ConfigurationError as error:
            raise ConfigurationError(f"Generator {each.name}: {error}") from None
    return ConfiguredGenerators(made)


def cache_dir(settings: Settings) -> Path:
    """Where converted weights are kept: public data, shared by all installations of a user."""
    if settings.server.cache_dir is not None:
        return settings.server.cache_dir.expanduser().absolute()
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "guard"


async def readiness(
    parts: Opened, policies: Policies, checking: Checkers, counting: limit_storage.Counting
) -> Mapping[str, bool]:
    """Ask each part that a request needs; a part that raises is not ready."""

    async def database() -> None:
        async with parts.database.read() as connection:
            await connection.execute(text("SELECT 1"))

    async def keys() -> None:
        wrapped = await parts.keys.wrap(bytes(32), b"ready")
        await parts.keys.unwrap(wrapped, b"ready")

    async def policy() -> None:
        if await policies.is_behind():
            raise ConfigurationError("Another policy is in force.")

    async def detectors() -> None:
        await checking.patterns.detect(["ready"])

    async def classifiers() -> None:
        await checking.classifier.classify(["ready"])

    async def limits() -> None:
        if not await counting.storage.check():
            raise ConfigurationError("Requests cannot be counted.")

    async def holds(part: object) -> bool:
        try:
            await part()  # type: ignore[operator]
        except Exception:  # noqa: BLE001  (whatever it is, it is not ready)
            return False
        return True

    parts_of = {
        "database": database,
        "keys": keys,
        "policy": policy,
        "detectors": detectors,
        "classifiers": classifiers,
        "limits": limits,
    }
    return {name: await holds(part) for name, part in parts_of.items()}
