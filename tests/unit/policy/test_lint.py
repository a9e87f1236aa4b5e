"""What lint finds, and what keeps a policy from being activated."""

from __future__ import annotations

import pytest

from guard.errors import PolicyError
from guard.policy import bundle, lint, shipped

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
