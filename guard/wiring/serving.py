"""Everything that serves requests, built from the settings."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

from guard.config import Settings
from guard.generate.configured import ConfiguredGenerators
from guard.limit import storage as limit_storage
from guard.limit.limiter import CountingLimiter
from guard.services import Services
from guard.wiring.administering import admin
from guard.wiring.checkers import checkers
from guard.wiring.entrance import entrance
from guard.wiring.generators import make_generators
from guard.wiring.policies import distributed
from guard.wiring.readiness import readiness
from guard.wiring.storage import opened


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
        authorize, policies = await stack.enter_async_context(distributed(parts))
        counting = await stack.enter_async_context(limit_storage.opened(settings.limits.storage))
        doors = entrance(parts, counting.storage)
        stack.push_async_callback(doors.aclose)
        authenticate, commit = doors.authenticate, parts.database.write
        limit = CountingLimiter(counting)
        generators = await stack.enter_async_context(_started(settings, authorize.snapshot.bundle.scenarios))
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
        ready = partial(readiness, parts, policies, checking, counting)
        yield Services(
            pipeline=pipeline,
            checks=checks,
            authenticate=authenticate,
            authorize=authorize,
            generators=generators,
            transcripts=parts.transcripts,
            login=doors.login,
            accounts=doors.accounts,
            ready=ready,
            policies=policies,
            review=parts.review(authorize),
            admin=admin(parts, authorize, policies.workers, generators, ready),
            oidc=doors.oidc,
            fresh=doors.step_up,
            scenarios=lambda: tuple(authorize.snapshot.bundle.scenarios),
        )


@asynccontextmanager
async def _started(settings: Settings, scenarios: Mapping[str, object]) -> AsyncIterator[ConfiguredGenerators]:
    generators = make_generators(settings, scenarios)
    await generators.start()
    try:
        yield generators
    finally:
        await generators.aclose()
