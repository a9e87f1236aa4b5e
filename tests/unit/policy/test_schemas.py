"""The schemas that ship: current, valid, and of one mind with the readers, by an independent validator."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from guard.errors import NotFoundError, PolicyError
from guard.policy import bundle, schemas, shipped

SHIPPED = shipped.load()
FOLDER = shipped.folder() / "schemas"


def faults(file: str, text: str) -> list[str]:
    form = json.loads(json.dumps(schemas.json_form(file, text)))  # as JSON has it
    validator = Draft202012Validator(json.loads((FOLDER / f"{schemas.name_of(file)}.schema.json").read_text()))
    return [error.message for error in validator.iter_errors(form)]


@pytest.mark.parametrize("name", schemas.NAMES)
def test_the_shipped_schema_is_current_and_valid(name: str) -> None:
    text = (FOLDER / f"{name}.schema.json").read_text()
    assert text == schemas.text(name), "run `guard policy schema --to policies/schemas`"
    Draft202012Validator.check_schema(json.loads(text))
    assert json.loads(text)["$schema"] == Draft202012Validator.META_SCHEMA["$id"]


def test_there_is_no_other_file_and_each_file_of_the_policy_has_one() -> None:
    assert {path.name for path in FOLDER.iterdir()} == {f"{name}.schema.json" for name in schemas.NAMES}
    assert {schemas.name_of(file) for file in SHIPPED.files} == set(schemas.NAMES)
    with pytest.raises(NotFoundError):
        schemas.of("nothing")


@pytest.mark.parametrize("file", SHIPPED.files)
def test_every_shipped_file_validates(file: str) -> None:
    assert faults(file, SHIPPED.files[file]) == []


@pytest.mark.parametrize("file", [file for file in SHIPPED.files if file.endswith(".toml")])
def test_an_editor_finds_the_schema(file: str) -> None:
    first, _ = SHIPPED.files[file].split("\n", 1)
    assert first.startswith("#:schema ")
    assert (
        (shipped.folder() / file)
        .parent.joinpath(first.removeprefix("#:schema "))
        .samefile(FOLDER / f"{schemas.name_of(file)}.schema.json")
    )


WRONG = [
    ("roles.toml", "employee =", "Employee ="),
    ("roles.toml", '"Chats."', '""'),
    ("roles.toml", '"Chats."', '"Chats\\u202e."'),
    ("roles.toml", '"Chats."', "1"),
    ("entities.toml", '"URL"', '"url"'),
    ("entities.toml", "links =", '"li nks" ='),
    ("thresholds.toml", "0.3", "1.3"),
    ("thresholds.toml", "0.3", "0"),
    ("thresholds.toml", "0.3", '"0.3"'),
    ("scenarios.toml", 'about = "General work."\n', ""),
    ("scenarios.toml", 'redaction = ["default"]', "redaction = []"),
    ("scenarios.toml", "[scenarios.default]", '[scenarios."De fault"]'),
    ("separation.toml", '["policy edit", "transcript read"]', '["policy edit"]'),
    ("separation.toml", '["policy edit", "transcript read"]', '["policy edit", "policy edit"]'),
    ("separation.toml", '"policy edit"', '"policy"'),
    ("redaction/default.toml", "clear =", "cleared ="),
    ("redaction/default.toml", "clear =", 'other = "clear"\nclear ='),
    ("redaction/default.toml", '"names"', "1"),
    ("moderation/default.toml", "[withhold]", "[withheld]"),
    ("moderation/default.toml", "masked =", 'whole_reply = "yes"\nmasked ='),
    ("limits/default.toml", "concurrent = 32", ""),
    ("limits/default.toml", "concurrent = 32", "concurrent = 0"),
    ("limits/default.toml", "concurrent = 32", 'concurrent = "32"'),
    ("tests/questions.toml", 'expect = "allow"', 'expect = "yes"'),
    ("tests/questions.toml", 'act = "use"', ""),
    ("tests/roles.toml", '"restore use"', '"restore"'),
    ("rules.csv", "p, employee, *, restore, use, allow", "p, employee, *, restore, use"),
    ("rules.csv", "p, employee, *, restore, use, allow", "p, employee, *, rest, ore, use, allow"),
    ("rules.csv", "p, employee, *, restore, use, allow", "p, employee, *, restore, use, maybe"),
    ("rules.csv", "p, employee, *, restore, use, allow", "p, Employee, *, restore, use, allow"),
    ("rules.csv", "p, employee, *, restore, use, allow", "p, , *, restore, use, allow"),
    ("rules.csv", "p, employee, *, restore, use, allow", "q, employee, *, restore, use, allow"),
    ("rules.csv", "p, employee, *, restore, use, allow", "g, employee, admin, *\ng, employee, admin"),
    ("model.conf", "r = sub, dom, obj, act", "r = sub, obj"),
    ("model.conf", "p = sub, dom, obj, act, eft", "p = sub, dom, obj, eft, act"),
    ("model.conf", "g = _, _, _", "g = _"),
    ("model.conf", "[matchers]", "[matcher]"),
    ("model.conf", "[matchers]", "[DEFAULT]\n[matchers]"),
    ("model.conf", "r = sub, dom", "R = sub, dom"),
]


@pytest.mark.parametrize(("file", "old", "new"), WRONG)
def test_what_the_schema_refuses_the_policy_refuses(file: str, old: str, new: str) -> None:
    assert old in SHIPPED.files[file]
    text = SHIPPED.files[file].replace(old, new, 1)
    assert faults(file, text)
    assert bundle.problems({**SHIPPED.files, file: text})


def test_rules_of_another_model_have_one_form_all_over() -> None:
    rows = "p, a, audit, read, 10.0.0.0/8\ng, a, b\n"
    assert faults("rules.csv", rows) == []
    assert faults("rules.csv", rows + "p, a, acme, audit, read, 10.0.0.0/8\n")
    assert faults("rules.csv", rows + "g, a, b, acme\n")


def test_the_json_form_of_each_kind_of_file() -> None:
    forms: dict[str, Any] = {name: schemas.json_form(name, SHIPPED.files[name]) for name in ("rules.csv", "model.conf")}
    assert [", ".join(row) for row in forms["rules.csv"]] == [rule.text for rule in SHIPPED.rules]
    assert forms["model.conf"]["role_definition"] == {"g": "_, _, _"}
    with pytest.raises(PolicyError, match=r"^model\.conf"):
        schemas.json_form("model.conf", "no section")


def test_schemas_are_written_where_asked(tmp_path: Path) -> None:
    assert schemas.write(tmp_path / "new", ["roles"]) == [tmp_path / "new" / "roles.schema.json"]
    (tmp_path / "file").write_text("")
    with pytest.raises(PolicyError):
        schemas.write(tmp_path / "file")
    with pytest.raises(NotFoundError):
        schemas.write(tmp_path / "never", ["nothing"])
    assert not (tmp_path / "never").exists()
