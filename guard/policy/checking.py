"""Everything that is looked at before a policy goes on: lint, decision tables, diff, and the past decided anew."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from guard.model import Principal
from guard.policy.lint import LintContext
from guard.policy.replay import Recorded
from guard.policy.reports import Report
from guard.policy.snapshot import Snapshot

WINDOW = 30 * 86_400_000
"""Milliseconds of the past that are decided anew, and in which a rule should have decided something."""


@dataclass(frozen=True, slots=True)
class Checker:
    """Checks proposals on one installation.

    Args:
        people: everybody who is not disabled.
        objects: those that settings name: `generator/<name>`.
        used: rules that decided since a time (milliseconds since 1970), with the last time each did.
        requests: what was recorded in a window, in order.
    """

    people: Callable[[], Awaitable[Sequence[Principal]]]
    objects: Sequence[str]
    used: Callable[[int], Awaitable[Mapping[str, int]]]
    requests: Callable[[int, int | None], AsyncIterator[Sequence[Recorded]]]

    async def __call__(self, before: Snapshot, after: Snapshot, actor: Principal, *, replay: bool) -> Report:
        since = time.time_ns() // 1_000_000 - WINDOW
        people = await self.people()
        context = LintContext(before, people, actor, await self.used(since), since)
        findings, asked, difference = await asyncio.to_thread(self._checked, before, after, people, context)
        return Report(
            policy=after.policy,
            base=before.policy,
            findings=findings,
            questions=len(asked),
            failed=[result for result in asked if not result.passed],
            diff=difference,
            replay=await self.replayed(after, since) if replay else None,
        )
