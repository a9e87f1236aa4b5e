"""A share of the decisions is decided again by pycasbin, beside the requests; a difference is told."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from guard.authorize import authorizer as module
from guard.authorize.authorizer import WAITING, Comparison, Mismatch, PolicyAuthorizer
from guard.authorize.casbin import CasbinOracle
from guard.errors import PolicyError, StorageError
from guard.model import Principal, Rule
from guard.policy import bundle, shipped
from guard.policy.snapshot import Snapshot

SHIPPED = shipped.load()
PLAIN_MODEL = """\
[request_definition]
r = sub, obj, act

[policy_definition]
p = sub, obj, act, eft

[policy_effect]
e = some(where (p.eft == allow)) && !some(where (p.eft == deny))

[matchers]
m = r.sub == p.sub && keyMatch(r.obj, p.obj) && r.act == p.act
"""

EMMA = Principal("user_1", "default", ("employee",))


class Told:
    """Where mismatches are reported to."""

    def __init__(self) -> None:
        self.mismatches: list[Mismatch] = []
        self.fails = False

    async def __call__(self, mismatch: Mismatch) -> None:
        if self.fails:
            raise StorageError
        self.mismatches.append(mismatch)


@asynccontextmanager
async def compared(share: float, told: Told) -> AsyncIterator[tuple[PolicyAuthorizer, Comparison]]:
    """An authorizer whose decisions are compared; all of them are when the block is over."""
    comparison = Comparison(share, told)
    comparison.start()
    yield PolicyAuthorizer(Snapshot(SHIPPED), comparison.sample), comparison
    await comparison.aclose()


async def test_equal_decisions_are_silent() -> None:
    told = Told()
    async with compared(1.0, told) as (authorizer, comparison):
        await authorizer(EMMA, "gpt")
        authorizer.decide(EMMA, "audit", "read")
        authorizer.decide(EMMA, "no such/*", "read")  # Denied before any rule is asked, so there is nothing to compare.
    assert comparison.compared == 2
    assert told.mismatches == []


async def test_a_difference_is_told_with_both_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    other = Rule("p, employee, *, audit, read, allow", allowed=True)
    monkeypatch.setattr(CasbinOracle, "decide", lambda *_: other)
    told = Told()
    async with compared(1.0, told) as (authorizer, _):
        assert not authorizer.decide(EMMA, "audit", "read").allowed  # The answer stands.
    assert told.mismatches == [Mismatch(SHIPPED.hash, Rule("default deny", allowed=False), other)]


async def test_no_decision_of_pycasbin_is_a_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> Rule:
        raise PolicyError

    monkeypatch.setattr(CasbinOracle, "decide", fails)
    told = Told()
    async with compared(1.0, told) as (authorizer, _):
        authorizer.decide(EMMA, "audit", "read")
    assert [each.casbin for each in told.mismatches] == [None]


async def test_an_alarm_that_cannot_be_recorded_does_not_end_the_next_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CasbinOracle, "decide", lambda *_: Rule("other", allowed=True))
    told = Told()
    told.fails = True
    async with compared(1.0, told) as (authorizer, comparison):
        authorizer.decide(EMMA, "audit", "read")
        while comparison.compared == 0:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.05)
        told.fails = False
        authorizer.decide(EMMA, "audit", "read")
    assert len(told.mismatches) == 1


async def test_a_share_of_nothing_compares_nothing_and_a_full_queue_delays_nobody() -> None:
    told = Told()
    async with compared(0.0, told) as (authorizer, comparison):
        authorizer.decide(EMMA, "audit", "read")
    assert comparison.compared == 0
    comparison = Comparison(1.0, told)  # Not started: nothing is taken from its queue.
    authorizer = PolicyAuthorizer(Snapshot(SHIPPED), comparison.sample)
    for _ in range(2 * WAITING):
        assert not authorizer.decide(EMMA, "audit", "read").allowed


async def test_a_new_policy_is_compared_with_its_own_rules() -> None:
    rules = SHIPPED.files["rules.csv"] + "p, employee, *, generator/secret, use, deny\n"
    changed = Snapshot(bundle.build({**SHIPPED.files, "rules.csv": rules}))
    told = Told()
    async with compared(1.0, told) as (authorizer, comparison):
        assert authorizer.decide(EMMA, "generator/secret", "use").allowed
        authorizer.replace(changed)
        assert not authorizer.decide(EMMA, "generator/secret", "use").allowed
    assert comparison.compared == 2
    assert told.mismatches == []


def test_the_oracle_makes_no_decision_where_pycasbin_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    oracle = CasbinOracle(SHIPPED)
    monkeypatch.setattr(oracle._enforcer(("employee",), "default"), "enforce_ex", lambda *_: 1 / 0)
    with pytest.raises(PolicyError):
        oracle.decide(["employee"], "default", "generator/x", "use")


async def test_several_roles_under_a_model_without_roles_are_no_alarm() -> None:
    files = {name: text for name, text in SHIPPED.files.items() if not name.startswith("tests/")}
    rows = "p, employee, generator/*, use, allow\np, auditor, generator/x, use, deny\n"
    plain = Snapshot(bundle.build({**files, "model.conf": PLAIN_MODEL, "rules.csv": rows}))
    told = Told()
    async with compared(1.0, told) as (authorizer, comparison):
        authorizer.replace(plain)
        for roles in (("employee",), ("auditor",), ("employee", "auditor")):
            authorizer.decide(Principal("user_1", "default", roles), "generator/x", "use")
    assert (comparison.compared, told.mismatches) == (2, [])


async def test_the_end_does_not_wait_for_all_comparisons(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LAST", 0.1)
    comparison = Comparison(1.0, Told())
    monkeypatch.setattr(comparison, "_compared", lambda asked: time.sleep(0.05))
    comparison.start()
    authorizer = PolicyAuthorizer(Snapshot(SHIPPED), comparison.sample)
    for _ in range(200):
        authorizer.decide(EMMA, "generator/x", "use")
    async with asyncio.timeout(2):
        await comparison.aclose()
