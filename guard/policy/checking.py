"""Everything that is looked at before a policy goes on: lint, decision tables, diff, and the past decided anew."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from guard.clock import now
from guard.model import Principal
from guard.policy import decision_tables
from guard.policy.decision_tables import Result
from guard.policy.diff import diff
from guard.policy.diff_result import Diff
from guard.policy.lint import Finding, LintContext, lint
from guard.policy.reports import Evidence, Report
from guard.policy.snapshot import Snapshot

WINDOW = 30 * 86_400_000
"""Milliseconds of the past that are decided anew, and in which a rule should have decided something."""


@dataclass(frozen=True, slots=True)
class Checker:
    """Checks proposals on one installation.

    Args:
        people: everybody who is not disabled.
        generators: names of those that are configured.
        used: rules that decided since a time (milliseconds since 1970), with the last time each did, if that is known.
        replay: what a policy makes of the requests that were recorded since a time.
    """

    people: Callable[[], Awaitable[Sequence[Principal]]]
    generators: Sequence[str]
    used: Callable[[int], Awaitable[Mapping[str, int] | None]]
    replay: Callable[[Snapshot, int], Awaitable[Evidence]]
    # One at a time: requests share the processor and the threads with whoever lets a large policy be checked.
    _alone: asyncio.Lock = field(default_factory=asyncio.Lock, init=False, repr=False)

    async def __call__(self, before: Snapshot, after: Snapshot, actor: Principal, *, replay: bool) -> Report:
        since = now() - WINDOW
        people = await self.people()
        # Reading the log takes its time: who types does not wait for it.
        used = await self.used(since) if replay else None
        context = LintContext(before=before, principals=people, actor=actor, used=used, since=since)
        async with self._alone:
            findings, asked, difference = await asyncio.to_thread(self._checked, before, after, context)
        return Report(
            policy=after.policy,
            base=before.policy,
            findings=findings,
            questions=len(asked),
            failed=[result for result in asked if not result.passed],
            diff=difference,
            replay=await self.replay(after, since) if replay else None,
        )

    def _checked(
        self, before: Snapshot, after: Snapshot, context: LintContext
    ) -> tuple[list[Finding], list[Result], Diff]:
        findings = lint(after.bundle, context)
        asked = list(decision_tables.run(after.bundle, after))
        return findings, asked, diff(before, after, context.principals, self.generators)
