"""What labels and titles alone find in Spanish clinical reports: `python -m tests.eval.european --data DIR [--json]`.

By label of the set the share of values of which every letter and digit is in a span; besides it, the share of marked
characters that are in a value of the set. No text of the set is ever printed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from collections import Counter
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from guard.redact.european import EuropeanLabelsDetector

SET = Path("eval") / "meddocan_test" / "test.jsonl"
LABELS = ("NOMBRE_SUJETO_ASISTENCIA", "NOMBRE_PERSONAL_SANITARIO", "CALLE", "FECHAS", "EDAD_SUJETO_ASISTENCIA")
"""Those that the detector is for: names of patients and of staff, streets, dates (of birth alone), ages."""


async def run(data: Path) -> dict[str, Any]:
    """All figures."""
    documents = [json.loads(line) for line in (data / SET).read_text(encoding="utf-8").splitlines()]
    spans = await EuropeanLabelsDetector().detect([document["text"] for document in documents])
    there: Counter[str] = Counter()
    hits: Counter[str] = Counter()
    right = said = 0
    for document, some in zip(documents, spans, strict=True):
        covered = {at for span in some for at in range(span.start, span.end)}
        truth: set[int] = set()
        for value in document["spans"]:
            places = range(value["start"], value["end"])
            truth.update(places)
            there[value["label"]] += 1
            hits[value["label"]] += all(at in covered for at in places if document["text"][at].isalnum())
        right, said = right + len(covered & truth), said + len(covered)
    recall = {
        label: {"values": there[label], "recall": round(hits[label] / max(there[label], 1), 3)} for label in LABELS
    }
    return {"documents": len(documents), "recall": recall, "precision": round(right / max(said, 1), 3)}


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure labels and titles on Spanish clinical reports.")
    parser.add_argument("--data", type=Path, required=True, help="folder that holds eval/")
    parser.add_argument("--json", action="store_true", help="write JSON to standard output")
    args = parser.parse_args()
    if not (args.data / SET).exists():
        parser.exit(2, f"{SET} is not under --data.\n")
    report = asyncio.run(run(args.data))
    if args.json:
        print(json.dumps(report, indent=2))
        return
    table = Table(
        "label", "values", "recall", title=f"{report['documents']} documents, precision {report['precision']}"
    )
    for label, row in report["recall"].items():
        table.add_row(label, str(row["values"]), str(row["recall"]))
    Console().print(table)


if __name__ == "__main__":
    main()
