"""Matching and figures."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guard.errors import InvalidRequestError
from guard.evaluation.figures import report
from guard.evaluation.finding import compared
from guard.evaluation.labelled import Compared, Labelled
from guard.evaluation.matching import errors
from guard.evaluation.naming import Names, read_names
from guard.model import Span

TEXT = "x" * 100


def span(start: int, end: int, entity_type: str = "PERSON") -> Span:
    return Span(start, end, entity_type, 1.0, "test")


def document(there: list[Span], found: list[Span]) -> Compared:
    return Compared(TEXT, tuple(there), tuple(found))


EXAMPLE = document(
    [span(0, 10), span(20, 30), span(40, 50), span(60, 70, "LOCATION")],
    [span(0, 10), span(22, 28), span(28, 30), span(40, 50, "LOCATION"), span(80, 85, "LOCATION")],
)


def test_figures_of_an_example() -> None:
    figures = report([EXAMPLE], 0).as_json()
    person, place = figures["types"]["PERSON"], figures["types"]["LOCATION"]
    # Three people: one exactly, one in two pieces, one as a place.
    assert (person["there"], person["found"]) == (3, 3)
    assert (person["exact"]["precision"], person["exact"]["recall"]) == (0.3333, 0.3333)
    assert (person["overlap"]["precision"], person["overlap"]["recall"]) == (1.0, 0.6667)
    assert person["overlap"]["f2"] == pytest.approx(5 * 1.0 * 2 / 3 / (4 * 1.0 + 2 / 3), abs=1e-4)
    assert (place["there"], place["found"], place["overlap"]["f1"]) == (1, 2, 0.0)
    assert figures["micro"]["overlap"]["precision"] == 0.6
    assert figures["micro"]["overlap"]["recall"] == 0.5
    assert figures["macro"]["exact"]["recall"] == 0.1667
    # 10 + 6 + 2 + 10 of 40 labelled characters; 5 found ones are nowhere labelled.
    assert figures["characters"]["recall"] == 0.7
    assert figures["characters"]["precision"] == pytest.approx(28 / 33, abs=1e-4)
    assert figures["interval"] == {}


def test_errors_are_of_one_kind_each_and_in_order() -> None:
    told = [(each.kind, each.start, each.there, each.found) for each in errors(EXAMPLE, 7)]
    assert told == [
        ("boundaries", 20, "PERSON", "PERSON"),
        ("wrong_type", 40, "PERSON", "LOCATION"),
        ("missed", 60, "LOCATION", None),
        ("false_alarm", 80, None, "LOCATION"),
    ]
    assert {each.document for each in errors(EXAMPLE, 7)} == {7}
    assert TEXT not in repr(list(errors(EXAMPLE, 7)))


def test_the_same_span_twice_is_right_once() -> None:
    figures = report([document([span(0, 10)], [span(0, 10), span(0, 10)])], 0).as_json()
    assert figures["micro"]["exact"] == {"precision": 0.5, "recall": 1.0, "f1": 0.6667, "f2": 0.8333}


def test_nothing_there_and_nothing_found() -> None:
    figures = report([document([], [])], 10).as_json()
    assert figures["micro"]["exact"] == {"precision": 0.0, "recall": 0.0, "f1": 0.0, "f2": 0.0}
    assert (figures["macro"]["exact"], figures["types"]) == ({}, {})


def test_intervals_hold_the_figure_and_are_the_same_every_time() -> None:
    rows = [EXAMPLE, document([span(0, 5)], [span(0, 5)]), document([], [span(0, 5)])] * 10
    one, two = report(rows), report(rows)
    assert one.interval == two.interval
    low, high = one.interval["overlap.f2"]
    assert low < one.as_json()["micro"]["overlap"]["f2"] < high
    assert report([document([span(0, 5)], [span(0, 5)])] * 5).interval["exact.f1"] == (1.0, 1.0)


spans = st.lists(
    st.builds(lambda a, n, t: span(a, a + n, t), st.integers(0, 80), st.integers(1, 19), st.sampled_from("AB")),
    max_size=6,
)


@given(spans)
def test_what_is_found_as_it_is_labelled_is_perfect(there: list[Span]) -> None:
    figures = report([document(there, there)], 0).as_json()
    for name in ("exact", "overlap"):
        assert figures["micro"][name]["f1"] == (1.0 if there else 0.0)
    assert list(errors(document(there, there), 1)) == []


@given(spans, spans)
def test_shares_are_shares_and_exact_is_never_more_than_overlap(there: list[Span], found: list[Span]) -> None:
    figures = report([document(there, found)], 0).as_json()
    exact, overlap = figures["micro"]["exact"], figures["micro"]["overlap"]
    assert all(0 <= value <= 1 for scores in (exact, overlap, figures["characters"]) for value in scores.values())
    assert exact["recall"] <= overlap["recall"]
    assert exact["precision"] <= overlap["precision"]
    # Precision one way round is recall the other.
    turned = report([document(found, there)], 0).as_json()["micro"]["exact"]
    assert (turned["precision"], turned["recall"]) == (exact["recall"], exact["precision"])


def test_names_of_both_sides_are_mapped(tmp_path: Path) -> None:
    own = tmp_path / "map.toml"
    own.write_text('GPE = "PLACE"\nLOCATION = "PLACE"\nTITLE = ""\n"job title" = "JOB"\n')
    names = read_names(own)
    assert [names.name(each) for each in ("GPE", "LOCATION", "TITLE", "PER", "person", "creative-work", "job title")] == [
        "PLACE", "PLACE", "", "PERSON", "PERSON", "CREATIVE_WORK", "JOB"]  # fmt: skip
    labelled = Labelled(TEXT, (span(0, 5, "GPE"), span(6, 9, "TITLE")))
    (both,) = compared([labelled], [[span(0, 5, "LOCATION"), span(20, 25, "URL")]], names)
    assert [s.entity_type for s in both.there] == ["PLACE"]
    assert [s.entity_type for s in both.found] == ["PLACE", "URL"]
    (both,) = compared([labelled], [[span(0, 5, "LOCATION"), span(20, 25, "URL")]], names, labelled_only=True)
    assert [s.entity_type for s in both.found] == ["PLACE"]


def test_some_types_alone() -> None:
    names = Names(only=frozenset({"PERSON"}))
    assert [s.entity_type for s in names.of([span(0, 1, "PER"), span(1, 2, "GPE")])] == ["PERSON"]


@pytest.mark.parametrize("content", ["canary", "[types]\nGPE = 'LOCATION'", "GPE = 7"])
def test_a_map_that_is_none(tmp_path: Path, content: str) -> None:
    (tmp_path / "map.toml").write_text(content)
    with pytest.raises(InvalidRequestError) as caught:
        read_names(tmp_path / "map.toml")
    assert "canary" not in str(caught.value)
