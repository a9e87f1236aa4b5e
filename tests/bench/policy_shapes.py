"""Whether decisions stay fast whatever the policy looks like: `python -m tests.bench.policy_shapes [--rules N] [--json]`.

A table of policies of the same size and very different shape: build time, the 99th percentile of a decision and of an
explanation, some half of the questions allowed, and the median of a caller's first decision, before it is remembered
which roles he has. The bars are those of `guard bench policy`. The first shape is that command's own, to compare the
others with.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import string
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from guard.cli.bench.policy import Question, best, large_policy, questions, times
from guard.policy import shipped
from guard.policy.bundle import Bundle
from guard.policy.casbin_model import read_model
from guard.policy.hierarchy import MAX_DEPTH
from guard.policy.rules import PolicyRule, RoleLink
from guard.policy.snapshot import Snapshot

BARS = {
    "build": ("policy.build", "s", 3.0),
    "enforce": ("policy.enforce_p99", "us", 20.0),
    "explain": ("policy.explain_p99", "us", 100.0),
}
ASKED = 5000
HELD, ROLES = 50, 500
SHIPPED = shipped.load()
WITH_ADDRESS = SHIPPED.model.text.replace("obj, act", "obj, act, ip") + ' && (p.ip == "*" || ipMatch(r.ip, p.ip))'
Rows = list[tuple[str, str, str, str, str]]
"""Role, tenant, object, act, effect."""

Links = list[tuple[str, str]]


@dataclass(frozen=True)
class Shape:
    """A policy and what it is asked, with an address where it has conditions."""

    bundle: Bundle
    asked: list[tuple[Any, ...]]


def policy(rows: Rows, links: Links = [], networks: list[str] | None = None) -> Bundle:  # noqa: B006
    rules = tuple(PolicyRule(*row, line) for line, row in enumerate(rows, 1))
    linked = tuple(RoleLink(role, included, "*", line) for line, (role, included) in enumerate(links, 1))
    made = replace(SHIPPED, rules=rules, links=linked)
    if networks is None:
        return made
    fields = ("sub", "dom", "obj", "act", "ip", "eft")
    rules = tuple(replace(rule, ip=ip, fields=fields) for rule, ip in zip(rules, networks, strict=True))
    return replace(made, rules=rules, model=read_model(WITH_ADDRESS))


def asked(chance: random.Random, rows: Rows, change: Callable[[Question], Question]) -> list[tuple[Any, ...]]:
    """Questions that a rule allows, every other one changed."""
    found = []
    for number in range(ASKED):
        sub, dom, obj, act, _ = chance.choice(rows)
        question = ([sub], "default" if dom == "*" else dom, obj.rstrip("*"), act)
        found.append(question if number % 2 else change(question))
    return found


def other_object(question: Question) -> Question:
    roles, tenant, obj, act = question
    return roles, tenant, obj[: len(obj) // 2] + "_", act


def other_act(question: Question) -> Question:
    return (*question[:3], "write")


def word(chance: random.Random, length: int) -> str:
    return "".join(chance.choices(string.ascii_lowercase, k=length))


def usual(count: int, _: random.Random) -> Shape:
    return Shape(large_policy(count), list(questions(count, ASKED)))


def few_roles(count: int, chance: random.Random) -> Shape:
    rows: Rows = [(f"r{n % 10}", "*", f"data{n}", "read", "allow") for n in range(count)]
    return Shape(policy(rows), asked(chance, rows, other_object))


def one_role(count: int, chance: random.Random) -> Shape:
    rows: Rows = [("r", "*", f"data{n}", "read", "deny" if n % 7 == 0 else "allow") for n in range(count)]
    return Shape(policy(rows), asked(chance, rows, other_act))


def every_length(count: int, chance: random.Random) -> Shape:
    """Random objects of a common stem, so that patterns of every length have to be thought of."""
    rows: Rows = [(f"r{n % 10}", "*", word(chance, 3 + n % 250) + "*", "read", "allow") for n in range(count)]
    return Shape(policy(rows), asked(chance, rows, lambda q: (q[0], q[1], word(chance, 200), q[3])))


def nested(count: int, chance: random.Random) -> Shape:
    """Patterns within patterns, twelve deep, of ten roles."""
    paths = [word(chance, 60) for _ in range(count // 120)]
    rows: Rows = [
        (f"r{role}", "*", path[: 5 * (depth + 1)] + "*", "read", "allow")
        for path in paths
        for depth in range(12)
        for role in range(10)
    ]
    return Shape(policy(rows), asked(chance, rows, lambda q: (q[0], q[1], word(chance, 60), q[3])))


def many_tenants(count: int, chance: random.Random) -> Shape:
    """One role and one object, a rule for each tenant."""
    rows: Rows = [("r", f"t{n}", "data", "read", "allow") for n in range(count)]
    return Shape(policy(rows), asked(chance, rows, lambda q: (q[0], "nobody", q[2], q[3])))


def many_roles(count: int, chance: random.Random) -> Shape:
    """One object, a rule for each role."""
    rows: Rows = [(f"r{n}", "*", "data", "read", "allow") for n in range(count)]
    return Shape(policy(rows), asked(chance, rows, lambda q: (["nobody"], *q[1:])))


def many_acts(count: int, chance: random.Random) -> Shape:
    """Ten roles, each with two hundred acts on its objects."""
    acts = ["a" + word(chance, 5) for _ in range(200)]
    rows: Rows = [(f"r{n % 10}", "*", f"data{n // 2000}", acts[n // 10 % 200], "allow") for n in range(count)]
    return Shape(policy(rows), asked(chance, rows, other_act))


def chains(count: int, chance: random.Random) -> Shape:
    """Chains of roles as deep as may be, a rule at the end of each."""
    tops = count // (MAX_DEPTH + 1)
    links = [(f"r{n}_{depth}", f"r{n}_{depth + 1}") for n in range(tops) for depth in range(MAX_DEPTH)]
    rows: Rows = [(f"r{n}_{MAX_DEPTH}", "*", f"data{n}", "read", "allow") for n in range(tops)]
    from_top = [
        ([roles[0].replace(f"_{MAX_DEPTH}", "_0")], *rest) for roles, *rest in asked(chance, rows, other_object)
    ]
    return Shape(policy(rows, links), from_top)


def fifty_roles(count: int, chance: random.Random) -> Shape:
    """A caller with fifty of five hundred roles, rules on objects and patterns of ten lengths."""
    rows: Rows = [
        (f"r{n % ROLES}", "*", f"data{n // 2}" if n % 2 else word(chance, 3 + n // ROLES % 10) + "*", "read", "allow")
        for n in range(count)
    ]
    return Shape(policy(rows), held(asked(chance, rows, other_act)))


def all_together(count: int, chance: random.Random) -> Shape:
    """A caller with fifty roles, each the top of a chain, patterns of every length, rules by tenant, some denies."""
    links = [(f"r{n}_{depth}" if depth else f"r{n}", f"r{n}_{depth + 1}") for n in range(ROLES) for depth in range(8)]
    rows: Rows = [
        (f"r{n % ROLES}_{1 + n % 8}", ("*", "default", "acme", f"t{n % 97}")[n % 4],
         word(chance, 3 + n % 60) + ("*" if n % 3 else ""), "read", "deny" if n % 11 == 0 else "allow")
        for n in range(count - len(links))
    ]  # fmt: skip
    found = [([roles[0].partition("_")[0]], *rest) for roles, *rest in asked(chance, rows, other_object)]
    return Shape(policy(rows, links), held(found))


def held(found: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """The same questions of ten callers, who have fifty of the five hundred roles each.

    What is held is remembered of a caller, so this is not the time of his first question: see `first`.
    """
    callers = [[f"r{number}" for number in range(start, start + HELD)] for start in range(0, ROLES, HELD)]
    return [(callers[int(roles[0][1:]) // HELD], *rest) for roles, *rest in found]


def conditions(count: int, chance: random.Random) -> Shape:
    """One role and one object, a rule for each network."""
    rows: Rows = [("r", "*", "data", "read", "allow")] * count
    networks = [f"10.{n >> 16}.{n >> 8 & 255}.{n & 255}" for n in range(count)]
    where = [chance.choice(networks) if number % 2 else "192.0.2.1" for number in range(ASKED)]
    return Shape(policy(rows, networks=networks), [(["r"], "default", "data", "read", each) for each in where])


SHAPES: dict[str, Callable[[int, random.Random], Shape]] = {
    "a rule for ten role links": usual,
    "ten roles, an object a rule": few_roles,
    "one role, an object a rule": one_role,
    "patterns of 250 lengths": every_length,
    "patterns in patterns, 12 deep": nested,
    "one object, a tenant a rule": many_tenants,
    "one object, a role a rule": many_roles,
    "two hundred acts": many_acts,
    "role chains 8 deep": chains,
    "a caller with 50 roles": fifty_roles,
    "50 roles, 8 deep, 60 lengths": all_together,
    "one object, a network a rule": conditions,
}


def measured(name: str, count: int) -> dict[str, float]:
    """Build in seconds, the others in microseconds."""
    shape = SHAPES[name](count, random.Random(name))
    found = dict(zip(BARS, best(shape.bundle, shape.asked), strict=True))
    snapshot = Snapshot(shape.bundle)
    firsts = {(tuple(question[0]), question[1]): question for question in shape.asked}
    found["first"] = statistics.median(times(snapshot.decide, list(firsts.values())))
    allowed = sum(snapshot.decide(*question).allowed for question in shape.asked)
    assert 0.2 < allowed / len(shape.asked) < 0.8, f"{name}: {allowed} of {len(shape.asked)} are allowed"
    return found


def figure(shape: str, part: str, value: float) -> dict[str, Any]:
    name, unit, bar = BARS.get(part, ("policy.enforce_first_p50", "us", None))
    beside = {"name": "bar", "value": bar} if bar else None
    return {"name": f"{name}: {shape}", "value": round(value, 2), "unit": unit, "beside": beside}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rules", type=int, default=110_000)
    options = parser.parse_args()
    if options.json:
        figures = [figure(name, *each) for name in SHAPES for each in measured(name, options.rules).items()]
        print(json.dumps({"figures": figures}, indent=2))
        return
    print(f"{options.rules:,} rules and links, load average {os.getloadavg()[0]:.1f}")
    print(f"{'':32}{'build s':>10}{'enforce us':>12}{'explain us':>12}{'first us':>12}")
    print(f"{'(bars)':32}" + "".join(f"{bar:{12 if unit == 'us' else 10}.0f}" for _, unit, bar in BARS.values()))
    for name in SHAPES:
        found = measured(name, options.rules)
        over = [part for part, value in found.items() if part in BARS and value >= BARS[part][2]]
        print(f"{name:32}{found['build']:10.2f}" + "".join(f"{found[part]:12.1f}" for part in list(found)[1:])
              + (f"   over: {', '.join(over)}" if over else ""), flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
