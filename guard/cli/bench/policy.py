"""The policy's figures: decisions and explanations at 110,000 rules, and decisions while policies are swapped."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from guard.cli.bench import Figure
from guard.cli.bench.progress import step
from guard.cli.bench.reloads import peer_reloads, reload_stress
from guard.policy import shipped
from guard.policy.bundle import Bundle
from guard.policy.rules import read
from guard.policy.snapshot import Snapshot

Question = tuple[list[str], str, str, str]
_ASKED = 20_000
_PEER_ASKED = 10
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
    """All figures. Takes a minute or two with the default numbers.

    Args:
        rules: rules and role links of the large policy.
        decisions: how many are made while policies are swapped, `reloads` times, half under threads, half under asyncio.
    """
    with step(f"building a policy of {rules:,} rules and links"):
        large = large_policy(rules)
    with step(f"{_ASKED:,} decisions and explanations on it, three times"):
        asked = list(questions(rules, _ASKED))
        build, enforce, explain = best(large, asked)
    with step("pycasbin on the same policy"):
        peer_build, peer_enforce = _peer(large, asked[:_PEER_ASKED])
    with step(f"{decisions:,} decisions while {reloads:,} policies are swapped", decisions) as advance:
        stress = reload_stress(decisions, reloads, advance)
    with step("pycasbin while it reloads"):
        peer = peer_reloads(min(5.0, reloads / 200))
    rate = stress.decisions / stress.seconds
    return [
        Figure("policy.enforce_p99", round(enforce, 2), "us", ("pycasbin, median", round(peer_enforce, 1))),
        Figure("policy.explain_p99", round(explain, 2), "us"),
        Figure("policy.build", round(build, 3), "s", ("pycasbin", round(peer_build, 3))),
        Figure("policy.reload_decisions", stress.decisions, "count", ("pycasbin", peer.decisions)),
        Figure("policy.reload_wrong", stress.wrong, "count", ("pycasbin", peer.wrong)),
        Figure("policy.reloads", stress.reloads, "count", ("pycasbin", peer.reloads)),
        Figure("policy.reload_rate", round(rate), "1/s", ("pycasbin", round(peer.decisions / peer.seconds))),
    ]


def large_policy(rules: int) -> Bundle:
    """One rule for each ten role links, as Casbin's own large benchmark has it: users in groups, groups on data."""
    groups = max(1, rules // 11)
    rows = [f"p, group{n}, *, data{n // 10}, read, allow" for n in range(groups)]
    rows += [f"g, user{n}, group{n // 10}, *" for n in range(rules - groups)]
    policy_rules, links = read("\n".join(rows))
    return replace(shipped.load(), rules=policy_rules, links=links)


def questions(rules: int, number: int) -> Iterator[Question]:
    """Random users and data: reads, half of them allowed, and as many writes, none of them allowed."""
    chance, groups = random.Random(7), max(1, rules // 11)  # noqa: S311
    for _ in range(number):
        user = chance.randrange(rules - groups)
        data = user // 100 if chance.random() < 0.5 else chance.randrange(max(1, groups // 10))
        yield [f"user{user}"], "default", f"data{data}", chance.choice(("read", "write"))


def best(policy: Bundle, asked: Sequence[Sequence[Any]]) -> tuple[float, float, float]:
    """Seconds to build, microseconds of `decide` and `explain` at the 99th percentile.

    The best of three, since the machine may be busy; each on a snapshot of its own, so that nothing is remembered.
    """
    runs = []
    for _ in range(3):
        begun = time.perf_counter()
        snapshot = Snapshot(policy)
        build = time.perf_counter() - begun
        runs.append((build, p99(snapshot.decide, asked), p99(snapshot.explain, asked)))
    build, enforce, explain = map(min, zip(*runs, strict=True))
    return build, enforce, explain


def times(function: Callable[..., Any], asked: Sequence[Sequence[Any]]) -> list[float]:
    """Microseconds of each call, sorted."""
    found = []
    for question in asked:
        begun = time.perf_counter_ns()
        function(*question)
        found.append((time.perf_counter_ns() - begun) / 1000)
    return sorted(found)


def p99(function: Callable[..., Any], asked: Sequence[Sequence[Any]]) -> float:
    """Microseconds of a call at the 99th percentile, after a first look at some questions."""
    times(function, asked[:100])
    found = times(function, asked)
    return found[len(found) * 99 // 100]


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
    return build, statistics.median(times(enforcer.enforce, [(roles[0], obj, act) for roles, _, obj, act in asked]))
