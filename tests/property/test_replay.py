"""A replay against the truth: the same turns, sent through the pipeline under the other policy.

And the policy that was in force changes nothing, whatever was recorded, however scores lie to thresholds.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guard.audit import turn
from guard.policy.snapshot import Snapshot
from tests.replaying import WORDS, Told, changes, policy, remark, replay, rounded, those, thresholds, unknown

SCORES = st.sampled_from(
    (0, 2999, 3000, 3996, 4000, 4004, 4005, 4006, 4499, 4500, 4501, 4995, 4999, 5000, 6996, 7000, 9499, 9500)
)
PROMPT = '[withhold]\ntoxicity = "{0}"\n[flag]\ntoxicity = "flag"\nbias = "flag"\n[prompt]\ntoxicity = "{1}"\n'


def _policies() -> list[Snapshot]:
    rows = (
        (),
        ("p, auditor, *, *, use, deny", "p, employee, *, restore, use, deny"),
        ("p, employee, *, generator/other, use, deny",),
    )
    redaction = (
        'redact = ["names", "structured"]\nclear = ["quasi_identifiers"]',
        'clear = ["names", "quasi_identifiers"]\nredact = ["structured"]',
        'block = ["EMAIL_ADDRESS", "AGE"]\nclear = ["LOCATION"]',
    )
    moderation = (PROMPT.format("standard", "prompt"), PROMPT.format("strict", "standard"))
    numbers = (thresholds(), thresholds(toxicity_standard=0.45, bias_flag=0.4), thresholds(toxicity_strict=0.4005))
    return [
        policy(*some, redaction_default=entities, moderation_default=profile, thresholds=number)
        for some, entities, profile, number in product(rows, redaction, moderation, numbers)
    ]


POLICIES = _policies()
TURNS = st.lists(
    st.fixed_dictionaries(
        {
            "words": st.lists(st.sampled_from(sorted(WORDS)), max_size=3, unique=True),
            "asked": SCORES,
            "said": st.lists(SCORES, min_size=1, max_size=2),
            "bias": SCORES,
            "roles": st.sampled_from(("employee", "employee auditor", "service", "auditor")),
            "model": st.sampled_from(("echo", "other")),
            "scenario": st.sampled_from((None, "education", "customer-service")),
            "named": st.booleans(),
        }
    ),
    min_size=1,
    max_size=8,
)
Turns = list[dict[str, Any]]


def history(snapshot: Snapshot, turns: Turns) -> Told:
    """Send the turns through the pipeline under a policy."""
    told = Told(snapshot)

    async def work() -> None:
        for number, each in enumerate(turns):
            answers = [f"Fine t{score}. And b{each['bias']}." for score in each["said"]]
            await told.chat(
                f"{', '.join(each['words'])} t{each['asked']}",
                *answers,
                key=f"usr_{number} {each['roles']}",
                model=each["model"],
                scenario=each["scenario"],
                message={"name": "ada"} if each["named"] else {},
            )

    asyncio.run(work())
    return told


@settings(max_examples=400, deadline=None)
@given(snapshot=st.sampled_from(POLICIES), turns=TURNS)
def test_the_policy_that_was_in_force_changes_nothing(snapshot: Snapshot, turns: Turns) -> None:
    told = history(snapshot, turns)
    for same in (snapshot, remark(snapshot)):
        for old in (False, True):
            answer = replay(same, told.requests(old=old))
            assert changes(answer) == {}
            assert answer.requests == len(turns)


@settings(max_examples=40, deadline=None)
@given(snapshot=st.sampled_from(POLICIES), turns=TURNS)
def test_nor_does_it_where_scores_were_rounded(snapshot: Snapshot, turns: Turns) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(turn, "reached", rounded)
        patch.setattr(turn, "per_mille", rounded)
        told = history(snapshot, turns)
    assert changes(replay(remark(snapshot), told.requests(old=True))) == {}


@settings(max_examples=120, deadline=None)
@given(then=st.sampled_from(POLICIES), now=st.sampled_from(POLICIES), turns=TURNS)
def test_a_replay_foretells_what_the_pipeline_does(then: Snapshot, now: Snapshot, turns: Turns) -> None:
    told = history(then, turns)
    answer = replay(now, told.requests(), samples=1000)
    if answer.unknown["at_threshold"]:
        return  # A threshold finer than the recorded score: counted, and taken for reached.
    before, after = outcomes(told), outcomes(history(now, turns))
    expected: dict[str, set[str | None]] = {name: set() for name in answer.changes}
    for request, was in before.items():
        for change in foretold(was, after[request]):
            expected[change].add(request)
    missed = expected["no_longer_blocked"] - those(answer, "no_longer_blocked")
    assert those(answer, "no_longer_blocked") <= expected["no_longer_blocked"]
    # What it cannot know of prompts that were blocked it counts.
    assert len(missed) <= unknown(answer).get("not_judged", 0)
    assert expected["no_longer_withheld"] <= those(answer, "no_longer_withheld")
    assert (
        len(those(answer, "no_longer_withheld")) <= len(expected["no_longer_withheld"]) + answer.unknown["answers_cut"]
    )
    for change in set(expected) - {"no_longer_blocked", "no_longer_withheld"}:
        assert those(answer, change) == expected[change], change


def outcomes(told: Told) -> dict[str, dict[str, Any]]:
    """What became of each request, as the pipeline's own records say."""
    last: dict[str, dict[str, Any]] = {}
    for record in told.audit.records:
        last[record["request_id"]] = record
    return last


def foretold(was: Mapping[str, Any], now: Mapping[str, Any]) -> set[str]:
    """The kinds of change between two outcomes of one request."""
    if "deny" in (was["decision"], now["decision"]):
        if was["decision"] == now["decision"]:
            return set()
        return {"newly_refused" if now["decision"] == "deny" else "newly_allowed"}
    found = set() if was["profiles"] == now["profiles"] else {"profile_changed"}
    if "blocked" in (was["decision"], now["decision"]):
        if was["decision"] != now["decision"]:
            found.add("newly_blocked" if now["decision"] == "blocked" else "no_longer_blocked")
        return found
    if was["restore"] != now["restore"] and was["entities"]:
        found.add("restore_on" if now["restore"] else "restore_off")
    if set(now["cleared"]) - set(was["cleared"]):
        found.add("more_cleared")
    if set(was["cleared"]) - set(now["cleared"]):
        found.add("more_redacted")
    if bool(was["prompt_flagged"]) != bool(now["prompt_flagged"]):
        found.add("prompt_newly_flagged" if now["prompt_flagged"] else "prompt_no_longer_flagged")
    return found | _answered(was, now)


def _answered(was: Mapping[str, Any], now: Mapping[str, Any]) -> set[str]:
    if "withheld" in (was["decision"], now["decision"]):
        if was["decision"] == now["decision"]:
            return set()
        return {"newly_withheld" if now["decision"] == "withheld" else "no_longer_withheld"}
    flagged = [any(choice["flagged"] for choice in each["choices"]) for each in (was, now)]
    return set() if flagged[0] == flagged[1] else {"newly_flagged" if flagged[1] else "no_longer_flagged"}
