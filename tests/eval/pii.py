"""Measure redaction on public sets: `python -m tests.eval.pii --data DIR [--only SET] [--beside presidio] [--json]`.

`presidio_synth_v2`: presidio-evaluator's SpanEvaluator, and by character; `tab_echr`: recall of what annotators say has to be
masked. What is done exactly is in docs/explain/evaluation.md. No text of a set is ever printed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from rich.console import Console
from rich.progress import track
from rich.table import Table

from guard.errors import ConfigurationError
from guard.evaluation.figures import report
from guard.evaluation.finding import compared, found
from guard.evaluation.labelled import Labelled
from guard.evaluation.naming import USUAL, Names
from guard.evaluation.presidio import Presidio
from guard.evaluation.reading import read
from guard.evaluation.span_evaluator import evaluate
from guard.model import Grant, Span
from guard.policy import local, shipped
from guard.wiring import checkers
from tests.eval import mentions

Found = Sequence[Sequence[Span]]
_Each = TypeVar("_Each")

SYNTH = Path("eval") / "presidio_synth_v2" / "synth_dataset_v2.json"
SETS = ("presidio_synth_v2", "tab_echr")
# As in notebook 4 of Presidio-research: what its Presidio does not detect counts as something else, or not at all.
NOTEBOOK = {**USUAL, "AGE": "DATE_TIME", "TITLE": "PERSON", "ORGANIZATION": "", "ORG": ""}


def sample(every: Sequence[_Each], documents: int) -> list[_Each]:
    """The documents: all (0), or a sample that is the same every time."""
    return random.Random(1).sample(every, documents) if 0 < documents < len(every) else list(every)


async def of_guard(texts: Sequence[str], grant: Grant, name: str) -> tuple[Found, Sequence[str], float]:
    """What Guard's redaction replaces, the detectors it asked, and the seconds it took."""
    async with checkers() as checking:
        begun = time.perf_counter()
        results = [await found(checking.redactor, grant, text) for text in _tracked(texts, f"{name}: guard")]
        return results, checking.redactor.model_ids, time.perf_counter() - begun


def of_presidio(texts: Sequence[str], name: str) -> tuple[Found, Sequence[str], float]:
    """The same of Presidio."""
    presidio = Presidio()
    begun = time.perf_counter()
    results = presidio.all_found(_tracked(texts, f"{name}: {presidio.name}"))
    return results, [presidio.name], time.perf_counter() - begun


def _tracked(texts: Iterable[str], what: str) -> Iterable[str]:
    return track(list(texts), description=what, console=Console(stderr=True))


def synth_figures(documents: Sequence[Labelled], results: Found) -> dict[str, Any]:
    """SpanEvaluator's figures and those by character."""
    whole = compared(documents, results, Names())
    figures = report(whole).as_json()
    spans: dict[str, Any] = {}
    try:
        spans["nothing left out"] = evaluate(whole).pii.as_json()
        spans["as in notebook 4"] = evaluate(compared(documents, results, Names(NOTEBOOK))).pii.as_json()
    except ConfigurationError as missing:
        spans["not measured"] = str(missing)
    types = {name: each["overlap"] for name, each in figures["types"].items() if each["there"]}
    return {
        "span_evaluator": spans,
        "characters": figures["characters"],
        "characters_by_type": characters_by_type(documents, results),
        "interval": figures["interval"],
        "overlap_by_type": types,
        "false_alarms_by_type": {n: each["found"] for n, each in figures["types"].items() if not each["there"]},
    }


def characters_by_type(documents: Sequence[Labelled], results: Found) -> dict[str, float]:
    """The share of each labelled type's characters that is replaced, whatever as."""
    there: dict[str, int] = {}
    hit: dict[str, int] = {}
    for document, spans in zip(documents, results, strict=True):
        covered = {at for span in spans for at in range(span.start, span.end)}
        for span in document.spans:
            there[span.entity_type] = there.get(span.entity_type, 0) + span.end - span.start
            replaced = len(covered.intersection(range(span.start, span.end)))
            hit[span.entity_type] = hit.get(span.entity_type, 0) + replaced
    return {name: round(hit[name] / there[name], 3) for name in sorted(there, key=lambda name: -there[name])}


async def run(data: Path, only: Sequence[str], documents: int, profile: str, beside: str) -> dict[str, Any]:
    """The figures of every set that is there, and the names of those that are not."""
    grant = local.grant(shipped.load(), redaction=profile)
    reports: dict[str, Any] = {}
    missing = []
    for name in only:
        try:
            texts, figures = _opened(data, name, documents)
        except FileNotFoundError:
            missing.append(name)
            continue
        sides = {"guard": await of_guard(texts, grant, name)}
        if beside == "presidio":
            sides["presidio"] = of_presidio(texts, name)
        characters = sum(map(len, texts))
        reports[name] = {
            side: {"documents": len(texts), "detectors": list(ids), **figures(results),
                   "characters_per_second": round(characters / seconds)}
            for side, (results, ids, seconds) in sides.items()
        }  # fmt: skip
    return {"profile": profile, "sets": reports, "missing": missing}


def _opened(data: Path, name: str, documents: int) -> tuple[list[str], Any]:
    """The texts of a set and what makes figures of what was found in them."""
    if name == "tab_echr":
        cases = sample(list(mentions.judgments(data)), documents)
        return [each.text for each in cases], lambda results: mentions.recall(cases, results)
    if not (data / SYNTH).exists():
        raise FileNotFoundError(SYNTH)
    sentences = sample(read(data / SYNTH), documents)
    return [each.text for each in sentences], lambda results: synth_figures(sentences, results)


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure redaction on public sets.")
    parser.add_argument("--data", type=Path, required=True, help="folder that holds eval/")
    parser.add_argument("--only", choices=SETS, action="append", help="one of the sets")
    parser.add_argument("--documents", type=int, default=0, help="size of a sample; 0: all")
    parser.add_argument("--profile", default="all", help="a redaction profile of the policy")
    parser.add_argument("--beside", choices=("presidio",), default="", help="measure this too")
    parser.add_argument("--json", action="store_true", help="write JSON to standard output")
    args = parser.parse_args()
    report = asyncio.run(run(args.data, args.only or SETS, args.documents, args.profile, args.beside))
    if args.json:
        print(json.dumps(report, indent=2))
        return
    for name, sides in report["sets"].items():
        _print(name, sides)
    if report["missing"]:
        print(f"Not there: {', '.join(report['missing'])}.")


def _print(name: str, sides: Mapping[str, Mapping[str, Any]]) -> None:
    table = Table("figure", *sides, title=name)
    flat = {side: dict(_flat(figures)) for side, figures in sides.items()}
    rows = dict.fromkeys(row for figures in flat.values() for row in figures)
    for row in rows:
        table.add_row(row, *(figures.get(row, "") for figures in flat.values()))
    Console().print(table)


def _flat(figures: Mapping[str, Any], above: str = "") -> Iterable[tuple[str, str]]:
    for name, value in figures.items():
        if isinstance(value, Mapping) and not {"f2", "mentions"} & set(value):
            yield from _flat(value, f"{above}{name} · ")
        elif isinstance(value, Mapping):
            yield above + name, ", ".join(f"{key} {each}" for key, each in value.items())
        else:
            yield above + name, str(value)


if __name__ == "__main__":
    main()
