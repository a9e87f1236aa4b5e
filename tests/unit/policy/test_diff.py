"""Who gains and who loses what: by which rule, for how many, and with one hash for one result."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from guard.model import Principal
from guard.policy import bundle, shipped
from guard.policy.casbin_model import read_model
from guard.policy.diff import diff
from guard.policy.diff_result import Diff
from guard.policy.diff_subjects import MOST_ROLES, Subjects
from guard.policy.rules import PolicyRule
from guard.policy.snapshot import Snapshot

SHIPPED = shipped.load()
BEFORE = Snapshot(SHIPPED)
PEOPLE = [
    Principal("user_emma", "default", ("employee",)),
    Principal("user_otto", "default", ("auditor", "employee")),
    Principal("user_anna", "acme", ("admin",)),
]
GENERATORS = "p, employee, *, generator/*, use, allow"


def edited(file: str, old: str, new: str) -> Snapshot:
    assert old in SHIPPED.files[file]
    return Snapshot(bundle.build({**SHIPPED.files, file: SHIPPED.files[file].replace(old, new)}))


def appended(*rows: str) -> Snapshot:
    rules = SHIPPED.files["rules.csv"] + "\n".join(rows) + "\n"
    return Snapshot(bundle.build({**SHIPPED.files, "rules.csv": rules}))


def rows(found: Diff) -> set[tuple[str, str, str, str, tuple[str, ...]]]:
    return {
        (row.change, f"{row.question.obj} {row.question.act}", row.before.rules[0].text, row.after.rules[0].text,
         tuple(who.id for who in found.subjects.members(row.subjects)))
        for row in found.rows
    }  # fmt: skip


def test_nothing_changes_between_a_policy_and_itself() -> None:
    found = diff(BEFORE, BEFORE, PEOPLE, ["gpt"])
    assert (found.rows, found.profiles, found.files, found.conditional) == ((), (), (), ())
    assert found.people.touched == 0


def test_a_right_that_goes_is_lost_by_those_who_had_it_by_that_rule() -> None:
    found = diff(BEFORE, edited("rules.csv", GENERATORS + "\n", ""), PEOPLE, ["gpt"])
    who = ("user_emma", "user_otto", "role:employee in acme", "role:employee in default")
    assert rows(found) == {
        ("loss", "generator/any use", GENERATORS, "default deny", who),
        ("loss", "generator/gpt use", GENERATORS, "default deny", who),
    }
    assert (found.people.losses, found.people.gains, found.people.touched) == (4, 0, 2)
    assert (found.roles.losses, found.roles.touched) == (4, 2)
    line = SHIPPED.files["rules.csv"].split("\n").index(GENERATORS) + 1
    assert found.rows[0].before.rules[0].place == f"rules.csv:{line}"


def test_a_fresh_installation_says_what_each_role_would_lose() -> None:
    found = diff(BEFORE, edited("rules.csv", GENERATORS + "\n", ""), [])
    assert [who.id for row in found.rows for who in found.subjects.members(row.subjects)] == [
        "role:employee in default"
    ]


def test_a_role_that_includes_another_gains_its_rights_in_its_tenant() -> None:
    found = diff(BEFORE, appended("g, auditor, privacy_officer, default"), PEOPLE)
    assert ("gain", "reveal grant", "default deny", "p, privacy_officer, *, reveal, grant, allow",
            ("user_otto", "role:auditor in default")) in rows(found)  # fmt: skip
    assert found.people.gains == 3


def test_a_rule_on_what_guard_never_asks_has_a_question_too() -> None:
    found = diff(
        BEFORE, appended("p, auditor, *, transcript/archive, read, allow", "p, auditor, *, x/*, use, allow"), []
    )
    asked = {(row.question.obj, row.question.stands_for) for row in found.rows}
    assert asked == {("transcript/archive", ""), ("x/any", "x/*")}


def test_another_rule_with_the_same_answer_is_no_change() -> None:
    found = diff(BEFORE, edited("rules.csv", GENERATORS, "p, employee, *, gen*, use, allow"), PEOPLE)
    assert {row.question.obj for row in found.rows} == {"genany"}


@pytest.mark.parametrize(
    ("file", "old", "new", "what", "before", "after"),
    [
        ("thresholds.toml", "standard = 0.5", "standard = 0.4", "moderation/withhold/toxicity", 0.5, 0.4),
        ("limits/default.toml", "concurrent = 32", "concurrent = 9", "limit/user/concurrent", 32, 9),
        ("redaction/default.toml", 'redact = ["names"', 'redact = ["names", "AGE"', "entity/AGE", "clear", "redact"),
        ("moderation/default.toml", ', "secrets"]', "]", "moderation/masked", None, None),
    ],
)
def test_what_changes_in_chats(file: str, old: str, new: str, what: str | None, before: object, after: object) -> None:
    files = {**SHIPPED.files, file: SHIPPED.files[file].replace(old, new)}
    if "AGE" in new:
        files[file] = files[file].replace(
            'clear = ["quasi_identifiers"]', 'clear = ["NRP", "PROFESSION", "DEMOGRAPHIC", "YEAR", "QUANTITY"]'
        )
    found = diff(BEFORE, Snapshot(bundle.build(files)), PEOPLE)
    assert found.rows == ()
    (changed,) = found.profiles
    assert "default" in changed.scenarios
    (part,) = changed.changes
    assert what is None or part.what == what
    assert part.before != part.after
    assert before is None or (part.before, part.after) == (before, after)
    assert [who.id for who in found.subjects.members(changed.subjects & found.subjects.are_people)] == [
        "user_anna",
        "user_emma",
        "user_otto",
    ]


def test_a_budget_of_a_role_is_for_those_who_have_been_given_it() -> None:
    text = SHIPPED.files["limits/default.toml"] + "\n[role.employee]\ntokens_per_day = 5000\n"
    files = {**SHIPPED.files, "limits/default.toml": text}
    files["rules.csv"] += "g, admin, employee, *\n"
    before = appended("g, admin, employee, *")
    (changed,) = diff(before, Snapshot(bundle.build(files)), PEOPLE).profiles
    parts = {(each.what, each.before, each.after) for each in changed.changes if each.after is not None}
    assert parts == {("limit/roles/employee/tokens_per_day", None, 5000)}
    found = diff(before, Snapshot(bundle.build(files)), PEOPLE)
    touched = [who.id for who in found.subjects.members(changed.subjects)]
    assert touched == ["user_emma", "user_otto", "role:employee in acme", "role:employee in default"]


def test_a_chat_that_is_refused_from_now_on() -> None:
    found = diff(BEFORE, appended("p, auditor, *, scenario/education, use, deny"), PEOPLE)
    (changed,) = found.profiles
    assert changed.scenarios == ("education",)
    assert (changed.changes[0].what, changed.changes[0].before, changed.changes[0].after) == (
        "chat",
        "granted",
        "refused",
    )
    assert [who.id for who in found.subjects.members(changed.subjects)] == ["user_otto"]


def test_another_default_scenario_and_one_that_goes() -> None:
    found = diff(BEFORE, edited("scenarios.toml", 'default = "default"', 'default = "education"'), PEOPLE)
    assert {each.scenarios for each in found.profiles} == {(None,)}
    text = SHIPPED.files["scenarios.toml"]
    gone = bundle.build({**SHIPPED.files, "scenarios.toml": text[: text.index("[scenarios.entertainment]")]})
    (changed,) = diff(BEFORE, Snapshot(gone), PEOPLE).profiles
    assert changed.scenarios == ("entertainment",)
    assert changed.changes[0].after == "no such scenario"


def test_files_are_shown_with_their_place() -> None:
    files = {**SHIPPED.files, "limits/new.toml": SHIPPED.files["limits/default.toml"]}
    del files["tests/questions.toml"]
    files["rules.csv"] = files["rules.csv"].replace("reveal, grant, allow", "reveal, grant, deny")
    found = {each.path: each for each in diff(BEFORE, Snapshot(bundle.build(files)), []).files}
    assert {path: each.change for path, each in found.items()} == {
        "limits/new.toml": "added",
        "rules.csv": "changed",
        "tests/questions.toml": "removed",
    }
    line = SHIPPED.files["rules.csv"].split("\n").index("p, privacy_officer, *, reveal, grant, allow") + 1
    lines = found["rules.csv"].diff.split("\n")
    assert lines[2].startswith(f"@@ -{line - 3},")
    assert "-p, privacy_officer, *, reveal, grant, allow" in lines
    assert "+p, privacy_officer, *, reveal, grant, deny" in lines


def test_one_result_has_one_hash() -> None:
    after = edited("rules.csv", GENERATORS + "\n", "")
    found = diff(BEFORE, after, PEOPLE, ["gpt", "local"])
    assert found.hash == diff(BEFORE, after, [*PEOPLE[::-1], PEOPLE[0]], ["local", "gpt"]).hash
    # Somebody whom nothing touches does not make an approval void; somebody who is touched does.
    assert found.hash == diff(BEFORE, after, [*PEOPLE, Principal("u", "default", ("auditor",))], ["gpt", "local"]).hash
    assert found.hash != diff(BEFORE, after, [*PEOPLE, Principal("u", "default", ("employee",))], ["gpt", "local"]).hash
    assert found.hash != diff(BEFORE, after, PEOPLE, ["gpt"]).hash
    comment = edited("rules.csv", GENERATORS + "\n", "# Nobody chats.\n")
    assert found.hash != diff(BEFORE, comment, PEOPLE, ["gpt", "local"]).hash


def test_what_is_printed_is_cut_off_and_what_is_counted_is_not() -> None:
    people = [Principal(f"user_{number:03}", "default", ("employee",)) for number in range(100)]
    found = diff(BEFORE, edited("rules.csv", GENERATORS + "\n", ""), people, ["gpt"])
    shown = found.as_json(most=2, most_rows=1)
    json.dumps(shown)
    assert (shown["row_count"], len(shown["rows"])) == (2, 1)
    assert shown["rows"][0]["people"] == {"count": 100, "ids": ["user_000", "user_001"]}
    assert len(found.as_json(most=None)["rows"][1]["people"]["ids"]) == 100
    assert shown["hash"] == found.hash


WITH_ADDRESS = SHIPPED.model.text.replace("obj, act", "obj, act, ip") + ' && (p.ip == "*" || ipMatch(r.ip, p.ip))'


def by_address(*rules: tuple[str, str]) -> Snapshot:
    """Rules on the audit log for auditors: effect and network."""
    model = read_model(WITH_ADDRESS)
    made = tuple(
        PolicyRule("auditor", "*", "audit", "read", eft, line, ip, model.fields)
        for line, (eft, ip) in enumerate(rules, 1)
    )
    return Snapshot(replace(SHIPPED, model=model, rules=made, hash=f"sha256:{rules}"))


EVERYWHERE = ("allow", "*")
OFFICE, LAB, HOME = ("allow", "10.0.0.0/8"), ("allow", "10.1.0.0/16"), ("allow", "192.0.2.0/24")


@pytest.mark.parametrize(
    ("old", "new", "change", "before", "after"),
    [
        ([EVERYWHERE], [OFFICE], "depends", "allow", "depends"),
        ([OFFICE], [], "depends", "depends", "deny"),
        ([OFFICE], [HOME], "depends", "depends", "depends"),
        ([EVERYWHERE], [("deny", "10.0.0.0/8"), EVERYWHERE], "depends", "allow", "depends"),
        # Denied wherever it is allowed: from nowhere.
        ([], [LAB, ("deny", "10.0.0.0/8")], None, "", ""),
        ([EVERYWHERE], [LAB, ("deny", "10.0.0.0/8")], "loss", "allow", "deny"),
        # The same addresses by other rules.
        ([OFFICE], [OFFICE, LAB], None, "", ""),
        ([OFFICE], [("allow", "10.0.0.0/9"), ("allow", "10.128.0.0/9")], None, "", ""),
        ([OFFICE, EVERYWHERE], [EVERYWHERE], None, "", ""),
        ([], [EVERYWHERE], "gain", "deny", "allow"),
        # An IPv4 address in IPv6 form is read as the IPv4 address: nobody comes from there.
        ([], [("allow", "::ffff:0:0/96")], None, "", ""),
    ],
)
def test_answers_that_depend_on_the_address(
    old: list[tuple[str, str]], new: list[tuple[str, str]], change: str | None, before: str, after: str
) -> None:
    found = diff(by_address(*old), by_address(*new), PEOPLE)
    if change is None:
        assert found.rows == ()
        return
    (row,) = found.rows
    assert (row.change, row.before.answer, row.after.answer) == (change, before, after)
    assert [who.id for who in found.subjects.members(row.subjects & found.subjects.are_people)] == ["user_otto"]


def test_rules_with_conditions_are_listed_with_a_sentence() -> None:
    found = diff(by_address(EVERYWHERE), by_address(OFFICE), PEOPLE).as_json()
    assert "does not enumerate addresses" in found["conditional"]["note"]
    office = "p, auditor, *, audit, read, 10.0.0.0/8, allow"
    assert found["conditional"]["rules"] == [{"policy": "after", "rule": office, "place": "rules.csv:1"}]
    assert office in [each["rule"] for each in found["rows"][0]["after"]["rules"]]
    assert diff(by_address(OFFICE), by_address(OFFICE), PEOPLE).as_json()["conditional"] == {"note": "", "rules": []}


def test_many_tenants_do_not_multiply_all_roles() -> None:
    rules = tuple(PolicyRule("auditor", f"t{number}", "audit", "read", "allow", 1) for number in range(MOST_ROLES))
    many = replace(SHIPPED, rules=rules)
    asked = {who.id for who in Subjects(PEOPLE, [many]).roles}
    assert {"role:auditor in t7", "role:employee in default", "role:admin in acme"} <= asked
    assert len(asked) < MOST_ROLES + 20
    found = diff(Snapshot(many), Snapshot(replace(many, rules=rules[1:], hash="sha256:less")), PEOPLE)
    assert [who.id for row in found.rows for who in found.subjects.members(row.subjects)] == ["role:auditor in t0"]
