"""Random models, policies and requests, the same for the same seed."""

from __future__ import annotations

import random
from dataclasses import dataclass
from itertools import product

from guard.policy import bundle, shipped
from guard.policy.bundle import Bundle

SHIPPED = shipped.load()
ROLES = ("a", "b", "c", "d", "e")
TENANTS = ("acme", "default", "other")
OBJECTS = ("audit", "generator/x", "generator/y", "generator/x/z", "restore", "g")
PATTERNS = (*OBJECTS, "*", "gen*", "generator/*", "generator/x*", "g*")
ACTS = ("use", "read", "edit")
ADDRESSES = ("10.1.2.3", "192.0.2.7", "2001:db8::1", "::ffff:10.1.2.3")
NETWORKS = ("*", "10.0.0.0/8", "192.0.2.7", "2001:db8::/32", "10.1.2.0/24")

SUBJECTS = ("g(r.sub, p.sub, r.dom)", "g(r.sub, p.sub)", "r.sub == p.sub")
DOMAINS = ('(p.dom == "*" || p.dom == r.dom)', "r.dom == p.dom", None)
OBJECT_TERMS = ("keyMatch(r.obj, p.obj)", "r.obj == p.obj")
ACT_TERMS = ("r.act == p.act", '(p.act == "*" || p.act == r.act)')
ADDRESS_TERMS = (None, '(p.ip == "*" || ipMatch(r.ip, p.ip))')
EFFECTS = (
    "some(where (p.eft == allow)) && !some(where (p.eft == deny))",
    "some(where (p.eft == allow))",
)
KIN = [
    terms
    for terms in product(SUBJECTS, DOMAINS, OBJECT_TERMS, ACT_TERMS, ADDRESS_TERMS, EFFECTS)
    if not (terms[0] == SUBJECTS[0] and terms[1] is None)
]
"""Every model of the grammar."""


@dataclass(frozen=True)
class Asked:
    """A request."""

    roles: tuple[str, ...]
    tenant: str
    obj: str
    act: str
    address: str


def model_text(chance: random.Random) -> str:
    """A model of the grammar."""
    sub, dom, obj, act, ip, effect = chance.choice(KIN)
    request = ["sub", *(["dom"] if dom else []), "obj", "act", *(["ip"] if ip else [])]
    policy = request + (["eft"] if effect == EFFECTS[0] or chance.random() < 0.5 else [])
    roles = {SUBJECTS[0]: "[role_definition]\ng = _, _, _\n", SUBJECTS[1]: "[role_definition]\ng = _, _\n"}.get(sub, "")
    terms = [sub, *filter(None, (dom,)), obj, act, *filter(None, (ip,))]
    chance.shuffle(terms)
    return (
        f"[request_definition]\nr = {', '.join(request)}\n[policy_definition]\np = {', '.join(policy)}\n{roles}"
        f"[policy_effect]\ne = {effect}\n[matchers]\nm = {' && '.join(terms)}\n"
    )


def row(chance: random.Random, fields: tuple[str, ...], terms: dict[str, str], denies: bool) -> str:
    """A `p` row of a model."""
    values = {
        "sub": chance.choice(ROLES),
        "dom": chance.choice(TENANTS if terms.get("dom") == "same" else ("*", *TENANTS)),
        "obj": chance.choice(OBJECTS if terms["obj"] == "same" else PATTERNS),
        "act": chance.choice(("*", *ACTS) if terms["act"] == "star" else ACTS),
        "ip": chance.choice(NETWORKS),
        "eft": chance.choice(("allow", "allow", "deny")) if denies else "allow",
    }
    return ", ".join(["p", *(values[name] for name in fields)])


def policy(chance: random.Random) -> Bundle:
    """A policy under a model of the grammar."""
    from guard.policy.casbin_model import read_model

    text = model_text(chance)
    model = read_model(text)
    lines = [row(chance, model.fields, model.terms, model.denies) for _ in range(chance.randint(0, 24))]
    if model.has_roles:
        for _ in range(chance.randint(0, 5)):
            # From an earlier to a later role alone, so that there is no cycle.
            one, other = sorted(chance.sample(range(len(ROLES)), 2))
            dom = f", {chance.choice(('*', *TENANTS))}" if model.role_domains else ""
            lines.append(f"g, {ROLES[one]}, {ROLES[other]}{dom}")
    return bundle.build({**SHIPPED.files, "model.conf": text, "rules.csv": "\n".join(lines)})


def asked(chance: random.Random, most_roles: int = 3) -> Asked:
    """A request."""
    return Asked(
        tuple(chance.sample(ROLES, chance.randint(0, most_roles))),
        chance.choice(TENANTS),
        chance.choice(OBJECTS),
        chance.choice(ACTS),
        chance.choice(ADDRESSES),
    )
