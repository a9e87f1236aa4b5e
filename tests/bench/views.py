"""What reading encoded parts of a text again costs, beside the same detector without it, in one run.

`python -m tests.bench.views`: for each kind of text the milliseconds of `PatternDetector` alone, those that looking for
encodings takes, as a share of them, and how many characters were read again for each of the text.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

from rich.console import Console
from rich.table import Table

from guard.redact.patterns import PatternDetector
from guard.redact.readings import readings
from guard.redact.views import looked_for

ROOT = Path(__file__).parents[2]
PROSE = "The quick brown fox met Ada Lovelace in London on 5 May, and she said that all of it was fine. " * 40
TEXTS = {
    "prose": PROSE,
    "documents": (ROOT / "docs" / "explain" / "policy.md").read_text(),
    "source code": (ROOT / "guard" / "redact" / "engine.py").read_text(),
    "Chinese": "昨天张伟来过，他说：今天的天气很好，我们去公园吧！" * 160,
    "one escape in prose": PROSE + "ada%40example.com",
    "all percent-encoded": quote(PROSE, safe=""),
}


def best(step: Callable[[], object], times: int = 7) -> float:
    """Seconds of the fastest of some times."""
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        step()
        taken.append(time.perf_counter() - begun)
    return min(taken)


def main() -> None:
    """Measure each kind of text and print the table."""
    patterns = PatternDetector()
    table = Table("text", "characters", "patterns, ms", "looking for encodings", "read again")
    for name, text in TEXTS.items():
        alone = best(lambda text=text: asyncio.run(patterns.detect([text])))  # type: ignore[misc]
        looking = best(lambda text=text: looked_for([text]))  # type: ignore[misc]
        again = sum(len(reading.text) for reading in readings(text)) / len(text)
        table.add_row(name, str(len(text)), f"{alone * 1e3:.2f}", f"{looking / alone:.1%}", f"{again:.2f}")
    Console().print(table)


if __name__ == "__main__":
    main()
