"""The slowest patterns on texts made to be slow for them: `python -m tests.bench.regexes [--size N] [--top N]`."""

from __future__ import annotations

import argparse
import re

from rich.console import Console
from rich.table import Table

from guard.redact import presidio
from guard.redact.recognizers import SHAPES
from guard.redact.recognizers.secret import RULES
from guard.redact.recognizers.secret_rule import Rule
from guard.redact.recognizers.shape import Shape
from tests.attacks import SIZES, worst


def main() -> None:
    """Measure every pattern and print the slowest."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=SIZES[-1], help="characters of each attack")
    parser.add_argument("--top", type=int, default=15)
    args = parser.parse_args()
    patterns: dict[re.Pattern[str], Shape | Rule] = {}
    for shape in (*SHAPES, *presidio.shapes(("all",)), *RULES.rules):
        patterns.setdefault(shape.pattern, shape)
    found = sorted(
        ((*worst(pattern, args.size), shape) for pattern, shape in patterns.items()), key=lambda row: -row[0]
    )
    table = Table("ms", "type", "pattern", "attack", title=f"{len(patterns)} patterns, {args.size} characters")
    for time, piece, shape in found[: args.top]:
        table.add_row(f"{time * 1e3:.1f}", shape.entity_type, shape.name, repr(piece[:24]))
    Console().print(table)


if __name__ == "__main__":
    main()
