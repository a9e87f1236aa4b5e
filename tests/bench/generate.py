"""Tokens per second of the embedded model in 8 bits, beside the same model in fp32, and seconds of a second start.

    python -m tests.bench.generate [--json] [--threads N] [--tokens N] [--cache-dir DIR]

Both models take turns, so that a busy machine slows both; the best and the median of the rounds are given.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import aclosing
from pathlib import Path
from typing import Any

from guard.generate.transformers import TransformersGenerator, create

PROMPT = "Write a long letter to <PERSON_7K3Q9D> about her broken washing machine."
START = (
    "import asyncio, sys, time; begun = time.perf_counter(); from pathlib import Path;"
    "from guard.generate.transformers import create; made = create({}, cache_dir=Path(sys.argv[1]));"
    "asyncio.run(made.start()); print(time.perf_counter() - begun)"
)


async def started(cache: Path, **options: Any) -> TransformersGenerator:
    generator = create(options, cache_dir=cache)
    await generator.start()
    return generator


async def rate(generator: TransformersGenerator, tokens: int) -> float:
    """Tokens per second after the first text, so that reading the prompt does not count."""
    body = {"messages": [{"role": "user", "content": PROMPT}], "temperature": 0, "max_tokens": tokens}
    first, last, made = 0.0, 0.0, 0
    async with aclosing(generator(body)) as chunks:
        async for chunk in chunks:
            last = time.perf_counter() if chunk.text else last
            first = first or last
            made = chunk.usage.completion_tokens if chunk.usage else made
    return (made - 1) / (last - first)


def second_start(cache: Path) -> float:
    """Seconds in a process of its own, imports included."""
    done = subprocess.run([sys.executable, "-c", START, str(cache)], capture_output=True, text=True, check=True)
    return float(done.stdout)


async def measure(cache: Path, threads: int, tokens: int, rounds: int) -> list[dict[str, Any]]:
    begun = time.perf_counter()
    int8 = await started(cache, threads=threads)
    first = time.perf_counter() - begun
    starts = [second_start(cache) for _ in range(rounds)]
    fp32 = await started(cache, threads=threads, quantize="no")
    pairs = [(await rate(int8, tokens), await rate(fp32, tokens)) for _ in range(rounds + 1)][1:]
    await int8.aclose()
    await fp32.aclose()
    ours, theirs = zip(*pairs, strict=True)
    return [
        figure("generate.tokens_per_second", max(ours), "1/s", fp32=max(theirs)),
        figure("generate.tokens_per_second_median", statistics.median(ours), "1/s", fp32=statistics.median(theirs)),
        figure("generate.second_start", min(starts), "s", first_start=first),
        figure("generate.load_average", os.getloadavg()[0], "", cores=os.cpu_count() or 1),
    ]


def figure(name: str, value: float, unit: str, **beside: float) -> dict[str, Any]:
    ((other, amount),) = beside.items()
    return {
        "name": name,
        "value": round(value, 2),
        "unit": unit,
        "beside": {"name": other, "value": round(amount, 2)},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--tokens", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--cache-dir", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        cache = asked.cache_dir or Path(temporary)
        figures = asyncio.run(measure(cache, asked.threads, asked.tokens, asked.rounds))
    if asked.json:
        print(json.dumps({"figures": figures}))
        return
    for each in figures:
        print(f"{each['name']}: {each['value']} {each['unit']} ({each['beside']['name']}: {each['beside']['value']})")


if __name__ == "__main__":
    main()
