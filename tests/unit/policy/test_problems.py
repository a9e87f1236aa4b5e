"""What an editor asks for while somebody types: everything that is wrong at once."""

from __future__ import annotations

import time

import pytest

from guard.errors import PolicyError
from guard.policy import bundle, shipped
from guard.policy.bundle import Problem

SHIPPED = shipped.load()


def places(**changed: str) -> list[str]:
    files = {**SHIPPED.files, **changed}
    found = bundle.problems(files)
    with pytest.raises(PolicyError) as caught:
        bundle.build(files)
    named = [f"{each.file}:{each.line}:{each.column}: {each.message}" for each in found]
    assert str(caught.value) in named
    return [name[: name.index(": ")] for name in named]


def test_a_policy_without_problems() -> None:
    assert bundle.problems(SHIPPED.files) == []


def test_every_broken_row_and_every_hidden_character_of_the_rules() -> None:
    rows = "p, a\n# fine\np, employee, *, audit, read, allow\ng, a, a, *\nx, y\np, a\u200b, *, audit, read, allow\n# \x00\n"
    assert places(**{"rules.csv": rows}) == [
        "rules.csv:1:5",
        "rules.csv:4:4",
        "rules.csv:5:1",
        "rules.csv:6:5",
        "rules.csv:7:3",
    ]


def test_files_are_read_side_by_side() -> None:
    found = places(
        **{
            "model.conf": "[matchers]\n",
            "rules.csv": "p\n",  # How a row looks is for the model to say, and there is none.
            "roles.toml": "Employee = 1\n",
            "redaction/default.toml": 'clear = ["nobody"]\n',
            "moderation/education.toml": "withhold = {}\n",
            "limits/default.toml": "requests_per_minute = \n",
            "tests/roles.toml": "[[matrix]]\n",
        }
    )
    assert found == [
        "limits/default.toml:1:23",
        "model.conf:1:1",
        "moderation/education.toml:1:12",
        "redaction/default.toml:1:10",
        "roles.toml:1:1",
        "tests/roles.toml:1:3",
    ]


def test_a_broken_file_is_not_held_against_the_files_that_name_its_parts() -> None:
    assert places(**{"entities.toml": "names = [\n", "redaction/all.toml": "redact = 1\n"}) == [
        "entities.toml:2:1",
        "redaction/all.toml:1:10",
    ]
    assert places(**{"thresholds.toml": "x = 1\n"}) == ["thresholds.toml:1:5"]
    # A profile that cannot be read is there: scenarios.toml is right to name it.
    assert places(**{"redaction/default.toml": "redact = 1\n", "scenarios.toml": SHIPPED.files["scenarios.toml"]}) == [
        "redaction/default.toml:1:10"
    ]


def test_files_that_are_missing_or_have_no_place() -> None:
    files = {name: text for name, text in SHIPPED.files.items() if name not in ("roles.toml", "redaction/all.toml")}
    files |= {"notes.txt": "", "tests/\u0430.toml": ""}
    assert bundle.problems(files) == [
        Problem("'tests/\\u0430.toml'", 1, 1, "the policy has no place for this file."),
        Problem("notes.txt", 1, 1, "the policy has no place for this file."),
        Problem("roles.toml", 1, 1, "the policy has no such file."),
    ]
    with pytest.raises(PolicyError) as caught:
        bundle.build({name: text for name, text in SHIPPED.files.items() if name != "roles.toml"})
    assert (caught.value.file, caught.value.line, caught.value.column) == ("roles.toml", None, None)


def test_typing_is_not_held_up_by_a_large_policy() -> None:
    """110,000 rows: about half a second; the bound is for a machine that does other things too."""
    rows = "".join(f"g, r{index}, s{index % 5000}, *\n" for index in range(100_000))
    rows += "".join(
        f"p, s{index % 5000}, *, generator/a-name-as-long-as-many-{index}, use, allow\n" for index in range(10_000)
    )
    begun = time.monotonic()
    assert bundle.problems({**SHIPPED.files, "rules.csv": rows}) == []
    assert len(bundle.problems({**SHIPPED.files, "rules.csv": rows.replace("use", "U\u200b")})) == 10_000
    assert time.monotonic() - begun < 15


def test_a_file_that_is_too_large_is_not_read() -> None:
    assert places(**{"rules.csv": "# " + "x" * 8_000_000}) == ["rules.csv:1:1"]
