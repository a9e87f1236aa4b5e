"""Values changed where they stand: comments and other lines stay, and what cannot be placed is refused."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guard.policy.toml_edits import CannotPlaceError, with_list, with_value
from tests.unit.policy.installation import SHIPPED

THRESHOLDS = SHIPPED.files["thresholds.toml"]
KEYS = [(category, level) for category, levels in tomllib.loads(THRESHOLDS).items() for level in levels]


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(KEYS), st.integers(1, 1000))
def test_a_number_changes_alone_and_back(path: tuple[str, str], per_mille: int) -> None:
    before = tomllib.loads(THRESHOLDS)[path[0]][path[1]]
    after = with_value("thresholds.toml", THRESHOLDS, path, per_mille / 1000)
    assert tomllib.loads(after)[path[0]][path[1]] == per_mille / 1000
    differing = [one for one, other in zip(THRESHOLDS.split("\n"), after.split("\n"), strict=True) if one != other]
    assert len(differing) <= 1
    assert with_value("thresholds.toml", after, path, before) == THRESHOLDS


def test_a_comment_behind_a_value_stays() -> None:
    text = "[a]\nx = 0.5  # as agreed\ny = 'low' # too\n"
    assert with_value("f", text, ["a", "x"], 0.25) == text.replace("0.5 ", "0.25 ")
    assert with_value("f", text, ["a", "y"], "high") == text.replace("'low'", '"high"')


def test_a_key_is_added_to_its_table_or_with_it_and_taken_away() -> None:
    text = "# about\nmasked = []\n\n[withhold]\na = 'x'\n\n[flag]\na = 'y'\n"
    added = with_value("f", text, ["withhold", "b"], "z")
    assert added == text.replace("a = 'x'\n", "a = 'x'\nb = \"z\"\n")
    assert with_value("f", added, ["withhold", "b"], None) == text
    assert with_value("f", text, ["prompt", "a"], "x") == text + '\n[prompt]\na = "x"\n'


def test_a_list_is_written_anew_unless_that_would_lose_a_comment() -> None:
    text = "# about\nredact = ['a', 'b'] # kept\nclear = [\n  'c',\n]\n"
    assert with_list("f", text, "redact", ["a"]) == text.replace("['a', 'b']", '["a"]')
    assert with_list("f", text, "clear", []) == "# about\nredact = ['a', 'b'] # kept\n"
    assert with_list("f", text, "block", ["d"]).startswith("# about\n")
    assert tomllib.loads(with_list("f", text, "block", ["d"]))["block"] == ["d"]
    with pytest.raises(CannotPlaceError):
        with_list("f", "redact = [\n 'a', # because\n]\n", "redact", [])


def test_what_is_written_otherwise_is_refused() -> None:
    for text in ("a = { x = 1 }\n", "a.x = 1\n"):
        assert tomllib.loads(with_value("f", text, ["a", "x"], 2))["a"] == {"x": 2}
    with pytest.raises(CannotPlaceError):
        with_value("f", "a = { x = 1 }\n", ["a", "y"], 2)
    with pytest.raises(CannotPlaceError):
        with_value("f", "no toml", ["a"], 2)
