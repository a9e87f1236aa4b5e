"""What lint finds when it knows the installation: each finding with a policy that has it and one that has not."""

from __future__ import annotations

from dataclasses import replace

from guard.model import Principal
from guard.policy import bundle, shipped
from guard.policy.bundle import Bundle
from guard.policy.casbin_model import read_model
from guard.policy.lint import LintContext, lint
from guard.policy.rules import PolicyRule
from guard.policy.separation import Pair
from guard.policy.snapshot import Snapshot

# Without the shipped pairs, which have their own test.
SHIPPED = replace(shipped.load(), separation=())
ADMIN = Principal("user_admin", "default", ("admin",), name="Ada Lovelace")
ALL = [Principal(f"user_{role}", "default", (role,)) for role in SHIPPED.roles]
EDIT, APPROVE = "p, admin, default, policy, edit, allow", "p, admin, default, policy, approve, allow"
DAY = 86_400_000


def without(*rows: str) -> Bundle:
    text = SHIPPED.files["rules.csv"]
    for row in rows:
        assert row + "\n" in text
        text = text.replace(row + "\n", "")
    return bundle.build({**SHIPPED.files, "rules.csv": text})


def appended(*rows: str) -> Bundle:
    files = {**SHIPPED.files, "rules.csv": SHIPPED.files["rules.csv"] + "\n".join(rows) + "\n"}
    return replace(bundle.build(files), separation=())


def separate(policy: Bundle, *rights: str) -> Bundle:
    """The policy with a pair of rights that do not belong together."""
    return replace(policy, separation=(Pair((rights[0], rights[1]), "One would watch over oneself.", 7),))


def found(policy: Bundle, **context: object) -> list[tuple[str, str, str]]:
    return [(f.severity, f.code, f.message) for f in lint(policy, LintContext(**context))]  # type: ignore[arg-type]


def codes(policy: Bundle, **context: object) -> list[str]:
    return [code for _, code, _ in found(policy, **context)]


def test_nothing_is_odd_where_every_role_has_somebody() -> None:
    assert codes(SHIPPED, principals=ALL, before=Snapshot(SHIPPED), actor=ADMIN) == []


def test_a_role_that_nobody_has() -> None:
    messages = found(SHIPPED, principals=[each for each in ALL if "auditor" not in each.roles])
    assert [(severity, code) for severity, code, _ in messages] == [("warning", "role-nobody-has")]
    assert "auditor" in messages[0][2]
    findings = lint(SHIPPED, LintContext(principals=[each for each in ALL if "auditor" not in each.roles]))
    file, line = findings[0].place.split(":")
    assert SHIPPED.files[file].split("\n")[int(line) - 1].startswith("auditor =")


def test_a_role_that_somebody_has_by_another_role() -> None:
    people = [each for each in ALL if "auditor" not in each.roles]
    assert codes(appended("g, privacy_officer, auditor, *"), principals=people) == []
    assert codes(appended("g, privacy_officer, auditor, acme"), principals=people) == ["role-nobody-has"]


def test_a_rule_that_decides_nothing() -> None:
    used = {rule.text: 5 * DAY for rule in SHIPPED.rules}
    assert codes(SHIPPED, used=used, since=4 * DAY) == []
    rule = SHIPPED.rules[3]
    messages = found(SHIPPED, used=used | {rule.text: 3 * DAY}, since=4 * DAY)
    assert [(severity, code) for severity, code, _ in messages] == [("warning", "never-matched")]
    assert "1970-01-05" in messages[0][2]
    assert "Only recorded decisions count" in messages[0][2]
    del used[rule.text]
    assert codes(SHIPPED, used=used, since=4 * DAY) == ["never-matched"]


def test_a_new_rule_could_not_have_decided() -> None:
    used = {rule.text: 5 * DAY for rule in SHIPPED.rules}
    policy = appended("p, auditor, *, reveal, grant, allow")
    assert codes(policy, used=used, since=4 * DAY, before=Snapshot(SHIPPED)) == []
    assert codes(policy, used=used, since=4 * DAY) == ["never-matched"]


def test_locking_oneself_out() -> None:
    people = [*ALL, Principal("user_other", "default", ("chief",))]
    files = {**SHIPPED.files, "roles.toml": SHIPPED.files["roles.toml"] + 'chief = "Edits policy."\n'}
    files["rules.csv"] = files["rules.csv"].replace("p, admin, default, policy,", "p, chief, default, policy,")
    policy = bundle.build(files)
    before = Snapshot(SHIPPED)
    messages = found(policy, principals=people, before=before, actor=ADMIN)
    assert [(severity, code) for severity, code, _ in messages] == [("error", "self-lock-out")]
    assert "default deny" in messages[0][2]
    # Who could not edit before loses nothing, and without the policy in force nobody knows.
    assert codes(policy, principals=people, before=before, actor=replace(ADMIN, roles=("auditor",))) == []
    assert codes(policy, principals=people, actor=ADMIN) == []


def test_the_rule_that_locks_out_is_named() -> None:
    row = "p, admin, *, policy, edit, deny"
    findings = lint(appended(row), LintContext(before=Snapshot(SHIPPED), actor=ADMIN))
    (finding,) = (each for each in findings if each.code == "self-lock-out")
    assert row in finding.message
    assert finding.place == f"rules.csv:{appended(row).files['rules.csv'].count(chr(10))}"


def test_locking_everybody_out() -> None:
    for rows, count in (((EDIT,), 1), ((APPROVE,), 1), ((EDIT, APPROVE), 2)):
        messages = found(without(*rows), principals=ALL)
        assert [(severity, code) for severity, code, _ in messages] == [("error", "lock-out")] * count
    # There is an admin, but of another tenant.
    elsewhere = [replace(each, tenant="acme") for each in ALL]
    assert codes(SHIPPED, principals=elsewhere) == ["lock-out", "lock-out"]


def test_who_can_edit_from_the_office_alone_is_not_locked_out() -> None:
    model = read_model(
        SHIPPED.model.text.replace("obj, act", "obj, act, ip") + ' && (p.ip == "*" || ipMatch(r.ip, p.ip))'
    )
    rules = [replace(rule, fields=model.fields) for rule in SHIPPED.rules]
    office = [replace(rule, ip="10.0.0.0/8") if rule.obj == "policy" else rule for rule in rules]
    assert codes(replace(SHIPPED, model=model, rules=tuple(office)), principals=ALL) == []
    closed = [*office, PolicyRule("admin", "*", "policy", "edit", "deny", 99, "10.0.0.0/8", model.fields)]
    assert codes(replace(SHIPPED, model=model, rules=tuple(closed)), principals=ALL) == ["lock-out", "never-allows"]


def test_one_role_with_both_rights() -> None:
    policy = separate(appended("p, admin, acme, transcript, read, allow"), "policy read", "transcript read")
    findings = lint(policy)
    assert {(f.severity, f.code, f.place) for f in findings} == {("error", "separation-role", "separation.toml:7")}
    assert sorted(f.message.split(" alone")[0] for f in findings) == ["the role admin", "the role auditor"]
    (admin,) = (f.message for f in findings if "admin" in f.message)
    assert "in acme." in admin
    assert "One would watch over oneself." in admin
    assert lint(separate(SHIPPED, "policy edit", "transcript read")) == []


def test_a_role_that_has_the_other_right_by_a_role_it_includes() -> None:
    policy = separate(appended("g, admin, auditor, *"), "policy edit", "transcript read")
    assert [f.code for f in lint(policy) if f.severity == "error"] == ["separation-role"]


def test_a_person_with_both_rights_by_two_roles() -> None:
    policy = separate(SHIPPED, "policy edit", "transcript* read")
    both = [Principal(f"user_{n}", "default", ("auditor", "admin"), name="Ada Lovelace") for n in range(2)]
    other = Principal("user_9", "acme", ("admin", "auditor"))
    messages = found(policy, principals=[*ALL, *both, other])
    assert [(severity, code) for severity, code, _ in messages] == [("warning", "separation-person")]
    assert messages[0][2].startswith("2 users have policy edit and transcript* read")
    assert "admin+auditor (2)" in messages[0][2]
    assert "Ada" not in messages[0][2]
    assert "user_" not in messages[0][2]
    assert codes(policy, principals=[*ALL, other]) == []


def test_the_shipped_pairs_are_kept_by_the_shipped_roles() -> None:
    policy = shipped.load()
    assert policy.separation
    assert codes(policy, principals=ALL) == []
    first = Principal("user_first", "default", ("admin", "auditor", "privacy_officer"))
    assert codes(policy, principals=[first]).count("separation-person") == len(policy.separation)
