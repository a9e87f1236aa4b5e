"""Every kind of file refuses every kind of trick, with line and column; nothing is read as something else."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from guard.errors import PolicyError
from guard.policy import bundle, shipped
from guard.policy.bundle import Problem

SHIPPED = shipped.load()
FILES = {
    "model.conf": "model",
    "rules.csv": "rules",
    "roles.toml": "roles",
    "entities.toml": "entities",
    "thresholds.toml": "thresholds",
    "scenarios.toml": "scenarios",
    "separation.toml": "separation",
    "lists.toml": "lists",
    "redaction/default.toml": "redaction",
    "moderation/default.toml": "moderation",
    "limits/default.toml": "limits",
    "tests/questions.toml": "tests",
}
"""One file of each kind."""

HIDDEN = {
    "NUL": "\x00",
    "escape": "\x1b",
    "delete": "\x7f",
    "next line": "\x85",
    "CR without LF": "\r",
    "vertical tab": "\x0b",
    "right-to-left override": "\u202e",
    "isolate": "\u2066",
    "left-to-right mark": "\u200e",
    "zero-width space": "\u200b",
    "zero-width joiner": "\u200d",
    "word joiner": "\u2060",
    "soft hyphen": "\u00ad",
    "byte order mark": "\ufeff",
    "line separator": "\u2028",
    "variation selector": "\ufe0f",
    "tag": "\U000e0041",
    "hangul filler": "\u3164",
    "private use": "\ue000",
    "half a character": "\ud800",
}

NAMES = {
    "comma": '"a,b"',
    "double quote": "'a\"b'",
    "single quote": '"a\'b"',
    "bracket": '"a[b"',
    "parenthesis": '"a)b"',
    "newline": '"a\\nb"',
    "escaped control": '"a\\u0000b"',
    "escaped bidirectional": '"a\\u202eb"',
    "escaped zero-width": '"a\\u200bb"',
    "cyrillic": '"\u0430b"',
    "full width": '"\uff41b"',
    "empty": '""',
    "space before": '" ab"',
    "space behind": '"ab "',
    "too long": '"' + "a" * 300 + '"',
    "multi-line": '"""a\nb"""',
}
"""What is no name of any kind, as TOML writes it."""


@dataclass(frozen=True)
class Spot:
    """A name on a line of a shipped file: the line as it is, and the name in it."""

    line: str
    name: str


SPOTS = {
    "roles.toml": Spot('employee = "Chats."', "employee"),
    "entities.toml": Spot('links = ["URL"]', '"URL"'),
    "thresholds.toml": Spot("flag = 0.3", "flag"),
    "scenarios.toml": Spot('default = "default"', '"default"'),
    "separation.toml": Spot('rights = ["policy edit", "transcript read"]', '"policy edit"'),
    "lists.toml": Spot('type = "ORGANIZATION"', '"ORGANIZATION"'),
    "redaction/default.toml": Spot('clear = ["quasi_identifiers"]', '"quasi_identifiers"'),
    "moderation/default.toml": Spot('bias = "standard"', '"standard"'),
    "limits/default.toml": Spot("concurrent = 32", "32"),
    "tests/questions.toml": Spot('roles = ["auditor"]', '"auditor"'),
}


def refusal(file: str, text: str) -> PolicyError:
    with pytest.raises(PolicyError) as caught:
        bundle.build({**SHIPPED.files, file: text})
    error = caught.value
    assert str(error).startswith(f"{file}:{error.line}:{error.column}: ")
    found = next(each for each in bundle.problems({**SHIPPED.files, file: text}) if each.file == file)
    assert found == Problem(file, error.line or 0, error.column or 0, str(error).split(": ", 1)[1])
    return error


def test_one_file_of_each_kind_is_here() -> None:
    assert {file.split("/")[0].split(".")[0] for file in SHIPPED.files} == set(FILES.values())
    assert set(SPOTS) == {file for file in FILES if file.endswith(".toml")}


@pytest.mark.parametrize("name", HIDDEN)
@pytest.mark.parametrize("file", FILES)
def test_hidden_characters(file: str, name: str) -> None:
    text, character = SHIPPED.files[file], HIDDEN[name]
    lines = text.count("\n")
    for changed, line, column in (
        (character + text, 1, 1),
        (f"{text}# \u00e9\U0001f642{character}.\n", lines + 1, 5),
    ):
        error = refusal(file, changed)
        assert (error.line, error.column) == (line, column)
        assert f"U+{ord(character):04X}" in str(error)
        assert character not in str(error)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("file", SPOTS)
def test_what_is_no_name_in_a_toml_file(file: str, name: str) -> None:
    spot, text = SPOTS[file], SHIPPED.files[file]
    at = text.index("\n" + spot.line + "\n") + 1
    offset = spot.line.index(spot.name)
    error = refusal(file, text[: at + offset] + NAMES[name] + text[at + offset + len(spot.name) :])
    # A key cannot go over lines, so that is no TOML behind the quotes that are an empty string.
    column = 3 if name == "multi-line" and not offset else offset + 1
    assert (error.line, error.column) == (text.count("\n", 0, at) + 1, column)
    assert str(error).isascii()
    assert "\n" not in str(error)


@pytest.mark.parametrize("file", SPOTS)
def test_a_key_that_stands_twice(file: str) -> None:
    line, text = SPOTS[file].line, SHIPPED.files[file]
    error = refusal(file, text.replace(f"\n{line}\n", f"\n{line}\n{line}\n", 1))
    assert (error.line, error.column) == (text.count("\n", 0, text.index(f"\n{line}\n")) + 3, 1)
    assert "second time" in str(error)


@pytest.mark.parametrize("file", SPOTS)
def test_unknown_keys_and_wrong_types(file: str) -> None:
    text = SHIPPED.files[file]
    error = refusal(file, text + "\n[Nonsense]\nx = 1\n")
    assert (error.line, error.column) == (text.count("\n") + 2, 2)
    error = refusal(file, "Nonsense = 1979-05-27\n" + text)
    assert (error.line, error.column) == (1, 1)


CANDIDATES = {
    "comma": ("employee, admin", 19, "7"),
    "quoted comma": ('"employee, admin"', 19, "7"),
    "double quote": ('"employee"', 4, "role"),
    "single quote": ("'employee'", 4, "role"),
    "bracket": ("employee[0]", 4, "role"),
    "parenthesis": ("employee)", 4, "role"),
    "tab": ("employee\t", 4, "role"),
    "no-break space": ("employee\u00a0", 4, "role"),
    "cyrillic": ("\u0435mployee", 4, "role"),
    "full width": ("\uff45mployee", 4, "role"),
    "empty": ("", 4, "empty"),
    "space behind": ("employee ", 4, "role"),
    "space inside": ("emp loyee", 4, "role"),
    "backslash": ("employee\\", 4, "role"),
    "comment": ("employee # not here", 4, "role"),
    "wildcard": ("*", 4, "role"),
    "too long": ("e" * 65, 4, "role"),
}


@pytest.mark.parametrize("name", CANDIDATES)
def test_what_is_no_field_in_the_rules(name: str) -> None:
    value, column, complaint = CANDIDATES[name]
    text = SHIPPED.files["rules.csv"]
    for row in (f"p, {value}, *, audit, read, allow", f"  p, {value}, *, audit, read, allow"):
        error = refusal("rules.csv", f"{text}{row}\n")
        shift = len(row) - len(row.lstrip())
        expected = column + shift if complaint != "7" else row.rindex(" ") + 2
        assert (error.line, error.column) == (text.count("\n") + 1, expected)
        assert complaint in str(error)
        assert str(error).isascii()


def test_wrong_arity_of_each_kind_of_row() -> None:
    for row, column in (("p", 2), ("g", 2), ("p, a", 5), ("g, a, b, *, *", 13), ("p, a, *, audit, read, allow,", 29)):
        assert refusal("rules.csv", f"# x\n{row}\n").column == column


@pytest.mark.parametrize(
    "new", ["r = sub, obj", "r = sub, dom, obj, act, act", 'r = "sub, dom, obj, act"', "r = ", "r"]
)
def test_another_model_is_refused(new: str) -> None:
    error = refusal("model.conf", SHIPPED.files["model.conf"].replace("r = sub, dom, obj, act", new))
    assert error.line
    for section in ("[policy_definition]\np = sub\n", "[nonsense]\nx = y\n", "x = y\n", "\n[matchers]\nm2 = 1\n"):
        refusal("model.conf", SHIPPED.files["model.conf"] + section)


def test_windows_line_ends_are_line_ends_and_a_folder_says_the_same(tmp_path: Path) -> None:
    windows = {name: text.replace("\n", "\r\n") for name, text in SHIPPED.files.items()}
    assert bundle.build(windows) == SHIPPED
    assert bundle.problems(windows) == []
    bundle.save(SHIPPED, tmp_path / "copy")
    (tmp_path / "copy" / "roles.toml").write_bytes(b"\xef\xbb\xbf" + SHIPPED.files["roles.toml"].encode())
    with pytest.raises(PolicyError, match=r"^roles\.toml:1:1: .*U\+FEFF"):
        bundle.load(tmp_path / "copy")
