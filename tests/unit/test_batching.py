from __future__ import annotations

import asyncio
import threading

import pytest

from guard.batching import Batcher
from guard.errors import OverloadedError, UnavailableError


class Model:
    """Doubles numbers; holds its first batch until `go`, so that a test can fill the queue behind it."""

    def __init__(self, *, held: bool = False) -> None:
        self.go = threading.Event()
        self.started = threading.Event()
        self.batches: list[list[int]] = []
        self.threads: set[str] = set()
        if not held:
            self.go.set()

    def __call__(self, items: list[int]) -> list[int]:
        self.batches.append(items)
        self.threads.add(threading.current_thread().name)
        self.started.set()
        assert self.go.wait(10)
        if any(item < 0 for item in items):
            raise ValueError("negative")
        return [2 * item for item in items]


async def occupied(batcher: Batcher[int, int], model: Model) -> asyncio.Task[int]:
    """Return a task whose item the worker is running."""
    task = asyncio.create_task(batcher.submit(1, 1))
    await asyncio.to_thread(model.started.wait, 10)
    return task


async def waiting(batcher: Batcher[int, int], items: list[int], size: int = 1) -> list[asyncio.Task[int]]:
    tasks = [asyncio.create_task(batcher.submit(item, size)) for item in items]
    await asyncio.sleep(0)
    return tasks


async def test_every_caller_gets_its_own_result_from_one_thread() -> None:
    model = Model()
    batcher = Batcher(model, name="model", most=7)
    results = await asyncio.gather(*(batcher.submit(item, item % 5 + 1) for item in range(100)))
    await batcher.aclose()
    assert results == [2 * item for item in range(100)]
    assert model.threads == {"model"}
    assert max(map(len, model.batches)) <= 7


async def test_a_batch_stays_within_its_padded_size_and_a_larger_item_runs_alone() -> None:
    model = Model(held=True)
    batcher = Batcher(model, padded=12)
    first = await occupied(batcher, model)
    tasks = [
        *await waiting(batcher, [10], 100),
        *await waiting(batcher, [20, 21], 4),
        *await waiting(batcher, [30, 31], 3),
    ]
    model.go.set()
    assert await asyncio.gather(first, *tasks) == [2, 20, 40, 42, 60, 62]
    await batcher.aclose()
    assert model.batches == [[1], [10], [20, 21, 30], [31]]


async def test_a_full_queue_refuses_and_serves_the_ones_that_it_took() -> None:
    model = Model(held=True)
    batcher = Batcher(model, capacity=2)
    first = await occupied(batcher, model)
    tasks = await waiting(batcher, [2, 3])
    with pytest.raises(OverloadedError) as refused:
        await batcher.submit(4, 1)
    assert refused.value.retry_after
    model.go.set()
    assert await asyncio.gather(first, *tasks) == [2, 4, 6]
    await batcher.aclose()


async def test_abandoned_items_are_not_run_and_make_room() -> None:
    model = Model(held=True)
    batcher = Batcher(model, capacity=2)
    first = await occupied(batcher, model)
    left, kept = await waiting(batcher, [2, 3])
    left.cancel()
    await asyncio.gather(left, return_exceptions=True)
    (late,) = await waiting(batcher, [4])
    model.go.set()
    assert await asyncio.gather(first, kept, late) == [2, 6, 8]
    await batcher.aclose()
    assert 2 not in [item for batch in model.batches for item in batch]


async def test_an_item_that_fails_does_not_fail_its_neighbors() -> None:
    model = Model(held=True)
    batcher = Batcher(model)
    first = await occupied(batcher, model)
    tasks = await waiting(batcher, [2, -1, 3])
    model.go.set()
    results = await asyncio.gather(first, *tasks, return_exceptions=True)
    await batcher.aclose()
    assert results[:2] == [2, 4]
    assert isinstance(results[2], ValueError)
    assert results[3] == 6


async def test_a_model_that_returns_too_few_results_is_an_error() -> None:
    batcher: Batcher[int, int] = Batcher(lambda _: [])
    with pytest.raises(RuntimeError):
        await batcher.submit(1, 1)
    await batcher.aclose()


async def test_closing_refuses_what_waits_and_what_comes_but_finishes_what_runs() -> None:
    model = Model(held=True)
    batcher = Batcher(model)
    first = await occupied(batcher, model)
    (task,) = await waiting(batcher, [2])
    closing = asyncio.create_task(batcher.aclose())
    with pytest.raises(UnavailableError):
        await task
    model.go.set()
    await closing
    assert await first == 2
    with pytest.raises(UnavailableError):
        await batcher.submit(3, 1)
    await batcher.aclose()


async def test_a_batcher_that_was_never_used_closes() -> None:
    batcher = Batcher(Model())
    await batcher.aclose()
