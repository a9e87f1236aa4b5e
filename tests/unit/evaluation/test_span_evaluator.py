"""presidio-evaluator's figure, by presidio-evaluator."""

from __future__ import annotations

import sys

import pytest

from guard.errors import ConfigurationError
from guard.evaluation.labelled import Compared
from guard.evaluation.span_evaluator import evaluate
from guard.model import Span

TEXT = "Ada Lovelace bought Paris posters from Charles Babbage."


def found(*places: tuple[int, int, str]) -> tuple[Span, ...]:
    return tuple(Span(start, end, name, 1.0) for start, end, name in places)


THERE = found((0, 12, "PERSON"), (20, 25, "LOCATION"), (39, 54, "PERSON"))


def test_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "presidio_evaluator", None)
    with pytest.raises(ConfigurationError, match=r"guard-gateway\[eval\]"):
        evaluate([Compared(TEXT, THERE, THERE)])


@pytest.mark.filterwarnings("ignore")
def test_figures_of_its_evaluator() -> None:
    pytest.importorskip("presidio_evaluator", reason="the extra `eval` is not installed")
    perfect = evaluate([Compared(TEXT, THERE, THERE)])
    assert perfect.pii.as_json() == {"precision": 1.0, "recall": 1.0, "f1": 1.0, "f2": 1.0}
    # Half of a name is no match from an overlap of 0.75; a wrong type is one when types are ignored.
    part = evaluate([Compared(TEXT, THERE, found((0, 3, "PERSON"), (20, 25, "ORGANIZATION"), (39, 54, "PERSON")))])
    assert part.pii.recall == pytest.approx(2 / 3)
    assert part.by_type["LOCATION"].recall == 0
    assert evaluate([Compared(TEXT, THERE, ())]).pii.as_json()["f2"] == 0.0
