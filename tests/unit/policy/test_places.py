"""Places in TOML text: each key and value is found where it stands, whatever way it is written."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from typing import Any

import pytest

from guard.policy import places, shipped

NASTY = '''\
# a = "comment"
a = 1 # "b" = 2
"b.c" = 'its'
d.e . "f" = [ 1, "x # y", [ "]", 'z' ], # ] in a comment
  { g = """a "quoted" \\"""" , h = '\\' }, 1979-05-27 07:32:00
]
i = \'\'\'
[not.a.table]
j = "'"\'\'\'
k = { }
l = []

[m . n]
o = true

[[m.p]]
q = "one"
[[m.p]] # the second
q = "two"
  [m.p.r]
  s = 1.5
  [[m.p.t]]
  u = "\\u0041"
  [[m.p.t]]
  u = """\\
     folded"""
[v]
w.x = 0xff
'''


def leaves(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Every path of a document with its value."""
    if path:
        yield path, value
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inner:
        yield from leaves(each, (*path, key))


TEXTS = [NASTY, *(text for name, text in shipped.load().files.items() if name.endswith(".toml"))]


@pytest.mark.parametrize("text", TEXTS)
def test_every_value_is_found_where_it_stands(text: str) -> None:
    found = places.places(text)
    document = list(leaves(tomllib.loads(text)))
    assert set(found.by_path) == {path for path, _ in document}
    assert found.twice is None
    for path, value in document:
        place = found.by_path[path]
        if isinstance(value, str):
            assert found.strings[path] == value
            # What stands there reads as the value, with anything behind it.
            ends = (end for end in range(place.value + 2, len(text) + 1) if text[end - 1] in "\"'")
            assert any(reads_as(text[place.value : end], value) for end in ends), path
        if isinstance(path[-1], str):
            assert text[place.key :].lstrip("\"'").startswith(path[-1])


def reads_as(written: str, value: str) -> bool:
    try:
        return tomllib.loads(f"v = {written}") == {"v": value}
    except tomllib.TOMLDecodeError:
        return False


@pytest.mark.parametrize(
    ("path", "place"),
    [
        (["a"], (2, 5)),
        (["b.c"], (3, 9)),
        (["d", "e", "f"], (4, 13)),
        (["d", "e", "f", 2, 1], (4, 34)),
        (["d", "e", "f", 3, "h"], (5, 35)),
        (["m", "p", 1, "q"], (19, 5)),
        (["m", "p", 1, "t", 1, "u"], (25, 7)),
        (["m", "p", 1, "t", 7, "u"], (22, 9)),
        (["v", "w", "y"], (28, 1)),
        (["nowhere"], (1, 1)),
    ],
)
def test_a_place_is_that_of_the_innermost_part_that_is_there(path: list[str | int], place: tuple[int, int]) -> None:
    assert places.line_and_column(NASTY, places.of(NASTY, path)) == place


def test_columns_count_code_points() -> None:
    text = 'a = "\U0001f642\u00e9" # x\nb = ["\U0001f642", "y"]\n'
    assert places.line_and_column(text, places.of_string(text, "y")) == (2, 11)


@pytest.mark.parametrize(
    "text", ["a", "a =", "a = [", "a = {", "[", "[[a]", "= 1", "a = {b", 'a = "', "a = [}", "\\", '"\\u12" = 1']
)
def test_what_is_no_toml_has_no_places_and_no_end_of_the_program(text: str) -> None:
    assert places.places("x = 1\n" + text).by_path[("x",)].value == 4


def test_the_first_key_that_stands_twice() -> None:
    assert places.places("a = 1\n[b]\na = 1\n[[c]]\na = 1\n[[c]]\na = 1\n[b.d]\n").twice is None
    assert places.places("a.b = 1\na.c = 1\na.b = 2\na.b = 3\n").twice == 18
