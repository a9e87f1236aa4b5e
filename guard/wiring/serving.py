"""Everything that serves requests, built from the settings."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

from guard.audit.closed import closings_of
from guard.authenticate.protocol import Authenticator
from guard.authorize.authorizer import PolicyAuthorizer
from guard.config import Settings
from guard.generate.configured import ConfiguredGenerators
from guard.insight.dashboard import Backlog, Dashboard
from guard.limit import storage as limit_storage
from guard.limit.limiter import CountingLimiter
from guard.services import Services
from guard.wiring.administering import admin
from guard.wiring.chats import conversations_of
from guard.wiring.checkers import Checkers, checkers
from guard.wiring.entrance import entrance
from guard.wiring.generators import make_generators
from guard.wiring.policies import distributed
from guard.wiring.readiness import readiness
from guard.wiring.storage import Opened, opened

if TYPE_CHECKING:
    from guard.checks import Checks
    from guard.pipeline import Pipeline


@asynccontextmanager
async def built(settings: Settings) -> AsyncIterator[Services]:
    """Build everything that serves requests. Generators start in the background: a request for one waits for it."""
    async with AsyncExitStack() as stack:
        checking = await stack.enter_async_context(checkers(settings.redact.countries))
        parts = await stack.enter_async_context(opened(settings, checking.model_ids))
        authorize, policies = await stack.enter_async_context(distributed(parts))
        counting = await stack.enter_async_context(limit_storage.opened(settings.limits.storage))
        doors = entrance(parts, counting.storage)
        stack.push_async_callback(doors.aclose)
        limit = CountingLimiter(counting)
        generators = await stack.enter_async_context(_started(settings, authorize.snapshot.bundle.scenarios))
        ready = partial(readiness, parts, policies, checking, counting)
        pipeline, checks = _answering(parts, checking, doors.authenticate, authorize, limit, generators)
        conversations = conversations_of(pipeline, parts.transcripts.own(), closings_of(parts.database))
        stack.push_async_callback(conversations.aclose)
        review = parts.reviewing(authorize)
        yield Services(
            pipeline=pipeline,
            checks=checks,
            authenticate=doors.authenticate,
            authorize=authorize,
            generators=generators,
            transcripts=parts.transcripts,
            login=doors.login,
            accounts=doors.accounts,
            ready=ready,
            policies=policies,
            review=review.review,
            reveals=review.reveals,
            queues=review.queues,
            admin=admin(parts, authorize, policies.workers, generators, ready),
            oidc=doors.oidc,
            fresh=doors.step_up,
            conversations=conversations,
            dashboard=await stack.enter_async_context(_dashboard(parts, authorize, limit, review.queues.backlog)),
            scenarios=lambda: tuple(authorize.snapshot.bundle.scenarios),
        )


@asynccontextmanager
async def _dashboard(
    parts: Opened, authorize: PolicyAuthorizer, limit: CountingLimiter, backlog: Backlog
) -> AsyncIterator[Dashboard]:
    """The dashboard, which begins to add up the log."""
    dashboard = parts.dashboard(
        authorize, limit.used, lambda: tuple(authorize.snapshot.bundle.limits.values()), backlog
    )
    warming = asyncio.create_task(dashboard.warm())
    try:
        yield dashboard
    finally:
        warming.cancel()
        await asyncio.gather(warming, return_exceptions=True)


def _answering(
    parts: Opened,
    checking: Checkers,
    authenticate: Authenticator,
    authorize: PolicyAuthorizer,
    limit: CountingLimiter,
    generators: ConfiguredGenerators,
) -> tuple[Pipeline, Checks]:
    """What answers requests: with a generator, and the checks alone."""
    from guard.checks import Checks
    from guard.inspect.classifier import ClassifierInspector
    from guard.moderate.gate import GateModerator
    from guard.pipeline import Pipeline
    from guard.restore.stream import PlaceholderRestorers

    commit = parts.database.write
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
    return pipeline, checks


@asynccontextmanager
async def _started(settings: Settings, scenarios: Mapping[str, object]) -> AsyncIterator[ConfiguredGenerators]:
    """The generators, which load in the background."""
    generators = make_generators(settings, scenarios)
    await generators.start()
    try:
        yield generators
    finally:
        await generators.aclose()
