"""What text policy files may hold."""

from __future__ import annotations

import pytest

from guard.errors import PolicyError
from guard.policy.source import document, line_of, refused, text_of


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (b"a\nb\x00c\n", r"^f:2:2: this is the character U\+0000, which is refused"),
        (b"a\rb", r"^f:1:2: .* U\+000D"),
        ("a\u202eb".encode(), r"^f:1:2: .* U\+202E"),
        ("\u2066x".encode(), r"^f:1:1: .* U\+2066"),
        ("x\u200by".encode(), r"^f:1:2: .* U\+200B"),
        ("\ufeffx".encode(), r"^f:1:1: .* U\+FEFF"),
        ("\u2028y".encode(), r"^f:1:1: .* U\+2028"),
        ("\u00e9\U0001f642\ufe0f".encode(), r"^f:1:3: .* U\+FE0F"),
        ("\u3164".encode(), r"^f:1:1: .* U\+3164"),
        ("\ue000".encode(), r"^f:1:1: .* U\+E000"),
        (b"ok\n\xc3\xa9\xff", r"^f:2:2: this is not UTF-8"),
        (b"x" * 8_000_001, r"^f:1:1: the file is too large"),
    ],
)
def test_characters_that_hide_something_are_refused(data: bytes, place: str) -> None:
    with pytest.raises(PolicyError, match=place):
        text_of("f", data)


def test_comments_may_be_in_any_language_and_line_ends_are_equal() -> None:
    assert text_of("f", "# règle\r\nx = 1\r\n".encode()) == "# règle\nx = 1\n"


def test_lines_are_found() -> None:
    text = '# a\n[scenarios.x]\nredaction = ["a"]\n\n[[case]]\nobj = 1\n[[case]]\nobj = 2\n'
    assert line_of(text, ["scenarios", "x", "redaction"]) == 3
    assert line_of(text, ["case", 1, "obj"]) == 8
    assert line_of(text, ["nowhere"]) == 1


def test_a_place_is_there_for_an_editor() -> None:
    with pytest.raises(PolicyError) as caught:
        text_of("roles.toml", b"a = 1\nb =\x00")
    assert (caught.value.file, caught.value.line, caught.value.column) == ("roles.toml", 2, 4)
    assert PolicyError().column is None


def test_each_line_with_such_a_character_is_named_once() -> None:
    found = [str(error).partition(": ")[0] for error in refused("f", "a\x00\x00\nok\n\n\u200bc\u00e9\u200b")]
    assert found == ["f:1:2", "f:4:1"]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a = 1\nb = = 2\n", "2:5: this is not TOML"),
        ("a = [1,\n", "2:1: this is not TOML"),
        ("a = 1\n b = 2\na = 3\n", "3:1: .* a second time"),
        ("[t]\na = 1\n[u]\n[t]\nb = 1\n", "4:2: .* a second time"),
        ('a = {b = 1, "b" = 2}\n', "1:13: .* a second time"),
        ("a.b = 1\na.b = 2\n", "2:3: .* a second time"),
        ("a = 1\nb = ?\na = 2\n", "2:5: this is not TOML"),
        ("a = " + "9" * 5000, "1:5005: this is not TOML"),
        ("a = " + "[" * 5000, "1:1: .* nested too deep"),
    ],
)
def test_what_is_no_toml_is_refused_where_it_stops_to_be(text: str, place: str) -> None:
    with pytest.raises(PolicyError, match=f"^f:{place}"):
        document("f", text)
