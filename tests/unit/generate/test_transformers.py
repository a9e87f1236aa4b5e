"""A real GPT-2 architecture, tiny and random, through the whole generator."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, suppress
from pathlib import Path
from typing import Any

import pytest

from guard.errors import ConfigurationError, GeneratorError, InvalidRequestError, OverloadedError
from guard.generate.transformers import TransformersGenerator, create, validate
from tests.unit.generate.tiny import answer, checkpoint, reasons, texts


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return checkpoint(tmp_path_factory.mktemp("gpt2"))


@pytest.fixture
async def generator(folder: Path, tmp_path: Path) -> AsyncIterator[TransformersGenerator]:
    made = create({"model": str(folder), "queue": 1}, cache_dir=tmp_path)
    await made.start()
    yield made
    await made.aclose()


async def test_temperature_zero_gives_one_answer_and_repeats_it(generator: TransformersGenerator) -> None:
    once = await answer(generator, temperature=0)
    assert texts(once)[0]
    assert texts(await answer(generator, temperature=0)) == texts(once)
    thrice = await answer(generator, temperature=0, n=3)
    assert texts(thrice) == dict.fromkeys(range(3), texts(once)[0])
    assert reasons(thrice) == dict.fromkeys(range(3), "length")


async def test_several_sequences_differ_and_the_seed_repeats_them(generator: TransformersGenerator) -> None:
    first = await answer(generator, temperature=1.5, n=3, seed=11)
    assert sorted(texts(first)) == [0, 1, 2]
    assert len(set(texts(first).values())) == 3
    assert texts(await answer(generator, temperature=1.5, n=3, seed=11)) == texts(first)
    assert texts(await answer(generator, temperature=1.5, n=3, seed=12)) != texts(first)


async def test_usage_and_length(generator: TransformersGenerator) -> None:
    chunks = await answer(generator, temperature=0, max_tokens=5)
    assert reasons(chunks) == {0: "length"}
    usage = chunks[-1].usage
    assert usage is not None
    assert usage.completion_tokens == 5
    assert usage.prompt_tokens > 0


async def test_max_completion_tokens_is_the_newer_name(generator: TransformersGenerator) -> None:
    chunks = await answer(generator, temperature=0, max_tokens=9, max_completion_tokens=3)
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.completion_tokens == 3


async def test_a_stop_text_that_straddles_tokens_ends_the_answer_before_it(generator: TransformersGenerator) -> None:
    whole = texts(await answer(generator, temperature=0))[0]
    stop = whole[4:9]
    chunks = await answer(generator, temperature=0, stop=["never there", stop])
    assert texts(chunks).get(0, "") == whole[: whole.index(stop)]
    assert reasons(chunks) == {0: "stop"}


async def test_a_prompt_longer_than_the_context_is_refused(generator: TransformersGenerator) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        await answer(generator, "hello there " * 200)
    assert caught.value.reason_id == "context_length_exceeded"
    assert caught.value.param == "messages"
    assert "hello" not in str(caught.value)


async def test_the_answer_ends_at_the_end_of_the_context(generator: TransformersGenerator) -> None:
    chunks = await answer(generator, temperature=0, max_tokens=4000)
    assert reasons(chunks) == {0: "length"}
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.prompt_tokens + chunks[-1].usage.completion_tokens <= 96


@pytest.mark.parametrize(("name", "value"), [("temperature", 3), ("temperature", "hot"), ("top_p", -1), ("n", 17)])
async def test_a_parameter_out_of_its_range(generator: TransformersGenerator, name: str, value: Any) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        await answer(generator, **{name: value})
    assert caught.value.param == name


async def test_closing_the_iterator_stops_the_thread(generator: TransformersGenerator) -> None:
    body = {"messages": [{"role": "user", "content": "hello"}], "temperature": 0, "max_tokens": 4000}
    for _ in range(4):  # Were a thread still busy with one of these, the queue of one would be full.
        async with aclosing(generator(body)) as chunks:
            await anext(chunks)
    assert texts(await answer(generator, temperature=0))


async def test_a_full_queue_is_an_overload(generator: TransformersGenerator) -> None:
    running = [asyncio.create_task(answer(generator, max_tokens=60)) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(OverloadedError):
        await answer(generator)
    for task in running:
        assert texts(await task)


async def test_after_closing_it_refuses(folder: Path, tmp_path: Path) -> None:
    made = create({"model": str(folder)}, cache_dir=tmp_path)
    await made.start()
    await made.aclose()
    with pytest.raises(GeneratorError):
        await answer(made)


async def test_closing_refuses_what_waits(folder: Path, tmp_path: Path) -> None:
    made = create({"model": str(folder)}, cache_dir=tmp_path)
    await made.start()
    tasks = [asyncio.create_task(answer(made, max_tokens=80)) for _ in range(3)]
    await asyncio.sleep(0.05)
    await made.aclose()
    done, waiting = await asyncio.wait(tasks, timeout=3)
    for task in waiting:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    for task in done:
        task.exception()
    assert not waiting


async def test_pickled_weights_are_refused(folder: Path, tmp_path: Path) -> None:
    import shutil

    import torch

    pickled = tmp_path / "pickled"
    shutil.copytree(folder, pickled)
    (pickled / "model.safetensors").unlink()
    torch.save({}, pickled / "pytorch_model.bin")
    with pytest.raises(ConfigurationError, match="pickled"):
        await create({"model": str(pickled)}, cache_dir=tmp_path).start()


async def test_code_of_a_model_is_never_run(folder: Path, tmp_path: Path) -> None:
    import json
    import shutil

    trap = tmp_path / "trap"
    shutil.copytree(folder, trap)
    ran = tmp_path / "ran"
    (trap / "modeling_x.py").write_text(f"open({str(ran)!r}, 'w')\nclass X: pass\n")
    config = json.loads((trap / "config.json").read_text())
    auto = {"AutoConfig": "modeling_x.X", "AutoModelForCausalLM": "modeling_x.X"}
    (trap / "config.json").write_text(json.dumps({**config, "model_type": "x", "auto_map": auto}))
    with pytest.raises(ConfigurationError):
        await create({"model": str(trap)}, cache_dir=tmp_path).start()
    assert not ran.exists()


@pytest.mark.parametrize("options", [{"modle": "x"}, {"threads": 0}, {"quantize": "int3"}, {"temperature": 9}])
def test_options_are_checked(options: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError):
        validate(options)
