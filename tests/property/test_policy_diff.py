"""A diff finds what asking everybody everything finds, addresses included, and names the rules that decide."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import product

from hypothesis import example, given, settings
from hypothesis import strategies as st

from guard.model import Budget, Principal
from guard.policy import shipped, vocabulary
from guard.policy.bundle import Bundle
from guard.policy.casbin_model import ALLOW_AND_DENY, ALLOW_OVERRIDE, read_model
from guard.policy.diff import diff
from guard.policy.diff_questions import _acts
from guard.policy.diff_result import Diff
from guard.policy.rules import PolicyRule, RoleLink
from guard.policy.snapshot import Snapshot

SHIPPED = shipped.load()
# Few profiles and entity types, so that everybody can be asked everything.
SMALL = replace(
    SHIPPED,
    entities={"names": ("PERSON", "LOCATION")},
    redaction={"default": SHIPPED.redaction["default"]},
    scenarios={"default": SHIPPED.scenarios["default"]},
)
ROLES = ("a", "b", "c", "d", "Bad")
TENANTS = ("acme", "default", "other")
OBJECTS = ("audit", "generator/x", "generator/y", "generator/x/z", "restore", "g", "redaction/default/PERSON")
PATTERNS = (*OBJECTS, "*", "gen*", "generator/*", "generator/x*", "g*", "redaction/*")
ACTS = ("use", "read", "clear")
NETWORKS = ("10.0.0.0/8", "10.1.2.0/24", "192.0.2.7", "2001:db8::/32", "0.0.0.0/0", "::/0")
# One address of each part into which these networks cut all addresses, and none.
ADDRESSES = ("10.9.9.9", "10.1.2.3", "192.0.2.7", "192.0.2.8", "2001:db8::1", "2001:db9::1", None)


def model_text(chance: random.Random) -> str:
    """Some model of the grammar."""
    address, any_act, denies, same = (chance.random() < share for share in (0.6, 0.4, 0.7, 0.2))
    fields = "sub, dom, obj, act" + (", ip" if address else "")
    matcher = ['g(r.sub, p.sub, r.dom) && (p.dom == "*" || p.dom == r.dom)']
    matcher.append("r.obj == p.obj" if same else "keyMatch(r.obj, p.obj)")
    matcher.append('(p.act == "*" || r.act == p.act)' if any_act else "r.act == p.act")
    matcher += ['(p.ip == "*" || ipMatch(r.ip, p.ip))'] if address else []
    return (
        f"[request_definition]\nr = {fields}\n[policy_definition]\np = {fields}, eft\n[role_definition]\ng = _, _, _\n"
        f"[policy_effect]\ne = {ALLOW_AND_DENY if denies else ALLOW_OVERRIDE}\n[matchers]\nm = {' && '.join(matcher)}\n"
    )


def rule(chance: random.Random, policy: Bundle, line: int) -> PolicyRule:
    model = policy.model
    return PolicyRule(
        chance.choice(ROLES[:4]),
        chance.choice(("*", "*", *TENANTS)),
        chance.choice(OBJECTS if model.terms["obj"] == "same" else PATTERNS),
        chance.choice(("*", *ACTS) if model.terms["act"] == "star" else ACTS),
        chance.choice(("allow", "allow", "deny")) if model.denies else "allow",
        line,
        chance.choice(("*", "*", *NETWORKS)) if "ip" in model.fields else "*",
        model.fields,
    )


def policy(chance: random.Random, text: str) -> Bundle:
    """Random rules under a model. Role links lead from an earlier to a later role, so that there is no cycle."""
    made = replace(SMALL, model=read_model(text), hash=f"sha256:{chance.random()}")
    rules = tuple(rule(chance, made, line) for line in range(1, chance.randint(0, 14)))
    pairs = [sorted(chance.sample(range(4), 2)) for _ in range(chance.randint(0, 3))]
    links = tuple(RoleLink(ROLES[a], ROLES[b], chance.choice(("*", *TENANTS)), 90) for a, b in pairs)
    return replace(made, rules=rules, links=links)


def edited(chance: random.Random, before: Bundle) -> Bundle:
    """Another policy, or the same one with a rule more, a rule less."""
    if chance.random() < 0.3:
        return policy(chance, model_text(chance))
    rules = list(before.rules)
    if rules and chance.random() < 0.7:
        rules.pop(chance.randrange(len(rules)))
    if chance.random() < 0.7:
        rules.insert(chance.randint(0, len(rules)), rule(chance, before, 50))
    return replace(before, rules=tuple(rules), hash=f"sha256:{chance.random()}")


def answers(snapshot: Snapshot, who: Principal, obj: str, act: str) -> list[bool]:
    return [snapshot.decide(who.roles, who.tenant, obj, act, address).allowed for address in ADDRESSES]


def named(allowed: list[bool]) -> str:
    return "allow" if all(allowed) else "depends" if any(allowed) else "deny"


def everyone(found: Diff) -> dict[tuple[str, str, str, str, str], tuple[str, str, str]]:
    """What changes for each subject, with the rules that decide without an address."""
    rows: dict[tuple[str, str, str, str, str], tuple[str, str, str]] = {}
    for row in found.rows:
        for place, who in enumerate(found.subjects.all):
            if row.subjects >> place & 1:
                key = (who.id, row.question.obj, row.question.act, row.before.answer, row.after.answer)
                assert key not in rows, "a change is in one row"
                rows[key] = (row.change, row.before.rules[0].text, row.after.rules[0].text)
    return rows


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32))
@example(12693)
def test_a_diff_is_what_asking_everybody_finds(seed: int) -> None:
    chance = random.Random(seed)
    first = policy(chance, model_text(chance))
    before, after = Snapshot(first), Snapshot(edited(chance, first))
    people = [
        Principal(f"user_{n:02}", chance.choice((*TENANTS, "*")), tuple(chance.sample(ROLES, chance.randint(0, 3))))
        for n in range(8)
    ]
    found = diff(before, after, people, ["x", "configured"])
    expected = {}
    for who, asked in product(found.subjects.all, found.questions):
        old, new = (answers(each, who, asked.obj, asked.act) for each in (before, after))
        if old != new:
            sides = (named(old), named(new))
            change = {("deny", "allow"): "gain", ("allow", "deny"): "loss"}.get(sides, "depends")
            texts = (each.decide(who.roles, who.tenant, asked.obj, asked.act).text for each in (before, after))
            expected[(who.id, asked.obj, asked.act, *sides)] = (change, *texts)
    assert everyone(found) == expected
    # Whoever is touched by a question that was not asked is touched by one that was.
    touched = {key[0] for key in expected}
    known = vocabulary.Asked((*vocabulary.questions(first), *vocabulary.entity_questions(first)))
    any_act = any(rule.act == "*" for each in (before, after) for rule in each.bundle.rules)
    for who, obj, act in product(found.subjects.all, (*OBJECTS, "generator/never-heard-of", "other", "gent"), ACTS):
        # An act that Guard never asks of an object gives nobody anything, though the act * of a rule fits it.
        if any_act and act not in _acts(obj, "*", known):
            continue
        if answers(before, who, obj, act) != answers(after, who, obj, act):
            assert who.id in touched
    counts = [change for (who, *_), (change, *_) in expected.items() if who.startswith("user_")]
    totals = (found.people.gains, found.people.losses, found.people.depends)
    assert totals == tuple(counts.count(change) for change in ("gain", "loss", "depends"))


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32))
def test_profiles_are_those_of_everybodys_grants(seed: int) -> None:
    from guard.policy.diff_profiles import _compared, _granted

    chance = random.Random(seed)
    kinds = ("scenario/*", "scenario/default", "redaction/*", "moderation/*", "limit/*", "restore")
    kinds += ("redaction/default/*", "redaction/default/PERSON", "redaction/default/OTHER")

    def some() -> Snapshot:
        rules = [
            PolicyRule(role, "*", obj, "use", chance.choice(("allow", "allow", "deny")), 1)
            for role, obj in product(ROLES[:4], kinds[:6])
            if chance.random() < 0.8
        ]
        rules += [
            PolicyRule(
                chance.choice(ROLES[:4]), "*", chance.choice(kinds[6:]), act, chance.choice(("allow", "deny")), 2
            )
            for act in ("clear", "redact", "block")
        ]
        roles = {role: Budget(chance.randint(1, 2)) for role in ROLES[:4] if chance.random() < 0.4}
        limits = {name: replace(limit, roles=roles) for name, limit in SHIPPED.limits.items()}
        return Snapshot(replace(SHIPPED, rules=tuple(rules), limits=limits, hash=f"sha256:{chance.random()}"))

    before, after = some(), some()
    people = [
        Principal(f"user_{n}", "default", tuple(chance.sample(ROLES[:4], chance.randint(1, 3)))) for n in range(9)
    ]
    found = diff(before, after, people)
    types = sorted(SHIPPED.entity_types)
    for place, who in enumerate(found.subjects.all):
        for scenario in SHIPPED.scenarios:
            expected = _compared(*(_granted(each, who.roles, who.tenant, scenario, types) for each in (before, after)))
            listed = [
                each.changes for each in found.profiles if scenario in each.scenarios and each.subjects >> place & 1
            ]
            assert listed == ([expected] if expected else [])
