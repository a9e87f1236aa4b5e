"""Decisions on a snapshot: the rule is named, deny wins, tenants are apart, what is malformed is denied."""

from __future__ import annotations

import asyncio
import threading

import pytest

from guard.authorize.authorizer import PolicyAuthorizer
from guard.errors import NotFoundError, PermissionDeniedError, PolicyError
from guard.model import Principal
from guard.policy import bundle, shipped
from guard.policy.snapshot import Snapshot

SHIPPED = shipped.load()
EMPLOYEE = Principal("user_1", "default", ("employee",))


def snapshot(*rows: str, **files: str) -> Snapshot:
    """The shipped policy with rows appended."""
    rules = SHIPPED.files["rules.csv"] + "\n".join(rows) + "\n"
    return Snapshot(bundle.build({**SHIPPED.files, "rules.csv": rules, **files}))


def only(*rows: str) -> Snapshot:
    """The shipped profiles with other rules."""
    return Snapshot(bundle.build({**SHIPPED.files, "rules.csv": "\n".join(rows)}))


def test_the_deciding_rule_is_named() -> None:
    policy = snapshot("p, employee, acme, generator/gpt, use, deny")
    allowed = policy.decide(["employee"], "default", "generator/gpt", "use")
    assert (allowed.text, allowed.allowed) == ("p, employee, *, generator/*, use, allow", True)
    denied = policy.decide(["employee"], "acme", "generator/gpt", "use")
    assert (denied.text, denied.allowed) == ("p, employee, acme, generator/gpt, use, deny", False)
    assert policy.decide(["employee"], "default", "audit", "read").text == "default deny"


def test_a_deny_of_any_role_wins() -> None:
    policy = snapshot("p, auditor, *, generator/*, use, deny")
    assert policy.decide(["employee"], "default", "generator/x", "use").allowed
    for roles in (["employee", "auditor"], ["auditor", "employee"], ["admin", "auditor", "service"]):
        assert not policy.decide(roles, "default", "generator/x", "use").allowed


def test_included_roles_hold_in_their_tenant() -> None:
    policy = only("g, lead, employee, acme", "p, employee, *, restore, use, allow", "g, chief, lead, *")
    assert policy.decide(["lead"], "acme", "restore", "use").allowed
    assert policy.decide(["chief"], "acme", "restore", "use").allowed
    assert not policy.decide(["lead"], "other", "restore", "use").allowed
    assert not policy.decide(["chief"], "other", "restore", "use").allowed


def test_a_deny_at_the_end_of_the_deepest_chain_is_in_reach() -> None:
    chain = [f"g, r{index}, r{index + 1}, *" for index in range(8)]
    policy = only(*chain, "p, r0, *, restore, use, allow", "p, r8, *, restore, use, deny")
    assert policy.decide(["r0"], "default", "restore", "use").text == "p, r8, *, restore, use, deny"


@pytest.mark.parametrize(
    ("roles", "tenant", "obj", "act"),
    [
        (["employee", "Auditor"], "default", "generator/x", "use"),
        (["employee", ""], "default", "generator/x", "use"),
        (["principal:"], "default", "generator/x", "use"),
        (["employee"], "*", "generator/x", "use"),
        (["employee"], "", "generator/x", "use"),
        (["employee"], "default", "generator/*", "use"),
        (["employee"], "default", "generator/x, y", "use"),
        (["employee"], "default", "", "use"),
        (["employee"], "default", "generator/x", "Use"),
        ([], "default", "generator/x", "use"),
    ],
)
def test_what_is_malformed_is_denied(roles: list[str], tenant: str, obj: str, act: str) -> None:
    assert snapshot().decide(roles, tenant, obj, act).text == "default deny"


def test_a_policy_without_rules_denies() -> None:
    assert not only("").decide(["employee"], "default", "generator/x", "use").allowed


async def test_a_grant_says_who_decided_what() -> None:
    grant = await PolicyAuthorizer(snapshot())(EMPLOYEE, "gpt", "education")
    assert grant.policy == SHIPPED.hash or grant.policy.startswith("sha256:")
    assert (grant.scenario, grant.redaction, grant.moderation.name, grant.limit.name) == ("education",) * 4
    assert grant.restore
    assert grant.rules["generator"].text == "p, employee, *, generator/*, use, allow"
    assert grant.rules["entity/PERSON"].text == "redaction/education.toml: clear PERSON"
    assert {"scenario", "redaction", "moderation", "limit", "restore", "entity/OTHER"} <= set(grant.rules)
    assert grant.action_for("PERSON") == "clear"
    assert grant.action_for("EMAIL_ADDRESS") == "redact"
    assert grant.action_for("NEVER_HEARD_OF") == "redact"
    assert all(rule.text.isascii() for rule in grant.rules.values())


async def test_without_a_model_no_generator_is_asked_for() -> None:
    policy = only(
        *(f"p, checker, *, {kind}/*, use, allow" for kind in ("scenario", "redaction", "moderation", "limit"))
    )
    checker = Principal("user_2", "default", ("checker",))
    grant = await PolicyAuthorizer(policy)(checker, None)
    assert "generator" not in grant.rules
    assert not grant.restore
    with pytest.raises(PermissionDeniedError):
        await PolicyAuthorizer(policy)(checker, "gpt")


async def test_a_refusal_names_the_rule_and_nothing_else() -> None:
    authorizer = PolicyAuthorizer(snapshot("p, employee, *, scenario/education, use, deny"))
    with pytest.raises(PermissionDeniedError) as denied:
        await authorizer(EMPLOYEE, "gpt", "education")
    assert denied.value.rule == "p, employee, *, scenario/education, use, deny"
    with pytest.raises(PermissionDeniedError) as denied:
        await authorizer(Principal("user_3", "default", ("auditor",)), "gpt")
    assert denied.value.rule == "default deny"
    with pytest.raises(NotFoundError) as unknown:
        await authorizer(EMPLOYEE, "gpt", "secret plan")
    assert "secret" not in str(unknown.value)


async def test_the_first_profile_that_is_allowed_is_taken() -> None:
    scenarios = SHIPPED.files["scenarios.toml"].replace('redaction = ["default"]', 'redaction = ["education", "all"]')
    deny = "p, service, *, redaction/education, use, deny"
    authorizer = PolicyAuthorizer(snapshot(deny, **{"scenarios.toml": scenarios}))
    assert (await authorizer(EMPLOYEE, "gpt")).redaction == "education"
    assert (await authorizer(Principal("user_4", "default", ("service",)), "gpt")).redaction == "all"
    both = PolicyAuthorizer(snapshot(deny, "p, service, *, redaction/all, use, deny", **{"scenarios.toml": scenarios}))
    with pytest.raises(PermissionDeniedError) as denied:
        await both(Principal("user_4", "default", ("service",)), "gpt")
    assert denied.value.rule == deny


@pytest.mark.parametrize(
    ("rows", "expected", "by"),
    [
        ((), "redact", "redaction/default.toml: redact PERSON"),
        (("redaction/default/PERSON, clear, allow",), "redact", "redaction/default.toml: redact PERSON"),
        (
            ("redaction/default/PERSON, block, allow",),
            "block",
            "p, employee, *, redaction/default/PERSON, block, allow",
        ),
        (("redaction/*, block, allow",), "block", "p, employee, *, redaction/*, block, allow"),
        (
            ("redaction/default/PERSON, redact, deny", "redaction/default/PERSON, clear, allow"),
            "clear",
            "p, employee, *, redaction/default/PERSON, clear, allow",
        ),
        (("redaction/default/PERSON, redact, deny",), "redact", "default redact"),
        (("redaction/education/PERSON, block, allow",), "redact", "redaction/default.toml: redact PERSON"),
    ],
)
def test_the_strictest_allowed_action_counts(rows: tuple[str, ...], expected: str, by: str) -> None:
    grant = snapshot(*(f"p, employee, *, {row}" for row in rows)).grant(["employee"], "default", "gpt")
    assert grant.action_for("PERSON") == expected
    assert grant.rules["entity/PERSON"].text == by


def test_a_cleared_type_may_be_denied() -> None:
    policy = snapshot("p, employee, *, redaction/education/PERSON, clear, deny")
    grant = policy.grant(["employee"], "default", "gpt", "education")
    assert (grant.action_for("PERSON"), grant.rules["entity/PERSON"].text) == ("redact", "default redact")
    assert policy.grant(["service"], "default", "gpt", "education").action_for("PERSON") == "clear"


def test_unknown_types_may_be_blocked_and_never_cleared() -> None:
    blocked = snapshot("p, employee, *, redaction/default/OTHER, block, allow").grant(["employee"], "default", "gpt")
    assert (blocked.action_for("NEW"), blocked.action_for("PERSON")) == ("block", "redact")
    rows = ("redaction/default/*, redact, deny", "redaction/default/*, clear, allow")
    cleared = snapshot(*(f"p, employee, *, {row}" for row in rows)).grant(["employee"], "default", "gpt")
    assert (cleared.action_for("NEW"), cleared.action_for("PERSON")) == ("redact", "clear")


def test_explanations_have_a_place_and_a_path() -> None:
    policy = snapshot("g, lead, employee, *")
    why = policy.explain(["lead"], "default", "restore", "use")
    assert why.path == ("lead", "employee")
    file, line = why.place.split(":")
    assert policy.bundle.files[file].split("\n")[int(line) - 1] == why.rule.text
    assert policy.explain(["lead"], "default", "audit", "read").place == ""


def test_without_a_policy_nothing_is_decided() -> None:
    authorizer = PolicyAuthorizer()
    for ask in (lambda: authorizer.policy, lambda: authorizer.decide(EMPLOYEE, "restore", "use")):
        with pytest.raises(PolicyError):
            ask()


WITH_DENY = [
    snapshot("p, employee, *, generator/secret, use, deny", f"p, service, t{n}, audit, read, allow") for n in range(3)
]


def test_a_deny_rule_is_never_absent_while_policies_are_swapped_under_threads() -> None:
    authorizer, stop, wrong = PolicyAuthorizer(WITH_DENY[0]), threading.Event(), []

    def ask(number: int) -> None:
        count = 0
        while not stop.is_set():
            count += 1
            # Ever new tenants: decisions are made, not only remembered.
            who = Principal("user_1", f"t{number}-{count % 50}", ("employee",))
            if authorizer.decide(who, "generator/secret", "use").allowed:
                wrong.append("allowed")
            if not authorizer.decide(who, f"generator/x{count % 300}", "use").allowed:
                wrong.append("denied")

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for turn in range(60):
        authorizer.replace(Snapshot(WITH_DENY[turn % 3].bundle))
        stop.wait(0.005)
    stop.set()
    for thread in threads:
        thread.join()
    assert wrong == []


async def test_a_deny_rule_is_never_absent_while_policies_are_swapped_under_asyncio() -> None:
    authorizer = PolicyAuthorizer(WITH_DENY[0])

    async def swap() -> None:
        for turn in range(100):
            authorizer.replace(WITH_DENY[turn % 3])
            await asyncio.sleep(0)

    async def ask() -> int:
        denied = 0
        for _ in range(100):
            try:
                await authorizer(EMPLOYEE, "secret")
            except PermissionDeniedError:
                denied += 1
            await asyncio.sleep(0)
        return denied

    _, *denied = await asyncio.gather(swap(), *(ask() for _ in range(10)))
    assert denied == [100] * 10


def test_what_is_malformed_is_not_kept() -> None:
    policy = snapshot()
    for number in range(50):
        for roles, tenant in (((f"No Role {number}",), "default"), (("employee",), f"no tenant {number}")):
            assert not policy.decide(roles, tenant, "generator/x", "use").allowed
            assert not policy.explain(roles, tenant, "generator/x", "use").rule.allowed
            assert not policy.is_well_formed(roles, tenant, "generator/x", "use")
    assert policy._held.cache_info().currsize == 0


def test_whether_some_address_may_allow_it() -> None:
    model = SHIPPED.files["model.conf"].replace("obj, act", "obj, act, ip")
    model = model.replace("r.act == p.act", 'r.act == p.act && (p.ip == "*" || ipMatch(r.ip, p.ip))')
    rows = (
        "p, a, *, x, use, 10.0.0.0/8, allow\np, b, *, x, use, *, allow\np, b, *, x, use, 10.0.0.0/8, deny\n"
        "p, c, acme, x, use, *, allow\np, d, *, x, use, *, allow\np, d, *, x, use, *, deny\n"
    )
    files = {name: text for name, text in SHIPPED.files.items() if not name.startswith("tests/")}
    policy = Snapshot(bundle.build({**files, "model.conf": model, "rules.csv": rows}))
    somewhere = {role: policy.may_from_somewhere((role,), "default", "x", "use") for role in ("a", "b", "c", "d", "A")}
    assert somewhere == {"a": True, "b": True, "c": False, "d": False, "A": False}
    assert not policy.decide(("a",), "default", "x", "use").allowed
    assert policy.decide(("a",), "default", "x", "use", "10.0.0.1").allowed
    assert policy.decide(("a",), "default", "x", "use", "::ffff:10.0.0.1").allowed
    for address in ("10.0.0.1", "::ffff:10.0.0.1", "::ffff:10.0.0.1%eth0", "not an address", "", None):
        assert not policy.decide(("b",), "default", "x", "use", address).allowed
    assert policy.decide(("b",), "default", "x", "use", "fe80::1%eth0").allowed
