"""Rows are read as what they are, or refused with their line; pycasbin's own reader does neither (known defects)."""

from __future__ import annotations

import pytest

from guard.errors import PolicyError
from guard.policy import rules

GOOD = "p, employee, *, generator/*, use, allow"


def test_rows_are_read() -> None:
    read, links = rules.read(f"# comment\n\n{GOOD}\n  # more\np,a,acme,audit,read,deny\ng, admin, employee, *\n")
    assert [rule.text for rule in read] == [GOOD, "p, a, acme, audit, read, deny"]
    assert [rule.line for rule in read] == [3, 5]
    assert (links[0].role, links[0].included, links[0].dom, links[0].line) == ("admin", "employee", "*", 6)


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ("p, employee, *, report, Q3, use, allow", "this one has 7"),
        ("p, employee, *, generator/*, use", "this one has 5"),
        ("g, mallory, admin", "this one has 3"),
        ("g, mallory, admin, *, *", "this one has 5"),
        ('p, employee, *, "a, b", use, allow', "fields"),
        ("p, employee, *, doc), use, allow", r"field 4 \(object\)"),
        ("p, employee, *, doc[0], use, allow", r"field 4 \(object\)"),
        ("p, employee, *, 'doc', use, allow", r"field 4 \(object\)"),
        ("p, employee, *, generator/*/x, use, allow", r"field 4 \(object\)"),
        ("p, employee, *, a b, use, allow", r"field 4 \(object\)"),
        ("p, , *, audit, read, allow", r"field 2 \(role\) is empty"),
        ("p, employee, , audit, read, allow", r"field 3 \(tenant\) is empty"),
        ("g, , admin, *", r"field 2 \(role\) is empty"),
        ("p, *, *, audit, read, allow", r"field 2 \(role\)"),
        ("p, Employee, *, audit, read, allow", r"field 2 \(role\)"),
        ("p, \u0435mployee, *, audit, read, allow", r"field 2 \(role\)"),
        ("p, employee , *, audit, read, allow", r"field 2 \(role\)"),
        ("p, employee, *, audit, read*, allow", r"field 5 \(act\)"),
        ("p, employee, *, audit, read, maybe", r"field 6 \(effect\)"),
        ("p2, employee, *, audit, read, allow", "starts with `p` or `g`"),
        ("g, admin, admin, *", "includes itself"),
    ],
)
def test_a_bad_row_is_refused_with_its_line(row: str, complaint: str) -> None:
    with pytest.raises(PolicyError, match=rf"^rules\.csv:2: .*{complaint}"):
        rules.read(f"{GOOD}\n{row}\n")


def test_cycles_are_refused_over_all_tenants() -> None:
    with pytest.raises(PolicyError, match=r"rules\.csv:1: the role a includes itself"):
        rules.read("g, a, b, *\ng, b, c, acme\ng, c, a, *\n")


def test_a_chain_as_deep_as_allowed_and_one_deeper() -> None:
    def chain(depth: int) -> str:
        return "\n".join(f"g, r{index}, r{index + 1}, *" for index in range(depth))

    rules.read(chain(rules.MAX_DEPTH))
    with pytest.raises(PolicyError, match="not deeper"):
        rules.read(chain(rules.MAX_DEPTH + 1))


def test_included_roles_have_their_paths() -> None:
    _, links = rules.read("g, admin, employee, *\ng, employee, reader, acme\n")
    assert rules.included(links, ["admin"], "acme")["reader"] == ("admin", "employee", "reader")
    assert "reader" not in rules.included(links, ["admin"], "other")
