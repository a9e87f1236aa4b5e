"""What lint finds, and what keeps a policy from being activated."""

from __future__ import annotations

from dataclasses import replace

import pytest

from guard.errors import PolicyError
from guard.policy import bundle, lint, shipped
from guard.policy.casbin_model import read_model
from guard.policy.rules import PolicyRule

SHIPPED = shipped.load()


def found(*rows: str) -> list[tuple[str, str, str]]:
    """Findings over the shipped policy with rows appended."""
    files = {**SHIPPED.files, "rules.csv": SHIPPED.files["rules.csv"] + "\n".join(rows) + "\n"}
    last = files["rules.csv"].count("\n") - len(rows)
    findings = lint.lint(bundle.build(files))
    return [(f.severity, f.code, f.place.replace(f":{last + 1}", ":first")) for f in findings]


@pytest.mark.parametrize(
    ("row", "severity", "code"),
    [
        ("p, emploee, *, audit, read, allow", "error", "unknown-role"),
        ("g, auditor, emploee, *", "error", "unknown-role"),
        ("p, auditor, *, audits, read, allow", "error", "unknown-object"),
        ("p, auditor, *, redaction/nothing, use, allow", "error", "unknown-object"),
        ("p, auditor, *, redaction/default/PERSN, clear, deny", "error", "unknown-object"),
        ("p, auditor, *, audit, raed, allow", "error", "unknown-act"),
        ("p, auditor, *, audit, edit, allow", "error", "unknown-act"),
        ("p, auditor, *, audit, read, allow", "warning", "duplicate"),
        ("p, auditor, acme, audit, read, allow", "warning", "shadowed"),
        ("p, employee, *, generator/gpt, use, allow", "warning", "shadowed"),
        ("p, auditor, *, *, erase, allow", "warning", "wildcard-widens"),
        ("p, auditor, *, trans*, erase, allow", "warning", "wildcard-widens"),
        ("p, employee, *, redaction/default/*, clear, allow", "warning", "wildcard-clears"),
    ],
)
def test_findings(row: str, severity: str, code: str) -> None:
    assert (severity, code, "rules.csv:first") in found(row)


def test_a_right_that_a_deny_swallows() -> None:
    findings = found("p, auditor, *, reveal, grant, allow", "p, auditor, *, reveal, grant, deny")
    assert ("warning", "never-allows", "rules.csv:first") in findings


def test_narrow_rules_are_fine() -> None:
    assert (
        found("p, employee, acme, generator/gpt, use, deny", "p, service, *, redaction/default/OTHER, block, allow")
        == []
    )


def test_a_role_that_nothing_names_and_a_type_without_an_action() -> None:
    files = {
        **SHIPPED.files,
        "roles.toml": SHIPPED.files["roles.toml"] + 'idle = "Does nothing."\n',
        "redaction/all.toml": 'redact = ["names"]\n',
    }
    codes = {finding.code for finding in lint.lint(bundle.build(files))}
    assert codes == {"role-without-rules", "types-not-listed"}


def test_errors_come_first_and_keep_a_policy_out() -> None:
    text = SHIPPED.files["rules.csv"] + "p, auditor, *, audit, read, allow\np, nobody, *, audit, read, allow\n"
    changed = bundle.build({**SHIPPED.files, "rules.csv": text})
    assert [finding.severity for finding in lint.lint(changed)] == ["error", "warning"]
    with pytest.raises(PolicyError, match=r"^rules\.csv:\d+: the role nobody"):
        lint.check(changed)
    lint.check(SHIPPED)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("admin", "adm1n"),
        ("modern", "modem"),
        ("owner_o", "owner_0"),
        ("pilot", "pi1ot"),
        ("auditor", "audit_or"),
        ("ill", "l1i"),
    ],
)
def test_roles_that_look_alike(one: str, other: str) -> None:
    text = "".join(f'{name} = "A role."\n' for name in dict.fromkeys([one, other, *SHIPPED.roles]))
    findings = lint.lint(bundle.build({**SHIPPED.files, "roles.toml": text}))
    (finding,) = [each for each in findings if each.code == "look-alike"]
    assert (finding.severity, finding.place) == ("warning", "roles.toml:2")
    assert other in finding.message


def test_roles_that_look_different() -> None:
    assert "look-alike" not in {each.code for each in lint.lint(SHIPPED)}


MODEL = SHIPPED.model.text
ADDRESS = MODEL.replace("obj, act", "obj, act, ip") + ' && (p.ip == "*" || ipMatch(r.ip, p.ip))'
ANY_ACT = MODEL.replace("r.act == p.act", '(p.act == "*" || r.act == p.act)')
LITERAL = MODEL.replace("keyMatch(r.obj, p.obj)", "r.obj == p.obj")


def under(text: str, *rules: tuple[str, str, str, str, str, str]) -> list[tuple[str, int]]:
    """Findings on rules (role, tenant, object, act, network, effect) under another model, with their lines."""
    model = read_model(text)
    rows = (PolicyRule(sub, dom, obj, act, eft, line, ip, model.fields)
            for line, (sub, dom, obj, act, ip, eft) in enumerate(rules, 1))  # fmt: skip
    findings = lint.lint(replace(SHIPPED, model=model, rules=tuple(rows)))
    return [(f.code, int(f.place.split(":")[1])) for f in findings if f.place.startswith("rules.csv")]


AUDIT = ("auditor", "*", "audit", "read")


@pytest.mark.parametrize(
    ("text", "rules", "expected"),
    [
        (ADDRESS, [(*AUDIT, "*", "allow"), (*AUDIT, "10.0.0.0/8", "allow")], [("shadowed", 2)]),
        (ADDRESS, [(*AUDIT, "10.0.0.0/8", "allow"), (*AUDIT, "10.1.2.0/24", "allow")], [("shadowed", 2)]),
        (ADDRESS, [(*AUDIT, "10.0.0.0/8", "allow"), (*AUDIT, "11.1.2.0/24", "allow")], []),
        (ADDRESS, [(*AUDIT, "10.0.0.0/8", "allow"), (*AUDIT, "2001:db8::/32", "allow")], []),
        (ADDRESS, [(*AUDIT, "*", "allow"), (*AUDIT, "10.0.0.0/8", "deny")], []),
        (ADDRESS, [(*AUDIT, "10.1.2.3", "allow"), (*AUDIT, "10.0.0.0/8", "deny")], [("never-allows", 1)]),
        (
            ANY_ACT,
            [("auditor", "*", "audit", "*", "*", "allow"), (*AUDIT, "*", "allow")],
            [("shadowed", 2), ("wildcard-widens", 1)],
        ),
        (ANY_ACT, [("auditor", "*", "audits", "*", "*", "deny")], [("unknown-object", 1)]),
        (
            ANY_ACT,
            [("auditor", "*", "redaction/all/*", "*", "*", "allow")],
            [("wildcard-widens", 1), ("wildcard-clears", 1)],
        ),
        # A pattern fits what stands before its asterisk.
        (
            MODEL,
            [("auditor", "*", "audit*", "read", "*", "deny"), ("auditor", "*", "audit", "read", "*", "deny")],
            [("shadowed", 2)],
        ),
        (LITERAL, [("employee", "*", "generator/x", "use", "*", "allow")], []),
    ],
)
def test_findings_follow_the_model(
    text: str, rules: list[tuple[str, str, str, str, str, str]], expected: list[tuple[str, int]]
) -> None:
    assert under(text, *rules) == expected


def test_what_an_included_role_already_allows_or_denies() -> None:
    own = "p, privacy_officer, acme, audit, read, allow"
    for link, is_found in (("*", True), ("acme", True), ("other", False)):
        codes = [code for _, code, _ in found(f"g, privacy_officer, auditor, {link}", own)]
        assert ("shadowed" in codes) is is_found
    denied = found("g, privacy_officer, auditor, *", "p, auditor, *, audit, read, deny", own)
    assert [code for _, code, _ in denied].count("never-allows") == 2
    # The other way round nothing is covered: not everybody with the role has the one that includes it.
    assert "shadowed" not in [code for _, code, _ in found("g, auditor, privacy_officer, *", own)]


def test_one_reason_for_each_rule_is_enough() -> None:
    rows = [f"p, employee, *, generator/{'x' * length}*, use, allow" for length in range(1, 6)]
    assert [code for _, code, _ in found(*rows)] == ["shadowed"] * 5 + ["wildcard-widens"] * 5
