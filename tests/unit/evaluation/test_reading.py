"""Readers of labelled texts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from guard.errors import InvalidRequestError
from guard.evaluation.columns import Columns
from guard.evaluation.labelled import Labelled
from guard.evaluation.reading import read

TEXT = "Ada Lovelace lives in Paris."
SPANS = [(0, 12, "PERSON"), (22, 27, "GPE")]


def shown(documents: list[Labelled]) -> list[tuple[str, list[tuple[str, str]]]]:
    return [(d.text, [(d.text[s.start : s.end], s.entity_type) for s in d.spans]) for d in documents]


EXPECTED = [(TEXT, [("Ada Lovelace", "PERSON"), ("Paris", "GPE")])]
PRESIDIO = json.dumps([
    {
        "full_text": TEXT,
        "masked": "{{person}} lives in {{city}}.",
        "spans": [{"entity_type": t, "entity_value": TEXT[s:e], "start_position": s, "end_position": e}
                  for s, e, t in reversed(SPANS)],
    }
])  # fmt: skip
LINES = "\n".join(
    json.dumps({"text": TEXT, "spans": [{"start": s, "end": e, name: t} for s, e, t in SPANS]})
    for name in ("entity_type", "label")
)
CONLL = "Ada B-PERSON\nLovelace I-PERSON\nlives O\nin O\nParis B-GPE\n. O\n"


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("set.json", PRESIDIO, EXPECTED),
        ("set.jsonl", LINES + "\n\n", EXPECTED * 2),
        ("set", "\ufeff" + LINES, EXPECTED * 2),
        ("set.conll", CONLL, [("Ada Lovelace lives in Paris .", EXPECTED[0][1])]),
    ],
)
def test_formats_are_told_apart(tmp_path: Path, name: str, content: str, expected: object) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    assert shown(read(tmp_path / name)) == expected


def test_columns_are_where_they_are_said_to_be(tmp_path: Path) -> None:
    file = tmp_path / "x.iob2"
    file.write_text(
        "# sent_id = 1\n# text = The O'Neills, in New York\n"
        "1\tThe\tO\t-\n2\tO'Neills\tB-PER\t-\n3\t,\tO\t-\n4\tin\tO\t-\n5\tNew\tB-LOC\t-\n6\tYork\tI-LOC\t-\n\n"
        "# text = something else than the tokens\n1\tAda\tB-PER\t-\n2\tBo\tB-PER\t-\n",
        encoding="utf-8",
    )
    assert shown(read(file, columns=Columns(token=1, tag=2))) == [
        ("The O'Neills, in New York", [("O'Neills", "PER"), ("New York", "LOC")]),
        ("Ada Bo", [("Ada", "PER"), ("Bo", "PER")]),
    ]


@pytest.mark.parametrize(
    ("tags", "found"),
    [
        ("B-A I-A O", ["one two"]),
        ("I-A I-A O", ["one two"]),
        ("B-A B-A I-A", ["one", "two #"]),
        ("I-A I-B I-B", ["one", "two #"]),
        ("B-A E-A S-A", ["one two", "#"]),
        ("B-A L-A U-A", ["one two", "#"]),
        ("O O B-A", ["#"]),
    ],
)
def test_schemes_of_tags(tmp_path: Path, tags: str, found: list[str]) -> None:
    file = tmp_path / "x.conll"
    rows = "\n".join(f"{t}\t{tag}" for t, tag in zip(("one", "two", "#"), tags.split(), strict=True))
    file.write_text(f"-DOCSTART- -X- O\n\n{rows}", encoding="utf-8")
    (document,) = read(file)
    assert [document.text[s.start : s.end] for s in document.spans] == found


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.json", "[canary"),
        ("a.json", '{"full_text": "canary"'),
        ("a.json", '[{"full_text": "canary", "spans": [{"start_position": 2, "end_position": 9, "entity_type": "A"}]}]'),
        ("a.json", '[{"full_text": "canary", "spans": [{"start_position": 2, "end_position": 2, "entity_type": "A"}]}]'),
        ("a.json", '[{"full_text": "canary", "spans": [{"start_position": 0, "end_position": true, "entity_type": "A"}]}]'),
        ("a.json", '[{"full_text": "canary", "spans": [{"start_position": 0, "end_position": 3}]}]'),
        ("a.json", '["canary"]'),
        ("a.json", "[]"),
        ("a.jsonl", '{"text": 7, "spans": []}\n{"canary": 1}'),
        ("a.conll", "canary\n"),
        ("a.conll", "canary\tnot-a-tag\n"),
        ("a.conll", ""),
        ("a.txt", "canary"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_and_nothing_is_quoted(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    with pytest.raises(InvalidRequestError) as caught:
        read(tmp_path / name)
    assert caught.value.reason_id in ("evaluation_data", "invalid_json")
    assert "canary" not in str(caught.value)
    assert "canary" not in repr(caught.value.__cause__)


def test_bytes_that_are_no_text_and_no_file(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(b"[\xff\xfe]")
    for name in ("a.json", "missing.json"):
        with pytest.raises(InvalidRequestError):
            read(tmp_path / name)
