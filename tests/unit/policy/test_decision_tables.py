"""What the three forms of a table ask."""

from __future__ import annotations

import re
from pathlib import Path

from guard.policy import bundle, decision_tables, shipped
from guard.policy.snapshot import Snapshot

SHIPPED = shipped.load()


def failures(table: str, **files: str) -> list[str]:
    texts = {name: text for name, text in SHIPPED.files.items() if not name.startswith("tests/")}
    changed = bundle.build({**texts, "tests/one.toml": table, **files})
    return [
        f"{r.place} {r.question.split(', ')[1]} {r.expected}/{r.actual}"
        for r in decision_tables.run(changed, Snapshot(changed))
        if not r.passed
    ]


def test_a_matrix_denies_what_it_does_not_list() -> None:
    table = '# x\n[[matrix]]\nroles = ["privacy_officer"]\nallow = ["reveal grant", "transcript erase", "audit read"]\n'
    assert failures(table) == ["tests/one.toml:2 audit read allow/deny", "tests/one.toml:2 transcript hold deny/allow"]


def test_a_matrix_also_answers_for_what_other_tables_ask() -> None:
    table = (
        '[[case]]\nroles = ["employee"]\nobj = "generator/gpt"\nact = "use"\nexpect = "allow"\n'
        '[[matrix]]\nroles = ["auditor"]\nallow = ["audit read", "transcript read", "policy read", "metrics read",'
        ' "queue work", "reveal ask"]\n'
    )
    assert failures(table) == []
    rules = SHIPPED.files["rules.csv"] + "p, auditor, *, generator/gpt, use, allow\n"
    assert failures(table, **{"rules.csv": rules}) == ["tests/one.toml:6 generator/gpt use deny/allow"]


def test_a_case_may_name_the_rule() -> None:
    case = '[[case]]\nroles = ["auditor"]\nobj = "audit"\nact = "read"\nexpect = "allow"\nrule = "default deny"\n'
    assert failures(case) == ["tests/one.toml:1 audit read by the rule default deny/p, auditor, *, audit, read, allow"]


def test_a_chat_lists_what_is_not_redacted() -> None:
    chat = '[[chat]]\nroles = ["employee"]\nscenario = "customer-service"\nclear = ["quasi_identifiers"]\n'
    assert failures(chat) == [
        "tests/one.toml:1 chat with any in customer-service: entity/DEMOGRAPHIC clear/redact",
        "tests/one.toml:1 chat with any in customer-service: entity/NRP clear/redact",
    ]


def test_a_chat_may_expect_a_refusal() -> None:
    assert failures('[[chat]]\nroles = ["auditor"]\nrefused = true\n[[chat]]\nroles = ["auditor"]\n') == [
        "tests/one.toml:4 chat with any granted/refused"
    ]
    assert failures('[[chat]]\nroles = ["employee"]\nrefused = true\n') == [
        "tests/one.toml:1 chat with any refused/granted"
    ]


def test_a_chat_may_list_every_number_of_its_limits() -> None:
    limits = "requests_per_minute = 600\ntokens_per_day = 100\nconcurrent = 32\n[tenant]\nconcurrent = 50\n"
    files = {"limits/default.toml": limits + "[role.employee]\nrequests_per_minute = 900\n"}
    chat = '[[chat]]\nroles = ["employee"]\nclear = ["quasi_identifiers"]\nlimits = {{ {} }}\n'
    right = "requests_per_minute = 600, tokens_per_day = 100, concurrent = 32, tenant.concurrent = 50"
    role = "role.employee.requests_per_minute = 900"
    assert failures(chat.format(f"{right}, {role}"), **files) == []
    wrong = right.replace("100", "99").replace("tenant.concurrent", "key.concurrent")
    table = "tests/one.toml:1 chat with any: limits of "
    # The question is cut at its comma: what is left is the scope.
    assert failures(chat.format(wrong), **files) == [
        f"{table}user 99/100",
        f"{table}key 50/none",
        f"{table}tenant none/50",
        f"{table}role/employee none/900",
    ]


def test_a_chat_may_name_two_numbers_alone() -> None:
    chat = '[[chat]]\nroles = ["employee"]\nclear = ["quasi_identifiers"]\nrequests_per_minute = 600\nconcurrent = {}\n'
    assert failures(chat.format(32)) == []
    assert failures(chat.format(31)) == ["tests/one.toml:1 chat with any: concurrent 31/32"]


def test_the_example_of_the_how_to_holds() -> None:
    page = (Path(__file__).parents[3] / "docs" / "howto" / "limits.md").read_text()
    profile, table = re.findall(r"```toml\n# (?:limits|tests)/[a-z]+\.toml\n(.*?)```", page, re.S)
    chat = table.replace("limits =", 'clear = ["quasi_identifiers"]\nlimits =')
    assert failures(chat, **{"limits/default.toml": profile}) == []
