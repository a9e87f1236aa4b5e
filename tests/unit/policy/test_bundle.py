"""A bundle is read whole or refused with file and line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from guard.errors import PolicyError
from guard.policy import bundle, shipped

SHIPPED = shipped.load()


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


@pytest.mark.parametrize(
    ("file", "old", "new", "complaint"),
    [
        (
            "redaction/default.toml",
            "clear =",
            "cleared =",
            r"^redaction/default\.toml:4: cleared: there is no such key",
        ),
        ("redaction/default.toml", '"names"', '"nmaes"', r"^redaction/default\.toml:3: nmaes is not in entities\.toml"),
        (
            "redaction/education.toml",
            'clear = ["names"',
            'clear = ["URL", "names"',
            r"education\.toml:6: URL is listed twice",
        ),
        ("redaction/default.toml", "clear =", 'other = "clear"\nclear =', r"^redaction/default\.toml:4: other"),
        ("moderation/default.toml", '"standard"', '"lax"', r"^moderation/default\.toml:6: .* no level lax of toxicity"),
        ("moderation/default.toml", "toxicity =", "toxisity =", r"^moderation/default\.toml:6: .* toxisity"),
        ("thresholds.toml", "0.3", "1.3", r"^thresholds\.toml:5: toxicity\.flag"),
        ("thresholds.toml", "0.3", "0", r"^thresholds\.toml:5: toxicity\.flag"),
        ("thresholds.toml", "0.3", '"0.3"', r"^thresholds\.toml:5: toxicity\.flag"),
        ("limits/default.toml", "= 600", "= 0", r"^limits/default\.toml:2: requests_per_minute"),
        ("limits/default.toml", "= 32", "= true", r"^limits/default\.toml:3: concurrent"),
        (
            "scenarios.toml",
            'redaction = ["default"]',
            'redaction = ["defualt"]',
            r"^scenarios\.toml:8: .* profile defualt",
        ),
        (
            "scenarios.toml",
            'redaction = ["default"]',
            "redaction = []",
            r"^scenarios\.toml:8: scenarios\.default\.redaction",
        ),
        ("scenarios.toml", 'default = "default"', 'default = "nothing"', r"^scenarios\.toml:4: there is no scenario"),
        ("entities.toml", '["URL"]', '["URL", "PERSON"]', r"^entities\.toml:4: PERSON is listed twice"),
        ("entities.toml", '["URL"]', '["url"]', r"^entities\.toml:\d+: links"),
        ("roles.toml", "employee", '"Employee"', r"^roles\.toml:\d+: "),
        ("tests/questions.toml", 'expect = "allow"', 'expect = "yes"', r"^tests/questions\.toml:7: case\.0\.expect"),
        ("tests/roles.toml", '"restore use"', '"restore"', r"^tests/roles\.toml:5: matrix\.0\.allow"),
        ("roles.toml", "employee =", '"employee\\n" =', r"^roles\.toml:\d+: "),
        ("roles.toml", '"Chats."', '"Chats\\u202e."', r"^roles\.toml:2: employee"),
        ("roles.toml", "=", "= =", r"^roles\.toml:2: this is not TOML"),
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
    with pytest.raises(PolicyError, match=r"^roles\.toml:1: .*U\+202E"):
        bundle.loads(stored)
