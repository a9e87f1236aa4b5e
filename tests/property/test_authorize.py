"""A snapshot decides what a plain pycasbin enforcer with explicit role rows decides."""

from __future__ import annotations

import random

import casbin
from hypothesis import given, settings
from hypothesis import strategies as st

from guard.policy import bundle, shipped
from guard.policy.snapshot import Snapshot

SHIPPED = shipped.load()
ROLES = ("a", "b", "c", "d")
TENANTS = ("acme", "default")
OBJECTS = ("audit", "generator/x", "generator/y", "generator/x/z", "restore")
PATTERNS = (*OBJECTS, "*", "gen*", "generator/*", "generator/x*")
ACTS = ("use", "read")

p_rows = st.tuples(
    st.sampled_from(ROLES),
    st.sampled_from(("*", *TENANTS)),
    st.sampled_from(PATTERNS),
    st.sampled_from(ACTS),
    st.sampled_from(("allow", "allow", "deny")),
)
# From an earlier to a later role alone, so that there is no cycle.
g_rows = st.tuples(st.sampled_from(((0, 1), (0, 2), (1, 2), (1, 3), (2, 3))), st.sampled_from(("*", *TENANTS)))


def plain(policy: bundle.Bundle, held: dict[tuple[str, ...], str]) -> casbin.Enforcer:
    """pycasbin as its documentation shows it: every role of every user is a `g` row."""
    enforcer = casbin.Enforcer(casbin.Enforcer.new_model(text=policy.model.text))
    for row in policy.rules:
        if not enforcer.has_policy(*row.values):
            enforcer.add_policy(*row.values)
    for link in policy.links:
        for tenant in TENANTS if link.dom == "*" else (link.dom,):
            enforcer.add_grouping_policy(link.role, link.included, tenant)
    for roles, user in held.items():
        for role in roles:
            for tenant in TENANTS:
                enforcer.add_grouping_policy(user, role, tenant)
    return enforcer


@settings(max_examples=40, deadline=None)
@given(st.lists(p_rows, max_size=12), st.lists(g_rows, max_size=4), st.randoms(use_true_random=False))
def test_decisions_are_pycasbins(
    allowed: list[tuple[str, ...]], included: list[tuple[tuple[int, int], str]], chance: random.Random
) -> None:
    lines = [", ".join(("p", *row)) for row in allowed]
    lines += [f"g, {ROLES[one]}, {ROLES[other]}, {tenant}" for (one, other), tenant in included]
    policy = bundle.build({**SHIPPED.files, "rules.csv": "\n".join(lines)})
    held = {tuple(sorted(chance.sample(ROLES, chance.randint(0, 3)))): f"user{number}" for number in range(4)}
    oracle, snapshot = plain(policy, held), Snapshot(policy)
    for _ in range(12):
        roles = chance.choice(list(held))
        tenant, obj, act = chance.choice(TENANTS), chance.choice(OBJECTS), chance.choice(ACTS)
        rule = snapshot.decide(roles, tenant, obj, act)
        expected, row = oracle.enforce_ex(held[roles], tenant, obj, act)
        assert rule.allowed == expected
        assert rule.text == (", ".join(("p", *row)) if row else "default deny")
