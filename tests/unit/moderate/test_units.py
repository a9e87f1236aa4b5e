from __future__ import annotations

from guard.moderate.units import LIMIT, UnitCutter


def cut(text: str) -> list[str]:
    cutter = UnitCutter()
    return cutter.feed(text) + cutter.flush()


def test_sentences_and_lines_are_units() -> None:
    assert cut("One. Two!\nThree? End") == ["One. ", "Two!\n", "Three? ", "End"]


def test_a_sentence_end_needs_the_white_space_after_it() -> None:
    assert cut("It costs 3.50 today. Yes.") == ["It costs 3.50 today. ", "Yes."]


def test_closing_quotes_belong_to_their_sentence() -> None:
    assert cut('He said "no." Then left.') == ['He said "no." ', "Then left."]


def test_full_width_ends_need_no_white_space() -> None:
    assert cut("你好。再见！好") == ["你好。", "再见！", "好"]


def test_a_long_run_is_cut_at_its_last_space_within_the_limit() -> None:
    text = "word " * 60
    units = cut(text)
    assert "".join(units) == text
    assert len(units[0]) == LIMIT
    assert units[0].endswith(" ")


def test_a_run_without_spaces_is_cut_at_the_limit() -> None:
    assert [len(unit) for unit in cut("x" * 400)] == [LIMIT, LIMIT, 80]


def test_a_placeholder_at_the_limit_is_not_cut() -> None:
    text = "x" * (LIMIT - 5) + "<PERSON_7K3Q9D>" + "y"
    assert cut(text) == ["x" * (LIMIT - 5), "<PERSON_7K3Q9D>y"]


def test_what_may_still_grow_is_held() -> None:
    cutter = UnitCutter()
    assert cutter.feed("Not yet.") == []
    assert cutter.held == 8
    assert cutter.feed(" ") == ["Not yet. "]
    assert cutter.flush() == []
