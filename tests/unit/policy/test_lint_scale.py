"""Lint of a large policy takes as long as it is large, not as long as it is large squared."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from guard.policy import shipped
from guard.policy.bundle import Bundle
from guard.policy.lint import lint
from guard.policy.rules import PolicyRule, RoleLink

SHIPPED = shipped.load()


def large(size: int) -> Bundle:
    """A policy of so many rules: objects of one role, tenants of one object, wildcards and one rule again and again."""
    per = size // 4
    rows = [("employee", "*", f"generator/g{n}", "use") for n in range(per)]
    rows += [(f"r{n % 100}", "*", f"generator/{n}/*", "use") for n in range(per)]
    rows += [("service", f"t{n}", "audit", "read") for n in range(per)]
    rows += [("auditor", "*", "transcript", "read") for _ in range(per)]
    rules = tuple(PolicyRule(*row, "allow", line) for line, row in enumerate(rows, 1))
    links = tuple(RoleLink(f"r{n}", f"r{n + 1}", "*", n) for n in range(7))
    roles = {**SHIPPED.roles, **{f"r{n}": "Some role." for n in range(100)}}
    return replace(SHIPPED, rules=rules, links=links, roles=roles)


def seconds(size: int) -> float:
    """Of the best of two runs: whoever else uses the machine makes a run longer, never shorter."""
    bundle = large(size)
    taken = []
    for _ in range(2):
        begun = time.process_time()
        lint(bundle)
        taken.append(time.process_time() - begun)
    return min(taken)


@pytest.mark.slow
def test_lint_is_near_linear() -> None:
    # Four times the rules: a quadratic lint takes sixteen times as long.
    assert seconds(40_000) < 10 * seconds(10_000)


def test_nothing_is_missed_in_a_large_policy() -> None:
    bundle = large(8_000)
    wide = PolicyRule("r1", "*", "generator/*", "use", "allow", 9_000)
    codes = [f.code for f in lint(replace(bundle, rules=(*bundle.rules, wide)))]
    # Of the role r1 itself, and of r0, which includes it: 2,000 rules over 100 roles.
    assert codes.count("shadowed") == 40
    assert codes.count("duplicate") == 1_999
