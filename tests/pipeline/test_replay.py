"""Turns of the real pipeline, replayed under a changed policy: exactly those change that the draft treats otherwise."""

from __future__ import annotations

from typing import Any

import pytest

from guard.errors import LimitExceededError
from guard.policy.casbin_model import MODEL_FILE, read_model
from guard.policy.rules import PolicyRule
from tests.replaying import (
    Told,
    changes,
    policy,
    policy_of,
    remark,
    replay,
    requests,
    rounded,
    those,
    thresholds,
    unknown,
    with_fields,
)

SHIPPED = policy()


async def test_a_stricter_threshold_withholds_exactly_the_answers_that_reach_it() -> None:
    told = Told(SHIPPED)
    scores = (0, 2999, 4499, 4500, 4999, 5000, 9000)
    ids = {score: await told.chat("Hi.", f"Fine t{score}.", key=f"usr_{score} employee") for score in scores}
    answer = replay(policy(thresholds=thresholds(toxicity_standard=0.45)), told.requests())
    assert changes(answer) == {"newly_withheld": 2}
    assert those(answer, "newly_withheld") == {ids[4500], ids[4999]}
    tally = answer.changes["newly_withheld"]
    assert tally.by_rule == {"moderation/default.toml: withhold toxicity at 0.45": 2}
    assert tally.by_roles == {"employee": 2}
    assert tally.by_actor == {"usr_4500": 1, "usr_4999": 1}
    assert (answer.requests, answer.changed) == (7, 2)
    assert unknown(answer) == {}


async def test_a_laxer_threshold_lets_answers_out_whose_rest_is_not_known() -> None:
    told = Told(SHIPPED)
    low, high = await told.chat("Hi.", "One. Fine t6000. Rest."), await told.chat("Hi.", "t9000")
    answer = replay(policy(thresholds=thresholds(toxicity_standard=0.8)), told.requests())
    assert changes(answer) == {"no_longer_withheld": 1}
    assert those(answer, "no_longer_withheld") == {low}
    assert high not in those(answer, "no_longer_withheld")
    assert unknown(answer) == {"answers_cut": 1}


async def test_flags_come_and_go() -> None:
    told = Told(SHIPPED)
    await told.chat("Hi.", "t2000")
    await told.chat("Hi.", "t3500")
    await told.chat("t2500", "Fine.")
    await told.chat("t3500", "Fine.")
    lower = replay(policy(thresholds=thresholds(toxicity_flag=0.2)), told.requests())
    assert changes(lower) == {"newly_flagged": 1, "prompt_newly_flagged": 1}
    higher = replay(policy(thresholds=thresholds(toxicity_flag=0.4)), told.requests())
    assert changes(higher) == {"no_longer_flagged": 1, "prompt_no_longer_flagged": 1}


async def test_a_request_that_changes_in_nothing_vouches_for_no_other() -> None:
    told = Told(SHIPPED)
    for score in (4500, 3500):
        await told.chat(f"t{score}", "Fine.")
        await told.chat("Hi.", f"t{score}")
    for failing in (False, True):
        told.generator.fails = failing
        await told.chat("Hi.", "One. Two. ")
    answer = replay(policy(thresholds=thresholds(toxicity_flag=0.4)), told.requests())
    assert changes(answer) == {"no_longer_flagged": 1, "prompt_no_longer_flagged": 1}
    assert unknown(answer) == {"cut_short": 1}


async def test_a_finer_threshold_that_was_recorded_rounded_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    from guard.audit import turn

    monkeypatch.setattr(turn, "reached", rounded)
    monkeypatch.setattr(turn, "per_mille", rounded)
    fine = policy(thresholds=thresholds(toxicity_standard=0.5002, toxicity_flag=0.3002))
    told = Told(fine)
    for score in ("t5002", "t5001", "t3002", "t3001"):
        await told.chat("Hi.", score)
    answer = replay(remark(fine), told.requests(old=True))
    assert (changes(answer), unknown(answer)) == ({}, {"cleared_not_recorded": 4})


async def test_a_deny_refuses_exactly_those_whom_it_names() -> None:
    told = Told(SHIPPED)
    denied = await told.chat(key="usr_a service", model="other")
    await told.chat(key="usr_a service")
    await told.chat(key="usr_b employee", model="other")
    await told.chat(key="usr_c@acme service", model="other")
    row = "p, service, default, generator/other, use, deny"
    answer = replay(policy(row), told.requests())
    assert changes(answer) == {"newly_refused": 1}
    assert those(answer, "newly_refused") == {denied}
    assert answer.changes["newly_refused"].by_rule == {row: 1}
    assert answer.changes["newly_refused"].by_what == {"generator/other": 1}


async def test_who_was_refused_would_be_allowed_and_nobody_knows_what_then() -> None:
    row = "p, employee, *, scenario/education, use, deny"
    told = Told(policy(row))
    wanted = await told.chat(scenario="education")
    await told.chat(key="usr_o auditor")
    await told.chat()
    answer = replay(SHIPPED, told.requests())
    assert changes(answer) == {"newly_allowed": 1}
    assert those(answer, "newly_allowed") == {wanted}
    assert answer.changes["newly_allowed"].by_rule == {row: 1}
    assert unknown(answer) == {"never_judged": 1}


async def test_a_scenario_that_is_gone_refuses() -> None:
    told = Told(SHIPPED)
    await told.chat(scenario="education")
    await told.chat()
    text = SHIPPED.bundle.files["scenarios.toml"]
    without = text[: text.index("[scenarios.education]")] + text[text.index("[scenarios.entertainment]") :]
    answer = replay(policy_of(SHIPPED, **{"scenarios.toml": without}), told.requests())
    assert answer.changes["newly_refused"].by_rule == {"scenarios.toml: no scenario education": 1}


async def test_the_education_profile_clears_names_and_the_default_one_takes_them_back() -> None:
    said = ("I am Ada Lovelace of Leiden.", "Write to ada@lovelace.example.", "Nothing.", "She is Dutch, aged 36.")
    files = SHIPPED.bundle.files
    lenient = policy(redaction_default=files["redaction/education.toml"])
    told = Told(SHIPPED)
    names, *_ = [await told.chat(text) for text in said]
    answer = replay(lenient, told.requests())
    assert changes(answer) == {"more_cleared": 1}
    assert those(answer, "more_cleared") == {names}
    tally = answer.changes["more_cleared"]
    assert tally.by_what == {"PERSON": 1, "LOCATION": 1}
    assert set(tally.by_rule) == {"redaction/default.toml: clear PERSON", "redaction/default.toml: clear LOCATION"}

    told = Told(lenient)
    names, *_ = [await told.chat(text) for text in said]
    answer = replay(SHIPPED, told.requests())
    assert those(answer, "more_redacted") == {names}
    assert changes(answer) == {"more_redacted": 1}
    strict = replay(policy(redaction_default=files["redaction/all.toml"]), told.requests())
    assert strict.changes["more_redacted"].by_what == {"PERSON": 1, "LOCATION": 1, "NRP": 1, "AGE": 1}
    assert changes(strict) == {"more_redacted": 2}


async def test_another_profile_is_a_change_of_its_own() -> None:
    told = Told(SHIPPED)
    await told.chat()
    text = SHIPPED.bundle.files["scenarios.toml"].replace('limit = ["default"]', 'limit = ["education"]', 1)
    answer = replay(policy_of(SHIPPED, **{"scenarios.toml": text}), told.requests())
    assert changes(answer) == {"profile_changed": 1}
    assert answer.changes["profile_changed"].by_what == {"limit default -> education": 1}
    assert answer.changes["profile_changed"].by_rule == {"p, employee, *, limit/*, use, allow": 1}


async def test_a_name_of_a_participant_is_replaced_under_every_policy() -> None:
    lenient = policy(redaction_default=SHIPPED.bundle.files["redaction/education.toml"])
    for then, now in ((SHIPPED, lenient), (lenient, SHIPPED), (lenient, lenient)):
        told = Told(then)
        await told.chat("Nothing.", message={"name": "ada"})
        assert changes(replay(now, told.requests())) == {}
        assert changes(replay(now, told.requests(old=True))) == ({"more_cleared": 1} if then is SHIPPED else {})


async def test_an_entity_type_that_blocks() -> None:
    blocking = policy(redaction_default='block = ["EMAIL_ADDRESS"]\nredact = ["names"]\nclear = ["quasi_identifiers"]')
    told = Told(SHIPPED)
    mail = await told.chat("Ada Lovelace, ada@lovelace.example, is Dutch.")
    await told.chat("Ada Lovelace.")
    answer = replay(blocking, told.requests())
    assert changes(answer) == {"newly_blocked": 1}
    assert those(answer, "newly_blocked") == {mail}
    assert answer.changes["newly_blocked"].by_rule == {"redaction/default.toml: block EMAIL_ADDRESS": 1}

    told = Told(blocking)
    mail = await told.chat("Ada Lovelace, ada@lovelace.example, is Dutch.")
    answer = replay(SHIPPED, told.requests())
    assert changes(answer) == {"no_longer_blocked": 1}
    assert answer.changes["no_longer_blocked"].by_rule == {"redaction/default.toml: redact EMAIL_ADDRESS": 1}
    assert unknown(answer) == {"never_judged": 1}
    # The name was in it, too: one record says all that was found.
    assert changes(replay(policy(redaction_default='block = ["PERSON"]'), told.requests())) == {}
    # And where the draft asks the classifier, nobody knows what it would have said.
    asking = policy(moderation_default='[withhold]\ntoxicity = "standard"\n[prompt]\ntoxicity = "prompt"')
    assert unknown(replay(asking, told.requests())) == {"not_judged": 1}


async def test_a_type_that_another_span_covers_blocks_as_well() -> None:
    words = {"Ada Lovelace": "PERSON"}
    told = Told(SHIPPED, parts={"redact": _two_detectors()}, words=words)
    await told.chat("I am Ada Lovelace.")
    (request,) = told.requests()
    assert request.entities == {"PERSON": 1}
    assert changes(replay(policy(redaction_default='block = ["ORGANIZATION"]'), told.requests())) == {
        "newly_blocked": 1
    }


def _two_detectors() -> Any:
    from guard.redact.engine import RedactionEngine
    from guard.testing.fakes import WordDetector

    return RedactionEngine([WordDetector({"Ada Lovelace": "PERSON"}), WordDetector({"Lovelace": "ORGANIZATION"})])


async def test_a_prompt_threshold_blocks_exactly_the_prompts_that_reach_it() -> None:
    told = Told(SHIPPED)
    ids = {s: await told.chat(f"t{s}", scenario="education") for s in (1000, 8999, 9000, 9499, 9500)}
    answer = replay(policy(thresholds=thresholds(toxicity_prompt=0.9)), told.requests())
    assert those(answer, "newly_blocked") == {ids[9000], ids[9499]}
    assert answer.changes["newly_blocked"].by_rule == {"moderation/education.toml: prompt toxicity at 0.9": 2}
    laxer = replay(policy(thresholds=thresholds(toxicity_prompt=0.99)), told.requests())
    assert those(laxer, "no_longer_blocked") == {ids[9500]}
    assert changes(laxer) == {"no_longer_blocked": 1}


async def test_values_that_would_not_be_put_back() -> None:
    told = Told(SHIPPED)
    await told.chat("I am Ada Lovelace.")
    await told.chat("Nothing.")
    row = "p, employee, *, restore, use, deny"
    answer = replay(policy(row), told.requests())
    assert changes(answer) == {"restore_off": 1}
    assert answer.changes["restore_off"].by_rule == {row: 1}
    told = Told(policy(row))
    await told.chat("I am Ada Lovelace.")
    for old in (False, True):
        assert changes(replay(SHIPPED, told.requests(old=old))) == {"restore_on": 1}
        assert changes(replay(policy(row), told.requests(old=old))) == {}


async def test_several_changes_of_one_request_count_as_one_request() -> None:
    told = Told(SHIPPED)
    await told.chat("I am Ada Lovelace of Leiden.", "t4600")
    draft = policy(redaction_default='clear = ["names"]', thresholds=thresholds(toxicity_standard=0.45))
    answer = replay(draft, told.requests())
    assert changes(answer) == {"more_cleared": 1, "newly_withheld": 1}
    assert answer.changed == 1


async def test_what_cannot_be_known_is_counted() -> None:
    class Full:
        def __call__(self, *_: Any) -> Any:
            raise LimitExceededError

    told = Told(SHIPPED)
    await told.chat("Hi.", model="unknown")
    await told.chat("Hi.", scenario="unknown")
    told.generator.fails = True
    await told.chat("Hi.", "One. Two. ")
    full = Told(SHIPPED, audit=told.audit, parts={"limit": Full()}, number=3)
    await full.chat()
    answer = replay(policy("p, service, *, generator/*, use, deny"), told.requests(), models=["other"])
    assert changes(answer) == {}
    assert unknown(answer) == {"before_decision": 2, "cut_short": 1, "limited": 1, "models_gone": 2}


async def test_a_request_that_was_never_closed_counts_with_its_prompt() -> None:
    told = Told(SHIPPED)
    await told.chat("I am Ada Lovelace.")
    opened = [record for record in told.audit.records if record["event"] == "chat.opened"]
    answer = replay(policy(redaction_default='clear = ["names"]'), requests(opened))
    assert changes(answer) == {"more_cleared": 1}
    assert unknown(answer) == {"never_closed": 1}


async def test_a_rule_that_asks_for_the_address_is_not_decided() -> None:
    told = Told(SHIPPED)
    await told.chat()
    await told.chat(key="usr_s service")
    await told.chat(model="other")
    text = SHIPPED.bundle.files[MODEL_FILE].replace("act, eft", "act, ip, eft").replace("obj, act\n", "obj, act, ip\n")
    text = text.replace("r.act == p.act", 'r.act == p.act && (p.ip == "*" || ipMatch(r.ip, p.ip))')
    model = read_model(text)
    row = PolicyRule("employee", "*", "generator/echo", "use", "deny", 999, "10.0.0.0/8")
    draft = with_fields(SHIPPED, model=model, rules=(*SHIPPED.bundle.rules, row))
    answer = replay(draft, told.requests())
    assert changes(answer) == {}
    assert unknown(answer) == {"undecided": 1}
    row = PolicyRule("employee", "acme", "redaction/*", "use", "deny", 999, "10.0.0.0/8")
    assert unknown(replay(with_fields(SHIPPED, model=model, rules=(*SHIPPED.bundle.rules, row)), told.requests())) == {}


async def test_records_of_an_earlier_version_are_replayed_as_far_as_they_go() -> None:
    row = "p, employee, *, scenario/education, use, deny"
    told = Told(policy(row))
    await told.chat("I am Ada Lovelace.", "t4600")
    await told.chat(scenario="education")
    await told.chat(key="usr_o auditor")
    answer = replay(policy(thresholds=thresholds(toxicity_standard=0.45)), told.requests(old=True))
    assert changes(answer) == {"newly_withheld": 1}
    assert unknown(answer) == {"cleared_not_recorded": 1, "scenario_not_recorded": 1}
    assert changes(replay(policy(redaction_default='block = ["PERSON"]'), told.requests(old=True))) == {
        "newly_blocked": 1
    }


async def test_a_rounded_score_at_a_threshold_is_said_to_be_one(monkeypatch: pytest.MonkeyPatch) -> None:
    from guard.audit import turn

    monkeypatch.setattr(turn, "reached", rounded)
    told = Told(SHIPPED)
    await told.chat("Hi.", "t4496")
    await told.chat("Hi.", "t4999")  # Recorded as 500 and not withheld at 500.
    answer = replay(policy(thresholds=thresholds(toxicity_standard=0.45)), told.requests(old=True))
    assert changes(answer) == {"newly_withheld": 2}
    assert unknown(answer) == {"cleared_not_recorded": 2, "at_threshold": 1}
    same = replay(remark(SHIPPED), told.requests(old=True))
    assert changes(same) == {}
    assert unknown(same) == {"cleared_not_recorded": 2}


async def test_what_the_record_says_of_a_rounded_score_is_not_doubted(monkeypatch: pytest.MonkeyPatch) -> None:
    from guard.audit import turn

    monkeypatch.setattr(turn, "reached", rounded)
    told = Told(SHIPPED)
    await told.chat("Hi.", "t3000")
    await told.chat("Hi.", "t5000")
    answer = replay(policy(thresholds=thresholds(bias_flag=0.45, bias_standard=0.6)), told.requests(old=True))
    assert changes(answer) == {}
    assert unknown(answer) == {"cleared_not_recorded": 2}


async def test_the_hash_is_of_all_counts_and_of_nothing_that_is_shown() -> None:
    told = Told(SHIPPED)
    for number in range(5):
        await told.chat("Hi.", "t4600", key=f"usr_{number} employee")
    draft = policy(thresholds=thresholds(toxicity_standard=0.45))
    answers = [replay(draft, told.requests(), samples=samples) for samples in (0, 3, 100)]
    assert len({answer.hash for answer in answers}) == 1
    assert [len(answer.samples) for answer in answers] == [0, 3, 5]
    shown = answers[0].as_json(rows=2)
    assert shown["hash"] == answers[0].hash
    assert shown["changes"]["newly_withheld"]["by_actor"] == {"usr_0": 1, "usr_1": 1}
    assert shown["changes"]["newly_withheld"]["rows"]["by_actor"] == 5
    assert replay(draft, told.requests()[:4]).hash != answers[0].hash
    assert replay(remark(draft), told.requests()).hash != answers[0].hash
    (sample,) = replay(draft, told.requests(), samples=1).as_json()["samples"]
    assert (sample["request_id"], sample["record"], sample["actor"]) == ("req_1", 1, "usr_0")


async def test_nothing_of_a_person_is_in_a_record_or_an_answer() -> None:
    told = Told(SHIPPED)
    await told.chat("I am Ada Lovelace, Dutch, ada@lovelace.example.", "t4600")
    answer = replay(policy(redaction_default='clear = ["names"]'), told.requests())
    written = f"{told.audit.records} {answer.as_json()}"
    assert all(word not in written for word in ("Ada", "lovelace", "Dutch"))


async def test_a_threshold_finer_than_its_record_is_not_taken_for_the_one_that_is_recorded() -> None:
    finer = policy(thresholds=thresholds(toxicity_standard=0.4005))  # Recorded rounded up, as 401.
    whole = policy(thresholds=thresholds(toxicity_standard=0.4))
    told = Told(finer)
    await told.chat("Hi.", "t4000")  # Let out then, withheld at 0.4.
    assert changes(replay(whole, told.requests())) == {"newly_withheld": 1}
    assert changes(replay(remark(finer), told.requests())) == {}
