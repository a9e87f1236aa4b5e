"""Readers of the public evaluation sets of the classifier. No text of them is ever printed or committed."""

from __future__ import annotations

import csv
import gzip
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

_UNSAFE = ("S", "H", "V", "HR", "SH", "S3", "H2", "V2")


@dataclass(frozen=True, slots=True)
class Example:
    """A text and whether it is of the category that its set is about."""

    text: str = field(repr=False)
    positive: bool


@dataclass(frozen=True, slots=True)
class EvaluationSet:
    """A set, the head it is about and what is measured: `ranked` AUROC and macro-F1, `benign` the flagged rate."""

    name: str
    head: str
    benign: bool
    read: Callable[[Path], Iterator[Example]]


def _rows(path: Path, delimiter: str = ",") -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file, delimiter=delimiter)


def _lines(path: Path) -> Iterator[dict[str, object]]:
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    for line in data.decode("utf-8").splitlines():
        yield json.loads(line)


def _surge(data: Path) -> Iterator[Example]:
    for row in _rows(data / "eval" / "surge_toxicity" / "toxicity_en.csv"):
        yield Example(row["text"], row["is_toxic"] == "Toxic")


def _hatexplain(data: Path) -> Iterator[Example]:
    path = data / "eval" / "hatexplain_test" / "hatexplain_test.json"
    for text, label in json.loads(path.read_text(encoding="utf-8")):
        yield Example(text, label != "normal")


def _openai(data: Path) -> Iterator[Example]:
    for row in _lines(data / "eval" / "openai_moderation" / "samples-1680.jsonl.gz"):
        yield Example(str(row["prompt"]), any(row.get(key) == 1 for key in _UNSAFE))


def _edos(data: Path) -> Iterator[Example]:
    for row in _rows(data / "train" / "edos" / "edos_labelled_aggregated.csv"):
        if row["split"] == "test":
            yield Example(row["text"], row["label_sexist"] == "sexist")


def _emgsd(data: Path) -> Iterator[Example]:
    for row in _rows(data / "eval" / "emgsd_test" / "emgsd_test_with_albertv2_predictions.csv"):
        yield Example(row["text"], row["actual_label"] == "1")


def _wino(data: Path) -> Iterator[Example]:
    folder = data / "eval" / "winobias_winogender"
    for path in sorted((folder / "winobias").glob("*stereotyped*")):
        for line in path.read_text(encoding="utf-8").splitlines():
            yield Example(re.sub(r"^\d+\s+|[\[\]]", "", line), False)
    for row in _rows(folder / "winogender" / "all_sentences.tsv", "\t"):
        yield Example(row["sentence"], False)


def _openbookqa(data: Path) -> Iterator[Example]:
    for row in _lines(data / "train" / "benign" / "benign_openbookqa.jsonl"):
        yield Example(f"{row['question']} {row['options']}", False)


def _boolq(data: Path) -> Iterator[Example]:
    for row in _lines(data / "train" / "benign" / "benign_boolq_first1600.jsonl"):
        yield Example(str(row["passage"]), False)
        yield Example(str(row["question"]), False)


def _notinject(data: Path) -> Iterator[Example]:
    path = data / "eval" / "notinject_one" / "NotInject_one.json"
    for row in json.loads(path.read_text(encoding="utf-8")):
        yield Example(row["prompt"], False)


SETS = (
    EvaluationSet("surge_toxicity", "toxicity", False, _surge),
    EvaluationSet("hatexplain_test", "toxicity", False, _hatexplain),
    EvaluationSet("openai_moderation_any", "toxicity", False, _openai),
    EvaluationSet("edos_test", "bias", False, _edos),
    EvaluationSet("emgsd_test", "bias", False, _emgsd),
    EvaluationSet("winobias_winogender", "any", True, _wino),
    EvaluationSet("openbookqa", "any", True, _openbookqa),
    EvaluationSet("boolq", "any", True, _boolq),
    EvaluationSet("notinject_one", "any", True, _notinject),
)
