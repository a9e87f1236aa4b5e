from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from guard.errors import ClassifierError, OverloadedError
from guard.moderate.classifier import SHIPPED, MinilmClassifier

INSULT = "You are a stupid, worthless idiot and everybody hates you."
PREJUDICE = "Women are too emotional to lead and should stay in the kitchen."
HARMLESS = "The library opens at nine, and the librarian will show you the new books."


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def classifier() -> AsyncIterator[MinilmClassifier]:
    shipped = MinilmClassifier()
    yield shipped
    await shipped.aclose()


def copied(folder: Path) -> Path:
    for path in SHIPPED.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    return folder


pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_insults_and_prejudice_are_told_from_harmless_text(classifier: MinilmClassifier) -> None:
    insult, prejudice, harmless = await classifier.classify([INSULT, PREJUDICE, HARMLESS])
    at = classifier.thresholds
    assert insult["toxicity"] >= at["toxicity"]
    assert prejudice["bias"] >= at["bias"]
    assert harmless["toxicity"] < 0.2
    assert harmless["bias"] < 0.2


@pytest.mark.parametrize(
    "text",
    [
        "To kill the process, send it a signal.",
        "Black people and white people live in the same street.",
        "The gay couple next door adopted a dog.",
        "Muslims fast during Ramadan.",
        "The nurse told the doctor that she would be late.",
        "Napoleon's attack killed thousands of soldiers.",
        "I hate waiting in line.",
        "Yes.",
        "42",
    ],
)
async def test_harmless_text_that_names_groups_or_violence_passes(classifier: MinilmClassifier, text: str) -> None:
    (scores,) = await classifier.classify([text])
    assert all(scores[label] < at for label, at in classifier.thresholds.items())


async def test_scores_do_not_depend_on_what_else_is_judged(classifier: MinilmClassifier) -> None:
    texts = [INSULT, HARMLESS, "Hi.", HARMLESS * 40, PREJUDICE] * 20
    together = await classifier.classify(texts)
    for text, scores in zip(texts[:5], together, strict=False):
        (alone,) = await classifier.classify([text])
        assert alone == scores
    assert len(together) == len(texts)


@pytest.mark.parametrize("place", [0, 50, 99])
async def test_the_worst_part_of_a_long_text_decides(classifier: MinilmClassifier, place: int) -> None:
    sentences = [HARMLESS] * 100
    sentences[place] = INSULT
    (scores,) = await classifier.classify([" ".join(sentences)])
    assert scores["toxicity"] >= classifier.thresholds["toxicity"]


async def test_nothing_to_read_scores_nothing(classifier: MinilmClassifier) -> None:
    assert await classifier.classify([]) == []
    assert await classifier.classify(["", "  \n"]) == [{"toxicity": 0.0, "bias": 0.0}] * 2


ODD = ["\ud800", "a\udfffb", "\x00", "\x00\x01\x7f", "\ufffe", "🙂" * 50, "ﷺ" * 500, "\u200b"]


@pytest.mark.parametrize("text", ODD, ids=range(len(ODD)))
async def test_odd_text_is_judged(classifier: MinilmClassifier, text: str) -> None:
    (scores,) = await classifier.classify([text])
    assert all(0.0 <= value <= 1.0 for value in scores.values())


async def test_letters_that_look_alike_do_not_hide_an_insult(classifier: MinilmClassifier) -> None:
    wide = "".join(chr(ord(letter) + 0xFEE0) if "!" <= letter <= "~" else letter for letter in INSULT)
    hidden = INSULT.replace("stupid", "stu\u200bpid")
    for scores in await classifier.classify([wide, hidden]):
        assert scores["toxicity"] >= classifier.thresholds["toxicity"]


async def test_a_long_text_does_not_fill_the_queue() -> None:
    classifier = MinilmClassifier(capacity=80)
    (scores,) = await classifier.classify([HARMLESS * 500])
    await classifier.aclose()
    assert scores["toxicity"] < 0.5


async def test_too_many_callers_are_refused() -> None:
    classifier = MinilmClassifier(capacity=1)
    results = await asyncio.gather(*(classifier.classify([HARMLESS]) for _ in range(20)), return_exceptions=True)
    await classifier.aclose()
    assert any(isinstance(result, OverloadedError) for result in results)
    assert all(isinstance(result, (OverloadedError, list)) for result in results)


async def test_a_closed_classifier_refuses() -> None:
    classifier = MinilmClassifier()
    await classifier.aclose()
    with pytest.raises(ClassifierError):
        await classifier.classify([HARMLESS])


async def test_the_model_id_names_the_digest_of_the_weights(classifier: MinilmClassifier) -> None:
    config = json.loads((SHIPPED / "config.json").read_text(encoding="utf-8"))
    assert classifier.model_id == f"guard-minilm@sha256:{config['sha256'][config['weights']]}"
    assert classifier.labels == ("toxicity", "bias")


@pytest.mark.parametrize("name", ["tokenizer.json", "model.int8.onnx"])
async def test_changed_or_missing_files_are_refused(tmp_path: Path, name: str) -> None:
    folder = copied(tmp_path)
    data = (folder / name).read_bytes()
    (folder / name).write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    with pytest.raises(ClassifierError):
        await MinilmClassifier(folder).classify([HARMLESS])
    (folder / name).unlink()
    with pytest.raises(ClassifierError):
        await MinilmClassifier(folder).classify([HARMLESS])


async def test_a_damaged_config_is_refused(tmp_path: Path) -> None:
    (copied(tmp_path) / "config.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ClassifierError):
        MinilmClassifier(tmp_path)


async def test_no_text_is_left_in_an_error(classifier: MinilmClassifier) -> None:
    broken = MinilmClassifier()
    await broken.load()
    broken._session = object()  # type: ignore[assignment]
    with pytest.raises(ClassifierError) as refused:
        await broken.classify([HARMLESS])
    await broken.aclose()
    assert refused.value.__cause__ is None
    assert "library" not in str(refused.value)


async def test_the_weights_are_small_enough_to_ship() -> None:
    assert (SHIPPED / "model.int8.onnx").stat().st_size <= 46 * 2**20


async def test_neither_import_nor_use_needs_torch() -> None:
    code = (
        "import asyncio, sys\n"
        "from guard.moderate.classifier import MinilmClassifier\n"
        "assert not {'onnxruntime', 'tokenizers'} & set(sys.modules)\n"
        "asyncio.run(MinilmClassifier().classify(['Hello.']))\n"
        "assert not {'torch', 'transformers'} & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
