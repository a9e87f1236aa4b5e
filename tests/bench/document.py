"""What one long message costs: seconds, memory above that of a short one, and how long others wait meanwhile.

    python -m tests.bench.document [--json] [--characters N]

The detectors are the real ones. While the document is redacted, another task wakes up every five milliseconds; how late
it is, at the worst and at the 99th percentile, is how long other requests wait. Short prompts are redacted beside it, too.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import resource
import statistics
import time
from typing import Any

from guard.model import Redacted
from guard.placeholders import Vault
from guard.redact.engine import RedactionEngine
from guard.testing.fakes import grant
from tests.bench.turns import message

CHARACTERS = 1_000_000
STEP = 0.005


def document(characters: int) -> str:
    """A text in which each line holds a name, an address and a number."""
    draw = random.Random(1)
    lines: list[str] = []
    length = 0
    while length < characters:
        lines.append(message(draw, len(lines)))
        length += len(lines[-1]) + 1
    return "\n".join(lines)[:characters]


async def redacted(engine: RedactionEngine, text: str) -> Redacted:
    """One message, redacted."""
    return await engine({"messages": [{"role": "user", "content": text}]}, grant(), Vault.new())


async def late(until: asyncio.Event) -> list[float]:
    """Milliseconds by which the loop was late, each time."""
    waits = []
    while not until.is_set():
        begun = time.perf_counter()
        await asyncio.sleep(STEP)
        waits.append(1000 * (time.perf_counter() - begun - STEP))
    return waits


async def beside(engine: RedactionEngine, until: asyncio.Event) -> list[float]:
    """Milliseconds that short prompts take, one after the other."""
    spent = []
    while not until.is_set():
        begun = time.perf_counter()
        await redacted(engine, "I am Ada Lovelace, ada@example.org.")
        spent.append(1000 * (time.perf_counter() - begun))
        await asyncio.sleep(STEP)
    return spent


def memory() -> float:
    """The most that the process has held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


async def measure(engine: RedactionEngine, characters: int) -> dict[str, float]:
    """Redact one document beside short prompts."""
    text = document(characters)
    for _ in range(20):
        await redacted(engine, text[:2_000])
    before, done = memory(), asyncio.Event()
    watching, short = asyncio.create_task(late(done)), asyncio.create_task(beside(engine, done))
    begun = time.perf_counter()
    result = await redacted(engine, text)
    seconds = time.perf_counter() - begun
    done.set()
    waits, prompts = sorted(await watching), await short
    return {
        "seconds": seconds,
        "memory_mb": memory() - before,
        "late_worst_ms": waits[-1],
        "late_p99_ms": waits[int(len(waits) * 0.99)],
        "prompts": len(prompts),
        "prompt_p50_ms": statistics.median(prompts),
        "replaced": sum(result.counts.values()),
    }


async def run(characters: int) -> list[dict[str, Any]]:
    from guard.wiring.checkers import checkers

    async with checkers() as checking:
        figures = await measure(checking.redactor, characters)
    return [{"name": f"document.{name}", "value": round(value, 1)} for name, value in figures.items()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--characters", type=int, default=CHARACTERS)
    options = parser.parse_args()
    figures = asyncio.run(run(options.characters))
    if options.json:
        print(json.dumps({"figures": figures}, indent=2))
        return
    for figure in figures:
        print(f"{figure['name']:24} {figure['value']:>10,}")


if __name__ == "__main__":
    main()
