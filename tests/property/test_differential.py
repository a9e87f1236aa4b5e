"""What Guard decides is what pycasbin decides: every supported model, generated policies, 100,000 requests."""

from __future__ import annotations

import random

import pytest

from guard.authorize.casbin import CasbinOracle
from guard.policy.snapshot import Snapshot
from tests.property import generated

POLICIES, REQUESTS, SHARDS = 500, 200, 10


@pytest.mark.parametrize("shard", range(SHARDS))
def test_no_decision_differs(shard: int) -> None:
    compared = 0
    for number in range(POLICIES // SHARDS):
        chance = random.Random(f"{shard}/{number}")
        policy = generated.policy(chance)
        snapshot, oracle = Snapshot(policy), CasbinOracle(policy)
        for _ in range(REQUESTS):
            asked = generated.asked(chance, 3 if policy.model.has_roles else 1)
            question = (asked.roles, asked.tenant, asked.obj, asked.act, asked.address)
            assert snapshot.decide(*question) == oracle.decide(*question), (policy.files["rules.csv"], question)
            compared += 1
    assert compared == POLICIES * REQUESTS // SHARDS
