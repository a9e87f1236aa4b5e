"""Rows are read as what they are, or refused with their place; pycasbin's own reader does neither (known defects)."""

from __future__ import annotations

import pytest

from guard.errors import PolicyError
from guard.policy import rules
from guard.policy.hierarchy import MAX_DEPTH
from guard.policy.roles import Roles

GOOD = "p, employee, *, generator/*, use, allow"


def test_rows_are_read() -> None:
    read, links = rules.read(f"# comment\n\n{GOOD}\n  # more\np,a,acme,audit,read,deny\ng, admin, employee, *\n")
    assert [rule.text for rule in read] == [GOOD, "p, a, acme, audit, read, deny"]
    assert [rule.line for rule in read] == [3, 5]
    assert (links[0].role, links[0].included, links[0].dom, links[0].line) == ("admin", "employee", "*", 6)


@pytest.mark.parametrize(
    ("row", "column", "complaint"),
    [
        ("p, employee, *, report, Q3, use, allow", 34, "this one has 7"),
        ("p, employee, *, generator/*, use", 33, "this one has 5"),
        ("g, mallory, admin", 18, "this one has 3"),
        ("g, mallory, admin, *, *", 23, "this one has 5"),
        ('p, employee, *, "a, b", use, allow', 30, "fields"),
        ("p, employee, *, doc), use, allow", 17, r"field 4 \(object\)"),
        ("p, employee, *, doc[0], use, allow", 17, r"field 4 \(object\)"),
        ("p, employee, *, 'doc', use, allow", 17, r"field 4 \(object\)"),
        ("p, employee, *, generator/*/x, use, allow", 17, r"field 4 \(object\)"),
        ("p, employee, *, a b, use, allow", 17, r"field 4 \(object\)"),
        ("p, , *, audit, read, allow", 4, r"field 2 \(role\) is empty"),
        ("p, employee, , audit, read, allow", 14, r"field 3 \(tenant\) is empty"),
        ("g, , admin, *", 4, r"field 2 \(role\) is empty"),
        ("p, *, *, audit, read, allow", 4, r"field 2 \(role\)"),
        ("p, Employee, *, audit, read, allow", 4, r"field 2 \(role\)"),
        ("p, \u0435mployee, *, audit, read, allow", 4, r"field 2 \(role\)"),
        ("p, employee , *, audit, read, allow", 4, r"field 2 \(role\)"),
        ("p, employee, *, audit, read*, allow", 24, r"field 5 \(act\)"),
        ("p, employee, *, audit, read, maybe", 30, r"field 6 \(effect\)"),
        ("p2, employee, *, audit, read, allow", 1, "starts with `p` or `g`"),
        ("g, admin, admin, *", 4, "includes itself"),
    ],
)
def test_a_bad_row_is_refused_with_its_place(row: str, column: int, complaint: str) -> None:
    with pytest.raises(PolicyError, match=rf"^rules\.csv:2:{column}: .*{complaint}"):
        rules.read(f"{GOOD}\n{row}\n")


def test_cycles_are_refused_over_all_tenants() -> None:
    with pytest.raises(PolicyError, match=r"rules\.csv:1:4: the role a includes itself"):
        rules.read("g, a, b, *\ng, b, c, acme\ng, c, a, *\n")


def test_a_chain_as_deep_as_allowed_and_one_deeper() -> None:
    def chain(depth: int) -> str:
        return "\n".join(f"g, r{index}, r{index + 1}, *" for index in range(depth))

    rules.read(chain(MAX_DEPTH))
    with pytest.raises(PolicyError, match="not deeper"):
        rules.read(chain(MAX_DEPTH + 1))


def test_a_chain_is_as_long_as_its_longest_way_whatever_is_read_first() -> None:
    links = [f"g, r{index}, r{index + 1}, *" for index in range(MAX_DEPTH)]
    shortcut = "g, r0, r5, acme"
    assert rules.scan("\n".join([shortcut, *reversed(links)]))[2] == []
    (error,) = rules.scan("\n".join([*reversed(links), "g, top, r0, *"]))[2]
    assert (error.line, error.column) == (MAX_DEPTH + 1, 4)


def test_every_role_that_includes_itself_is_named() -> None:
    text = "g, a, b, *\ng, b, a, *\ng, b, c, *\n  g, c, c, *\ng, d, a, *\n"
    errors = rules.scan(text)[2]
    assert [str(error) for error in errors] == [
        "rules.csv:1:4: the role a includes itself.",
        "rules.csv:4:6: the role c includes itself.",
    ]


def test_every_broken_line_is_named_and_the_others_are_read() -> None:
    read, links, errors = rules.scan(f"{GOOD}\np, x\ng, a, b, *\n\t{GOOD}\nq\n")
    assert [rule.line for rule in read] == [1]
    assert [link.text for link in links] == ["g, a, b, *"]
    assert [(error.line, error.column) for error in errors] == [(2, 5), (4, 1), (5, 1)]


def test_a_hundred_thousand_rows_are_read_at_once() -> None:
    """Linear, also for one chain and one circle of that many roles: quadratic code would take hours."""
    chain = "".join(f"g, r{index}, r{index + 1}, *\n" for index in range(100_000))
    assert [error.line for error in rules.scan(chain)[2]] == [1]
    assert [error.line for error in rules.scan(chain + "g, r100000, r0, *\n")[2]] == [1]
    fan = "".join(f"g, r{index // 400}, s{index}, *\n" for index in range(100_000))
    links = rules.read(fan)[1]
    assert len(Roles(links, domains=True).closure(["r7"], "acme")) == 401


@pytest.mark.parametrize(
    ("fields", "row", "expected"),
    [
        (("sub", "obj", "act"), "p, a, audit, read", ("a", "*", "audit", "read", "allow", "*")),
        (("sub", "obj", "act", "eft"), "p, a, audit, read, deny", ("a", "*", "audit", "read", "deny", "*")),
        (
            ("sub", "dom", "obj", "act", "ip"),
            "p, a, acme, audit, read, *",
            ("a", "acme", "audit", "read", "allow", "*"),
        ),
        (
            ("sub", "dom", "obj", "act", "ip", "eft"),
            "p, a, *, audit, read, 10.0.0.0/8, deny",
            ("a", "*", "audit", "read", "deny", "10.0.0.0/8"),
        ),
    ],
)
def test_the_model_says_which_fields_a_row_has(fields: tuple[str, ...], row: str, expected: tuple[str, ...]) -> None:
    (rule,), _ = rules.read(row, fields)
    assert (rule.sub, rule.dom, rule.obj, rule.act, rule.eft, rule.ip) == expected
    assert rule.text == row
    assert rule.values == tuple(row.split(", ")[1:])
    with pytest.raises(PolicyError, match=f"has {len(fields) + 1} fields"):
        rules.read(row + ", x", fields)


def test_without_domains_a_role_holds_everywhere() -> None:
    _, (link,) = rules.read("g, admin, employee", domains=False)
    assert (link.dom, link.text) == ("*", "g, admin, employee")
    with pytest.raises(PolicyError, match=r"^rules\.csv:1:21: a `g` rule has 3 fields"):
        rules.read("g, admin, employee, *", domains=False)


@pytest.mark.parametrize(
    "address", ["10.1.2.3", "10.0.0.0/8", "0.0.0.0/0", "2001:db8::1", "2001:db8::/32", "::/0", "*"]
)
def test_addresses(address: str) -> None:
    (rule,), _ = rules.read(f"p, a, audit, read, {address}", ("sub", "obj", "act", "ip"))
    assert rule.ip == address


@pytest.mark.parametrize(
    "address",
    [
        "10.1.2.3/8",
        "10.1.2",
        "010.1.2.3",
        "10.0.0.0/255.0.0.0",
        "10.0.0.0/08",
        "2001:DB8::1",
        "2001:db8:0::1",
        "fe80::1%eth0",
        "::ffff:10.1.2.3",
        "::ffff:a01:203",
        "::ffff:0:0/96",
        "10.0.0.*",
        "localhost",
        "",
    ],
)
def test_an_address_that_has_another_spelling_is_refused(address: str) -> None:
    with pytest.raises(PolicyError, match=r"^rules\.csv:1:20: field 5 \(address\)"):
        rules.read(f"p, a, audit, read, {address}", ("sub", "obj", "act", "ip"))


def test_included_roles_have_their_paths() -> None:
    _, links = rules.read("g, admin, employee, *\ng, employee, reader, acme\n")
    roles = Roles(links, domains=True)
    assert roles.path(["admin"], "acme", "reader") == ("admin", "employee", "reader")
    assert "reader" not in roles.closure(["admin"], "other")
