"""The policy's figures: decisions and explanations at 110,000 rules, and decisions while policies are swapped."""

from __future__ import annotations

import asyncio
import random
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from itertools import count
from typing import Any

from guard.authorize.authorizer import PolicyAuthorizer
from guard.cli.bench import Figure
from guard.model import Principal
from guard.policy import bundle, shipped
from guard.policy.bundle import Bundle
from guard.policy.rules import read
from guard.policy.snapshot import Snapshot

Question = tuple[list[str], str, str, str]
_ASKED = 20_000
_THREADS = 4
_PEER_ASKED = 10
_PEER_RELOADS = 200
_PEER_USERS = 300
_PEER_MODEL = """
[request_definition]
r = sub, obj, act
[policy_definition]
p = sub, obj, act
[role_definition]
g = _, _
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = g(r.sub, p.sub) && r.obj == p.obj && r.act == p.act
"""


def measured(rules: int, decisions: int, reloads: int) -> list[Figure]:
    """All figures. Takes a minute or two with the default numbers."""
    with _step("building the large policy"):
        large = large_policy(rules)
        begun = time.perf_counter()
        snapshot = Snapshot(large)
        build = time.perf_counter() - begun
    with _step("deciding and explaining"):
        asked = list(questions(rules, _ASKED))
        enforce, explain = _p99(snapshot.decide, asked), _p99(snapshot.explain, asked)
    with _step("pycasbin on the same policy"):
        peer_build, peer_enforce = _peer(large, asked[:_PEER_ASKED])
    with _step(f"{decisions:,} decisions, {reloads:,} reloads"), _impatient():
        made, wrong = reload_stress(decisions, reloads)
    with _step("pycasbin while it reloads"), _impatient():
        peer_made, peer_wrong = _peer_reloads()
    return [
        Figure("policy.enforce_p99", round(enforce, 2), "us", ("pycasbin", round(peer_enforce, 1))),
        Figure("policy.explain_p99", round(explain, 2), "us"),
        Figure("policy.build", round(build, 3), "s", ("pycasbin", round(peer_build, 3))),
        Figure("policy.reload_decisions", made, "count", ("pycasbin", peer_made)),
        Figure("policy.reload_wrong", wrong, "count", ("pycasbin", peer_wrong)),
    ]


def large_policy(rules: int) -> Bundle:
    """One rule for each ten role links, as Casbin's own large benchmark has it: users in groups, groups on data."""
    groups = max(1, rules // 11)
    rows = [f"p, group{n}, *, data{n // 10}, read, allow" for n in range(groups)]
    rows += [f"g, user{n}, group{n // 10}, *" for n in range(rules - groups)]
    policy_rules, links = read("\n".join(rows))
    return replace(shipped.load(), rules=policy_rules, links=links)


def questions(rules: int, number: int) -> Iterator[Question]:
    """Random users and data, half of them allowed nothing."""
    chance, groups = random.Random(7), max(1, rules // 11)  # noqa: S311
    for _ in range(number):
        user = chance.randrange(rules - groups)
        data = user // 100 if chance.random() < 0.5 else chance.randrange(max(1, groups // 10))
        yield [f"user{user}"], "default", f"data{data}", chance.choice(("read", "write"))


def reload_stress(decisions: int, reloads: int) -> tuple[int, int]:
    """Decide under threads, then under asyncio, while policies with one and the same deny rule are swapped.

    Returns how many decisions were made and how many were wrong: the deny let through, or an allow refused.
    """
    policies = list(_kin())
    half, swaps = decisions // 2, reloads // 2
    under_threads = _threads(policies, half, swaps)
    under_asyncio = asyncio.run(_tasks(policies, decisions - half, reloads - swaps))
    return under_threads[0] + under_asyncio[0], under_threads[1] + under_asyncio[1]


def _kin() -> Iterator[Bundle]:
    """Policies that differ, each with the same wide allow and a deny that is reached through an included role."""
    base = shipped.load()
    for number in range(3):
        rows = [
            *(f"p, auditor, t{n}, audit, read, allow" for n in range(number)),
            "p, lead, *, generator/*, use, allow",
            "g, lead, blocked, *",
            "p, blocked, *, generator/secret, use, deny",
        ]
        yield bundle.build({**base.files, "rules.csv": base.files["rules.csv"] + "\n".join(rows) + "\n"})


_WHO = Principal("user_1", "default", ("lead", "auditor"))


def _wrong(authorizer: PolicyAuthorizer, tenant: int) -> int:
    """Two decisions of known answers, in ever new tenants, so that nothing is only remembered."""
    who = replace(_WHO, tenant=f"t{tenant}")
    denied = authorizer.decide(who, "generator/secret", "use")
    allowed = authorizer.decide(who, "generator/other", "use")
    return int(denied.allowed) + int(not allowed.allowed)


def _threads(policies: Sequence[Bundle], decisions: int, reloads: int) -> tuple[int, int]:
    authorizer = PolicyAuthorizer(Snapshot(policies[0]))
    made, wrong = [0] * _THREADS, [0] * _THREADS

    def ask(slot: int) -> None:
        for number in count():
            if made[slot] >= decisions // _THREADS and swapped.is_set():
                return
            wrong[slot] += _wrong(authorizer, number % 9973)
            made[slot] += 2

    swapped = threading.Event()
    threads = [threading.Thread(target=ask, args=(slot,)) for slot in range(_THREADS)]
    for thread in threads:
        thread.start()
    for number in range(reloads):
        authorizer.replace(Snapshot(policies[number % len(policies)]))
        # Spread the swaps over the time that the decisions take.
        while sum(made) < decisions * number // reloads:
            time.sleep(0.0005)
    swapped.set()
    for thread in threads:
        thread.join()
    return sum(made), sum(wrong)


async def _tasks(policies: Sequence[Bundle], decisions: int, reloads: int) -> tuple[int, int]:
    authorizer = PolicyAuthorizer(Snapshot(policies[0]))
    made = wrong = 0

    async def ask() -> None:
        nonlocal made, wrong
        for number in count():
            if made >= decisions:
                return
            wrong += _wrong(authorizer, number % 9973)
            made += 2
            if number % 50 == 0:
                await asyncio.sleep(0)

    async def swap() -> None:
        for number in range(reloads):
            authorizer.replace(await asyncio.to_thread(Snapshot, policies[number % len(policies)]))
            while made < decisions * number // reloads:  # noqa: ASYNC110  (the deciders run meanwhile)
                await asyncio.sleep(0)

    await asyncio.gather(swap(), *(ask() for _ in range(_THREADS)))
    return made, wrong


def _peer(large: Bundle, asked: Sequence[Question]) -> tuple[float, float]:
    """Seconds to build and microseconds of one `enforce` of pycasbin, at the median.

    Under the model of Casbin's own benchmark, without tenants: with them its role manager takes minutes here.
    """
    from guard.authorize.casbin import plain_enforcer

    rows = [("p", rule.sub, rule.obj, rule.act) for rule in large.rules]
    rows += [("g", link.role, link.included) for link in large.links]  # type: ignore[misc]
    begun = time.perf_counter()
    enforcer = plain_enforcer(_PEER_MODEL, rows)
    build = time.perf_counter() - begun
    times = []
    for roles, _, obj, act in asked:
        begun = time.perf_counter()
        enforcer.enforce(roles[0], obj, act)
        times.append((time.perf_counter() - begun) * 1e6)
    return build, sorted(times)[len(times) // 2]


def _peer_reloads() -> tuple[int, int]:
    """pycasbin's own reload under threads: decisions, and how many let the denied through."""
    from guard.authorize.casbin import plain_enforcer

    policy = next(_kin())
    # Its role links are taken away and made anew while it decides; a few hundred users make that visible.
    rows = [("p", *rule.values) for rule in policy.rules]
    rows += [("g", f"user{number}", "employee", "default") for number in range(_PEER_USERS)]
    rows.append(("g", "lead", "blocked", "default"))
    enforcer = plain_enforcer(policy.model.text, rows, adapter=True)
    stop = threading.Event()
    made = wrong = 0

    def ask() -> None:
        nonlocal made, wrong
        while not stop.is_set():
            # A policy that is half loaded may raise: no decision, so not a wrong one.
            with suppress(Exception):
                wrong += bool(enforcer.enforce("lead", "default", "generator/secret", "use"))
                made += 1

    thread = threading.Thread(target=ask)
    thread.start()
    for _ in range(_PEER_RELOADS):
        enforcer.load_policy()
        time.sleep(0.02)
    stop.set()
    thread.join()
    return made, wrong


def _p99(function: Callable[..., Any], asked: Sequence[Question]) -> float:
    """Microseconds at the 99th percentile, after a look at each question's kind."""
    for question in asked[:100]:
        function(*question)
    times = []
    for question in asked:
        begun = time.perf_counter_ns()
        function(*question)
        times.append(time.perf_counter_ns() - begun)
    return sorted(times)[len(times) * 99 // 100] / 1000


@contextmanager
def _impatient() -> Iterator[None]:
    """Have threads take turns a hundred times as often as usual, so that what can come between two steps does."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(0.00005)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


@contextmanager
def _step(what: str) -> Iterator[None]:
    """Say on a terminal what goes on."""
    if sys.stderr.isatty():
        print(f"guard bench: {what} …", file=sys.stderr)
    yield
