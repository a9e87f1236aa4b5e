"""False alarms per 1,000 words: `python -m tests.bench.false_alarms --data DIR [--json]`.

Texts that hold next to nothing personal: school questions, sentences about professions, this repository's source code and a
shell session. Beside it Presidio with spaCy's small model, in the same run. On encyclopedia passages (boolq), which are full of
names, only structured identifiers and secrets are counted. No text is printed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import track
from rich.table import Table

from guard.evaluation.finding import found
from guard.evaluation.presidio import Presidio
from guard.model import Grant, Span
from guard.policy import local, shipped
from guard.redact.protocol import Redactor
from guard.wiring import checkers
from tests.eval.sets import SETS

ROOT = Path(__file__).parents[2]
SHELL = Path(__file__).parent / "texts" / "shell_session.txt"
GROUPS = ("structured", "secrets")
BAR = 1 / 3
"""Of Presidio's, at most."""

Side = dict[str, Any]


def sources(data: Path) -> Iterator[tuple[str, bool, list[str]]]:
    """Name, whether structured identifiers alone are counted, and texts; of those sets that are there."""
    benign = {each.name: each for each in SETS}
    read: dict[str, Callable[[], list[str]]] = {
        "openbookqa": lambda: [each.text for each in benign["openbookqa"].read(data)],
        "winobias": lambda: [each.text for each in benign["winobias_winogender"].read(data)],
        "source code": lambda: [path.read_text(encoding="utf-8") for path in sorted((ROOT / "guard").rglob("*.py"))],
        "shell session": lambda: [SHELL.read_text(encoding="utf-8")],
        "boolq": lambda: [each.text for each in benign["boolq"].read(data)],
    }
    for name, texts in read.items():
        try:
            yield name, name == "boolq", list(dict.fromkeys(texts()))
        except OSError:
            continue


def structured() -> frozenset[str]:
    """The types that point to somebody in a register, and secrets."""
    groups = shipped.load().entities
    return frozenset(name for group in GROUPS for name in groups[group])


ANONYMITY = frozenset({"PROFESSION", "DEMOGRAPHIC", "YEAR", "QUANTITY"})
"""What only the profiles for anonymous texts look for, on purpose and widely; Presidio has nothing of it."""


def counted(texts: Sequence[str], results: Sequence[Sequence[Span]], only: frozenset[str] | None) -> Side:
    """Findings per 1,000 words, and of which types."""
    words = sum(len(text.split()) for text in texts)
    found = (span.entity_type for spans in results for span in spans)
    types = Counter(each for each in found if each not in ANONYMITY and (only is None or each in only))
    alarms = sum(types.values())
    return {
        "per_1000_words": round(1000 * alarms / max(words, 1), 3),
        "alarms": alarms,
        "types": dict(types.most_common()),
    }


async def of_guard(redactor: Redactor, grant: Grant, texts: Sequence[str], name: str) -> list[tuple[Span, ...]]:
    """What redaction would replace."""
    console = Console(stderr=True)
    return [await found(redactor, grant, text) for text in track(texts, description=f"{name}: guard", console=console)]


async def run(data: Path, most: int = 0) -> dict[str, Any]:
    """The figures of each source."""
    grant, peer, rows = local.grant(shipped.load()), Presidio(), {}
    async with checkers() as checking:
        for name, only_structured, every in sources(data):
            texts = every[:most] if most else every
            only = structured() if only_structured else None
            ours = counted(texts, await of_guard(checking.redactor, grant, texts, name), only)
            shown = track(texts, description=f"{name}: {peer.name}", console=Console(stderr=True))
            theirs = counted(texts, peer.all_found(shown), only)
            bar = 0.0 if only_structured else round(theirs["per_1000_words"] * BAR, 3)
            rows[name] = {
                "words": sum(len(text.split()) for text in texts),
                "counted": "structured identifiers and secrets" if only_structured else "all types",
                "guard": ours,
                "presidio": theirs,
                "bar": bar,
                "within": ours["per_1000_words"] <= bar,
            }
        return {"detectors": list(checking.redactor.model_ids), "beside": peer.name, "texts": rows}


def main() -> None:
    parser = argparse.ArgumentParser(description="Count false alarms beside Presidio.")
    parser.add_argument("--data", type=Path, required=True, help="folder that holds eval/ and train/")
    parser.add_argument("--texts", type=int, default=0, help="the first N texts of each source; 0: all")
    parser.add_argument("--json", action="store_true", help="write JSON to standard output")
    args = parser.parse_args()
    report = asyncio.run(run(args.data, args.texts))
    if args.json:
        print(json.dumps(report, indent=2))
        return
    table = Table("texts", "words", "side", "per 1,000 words", "at most", "types", title=f"beside {report['beside']}")
    for name, row in report["texts"].items():
        for side in ("guard", "presidio"):
            each = row[side]
            bar = f"{row['bar']} {'✓' if row['within'] else '✗'}" if side == "guard" else ""
            types = ", ".join(f"{kind} {count}" for kind, count in each["types"].items())
            table.add_row(name, f"{row['words']:,}", side, str(each["per_1000_words"]), bar, types)
    Console().print(table)


if __name__ == "__main__":
    main()
