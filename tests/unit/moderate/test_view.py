from __future__ import annotations

from guard.moderate.view import judged_view, neutral


def test_placeholders_read_as_words_of_their_type() -> None:
    assert neutral("Ask <PERSON_7K3Q9D> about <US_SSN_ABCDEF>.") == "Ask someone about a number."


def test_other_angle_brackets_stay() -> None:
    assert neutral("if a <B_1> c") == "if a <B_1> c"


def test_a_unit_is_read_with_the_one_before_it() -> None:
    assert judged_view("Hello <PERSON_7K3Q9D>. ", "Bye. ") == "Hello someone. Bye."
