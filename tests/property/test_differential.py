"""What Guard decides is what pycasbin decides: every supported model, generated policies, 100,000 requests.

`make nightly` compares a million more.
"""

from __future__ import annotations

import random

import pytest

from guard.authorize.casbin import CasbinOracle
from guard.policy.snapshot import Snapshot
from tests.property import generated

POLICIES, REQUESTS, SHARDS = 500, 200, 10
MORE_REQUESTS, MORE_SHARDS = 500, 40


def compare(seed: str, policies: int, requests: int) -> int:
    """Decide both ways; how many requests were compared."""
    compared = 0
    for number in range(policies):
        chance = random.Random(f"{seed}/{number}")
        policy = generated.policy(chance)
        snapshot, oracle = Snapshot(policy), CasbinOracle(policy)
        for _ in range(requests):
            asked = generated.asked(chance, 3 if policy.model.has_roles else 1)
            question = (asked.roles, asked.tenant, asked.obj, asked.act, asked.address)
            assert snapshot.decide(*question) == oracle.decide(*question), (policy.files["rules.csv"], question)
            compared += 1
    return compared


@pytest.mark.parametrize("shard", range(SHARDS))
def test_no_decision_differs(shard: int) -> None:
    assert compare(str(shard), POLICIES // SHARDS, REQUESTS) == POLICIES * REQUESTS // SHARDS


@pytest.mark.slow
@pytest.mark.parametrize("shard", range(MORE_SHARDS))
def test_no_decision_of_a_million_differs(shard: int) -> None:
    """Other policies than above, and each asked more."""
    assert compare(f"more {shard}", 50, MORE_REQUESTS) == 1_000_000 // MORE_SHARDS
