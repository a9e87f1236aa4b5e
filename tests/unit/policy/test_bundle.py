"""A bundle is read whole or refused with file, line and column."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from guard.errors import PolicyError
from guard.policy import bundle, shipped

SHIPPED = shipped.load()


MINIMAL = {
    "model.conf": shipped.load().model.text,
    "roles.toml": 'a = "A role."\n',
    "rules.csv": "p, a, *, audit, read, allow\n",
    "entities.toml": 'names = ["PERSON"]\n',
    "thresholds.toml": "[toxicity]\nlow = 0.5\n",
    "scenarios.toml": 'default = "d"\n[scenarios.d]\nabout = "\u00e9"\nredaction = ["d"]\nmoderation = ["d"]\nlimit = ["d"]\n',
    "redaction/d.toml": "",
    "moderation/d.toml": '[withhold]\ntoxicity = "low"\n',
    "limits/d.toml": "requests_per_minute = 1\nconcurrent = 1\n",
}


def edited(file: str, old: str, new: str) -> dict[str, str]:
    assert old in SHIPPED.files[file]
    return {**SHIPPED.files, file: SHIPPED.files[file].replace(old, new, 1)}


def test_the_canonical_form_is_the_bundle() -> None:
    again = bundle.loads(SHIPPED.canonical)
    assert again == SHIPPED
    assert re.fullmatch(r"sha256:[0-9a-f]{64}", again.hash)


def test_every_character_counts_in_the_hash_and_line_ends_do_not(tmp_path: Path) -> None:
    changed = bundle.build(edited("roles.toml", "# Every role", "# Each role"))
    assert changed.hash != SHIPPED.hash
    for name, text in SHIPPED.files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(text.replace("\n", "\r\n").encode())
    (tmp_path / "README.md").write_text("not policy")
    assert bundle.load(tmp_path).hash == SHIPPED.hash


def test_the_hash_of_a_policy_is_the_same_in_every_version() -> None:
    """Records and revisions hold it: a change here would orphan them."""
    assert bundle.build(MINIMAL).hash == "sha256:04c8d528cd48531e26834f8a27af0e9e01784224c63e19d8fd5e0e9a592fb3a4"


@pytest.mark.parametrize(
    ("file", "old", "new", "complaint"),
    [
        (
            "redaction/default.toml",
            "clear =",
            "cleared =",
            r"^redaction/default\.toml:5:1: cleared: there is no such key",
        ),
        (
            "redaction/default.toml",
            '"names"',
            '"nmaes"',
            r"^redaction/default\.toml:4:11: nmaes is not in entities\.toml",
        ),
        (
            "redaction/education.toml",
            'clear = ["names"',
            'clear = ["URL", "names"',
            r"education\.toml:7:10: URL is listed twice",
        ),
        ("redaction/default.toml", "clear =", 'other = "clear"\nclear =', r"^redaction/default\.toml:5:9: other"),
        (
            "moderation/default.toml",
            '"standard"',
            '"lax"',
            r"^moderation/default\.toml:7:12: .* no level lax of toxicity",
        ),
        ("moderation/default.toml", "toxicity =", "toxisity =", r"^moderation/default\.toml:7:1: .* toxisity"),
        ("thresholds.toml", "0.3", "1.3", r"^thresholds\.toml:6:8: toxicity\.flag"),
        ("thresholds.toml", "0.3", "0", r"^thresholds\.toml:6:8: toxicity\.flag"),
        ("thresholds.toml", "0.3", '"0.3"', r"^thresholds\.toml:6:8: toxicity\.flag"),
        ("limits/default.toml", "= 600", "= 0", r"^limits/default\.toml:3:23: requests_per_minute"),
        ("limits/default.toml", "= 32", "= true", r"^limits/default\.toml:4:14: concurrent"),
        (
            "scenarios.toml",
            'redaction = ["default"]',
            'redaction = ["defualt"]',
            r"^scenarios\.toml:9:14: .* profile defualt",
        ),
        (
            "scenarios.toml",
            'redaction = ["default"]',
            "redaction = []",
            r"^scenarios\.toml:9:13: scenarios\.default\.redaction",
        ),
        (
            "scenarios.toml",
            'default = "default"',
            'default = "nothing"',
            r"^scenarios\.toml:5:11: there is no scenario",
        ),
        ("entities.toml", '["URL"]', '["URL", "PERSON"]', r"^entities\.toml:57:17: PERSON is listed twice"),
        ("entities.toml", '["URL"]', '["url"]', r"^entities\.toml:57:10: links"),
        ("roles.toml", "employee", '"Employee"', r"^roles\.toml:3:1: Employee: "),
        ("tests/questions.toml", 'expect = "allow"', 'expect = "yes"', r"^tests/questions\.toml:8:10: case\.0\.expect"),
        ("tests/roles.toml", '"restore use"', '"restore"', r"^tests/roles\.toml:10:5: matrix\.0\.allow"),
        ("roles.toml", "employee =", '"employee\\n" =', r"^roles\.toml:3:1: \?: "),
        ("roles.toml", '"Chats."', '"Chats\\u202e."', r"^roles\.toml:3:12: employee"),
        ("roles.toml", "=", "= =", r"^roles\.toml:3:12: this is not TOML"),
    ],
)
def test_a_mistake_is_named_with_file_and_line(file: str, old: str, new: str, complaint: str) -> None:
    with pytest.raises(PolicyError, match=complaint):
        bundle.build(edited(file, old, new))


def test_a_missing_file_and_a_file_too_many_are_refused() -> None:
    with pytest.raises(PolicyError, match=r"^roles\.toml: the policy has no such file"):
        bundle.build({name: text for name, text in SHIPPED.files.items() if name != "roles.toml"})
    for name in ("redaction/Default.toml", "redaction/a/b.toml", "../rules.csv", "rules.csv.bak", "tests/x\n.toml"):
        with pytest.raises(PolicyError, match="no place for this file"):
            bundle.build({**SHIPPED.files, name: ""})


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(PolicyError):
        bundle.load(tmp_path / "none")


@pytest.mark.parametrize(
    "stored", [b"", b"{}", b"[]", b'{"files":{},"format":9}', b'{"files":{"a":1},"format":1}', b"\xff"]
)
def test_what_is_no_bundle_is_refused(stored: bytes) -> None:
    with pytest.raises(PolicyError):
        bundle.loads(stored)


def test_a_hidden_character_in_a_stored_bundle_is_refused() -> None:
    stored = SHIPPED.canonical.replace(b"Every role", b"Every \\u202erole", 1)
    with pytest.raises(PolicyError, match=r"^roles\.toml:2:9: .*U\+202E"):
        bundle.loads(stored)


def test_a_saved_policy_is_read_back(tmp_path: Path) -> None:
    for folder in (tmp_path / "new" / "deep", tmp_path / "empty"):
        (tmp_path / "empty").mkdir(exist_ok=True)
        bundle.save(SHIPPED, folder)
        assert bundle.load(folder) == SHIPPED
        with pytest.raises(PolicyError, match="is not empty"):
            bundle.save(SHIPPED, folder)


def test_schemas_and_the_readme_are_no_part_of_the_policy(tmp_path: Path) -> None:
    bundle.save(SHIPPED, tmp_path / "policy")
    (tmp_path / "policy" / "schemas" / "deep").mkdir(parents=True)
    for name in ("README.md", "schemas/roles.schema.json", "schemas/deep/x.txt"):
        (tmp_path / "policy" / name).write_bytes(b"\x00 no policy")
    assert bundle.load(tmp_path / "policy") == SHIPPED
    (tmp_path / "policy" / "tests" / "README.md").write_text("no policy")
    with pytest.raises(PolicyError, match=r"^tests/README\.md:1:1: the policy has no place"):
        bundle.load(tmp_path / "policy")


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(PolicyError, match="cannot be written"):
            bundle.save(SHIPPED, folder)
