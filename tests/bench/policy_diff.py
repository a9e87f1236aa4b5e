"""How long an exact diff takes for 10,000 people and 100 objects: `python -m tests.bench.policy_diff [--json]`.

Beside each figure stands the plain way of the same run: every person is asked about every object under both policies.
Both must find the same number of changes.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Callable
from dataclasses import replace

from guard.model import Principal
from guard.policy import shipped
from guard.policy.bundle import Bundle
from guard.policy.casbin_model import read_model
from guard.policy.diff import diff
from guard.policy.rules import PolicyRule, RoleLink
from guard.policy.snapshot import Snapshot

PEOPLE, OBJECTS, ROLES = 10_000, 100, 20
TENANTS = ("default", "acme", "other")
SHIPPED = shipped.load()
NAMES = [f"g{number}" for number in range(OBJECTS)]
WITH_ADDRESS = SHIPPED.model.text.replace("obj, act", "obj, act, ip") + ' && (p.ip == "*" || ipMatch(r.ip, p.ip))'
FIELDS = ("sub", "dom", "obj", "act", "ip", "eft")
Rules = list[PolicyRule]


def people(chance: random.Random) -> list[Principal]:
    """Everybody, with one to five roles."""
    return [
        Principal(
            f"user_{number:05}",
            chance.choice(TENANTS),
            tuple(f"r{role}" for role in chance.sample(range(ROLES), chance.randint(1, 5))),
        )
        for number in range(PEOPLE)
    ]


def rules(chance: random.Random, share: float = 0.3) -> Rules:
    """For each role and object, by chance, a rule."""
    found = []
    for role in range(ROLES):
        for name in NAMES:
            if chance.random() < share:
                eft = "deny" if chance.random() < 0.1 else "allow"
                found.append(PolicyRule(f"r{role}", chance.choice(("*", *TENANTS)), f"generator/{name}", "use", eft, 1))
    return [replace(rule, line=line) for line, rule in enumerate(found, 1)]


def _all(eft: str) -> Rules:
    return [PolicyRule(f"r{role}", "*", "generator/*", "use", eft, role) for role in range(ROLES)]


def policy(some: Rules, links: tuple[RoleLink, ...] = (), *, addresses: bool = False) -> Snapshot:
    """The shipped profiles with these rules."""
    bundle: Bundle = replace(SHIPPED, rules=tuple(some), links=links, hash=f"sha256:{hash((tuple(some), links)):x}")
    if addresses:
        bundle = replace(bundle, model=read_model(WITH_ADDRESS))
    return Snapshot(bundle)


def kinds(chance: random.Random) -> dict[str, tuple[Snapshot, Snapshot]]:
    """Pairs of policies, from one rule to everything."""
    some = rules(chance)
    other = rules(random.Random(2))
    flipped = [replace(rule, eft="allow" if rule.eft == "deny" else "deny") for rule in some]
    linked = tuple(RoleLink(f"r{role}", f"r{role + 1}", "*", role) for role in range(8))
    with_ip = [replace(rule, fields=FIELDS) for rule in some]
    narrowed = [replace(rule, ip="10.0.0.0/8") if chance.random() < 0.1 else rule for rule in with_ip]
    return {
        "nothing": (policy(some), policy(some)),
        "one rule gone": (policy(some), policy(some[1:])),
        "one deny of all": (policy(some), policy([*some, PolicyRule("r3", "*", "generator/*", "use", "deny", 9)])),
        "eight roles include roles": (policy(some), policy(some, linked)),
        "other rules": (policy(some), policy(other)),
        "all taken away": (policy(some), policy([])),
        "every right of everybody": (policy(_all("allow")), policy(_all("deny"))),
        "everything flipped": (policy(some), policy(flipped)),
        "a tenth depends on the address": (policy(with_ip, addresses=True), policy(narrowed, addresses=True)),
    }


def timed(work: Callable[[], int]) -> tuple[float, int]:
    """Milliseconds, and what the work returned."""
    begun = time.perf_counter()
    found = work()
    return (time.perf_counter() - begun) * 1000, found


def plain(before: Snapshot, after: Snapshot, everybody: list[Principal], addresses: tuple[str | None, ...]) -> int:
    """Changes, by asking everybody everything."""
    changed = 0
    for who in everybody:
        for name in NAMES:
            obj = f"generator/{name}"
            old, new = (
                [each.decide(who.roles, who.tenant, obj, "use", where).allowed for where in addresses]
                for each in (before, after)
            )
            changed += old != new
    return changed


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    as_json = parser.parse_args().json
    chance = random.Random(1)
    everybody = people(chance)
    figures = []
    for name, (before, after) in kinds(chance).items():

        def exact(before: Snapshot = before, after: Snapshot = after) -> int:
            found = diff(before, after, everybody, NAMES)
            return sum((row.subjects & found.subjects.are_people).bit_count() for row in found.rows
                       if row.question.obj[10:] in NAMES)  # fmt: skip

        best = min(timed(exact) for _ in range(5))
        where = ("10.1.2.3", "192.0.2.1", None) if "address" in name else (None,)
        beside = timed(lambda b=before, a=after, w=where: plain(b, a, everybody, w))  # type: ignore[misc]
        assert best[1] == beside[1], f"{name}: {best[1]} changes, and {beside[1]} when everybody is asked"
        whole = diff(before, after, everybody, NAMES)
        printed, _ = timed(lambda d=whole: len(d.hash))  # type: ignore[misc]
        figures.append(
            {"name": f"policy.diff: {name}", "value": round(best[0]), "unit": "ms", "changes": best[1],
             "hash": round(printed), "beside": {"name": "everybody asked", "value": round(beside[0])}}
        )  # fmt: skip
    if as_json:
        print(json.dumps({"figures": figures}, indent=2))
        return
    for each in figures:
        print(f"{each['name']:50} {each['value']:6} ms   {each['changes']:7} changes   hash {each['hash']} ms"
              f"   (everybody asked: {each['beside']['value']} ms)")  # type: ignore[index]  # fmt: skip


if __name__ == "__main__":
    main()
