"""8-bit layers and their stored form, on a tiny Llama."""

from __future__ import annotations

import multiprocessing
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from guard.generate import quantized
from guard.generate.weights import load
from tests.unit.generate.tiny import tokenizer


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from transformers import LlamaConfig, LlamaForCausalLM

    made = tokenizer()
    torch.manual_seed(3)
    config = LlamaConfig(
        vocab_size=len(made),
        hidden_size=64,
        intermediate_size=96,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=64,
        bos_token_id=0,
        eos_token_id=0,
        tie_word_embeddings=True,
    )
    path = tmp_path_factory.mktemp("llama")
    LlamaForCausalLM(config).save_pretrained(path)
    made.save_pretrained(path)
    return path


def logits(model: Any) -> torch.Tensor:
    with torch.inference_mode():
        out: torch.Tensor = model(input_ids=torch.arange(3, 23)[None]).logits
        return out


def relative(got: torch.Tensor, wanted: torch.Tensor) -> float:
    return float((got - wanted).norm() / wanted.norm())


@pytest.mark.parametrize("bias", [True, False])
def test_one_row_is_near_the_layer_it_replaces(bias: bool) -> None:
    torch.manual_seed(1)
    layer = nn.Linear(96, 40, bias=bias)
    row = torch.randn(1, 1, 96)
    with torch.inference_mode():
        assert relative(quantized.Int8Linear.of(layer)(row), layer(row)) < 0.03


def test_a_row_does_not_depend_on_the_rows_beside_it() -> None:
    torch.manual_seed(1)
    layer = nn.Linear(96, 40)
    rows = torch.randn(1, 8, 96)
    rows[0, 0] *= 300  # Language models have such activations in their first positions.
    with torch.inference_mode():
        assert relative(quantized.Int8Linear.of(layer)(rows)[0, 1:], layer(rows)[0, 1:]) < 0.03


def test_a_second_start_reads_what_the_first_stored(folder: Path, tmp_path: Path) -> None:
    first = load(str(folder), "int8", 1, tmp_path)
    stored = quantized.folder(tmp_path, folder)
    before = {file.name: file.stat().st_mtime_ns for file in stored.iterdir()}
    second = load(str(folder), "int8", 1, tmp_path)
    assert torch.equal(logits(first.model), logits(second.model))
    assert {file.name: file.stat().st_mtime_ns for file in stored.iterdir()} == before
    assert [path.name for path in stored.parent.iterdir()] == [stored.name]
    plain = load(str(folder), "no", 1, tmp_path)
    assert relative(logits(second.model), logits(plain.model)) < 0.1


@pytest.mark.parametrize("damage", ["cut", "empty", "config"])
def test_a_damaged_store_is_made_anew(folder: Path, tmp_path: Path, damage: str) -> None:
    wanted = logits(load(str(folder), "int8", 1, tmp_path).model)
    stored = quantized.folder(tmp_path, folder)
    weights = stored / "model.int8.safetensors"
    if damage == "cut":
        weights.write_bytes(weights.read_bytes()[:-1000])
    elif damage == "empty":
        weights.write_bytes(b"")
    else:
        (stored / "config.json").write_text("{")
    assert torch.equal(logits(load(str(folder), "int8", 1, tmp_path).model), wanted)
    assert quantized.read(stored) is not None


def test_a_changed_byte_is_noticed(folder: Path, tmp_path: Path) -> None:
    wanted = logits(load(str(folder), "int8", 1, tmp_path).model)
    weights = quantized.folder(tmp_path, folder) / "model.int8.safetensors"
    data = bytearray(weights.read_bytes())
    data[-400:] = bytes(byte ^ 0x55 for byte in data[-400:])
    weights.write_bytes(data)
    assert torch.equal(logits(load(str(folder), "int8", 1, tmp_path).model), wanted)


def test_a_store_without_its_weights_is_made_anew(folder: Path, tmp_path: Path) -> None:
    load(str(folder), "int8", 1, tmp_path)
    stored = quantized.folder(tmp_path, folder)
    (stored / "model.int8.safetensors").unlink()
    load(str(folder), "int8", 1, tmp_path)
    assert quantized.read(stored) is not None


def test_another_model_has_another_place(folder: Path, tmp_path: Path) -> None:
    import shutil

    other = tmp_path / folder.name
    shutil.copytree(folder, other)
    (other / "model.safetensors").touch()
    assert quantized.folder(tmp_path, folder) != quantized.folder(tmp_path, other)


def _load_in_a_process(folder: Path, cache: Path, barrier: Any, results: Any) -> None:
    """Load as a server's process does, and tell whether this one converted, and what the model says."""
    converted = []
    original = quantized.quantize
    quantized.quantize = lambda model: (converted.append(1), original(model))  # type: ignore[func-returns-value]
    barrier.wait()
    model = load(str(folder), "int8", 1, cache).model
    results.put((len(converted), logits(model)[0, -1].tolist()))


def test_of_several_processes_one_converts_and_the_others_wait(folder: Path, tmp_path: Path) -> None:
    stored = quantized.folder(tmp_path, folder)
    (stored.parent / ".new-left").mkdir(parents=True)  # Of one that was killed over it.
    context = multiprocessing.get_context("spawn")
    barrier, results = context.Barrier(3), context.Queue()
    processes = [
        context.Process(target=_load_in_a_process, args=(folder, tmp_path, barrier, results)) for _ in range(3)
    ]
    for process in processes:
        process.start()
    got = [results.get(timeout=100) for _ in processes]
    for process in processes:
        process.join(60)
        assert process.exitcode == 0
    assert sum(converted for converted, _ in got) == 1
    assert [said for _, said in got[1:]] == [got[0][1]] * 2
    assert [path.name for path in stored.parent.iterdir()] == [stored.name]


def test_a_damaged_store_is_left_to_who_is_alone(folder: Path, tmp_path: Path) -> None:
    """Reading must not remove what another process has just put in the damaged one's place."""
    load(str(folder), "int8", 1, tmp_path)
    stored = quantized.folder(tmp_path, folder)
    (stored / "config.json").write_text("{")
    assert quantized.read(stored) is None
    assert (stored / "model.int8.safetensors").exists()


def test_a_cache_that_cannot_be_locked_is_not_written(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "models.lock").mkdir()
    load(str(folder), "int8", 1, tmp_path)
    assert list((tmp_path / "models").iterdir()) == []
