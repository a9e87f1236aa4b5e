"""The index finds what looking at every rule finds: with and without an address, by object and pattern, by way of roles."""

from __future__ import annotations

import random
from ipaddress import ip_network
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guard.policy.bundle import Bundle
from guard.policy.index import NOBODY, RuleIndex
from guard.policy.networks import Networks, read_address
from guard.policy.objects import Objects
from guard.policy.roles import Roles
from guard.policy.rules import RoleLink
from tests.property import generated

WORDS = st.text("ab/", max_size=6)


@given(st.sets(WORDS), st.sets(WORDS), WORDS)
def test_every_prefix_of_an_object_is_found_and_nothing_else(exact: set[str], prefixes: set[str], obj: str) -> None:
    objects = Objects({each: (each, "=") for each in exact}, {each: (each, "*") for each in prefixes})
    expected = [(obj, "=")] if obj in exact else []
    expected += [(each, "*") for each in sorted(prefixes, key=len, reverse=True) if obj.startswith(each)]
    assert objects.on(obj) == expected


def scanned(policy: Bundle, held: set[str], asked: generated.Asked, address: str | None) -> int:
    """The deciding rule by the words of the documentation: the first deny, else the last allow (or the first)."""
    terms, known = policy.model.terms, read_address(address)
    rules = list(dict.fromkeys(rule.values for rule in policy.rules))
    first = {rule.values: rule for rule in reversed(policy.rules)}
    allows, denies = [], []
    for order, values in enumerate(rules):
        rule = first[values]
        pattern = terms["obj"] == "prefix" and rule.obj.endswith("*")
        fits = asked.obj.startswith(rule.obj[:-1]) if pattern else asked.obj == rule.obj
        fits = fits and rule.sub in held and rule.dom in ("*", asked.tenant)
        fits = fits and (rule.act == asked.act or (rule.act == "*" and terms["act"] == "star"))
        if rule.ip != "*":
            fits = fits and (rule.eft == "deny" if known is None else known in ip_network(rule.ip))
        if fits:
            (denies if rule.eft == "deny" else allows).append(order)
    if denies:
        return denies[0]
    return (allows[-1] if policy.model.denies else allows[0]) if allows else NOBODY


@pytest.mark.parametrize("seed", range(60))
def test_the_deciding_rule_is_the_one_that_a_scan_finds(seed: int) -> None:
    chance = random.Random(seed)
    policy = generated.policy(chance)
    index = RuleIndex(policy.model, policy.rules, policy.links)
    for _ in range(50):
        asked = generated.asked(chance)
        held = index.roles.held(asked.roles, asked.tenant)
        for address in (asked.address, None):
            found = index.decide(held, asked.tenant, asked.obj, asked.act, read_address(address))
            assert found == scanned(policy, set(held), asked, address), (policy.files["rules.csv"], asked, address)


@pytest.mark.parametrize("seed", range(60))
def test_roles_are_held_by_the_shortest_way(seed: int) -> None:
    chance = random.Random(seed)
    names = [f"r{number}" for number in range(12)]
    tenants = ("*", "acme") if seed % 2 else ("*",)
    links = [RoleLink(*sorted(chance.sample(names, 2)), chance.choice(tenants), 1) for _ in range(14)]
    roles = Roles(links, domains=True)
    for _ in range(20):
        own, tenant = chance.sample(names, chance.randint(0, 4)), chance.choice(("acme", "other"))
        closure = roles.closure(own, tenant)
        assert roles.held(own, tenant).keys() == closure.keys()
        for role, before in closure.items():
            way = roles.path(own, tenant, role)
            steps = {(link.role, link.included) for link in links if link.dom in ("*", tenant)}
            assert way[0] in own
            assert way[-1] == role
            assert all(step in steps for step in pairwise(way))
            # The closure finds roles level by level, so its way is a shortest one.
            length = 1
            while closure[role] != role:
                role, length = closure[role], length + 1
            assert len(way) == length, (own, before, way)


@pytest.mark.parametrize("address", ["10.1.2.3", "192.0.2.7", "2001:db8::1", "::1", None])
def test_the_conditions_that_hold_are_found_by_the_address(address: str | None) -> None:
    texts = ["10.0.0.0/8", "10.1.2.3", "2001:db8::/32", "0.0.0.0/0", "10.1.2.0/24", "::/0", "192.0.2.0/25"]
    networks, known = Networks(), read_address(address)
    for order, text in enumerate(texts):
        networks.add(order, order % 3 == 1, ip_network(text))
    allows: list[int] = []
    denies: list[int] = []
    networks.holding(known, allows, denies)
    holding = [order for order, text in enumerate(texts) if known and known in ip_network(text)]
    assert sorted(allows) == [order for order in holding if order % 3 != 1]
    assert sorted(denies) == ([order for order in holding if order % 3 == 1] if known else [1])
    assert networks.allows == [0, 2, 3, 5, 6]
