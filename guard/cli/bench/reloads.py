"""Decisions of known answers while policies are swapped, under threads and under asyncio; and pycasbin's own reload."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from itertools import count

from guard.authorize.authorizer import PolicyAuthorizer
from guard.model import Principal
from guard.policy import bundle, shipped
from guard.policy.bundle import Bundle
from guard.policy.names import DEFAULT_DENY
from guard.policy.snapshot import Snapshot

Made = Callable[[Snapshot], PolicyAuthorizer]
Seen = Callable[[int], None]
"""Told how many decisions were made."""

THREADS = 4
_PEER_USERS = 300
_WHO = Principal("user_1", "default", ("lead", "auditor"))
# What is asked again and again and the rule that must decide, whichever of the policies is in force.
_KNOWN = (
    ("generator/secret", "use", "p, blocked, *, generator/secret, use, deny"),
    ("generator/other", "use", "p, lead, *, generator/*, use, allow"),
    ("transcript", "read", "p, auditor, *, transcript, read, allow"),
    ("transcript", "erase", DEFAULT_DENY),
)


@dataclass(frozen=True, slots=True)
class Stress:
    """What came of it.

    Args:
        decisions: how many were made.
        wrong: how many of them raised, or were decided by another rule than the right one.
        reloads: how many policies were put in force with decisions on the one before.
        seconds: how long it took.
    """

    decisions: int
    wrong: int
    reloads: int
    seconds: float

    def __add__(self, other: Stress) -> Stress:
        return Stress(
            self.decisions + other.decisions,
            self.wrong + other.wrong,
            self.reloads + other.reloads,
            self.seconds + other.seconds,
        )


def reload_stress(decisions: int, reloads: int, seen: Seen = lambda _: None) -> Stress:
    """Decide under threads, then under asyncio, while policies with one and the same deny rule are swapped."""
    half, swaps = decisions // 2, reloads // 2
    under_threads = threads(half, swaps, seen=seen)
    rest = (decisions - half, reloads - swaps)
    return under_threads + asyncio.run(tasks(*rest, seen=lambda made: seen(under_threads.decisions + made)))


def policies() -> list[Bundle]:
    """Policies that differ, each with the same wide allow and a deny that is reached through an included role."""
    base = shipped.load()
    found = []
    for number in range(3):
        rows = [
            *(f"p, auditor, t{n}, audit, read, allow" for n in range(number)),
            "p, lead, *, generator/*, use, allow",
            "g, lead, blocked, *",
            "p, blocked, *, generator/secret, use, deny",
        ]
        rules = base.files["rules.csv"] + "\n".join(rows) + "\n"
        found.append(bundle.build({**base.files, "rules.csv": rules}))
    return found


def threads(decisions: int, reloads: int, made: Made = PolicyAuthorizer, seen: Seen = lambda _: None) -> Stress:
    """Four threads decide, a fifth swaps, evenly over their decisions.

    Args:
        made: what decides, and is given another snapshot.
    """
    kin, begun = policies(), time.perf_counter()
    authorizer = made(Snapshot(kin[0]))
    asked, wrong, swapped, spread = [0] * THREADS, [0] * THREADS, threading.Event(), _Spread(decisions, reloads)

    def ask(slot: int) -> None:
        for number in count():
            if asked[slot] >= decisions // THREADS and swapped.is_set():
                return
            wrong[slot] += _wrong(authorizer, number)
            asked[slot] += len(_KNOWN)

    with _impatient():
        deciding = [threading.Thread(target=ask, args=(slot,), daemon=True) for slot in range(THREADS)]
        for thread in deciding:
            thread.start()
        try:
            for number in range(1, reloads + 1):
                while not spread.is_due(number, sum(asked)):
                    time.sleep(0.0005)
                seen(sum(asked))
                authorizer.replace(Snapshot(kin[number % len(kin)]))
        finally:
            swapped.set()
        for thread in deciding:
            thread.join()
    return Stress(sum(asked), sum(wrong), spread.reloads, time.perf_counter() - begun)


async def tasks(decisions: int, reloads: int, made: Made = PolicyAuthorizer, seen: Seen = lambda _: None) -> Stress:
    """Four tasks decide, a fifth swaps, evenly over their decisions; snapshots are built in a thread, as in a server."""
    kin, begun = policies(), time.perf_counter()
    authorizer = made(Snapshot(kin[0]))
    asked = wrong = 0
    swapped, spread = asyncio.Event(), _Spread(decisions, reloads)

    async def ask() -> None:
        nonlocal asked, wrong
        for number in count():
            if asked >= decisions and swapped.is_set():
                return
            wrong += _wrong(authorizer, number)
            asked += len(_KNOWN)
            if number % 8 == 0:
                await asyncio.sleep(0)

    async def swap() -> None:
        for number in range(1, reloads + 1):
            while not spread.is_due(number, asked):  # noqa: ASYNC110  (the deciders run meanwhile)
                await asyncio.sleep(0)
            seen(asked)
            authorizer.replace(await asyncio.to_thread(Snapshot, kin[number % len(kin)]))
        swapped.set()

    await asyncio.gather(swap(), *(ask() for _ in range(THREADS)))
    return Stress(asked, wrong, spread.reloads, time.perf_counter() - begun)


@dataclass(slots=True)
class _Spread:
    """Reloads, evenly over decisions. `reloads` counts those with decisions since the one before."""

    decisions: int
    planned: int
    reloads: int = 0
    last: int = 0

    def is_due(self, number: int, made: int) -> bool:
        """Whether enough decisions were made for a reload, from 1. There are as many after the last as between two."""
        if made < max(self.last + 1, self.decisions * number // (self.planned + 1)):
            return False
        self.last = made
        self.reloads += 1
        return True


def _wrong(authorizer: PolicyAuthorizer, number: int) -> int:
    """Decisions of known answers, in ever new tenants, so that nothing is only remembered: how many were wrong."""
    who = replace(_WHO, tenant=f"t{number % 9973}")
    wrong = 0
    for obj, act, rule in _KNOWN:
        try:
            wrong += authorizer.decide(who, obj, act).text != rule
        except Exception:  # noqa: BLE001  (no decision where there is one: whatever it is, it is counted)
            wrong += 1
    return wrong


def peer_reloads(seconds: float) -> Stress:
    """pycasbin's own reload under a thread: decisions, and how many let the denied through.

    A policy that is half loaded may make it raise, in a decision or in the reload itself: that is not counted as wrong.
    """
    from guard.authorize.casbin import plain_enforcer

    policy = policies()[0]
    # Its role links are taken away and made anew while it decides; a few hundred users make that visible.
    rows = [("p", *rule.values) for rule in policy.rules]
    rows += [("g", f"user{number}", "employee", "default") for number in range(_PEER_USERS)]
    rows.append(("g", "lead", "blocked", "default"))
    enforcer = plain_enforcer(policy.model.text, rows, adapter=True)
    stop, made, wrong, reloads = threading.Event(), 0, 0, 0

    def ask() -> None:
        nonlocal made, wrong
        while not stop.is_set():
            with suppress(Exception):
                wrong += bool(enforcer.enforce("lead", "default", "generator/secret", "use"))
                made += 1

    begun = time.perf_counter()
    with _impatient():
        thread = threading.Thread(target=ask, daemon=True)
        thread.start()
        try:
            while time.perf_counter() - begun < seconds:
                with suppress(Exception):
                    enforcer.load_policy()
                reloads += 1
                time.sleep(0.02)
        finally:
            stop.set()
        thread.join()
    return Stress(made, wrong, reloads, time.perf_counter() - begun)


@contextmanager
def _impatient() -> Iterator[None]:
    """Have threads take turns a hundred times as often as usual, so that what can come between two steps does."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(0.00005)
    try:
        yield
    finally:
        sys.setswitchinterval(before)
