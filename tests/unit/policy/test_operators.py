"""The table of operators: read with its groups, granted, compared, checked, and kept by the forms."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from guard.errors import PolicyError
from guard.model import Operator
from guard.policy import bundle, decision_tables, lint, profile_edits
from guard.policy.bundle import Bundle
from guard.policy.diff_profiles import _parts
from guard.policy.local import grant
from guard.policy.snapshot import Snapshot
from guard.policy.toml_edits import with_list
from tests.unit.policy.installation import SHIPPED

TABLE = """
# Why: the bank asks for the last four.
[operators]
CREDIT_CARD = { operator = "mask", keep = 4 }  # as agreed
names = { operator = "hash" }
DATE_TIME = { operator = "generalize" }
"""


def policy(text: str = TABLE, profile: str = "default") -> Bundle:
    file = f"redaction/{profile}.toml"
    return bundle.build({**SHIPPED.files, file: SHIPPED.files[file] + text})


def test_a_type_has_its_own_operator_before_that_of_its_group() -> None:
    operators = policy().redaction["default"].operators
    assert operators["CREDIT_CARD"] == Operator("mask", 4)
    assert operators["PERSON"] == Operator("hash")
    assert operators["DATE_TIME"] == Operator("generalize")
    assert "EMAIL_ADDRESS" not in operators


def test_a_grant_has_the_operators_of_its_profile() -> None:
    changed = policy()
    given = Snapshot(changed).grant(["employee"], "default", None)
    assert (
        given.operator_for("CREDIT_CARD")
        == grant(changed, "default").operator_for("CREDIT_CARD")
        == Operator("mask", 4)
    )
    assert given.operator_for("EMAIL_ADDRESS") == Operator()
    assert Snapshot(SHIPPED).grant(["employee"], "default", None).operators == {}


def test_a_difference_of_operators_is_seen_in_the_hash_and_in_what_a_chat_is_granted() -> None:
    changed = policy()
    assert changed.hash != SHIPPED.hash
    before, after = (_parts(Snapshot(each).grant(["employee"], "default", None), []) for each in (SHIPPED, changed))
    new = {name: after[name] for name in after.keys() - before.keys()}
    assert new["operators/CREDIT_CARD/name"] == "mask"
    assert new["operators/CREDIT_CARD/keep"] == 4


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ('PERSN = { operator = "mask" }', "PERSN is not in entities.toml"),
        ('persons = { operator = "mask" }', "persons is not in entities.toml"),
        ('PERSON = { operator = "encrypt" }', "operators.PERSON.operator"),
        ('PERSON = { operator = "hash", keep = 4 }', "operators.PERSON"),
        ('PERSON = { operator = "mask", keep = 99 }', "operators.PERSON.keep"),
        ('PERSON = { operator = "mask", salt = "x" }', "salt"),
        ('PERSON = "mask"', "operators.PERSON"),
        ("PERSON = {}", "operators.PERSON"),
    ],
)
def test_unknown_types_and_operators_are_refused_at_their_line(row: str, says: str) -> None:
    text = f"\n[operators]\n{row}\n"
    line = (SHIPPED.files["redaction/default.toml"] + text).count("\n")
    with pytest.raises(PolicyError) as caught:
        policy(text)
    assert says in str(caught.value)
    assert (caught.value.file, caught.value.line) == ("redaction/default.toml", line)


@pytest.mark.parametrize(
    ("row", "codes"),
    [
        ('NRP = { operator = "drop" }', {"operator-without-effect"}),
        ('quasi_identifiers = { operator = "drop" }', {"operator-without-effect"}),
        ('PERSON = { operator = "generalize" }', set()),
        ('names = { operator = "generalize" }', set()),
        ('EMAIL_ADDRESS = { operator = "mask" }', set()),
    ],
)
def test_operators_that_do_nothing_are_told(row: str, codes: set[str]) -> None:
    assert {finding.code for finding in lint.lint(policy(f"\n[operators]\n{row}\n"))} == codes


def test_forms_leave_the_table_as_it_is() -> None:
    changed = policy()
    files = profile_edits.actions(changed, "default", {"CREDIT_CARD": "block", "NRP": "redact"})
    text = files["redaction/default.toml"]
    assert text.endswith(TABLE)
    after = bundle.build(files).redaction["default"]
    assert (after.actions["CREDIT_CARD"], after.actions["NRP"]) == ("block", "redact")
    assert after.operators == changed.redaction["default"].operators


def test_a_list_is_added_before_a_table_and_not_into_it() -> None:
    added = with_list("f", "# about\n" + TABLE, "block", ["URL"])
    assert tomllib.loads(added) == tomllib.loads(TABLE) | {"block": ["URL"]}
    assert added.endswith(TABLE)


def test_the_example_of_the_documents_is_a_profile() -> None:
    document = (Path(__file__).parents[3] / "docs" / "howto" / "policy.md").read_text(encoding="utf-8")
    [example] = re.findall(r"```toml\n(# policies/redaction/default\.toml\n.*?)```", document, re.S)
    read = bundle.build({**SHIPPED.files, "redaction/default.toml": example})
    assert read.redaction["default"].operators["PASSWORD"] == Operator("drop")
    assert not [each for each in lint.lint(read) if each.place.startswith("redaction/default.toml")]


def test_a_decision_table_may_watch_over_operators() -> None:
    chat = '[[chat]]\nroles = ["employee"]\nclear = ["quasi_identifiers"]\noperators = {{ {} }}\n'
    files = dict(policy().files)
    names = ", ".join(f'{each} = "hash"' for each in ("PERSON", "TITLE", "LOCATION", "ORGANIZATION"))
    right = f'CREDIT_CARD = "mask", {names}, DATE_TIME = "generalize"'
    for rows, failing in ((right, []), (right.replace("mask", "drop"), ["operator/CREDIT_CARD drop/mask"])):
        read = bundle.build({**files, "tests/one.toml": chat.format(rows)})
        results = [
            each for each in decision_tables.run(read, Snapshot(read)) if each.place.startswith("tests/one.toml")
        ]
        told = [
            f"{each.question.rpartition(': ')[2]} {each.expected}/{each.actual}" for each in results if not each.passed
        ]
        assert told == failing
