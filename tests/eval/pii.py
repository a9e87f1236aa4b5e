"""Measure the detection of personal data: `python -m tests.eval.pii --data DIR [--documents N] [--json]`.

Character level, types ignored: a character counts as found when it is in any span that redaction would replace. Besides
it, recall by type. No text of the set is ever printed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from guard.model import Span
from guard.redact.patterns import PatternDetector
from guard.redact.presidio import PresidioDetector
from guard.redact.protocol import Detector
from guard.redact.spacy_names import SpacyNames
from guard.redact.spans import resolve

SET = Path("eval") / "presidio_synth_v2" / "synth_dataset_v2.json"
_CHUNK = 32


def sample(data: Path, documents: int) -> list[Mapping[str, Any]]:
    """The documents: all (0), or a sample that is the same every time."""
    every: list[Mapping[str, Any]] = json.loads((data / SET).read_text(encoding="utf-8"))
    return random.Random(1).sample(every, documents) if 0 < documents < len(every) else every


async def detected(detectors: Sequence[Detector], texts: Sequence[str]) -> list[list[Span]]:
    """The resolved spans of each text."""
    results: list[list[Span]] = []
    for at in range(0, len(texts), _CHUNK):
        part = texts[at : at + _CHUNK]
        found = [await detector.detect(part) for detector in detectors]
        for text, *each in zip(part, *found, strict=True):
            results.append(resolve([span for spans in each for span in spans], text))
    return results


def figures(documents: Sequence[Mapping[str, Any]], found: Sequence[Sequence[Span]]) -> dict[str, object]:
    """Precision, recall and F2 over all characters, and by type the share of its characters that was found."""
    right = said = wanted = 0
    hits: Counter[str] = Counter()
    there: Counter[str] = Counter()
    for document, spans in zip(documents, found, strict=True):
        covered = {at for span in spans for at in range(span.start, span.end)}
        truth: set[int] = set()
        for each in document["spans"]:
            places = range(each["start_position"], each["end_position"])
            truth.update(places)
            there[each["entity_type"]] += len(places)
            hits[each["entity_type"]] += len(covered.intersection(places))
        right, said, wanted = right + len(covered & truth), said + len(covered), wanted + len(truth)
    precision, recall = right / max(said, 1), right / max(wanted, 1)
    return {
        "precision": round(precision, 4),
        "recall": round(recall, 4),
        "f2": round(5 * precision * recall / max(4 * precision + recall, 1e-9), 4),
        "recall_by_type": {name: round(hits[name] / count, 3) for name, count in there.most_common()},
    }


async def run(data: Path, documents: int) -> dict[str, object]:
    """Return the figures and what they are of."""
    detectors: list[Detector] = [PresidioDetector.create(), PatternDetector.create(), SpacyNames.create()]
    read = sample(data, documents)
    texts = [str(document["full_text"]) for document in read]
    started = time.perf_counter()
    found = await detected(detectors, texts)
    seconds = time.perf_counter() - started
    for detector in detectors:
        await detector.aclose()
    return {
        "set": SET.parent.name,
        "documents": len(texts),
        "detectors": [detector.model_id for detector in detectors],
        **figures(read, found),
        "characters_per_second": round(sum(map(len, texts)) / seconds),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the detection of personal data on a public set.")
    parser.add_argument("--data", type=Path, required=True, help="folder that holds eval/")
    parser.add_argument("--documents", type=int, default=300, help="size of the sample; 0: all")
    parser.add_argument("--json", action="store_true", help="write JSON to standard output")
    args = parser.parse_args()
    if not (args.data / SET).exists():
        parser.exit(2, f"{SET} is not under --data.\n")
    report = asyncio.run(run(args.data, args.documents))
    if args.json:
        print(json.dumps(report, indent=2))
        return
    table = Table("figure", "value", title=f"{report['set']}, {report['documents']} documents")
    for name, value in report.items():
        table.add_row(name, str(value))
    Console().print(table)


if __name__ == "__main__":
    main()
