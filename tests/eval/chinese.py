"""The Chinese set: `python -m tests.eval.chinese [--data DIR] [--json] [--write]`.

Recall by type on `chinese.jsonl`: a value counts when every character of it is in a span that redaction would replace;
alarms: spans in the sentences that hold nothing. With `--data`: spans by type on public texts, never the texts
themselves. `--write` makes the set anew from its templates.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import json
import random
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from guard.model import Span
from guard.redact.chinese import ChineseDetector
from guard.redact.patterns import PatternDetector
from guard.redact.spans import resolve
from tests.eval.chinese_templates import NEGATIVE, POSITIVE
from tests.eval.chinese_values import VALUES

SET = Path(__file__).with_name("chinese.jsonl")
LABELLED = frozenset({"PERSON", "STREET_ADDRESS", "ORGANIZATION", "DATE_TIME", "AGE"})
"""Types that have no shape: found by labels and structure."""

_MARK = re.compile(r"\{([A-Z][A-Z0-9]*)\}")
_SENTENCES = 200


def made() -> Iterator[dict[str, Any]]:
    """The set, the same every time: each sentence that holds something once or twice, then those that hold nothing."""
    rng = random.Random(20)
    for at in range(_SENTENCES - len(NEGATIVE)):
        yield _filled(POSITIVE[at % len(POSITIVE)], rng)
    for text in NEGATIVE:
        yield {"text": text, "spans": []}


def _filled(template: str, rng: random.Random) -> dict[str, Any]:
    text, spans, position = "", [], 0
    for mark in _MARK.finditer(template):
        entity_type, invent = VALUES[mark.group(1)]
        text += template[position : mark.start()]
        value = invent(rng)
        spans.append({"start": len(text), "end": len(text) + len(value), "entity_type": entity_type})
        text, position = text + value, mark.end()
    return {"text": text + template[position:], "spans": spans}


def read() -> list[dict[str, Any]]:
    """The set in the repository."""
    return [json.loads(line) for line in SET.read_text(encoding="utf-8").splitlines()]


async def found(texts: Sequence[str]) -> list[list[Span]]:
    """What the detectors of shapes find, resolved."""
    every = [await detector.detect(texts) for detector in (ChineseDetector(), PatternDetector.create())]
    return [resolve([s for spans in each for s in spans], text) for text, *each in zip(texts, *every, strict=True)]


def figures(rows: Sequence[Mapping[str, Any]], spans: Sequence[Sequence[Span]]) -> dict[str, Any]:
    """Recall by type (any type, and the same type), the sentences with a miss, and the alarms."""
    there: Counter[str] = Counter()
    hits: Counter[str] = Counter()
    same: Counter[str] = Counter()
    alarms: Counter[str] = Counter()
    missed = []
    for number, (row, some) in enumerate(zip(rows, spans, strict=True), 1):
        if not row["spans"]:
            alarms.update(f"{span.entity_type} ({span.detector.partition('/')[0]})" for span in some)
        for wanted in row["spans"]:
            there[wanted["entity_type"]] += 1
            over = [s for s in some if s.start <= wanted["start"] and wanted["end"] <= s.end]
            hits[wanted["entity_type"]] += bool(over)
            same[wanted["entity_type"]] += any(s.entity_type == wanted["entity_type"] for s in over)
            if not over:
                missed.append({"line": number, "entity_type": wanted["entity_type"]})
    recall = {t: {"values": n, "recall": hits[t] / n, "same_type": same[t] / n} for t, n in there.most_common()}
    return {"sentences": len(rows), "recall": recall, "missed": missed, "alarms": dict(alarms)}


def public(data: Path) -> Iterator[tuple[str, list[str]]]:
    """Texts of public sets that hold no identifiers to speak of."""
    news = data / "eval" / "uner_zh_test" / "zh_gsdsimp-ud-test.iob2"
    lines = news.read_text(encoding="utf-8").splitlines()
    yield "uner_zh_test", [line.removeprefix("# text = ") for line in lines if line.startswith("# text = ")]
    with (data / "eval" / "cold_zh_test" / "test.csv").open(encoding="utf-8-sig", newline="") as file:
        yield "cold_zh_test", [row["TEXT"] for row in csv.DictReader(file)]


async def run(data: Path | None) -> dict[str, Any]:
    """All figures."""
    rows = read()
    report = figures(rows, await found([row["text"] for row in rows]))
    for name, texts in public(data) if data else ():
        spans = await found(texts)
        counts = Counter(span.entity_type for some in spans for span in some)
        report[name] = {"texts": len(texts), "spans": dict(counts.most_common())}
    return report


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the detection of personal data in Chinese text.")
    parser.add_argument("--data", type=Path, help="folder that holds eval/, for the public texts")
    parser.add_argument("--json", action="store_true", help="write JSON to standard output")
    parser.add_argument("--write", action="store_true", help="make the set anew")
    args = parser.parse_args()
    if args.write:
        SET.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in made()), encoding="utf-8")
    report = asyncio.run(run(args.data))
    if args.json:
        print(json.dumps(report, indent=2))
        return
    table = Table("type", "values", "recall", "same type", title=f"{SET.name}, {report['sentences']} sentences")
    for entity_type, row in report["recall"].items():
        table.add_row(entity_type, str(row["values"]), f"{row['recall']:.3f}", f"{row['same_type']:.3f}")
    Console().print(table)
    for name in ("missed", "alarms", "uner_zh_test", "cold_zh_test"):
        if name in report:
            Console().print(name, report[name])


if __name__ == "__main__":
    main()
