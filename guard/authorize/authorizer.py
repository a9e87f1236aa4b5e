"""The authorizer over the snapshot in force, and a sampled comparison of its decisions with pycasbin."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

from guard.errors import PolicyError
from guard.model import Grant, Principal, Rule
from guard.policy.snapshot import Snapshot

log = logging.getLogger(__name__)

WAITING = 256
"""Comparisons that may wait; a busy server leaves further ones out."""


LAST = 5.0
"""Seconds that comparisons may go on when the process is to stop."""


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Two answers to one question. Both name rules of the policy, nothing of a request."""

    policy: str
    ours: Rule
    casbin: Rule | None


@dataclass(frozen=True, slots=True)
class _Asked:
    snapshot: Snapshot
    principal: Principal
    obj: str
    act: str


class PolicyAuthorizer:
    """Authorizer over a snapshot that can be replaced.

    Args:
        snapshot: the policy in force; `None`: nothing is allowed until `replace`.
        sample: called for each decision, with what was asked; see `Comparison`.
    """

    def __init__(self, snapshot: Snapshot | None = None, sample: Callable[[_Asked], None] | None = None) -> None:
        self._snapshot = snapshot
        self._sample = sample

    def replace(self, snapshot: Snapshot) -> None:
        """Put a policy in force, from the next decision on."""
        self._snapshot = snapshot

    async def __call__(self, principal: Principal, model: str | None, scenario: str | None = None) -> Grant:
        snapshot = self.snapshot
        if self._sample and model is not None:
            self._sample(_Asked(snapshot, principal, f"generator/{model}", "use"))
        return snapshot.grant(principal.roles, principal.tenant, model, scenario, principal.address)

    def decide(self, principal: Principal, obj: str, act: str) -> Rule:
        snapshot = self.snapshot
        if self._sample:
            self._sample(_Asked(snapshot, principal, obj, act))
        return snapshot.decide(principal.roles, principal.tenant, obj, act, principal.address)

    @property
    def policy(self) -> str:
        return self.snapshot.policy

    @property
    def snapshot(self) -> Snapshot:
        """The snapshot in force. Raises PolicyError when there is none."""
        if self._snapshot is None:
            raise PolicyError("No policy is in force. Run `guard init`.")
        return self._snapshot


class Comparison:
    """Decides a share of all questions a second time, with pycasbin, beside the requests and never in their way.

    Args:
        share: of the decisions, 0 to 1.
        report: told of each mismatch. The answer that was given stands: this is an alarm, not a second lock.
    """

    def __init__(self, share: float, report: Callable[[Mismatch], Awaitable[None]]) -> None:
        self._share = share
        self._report = report
        self._queue: asyncio.Queue[_Asked] = asyncio.Queue(WAITING)
        self._worker: asyncio.Task[None] | None = None
        self._oracles: dict[str, object] = {}
        self.compared = 0

    def start(self) -> None:
        """Compare from now on, in the running loop."""
        self._worker = asyncio.create_task(self._compare_forever())

    async def aclose(self) -> None:
        """Compare what waits, for `LAST` seconds at most, then stop."""
        if self._worker is not None:
            # With a large policy one comparison takes a second; a process that is to stop does not wait for all of them.
            with suppress(TimeoutError):
                await asyncio.wait_for(self._queue.join(), LAST)
            self._worker.cancel()
            await asyncio.gather(self._worker, return_exceptions=True)

    def sample(self, asked: _Asked) -> None:
        """Note a decision for comparison, or leave it out."""
        if random.random() < self._share and not self._queue.full():  # noqa: S311  (which ones is no secret)
            self._queue.put_nowait(asked)

    async def _compare_forever(self) -> None:
        while True:
            asked = await self._queue.get()
            try:
                if (mismatch := await asyncio.to_thread(self._compared, asked)) is not None:
                    log.error("Guard and pycasbin decide differently.", extra={"reason_id": "policy_mismatch"})
                    await self._report(mismatch)
            except Exception as error:
                log.error("A mismatch could not be recorded.", extra={"reason_id": "policy_mismatch"}, exc_info=error)
            finally:
                self._queue.task_done()

    def _compared(self, asked: _Asked) -> Mismatch | None:
        from guard.authorize.casbin import CasbinOracle

        snapshot, who = asked.snapshot, asked.principal
        if not snapshot.is_well_formed(who.roles, who.tenant, asked.obj, asked.act):
            return None  # Denied before any rule is asked.
        if not snapshot.bundle.model.has_roles and len(set(who.roles)) > 1:
            return None  # Without `g` pycasbin decides for one role at a time.
        ours = snapshot.decide(who.roles, who.tenant, asked.obj, asked.act, who.address)
        try:
            oracle = self._oracles.get(snapshot.policy)
            if not isinstance(oracle, CasbinOracle):
                oracle = CasbinOracle(snapshot.bundle)
                self._oracles = {snapshot.policy: oracle}
            theirs = oracle.decide(who.roles, who.tenant, asked.obj, asked.act, who.address)
        except PolicyError:
            return Mismatch(snapshot.policy, ours, None)
        finally:
            self.compared += 1
        return None if ours == theirs else Mismatch(snapshot.policy, ours, theirs)
