"""The comparison with pycasbin is an alarm beside the requests: never in their way, nor in that of the end."""

from __future__ import annotations

import asyncio
import time

import pytest

from guard.authorize import authorizer
from guard.authorize.authorizer import Comparison, Mismatch, PolicyAuthorizer
from guard.model import Principal
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


class Reports(list[Mismatch]):
    async def __call__(self, mismatch: Mismatch) -> None:
        self.append(mismatch)


async def compared(snapshot: Snapshot, *roles: tuple[str, ...]) -> tuple[Comparison, Reports]:
    reports = Reports()
    comparison = Comparison(1.0, reports)
    comparison.start()
    authorize = PolicyAuthorizer(snapshot, comparison.sample)
    for held in roles:
        authorize.decide(Principal("user_1", "default", held), "generator/x", "use")
    await comparison.aclose()
    return comparison, reports


async def test_the_same_answers_are_no_alarm() -> None:
    comparison, reports = await compared(Snapshot(SHIPPED), ("employee",), ("auditor",), ("admin", "employee"))
    assert (comparison.compared, reports) == (3, [])


async def test_several_roles_under_a_model_without_roles_are_no_alarm() -> None:
    files = {name: text for name, text in SHIPPED.files.items() if not name.startswith("tests/")}
    rows = "p, employee, generator/*, use, allow\np, auditor, generator/x, use, deny\n"
    plain = Snapshot(bundle.build({**files, "model.conf": PLAIN_MODEL, "rules.csv": rows}))
    comparison, reports = await compared(plain, ("employee",), ("auditor",), ("employee", "auditor"))
    assert (comparison.compared, reports) == (2, [])


async def test_the_end_does_not_wait_for_all_comparisons(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(authorizer, "LAST", 0.1)
    comparison = Comparison(1.0, Reports())
    monkeypatch.setattr(comparison, "_compared", lambda asked: time.sleep(0.05))
    comparison.start()
    authorize = PolicyAuthorizer(Snapshot(SHIPPED), comparison.sample)
    for _ in range(200):
        authorize.decide(Principal("user_1", "default", ("employee",)), "generator/x", "use")
    async with asyncio.timeout(2):
        await comparison.aclose()
