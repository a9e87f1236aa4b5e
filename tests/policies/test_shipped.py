"""The shipped policy: its decision tables hold, and every rule, profile entry and number is watched by one of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from guard.errors import PolicyError
from guard.policy import bundle, decision_tables, lint, shipped
from guard.policy.bundle import Bundle
from guard.policy.profiles import STRICTNESS
from guard.policy.snapshot import Snapshot

SHIPPED = shipped.load()


def fails(changed: Bundle) -> bool:
    """Whether a decision table notices."""
    return any(not result.passed for result in decision_tables.run(changed, Snapshot(changed)))


def test_every_decision_table_holds() -> None:
    assert decision_tables.check(SHIPPED, Snapshot(SHIPPED)) > 400


def test_nothing_is_odd() -> None:
    assert lint.lint(SHIPPED) == []


@pytest.mark.parametrize("index", range(len(SHIPPED.rules)), ids=lambda index: SHIPPED.rules[index].text)
def test_every_rule_is_watched(index: int) -> None:
    rules = SHIPPED.rules
    flipped = replace(rules[index], eft="deny" if rules[index].eft == "allow" else "allow")
    assert fails(replace(SHIPPED, rules=rules[:index] + rules[index + 1 :])), "dropped, and no table fails"
    assert fails(replace(SHIPPED, rules=(*rules[:index], flipped, *rules[index + 1 :]))), "flipped, and no table fails"


@pytest.mark.parametrize("profile", sorted(shipped.load().scenarios))
def test_every_action_of_a_redaction_profile_is_watched(profile: str) -> None:
    redaction = SHIPPED.redaction[profile]
    chats = {"tests/scenarios.toml": SHIPPED.tables["tests/scenarios.toml"]}
    for entity_type, action in redaction.actions.items():
        for other in STRICTNESS:
            if other == action:
                continue
            changed = replace(redaction, actions={**redaction.actions, entity_type: other})
            profiles = {**SHIPPED.redaction, profile: changed}
            assert fails(replace(SHIPPED, tables=chats, redaction=profiles)), f"{entity_type}: {other}"


def edits() -> Iterator[tuple[str, str, str]]:
    """File, text and its replacement: each number, level, mask and scenario entry, changed."""
    for level in ("flag = 0.3", "strict = 0.4", "standard = 0.5", "prompt = 0.95", "flag = 0.5", "strict = 0.6"):
        yield "thresholds.toml", level, level.split("=")[0] + "= 0.99"
    for name in SHIPPED.scenarios:
        yield f"moderation/{name}.toml", ', "secrets"]', "]"
        yield f"moderation/{name}.toml", 'toxicity = "flag"', ""
        yield f"limits/{name}.toml", "requests_per_minute = ", "requests_per_minute = 9"
        yield f"limits/{name}.toml", "concurrent = ", "concurrent = 9"
        yield f"limits/{name}.toml", "tokens_per_day = ", "tokens_per_day = 9"
        for scope in ("key", "tenant", "role.employee"):
            yield f"limits/{name}.toml", "\ntokens_per_day", f"\n[{scope}]\ntokens_per_day"
        for kind in ("redaction", "moderation", "limit"):
            other = "default" if name != "default" else "education"
            yield "scenarios.toml", f'{kind} = ["{name}"]', f'{kind} = ["{other}"]'
    yield "scenarios.toml", 'default = "default"', 'default = "education"'


@pytest.mark.parametrize(("file", "old", "new"), list(edits()))
def test_every_number_is_watched(file: str, old: str, new: str) -> None:
    text = SHIPPED.files[file]
    assert old in text
    assert fails(bundle.build({**SHIPPED.files, file: text.replace(old, new, 1)}))


def test_the_roles_are_kept_apart() -> None:
    snapshot = Snapshot(SHIPPED)
    assert not snapshot.decide(["admin"], "default", "transcript", "read").allowed
    assert not snapshot.decide(["auditor"], "default", "policy", "edit").allowed
    assert not snapshot.decide(["privacy_officer"], "default", "transcript", "read").allowed


def test_the_profile_all_clears_nothing() -> None:
    assert set(SHIPPED.redaction["all"].actions) == set(SHIPPED.entity_types)
    assert set(SHIPPED.redaction["all"].actions.values()) == {"redact"}


def test_a_failing_table_is_named_with_its_line() -> None:
    files = {**SHIPPED.files, "rules.csv": SHIPPED.files["rules.csv"].replace("p, admin, *, user, edit, allow\n", "")}
    changed = bundle.build(files)
    with pytest.raises(PolicyError, match=r"^tests/roles\.toml:\d+: admin in default, user edit: expected allow"):
        decision_tables.check(changed, Snapshot(changed))
