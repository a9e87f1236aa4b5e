"""The figures of the public sets, on invented texts."""

from __future__ import annotations

import json
from pathlib import Path

from guard.evaluation.labelled import Labelled
from guard.model import Span
from tests.bench.false_alarms import SHELL, counted, structured
from tests.eval.mentions import TAB, judgments, recall
from tests.eval.pii import characters_by_type, sample, synth_figures

TEXT = "The applicant, Mr Ada Byron-King, no. 12345/67, came from Ruritania."


def place(value: str) -> tuple[int, int]:
    return TEXT.index(value), TEXT.index(value) + len(value)


def entity(value: str, kind: str, need: str) -> dict[str, object]:
    start, end = place(value)
    return {"start_offset": start, "end_offset": end, "entity_type": kind, "identifier_type": need}


def test_a_mention_is_found_when_all_its_letters_and_digits_are_covered(tmp_path: Path) -> None:
    entities = [entity("Mr Ada Byron-King", "PERSON", "DIRECT"), entity("12345/67", "CODE", "DIRECT"),
                entity("Ruritania", "LOC", "QUASI"), entity("applicant", "MISC", "NO_MASK")]  # fmt: skip
    (tmp_path / TAB).parent.mkdir(parents=True)
    (tmp_path / TAB).write_text(json.dumps({"text": TEXT, "entities": entities}) + "\n")
    documents = list(judgments(tmp_path))

    def shares(*values: str) -> dict[str, tuple[float, float]]:
        found = [Span(*place(value), "X", 1.0) for value in values]
        mentions = recall(documents, [found])["mentions"]
        return {name: (each["recall"], each["touched"]) for name, each in mentions.items()}  # type: ignore[attr-defined]

    assert set(shares()) == {"DIRECT", "DIRECT PERSON", "DIRECT CODE", "QUASI", "QUASI LOC"}
    # The title is part of the name; a hyphen and a slash need no cover.
    assert shares("Ada Byron-King")["DIRECT PERSON"] == (0.0, 1.0)
    found = shares("Mr", "Ada", "Byron", "King", "12345", "67")
    assert (found["DIRECT"], found["QUASI"]) == ((1.0, 1.0), (0.0, 0.0))


def test_the_share_of_each_types_characters() -> None:
    documents = [Labelled("abcdef", (Span(0, 4, "A", 1.0), Span(4, 6, "B", 1.0)))]
    assert characters_by_type(documents, [[Span(2, 6, "OTHER", 1.0)]]) == {"A": 0.5, "B": 1.0}
    figures = synth_figures(documents, [[Span(2, 6, "OTHER", 1.0)]])
    assert figures["characters"]["recall"] == 0.6667
    assert figures["false_alarms_by_type"] == {"OTHER": 1}


def test_a_sample_is_the_same_every_time() -> None:
    assert sample(range(100), 5) == sample(range(100), 5)
    assert sample(range(3), 0) == [0, 1, 2]


def test_alarms_in_a_thousand_words() -> None:
    spans = [Span(0, 1, "PERSON", 1.0), Span(1, 2, "PERSON", 1.0), Span(2, 3, "IBAN_CODE", 1.0)]
    every = counted(["one two three four", "five"], [spans, []], None)
    assert (every["per_1000_words"], every["types"]) == (600.0, {"PERSON": 2, "IBAN_CODE": 1})
    assert counted(["one two"], [spans], structured())["types"] == {"IBAN_CODE": 1}
    assert "PERSON" not in structured()


def test_the_shell_session_is_long_enough() -> None:
    assert SHELL.read_text().count("\n") > 300
