"""The policy in force, kept up with while the server runs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

from guard.audit.observed import Lately, observed
from guard.authorize.authorizer import Comparison, Mismatch, PolicyAuthorizer
from guard.policy.administration import SYSTEM
from guard.policy.distribution import Watcher, Workers
from guard.services import Policies
from guard.wiring.storage import Opened


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
                names=parts.users.names,
                observed=Lately(partial(observed, parts.database)),
            ),
        )
