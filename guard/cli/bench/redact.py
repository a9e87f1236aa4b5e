"""Redaction's figures: characters in a second, and how long a prompt takes, beside Presidio on the same texts."""

from __future__ import annotations

import asyncio
import gc
import os
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence

from guard.cli.bench import Figure
from guard.cli.bench.progress import step
from guard.evaluation.presidio import Presidio
from guard.evaluation.prompts import letters, prompts

Find = Callable[[str], Awaitable[object]]
_WARM = 5
_ROUNDS = 5
"""The two take turns, and the best round of each counts: what else the machine does slows either down."""


def one_core() -> None:
    """From now on this process has one core, and each library one thread. Before anything is loaded."""
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[name] = "1"
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def measured(count: int) -> list[Figure]:
    """Load both on one core, and measure.

    Args:
        count: prompts of each round.
    """
    one_core()
    return asyncio.run(_measured(count))


async def _measured(count: int) -> list[Figure]:
    from guard.evaluation.finding import found
    from guard.policy import local, shipped
    from guard.wiring import checkers

    grant = local.grant(shipped.load())
    with step("loading both"):
        peer = Presidio()
        stack = checkers()
        checking = await stack.__aenter__()

    async def ours(text: str) -> object:
        return await found(checking.redactor, grant, text)

    async def theirs(text: str) -> object:
        return peer.find(text)

    try:
        asked = list(prompts(count * _ROUNDS))
        with step(f"{len(asked)} prompts, each by both"):
            times = await turns(asked, {"guard": ours, peer.name: theirs})
        rounds = [[*prompts(count // 2 + 1, seed=n), *letters(count // 2 + 1, seed=n)] for n in range(10, 10 + _ROUNDS)]
        with step(f"{sum(len(text) for texts in rounds for text in texts):,} characters, each by both"):
            speeds = {name: await speed(find, rounds) for name, find in (("guard", ours), (peer.name, theirs))}
    finally:
        await stack.__aexit__(None, None, None)
    return [
        Figure("redact.chars_per_second", round(speeds["guard"]), "1/s", (peer.name, round(speeds[peer.name]))),
        _percentile("redact.prompt_p50", 50, times, peer.name),
        _percentile("redact.prompt_p95", 95, times, peer.name),
    ]


async def turns(texts: Sequence[str], finders: dict[str, Find]) -> dict[str, list[float]]:
    """Milliseconds of each text by each of the finders, which take turns."""
    for text in texts[:_WARM]:
        for find in finders.values():
            await find(text)
    gc.collect()
    times: dict[str, list[float]] = {name: [] for name in finders}
    for text in texts:
        for name, find in finders.items():
            begun = time.perf_counter()
            await find(text)
            times[name].append((time.perf_counter() - begun) * 1000)
    return times


async def speed(find: Find, rounds: Sequence[Sequence[str]]) -> float:
    """Characters in a second, of the best round."""
    best = 0.0
    for texts in rounds:
        begun = time.perf_counter()
        for text in texts:
            await find(text)
        best = max(best, sum(map(len, texts)) / (time.perf_counter() - begun))
    return best


def _percentile(name: str, percent: int, times: dict[str, list[float]], peer: str) -> Figure:
    values = {who: statistics.quantiles(each, n=100)[percent - 1] for who, each in times.items()}
    return Figure(name, round(values["guard"], 3), "ms", (peer, round(values[peer], 3)))
