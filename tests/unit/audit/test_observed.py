"""What pages count beside thresholds and actions: read from real records, by profile, and asked at most once a minute."""

from __future__ import annotations

import pytest

from guard.audit import observed as module
from guard.audit.observed import Lately, observed
from guard.policy.observed import Found, Observed, bars, reaching
from tests.conftest import Storage
from tests.replaying import Told, policy


async def test_scores_and_types_are_counted_by_the_profile_of_the_chat(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = {"audit": storage.audit, "commit": storage.database.write, "store": storage.transcripts}
    house = Told(policy(), parts=parts)
    for _ in range(3):
        await house.chat("I am Ada Lovelace.", scenario="education")
    await house.chat("I am Ada Lovelace.")
    await house.chat(key="usr_o auditor")
    monkeypatch.setattr(module, "WINDOW", 10**14)
    found = await observed(storage.database)
    assert found.found("default", "PERSON").requests == 1
    assert found.found("education", "PERSON").requests == 3
    assert found.found(None, "PERSON").requests == 4
    assert found.of("education", "answer", "toxicity").total() == 3
    assert found.of(None, "answer", "toxicity").total() == 4
    assert found.found("default", "URL") == Found()


@pytest.mark.parametrize(("threshold", "count"), [(0.001, 4), (0.25, 3), (0.2501, 2), (0.7, 1), (0.29, 2), (1.0, 0)])
def test_a_score_counts_from_its_threshold_on(threshold: float, count: int) -> None:
    assert reaching({1: 1, 250: 1, 290: 1, 700: 1}, threshold) == count


def test_bars_hold_every_score_once() -> None:
    counts = dict.fromkeys(range(1001), 1)
    assert sum(bars(counts)) == 1001
    assert bars({0: 1, 49: 1, 50: 2, 1000: 5})[:2] == [2, 2]
    assert bars({1000: 5})[-1] == 5


async def test_the_log_is_not_read_again_within_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    async def count() -> Observed:
        asked.append(1)
        return Observed()

    lately = Lately(count)
    assert await lately() is await lately()
    assert len(asked) == 1
    monkeypatch.setattr(module, "KEPT", -1.0)
    await lately()
    assert len(asked) == 2
