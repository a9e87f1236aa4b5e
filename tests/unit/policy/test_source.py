"""What text policy files may hold."""

from __future__ import annotations

import pytest

from guard.errors import PolicyError
from guard.policy.source import line_of, line_with, text_of


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (b"a\nb\x00c\n", r"f:2: column 2 holds the character U\+0000"),
        (b"a\rb", r"f:1: column 2 .* U\+000D"),
        ("a\u202eb".encode(), r"U\+202E"),
        ("\u2066x".encode(), r"U\+2066"),
        ("x\u200by".encode(), r"U\+200B"),
        ("\ufeffx".encode(), r"U\+FEFF"),
        ("x\u2028y".encode(), r"U\+2028"),
        (b"ok\n\xff", r"f:2: this is not UTF-8"),
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
    assert line_with('x = [\n  # "A"\n  "A",\n]', "A") == 3
