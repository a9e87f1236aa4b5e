"""How fast redaction is on public texts: `python -m tests.bench.redact_speed --data DIR [--json]`.

The whole of Guard's redaction and Presidio's analyzer with spaCy's small model, in one process on one core with one thread,
on the same texts, which they take in turn. `guard bench redact` measures the prompt by itself.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from guard.cli.bench.redact import Find, one_core, turns
from guard.evaluation.prompts import prompts

MOST = 300
"""Texts of each kind."""


def texts(data: Path) -> dict[str, list[str]]:
    """Texts by their kind; of those sets that are there."""
    from guard.evaluation.reading import read
    from tests.eval.mentions import judgments
    from tests.eval.pii import SYNTH
    from tests.eval.sets import SETS

    found = {"prompt of 290 characters": list(prompts(MOST))}
    benign = {each.name: each for each in SETS}
    sources: dict[str, Any] = {
        "presidio_synth_v2": lambda: [each.text for each in read(data / SYNTH)],
        "tab_echr": lambda: [each.text for each in judgments(data)][:10],
        "boolq": lambda: [each.text for each in benign["boolq"].read(data)],
        "openbookqa": lambda: [each.text for each in benign["openbookqa"].read(data)],
    }
    for name, source in sources.items():
        try:
            found[name] = list(dict.fromkeys(source()))[:MOST]
        except OSError:
            continue
    return found


def figures(given: Sequence[str], times: dict[str, list[float]]) -> dict[str, dict[str, float]]:
    """By side: characters in a second, and the time of a text."""
    characters = sum(map(len, given))
    return {
        side: {
            "characters_per_second": round(characters / sum(each) * 1000),
            "text_p50_ms": round(statistics.median(each), 3),
            "text_p95_ms": round(statistics.quantiles(each, n=100)[94], 3),
        }
        for side, each in times.items()
    }


async def run(data: Path) -> dict[str, Any]:
    """The figures of each kind of text, and their ratio."""
    from guard.evaluation.finding import found
    from guard.evaluation.presidio import Presidio
    from guard.policy import local, shipped
    from guard.wiring import checkers

    grant, peer = local.grant(shipped.load()), Presidio()
    async with checkers() as checking:

        async def ours(text: str) -> object:
            return await found(checking.redactor, grant, text)

        async def theirs(text: str) -> object:
            return peer.find(text)

        finders: dict[str, Find] = {"guard": ours, "presidio": theirs}
        kinds = {}
        for name, given in texts(data).items():
            measured = figures(given, await turns(given, finders))
            mine, other = measured["guard"], measured["presidio"]
            ratio = mine["characters_per_second"] / other["characters_per_second"]
            kinds[name] = {
                "texts": len(given),
                "characters": sum(map(len, given)),
                **measured,
                "times": round(ratio, 2),
            }
        return {"detectors": list(checking.redactor.model_ids), "beside": peer.name, "texts": kinds}


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the speed of redaction beside Presidio.")
    parser.add_argument("--data", type=Path, required=True, help="folder that holds eval/ and train/")
    parser.add_argument("--json", action="store_true", help="write JSON to standard output")
    args = parser.parse_args()
    one_core()
    report = asyncio.run(run(args.data))
    if args.json:
        print(json.dumps(report, indent=2))
        return
    table = Table("texts", "side", "characters/s", "p50 ms", "p95 ms", "times", title=f"beside {report['beside']}")
    for name, row in report["texts"].items():
        for side, times in (("guard", str(row["times"])), ("presidio", "")):
            each = row[side]
            speed = f"{each['characters_per_second']:,}"
            table.add_row(name, side, speed, str(each["text_p50_ms"]), str(each["text_p95_ms"]), times)
    Console().print(table)


if __name__ == "__main__":
    main()
