"""Measure the classifier on public sets: `python -m tests.eval.classifier --data DIR [--json]`."""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import track
from rich.table import Table
from sklearn.metrics import average_precision_score, f1_score, roc_auc_score

from guard.moderate.classifier import SHIPPED, MinilmClassifier
from tests.eval.sets import SETS, EvaluationSet, Example

Report = dict[str, float | int | str]
_CHUNK = 256


def ranked(head: str, examples: Sequence[Example], scores: Sequence[Mapping[str, float]], threshold: float) -> Report:
    """Return AUROC, average precision, and at `threshold` macro-F1, recall and false-positive rate."""
    truth = [example.positive for example in examples]
    values = [row[head] for row in scores]
    over = [value >= threshold for value in values]
    hits = sum(1 for positive, flagged in zip(truth, over, strict=True) if positive and flagged)
    return {
        "auroc": round(float(roc_auc_score(truth, values)), 4),
        "average_precision": round(float(average_precision_score(truth, values)), 4),
        "macro_f1": round(float(f1_score(truth, over, average="macro")), 4),
        "macro_f1_at_half": round(float(f1_score(truth, [value >= 0.5 for value in values], average="macro")), 4),
        "recall": round(hits / max(1, sum(truth)), 4),
        "false_positive_rate": round((sum(over) - hits) / max(1, len(truth) - sum(truth)), 4),
    }


def flagged(scores: Sequence[Mapping[str, float]], thresholds: Mapping[str, float]) -> Report:
    """Return the share of texts over the threshold of each head, and of any."""
    rates: Report = {
        f"flagged_{head}": round(sum(row[head] >= at for row in scores) / len(scores), 4)
        for head, at in thresholds.items()
    }
    rates["flagged"] = round(sum(any(row[h] >= at for h, at in thresholds.items()) for row in scores) / len(scores), 4)
    return rates


async def measure(classifier: MinilmClassifier, chosen: EvaluationSet, examples: Sequence[Example]) -> Report:
    """Return the figures of one set."""
    started = time.perf_counter()
    scores: list[Mapping[str, float]] = []
    for at in track(range(0, len(examples), _CHUNK), description=chosen.name, console=Console(stderr=True)):
        scores += await classifier.classify([example.text for example in examples[at : at + _CHUNK]])
    per_second = round(len(examples) / (time.perf_counter() - started), 1)
    if chosen.benign:
        figures = flagged(scores, classifier.thresholds)
    else:
        figures = ranked(chosen.head, examples, scores, classifier.thresholds[chosen.head])
    return {"set": chosen.name, "head": chosen.head, "texts": len(examples), **figures, "texts_per_second": per_second}


async def run(data: Path, model: Path) -> dict[str, object]:
    """Return the figures of every set that is there, and the names of those that are not."""
    classifier = MinilmClassifier(model)
    reports, missing = [], []
    try:
        for chosen in SETS:
            try:
                examples = list(chosen.read(data))
            except FileNotFoundError:
                missing.append(chosen.name)
                continue
            reports.append(await measure(classifier, chosen, examples))
    finally:
        await classifier.aclose()
    thresholds = dict(classifier.thresholds)
    return {"model": classifier.model_id, "thresholds": thresholds, "sets": reports, "missing": missing}


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the classifier on public evaluation sets.")
    parser.add_argument("--data", type=Path, required=True, help="folder that holds train/ and eval/")
    parser.add_argument("--model", type=Path, default=SHIPPED, help="folder of the classifier")
    parser.add_argument("--json", action="store_true", help="write JSON to standard output")
    args = parser.parse_args()
    report = asyncio.run(run(args.data, args.model))
    if args.json:
        print(json.dumps(report, indent=2))
        return
    table = Table("set", "head", "figures", title=str(report["model"]))
    for row in report["sets"]:  # type: ignore[attr-defined]
        figures = {name: value for name, value in row.items() if name not in ("set", "head")}
        table.add_row(row["set"], row["head"], ", ".join(f"{name} {value}" for name, value in figures.items()))
    Console().print(table)


if __name__ == "__main__":
    main()
