"""The shipped classifier: a small encoder in ONNX Runtime, one pass per window of a text, a probability per head."""

from __future__ import annotations

import asyncio
import json
import re
import threading
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from guard.batching import Batcher
from guard.errors import ClassifierError, GuardError, OverloadedError
from guard.weights import ChangedError, loaded

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer

SHIPPED: Final = Path(__file__).resolve().parent.parent / "models" / "guard-minilm"

_INLINE_CHARACTERS: Final = 2_000
"""Longer texts are cut into tokens on a thread, so that they don't hold up the event loop (about 1 ms up to here)."""

_SEGMENT: Final = 20_000
"""Characters tokenized at once, so that a long text needs little memory."""

_LONG_WORD: Final = re.compile(r"(\S{48})(?=\S)")
"""A WordPiece tokenizer reads a word of over 100 characters as one unknown token, which would hide what is in it."""

_GROWING: Final = {0xFDFA: "\u0635\u0644\u0649", 0xFDFB: "\u062c\u0644"}
"""The two ligatures that stand for a phrase: compatibility folding would make a text of them 18 times as long."""

_WAVE: Final = 64
"""Windows that one call has in the queue at a time: a book takes its turn with everybody else's sentences."""

Scores = tuple[float, ...]
Window = tuple[int, ...]


class MinilmClassifier:
    """Scores texts with the model in `folder`. Loads with the first text or with `load`.

    Args:
        folder: holds `config.json`, `tokenizer.json` and the weights; the config names the labels, the window's length
            and overlap in tokens, and the SHA-256 digest of each file.
        capacity: how many windows may wait.

    Raises ClassifierError when `config.json` can't be read.
    """

    def __init__(self, folder: Path = SHIPPED, *, capacity: int = 512) -> None:
        self._folder = folder
        try:
            self._config: dict[str, Any] = json.loads((folder / "config.json").read_text(encoding="utf-8"))
            self._labels: tuple[str, ...] = tuple(self._config["labels"])
            self._weights = str(self._config["weights"])
            digest = str(self._config["sha256"][self._weights])
            self._model_id = f"{self._config['name']}@sha256:{digest}"
            self._body = int(self._config["max_length"]) - 2
            self._step = self._body - int(self._config["overlap"])
        except (OSError, ValueError, KeyError, TypeError):
            raise ClassifierError("config.json of the classifier is damaged. Install the package again.") from None
        self._loading = threading.Lock()
        self._tokenizer: Tokenizer | None = None
        self._session: InferenceSession | None = None
        self._batcher: Batcher[Window, Scores] = Batcher(self._run, name="classifier", capacity=capacity, most=8)

    @property
    def model_id(self) -> str:
        """Name and digest of the weights; the digest is checked when they are loaded."""
        return self._model_id

    @property
    def labels(self) -> tuple[str, ...]:
        """The categories, in the order of the model's heads."""
        return self._labels

    @property
    def thresholds(self) -> Mapping[str, float]:
        """The default withholding threshold (probability) of each category, chosen on the development split."""
        return {label: float(self._config["thresholds"][label]) for label in self._labels}

    async def load(self) -> None:
        """Load the model now, for readiness.

        Raises ClassifierError when a file is missing, damaged or not the one that the config names.
        """
        if self._session is None:
            await asyncio.to_thread(self._load)

    async def classify(self, texts: Sequence[str]) -> list[Mapping[str, float]]:
        """Return the probabilities of each text. Of a text longer than a window, the worst window decides.

        Raises ClassifierError when any text could not be judged, OverloadedError when the queue is full.
        """
        await self.load()
        windows = [await self._windows(text) for text in texts]
        # Equal windows are judged once: text that repeats itself costs little, however long it is.
        different = sorted({window for owned in windows for window in owned}, key=len)
        scores: dict[Window, Scores] = {}
        for start in range(0, len(different), _WAVE):
            wave = different[start : start + _WAVE]
            scores.update(zip(wave, await self._scores(wave), strict=True))
        return [self._worst([scores[window] for window in owned]) for owned in windows]

    async def aclose(self) -> None:
        """Stop the worker and free the model."""
        await self._batcher.aclose()
        self._session = None

    def _worst(self, scores: list[Scores]) -> dict[str, float]:
        columns = zip(*scores, strict=True) if scores else ((0.0,) for _ in self._labels)
        return {label: max(column) for label, column in zip(self._labels, columns, strict=True)}

    async def _scores(self, windows: list[Window]) -> list[Scores]:
        calls = (self._batcher.submit(window, len(window)) for window in windows)
        results = await asyncio.gather(*calls, return_exceptions=True)
        scores: list[Scores] = []
        for result in results:
            if isinstance(result, OverloadedError):
                raise result
            if isinstance(result, BaseException):
                # The library's own error may hold token ids of the text.
                raise ClassifierError from None
            scores.append(result)
        return scores

    async def _windows(self, text: str) -> list[Window]:
        try:
            if len(text) <= _INLINE_CHARACTERS:
                return self._cut(text)
            return await asyncio.to_thread(self._cut, text)
        except GuardError:
            raise
        except Exception:  # noqa: BLE001  # Its message may hold the text.
            raise ClassifierError from None

    def _cut(self, text: str) -> list[Window]:
        """Return the token ids of each window of `text`; none when it has nothing to read."""
        if self._tokenizer is None:
            raise ClassifierError
        tokens: list[int] = []
        text = _readable(text)
        for start in range(0, len(text), _SEGMENT):
            tokens += self._tokenizer.encode(text[start : start + _SEGMENT], add_special_tokens=False).ids
        first, last = int(self._config["first_token"]), int(self._config["last_token"])
        starts = range(0, max(1, len(tokens) - self._body + self._step), self._step) if tokens else range(0)
        return [(first, *tokens[start : start + self._body], last) for start in starts]

    def _run(self, windows: list[Window]) -> list[Scores]:
        # One pass each, though they come in batches: 8-bit products are scaled by the largest number in the batch, so
        # a neighbor would move a score, and a verdict must depend on its text alone. On one thread a pass over many is
        # hardly faster than many passes.
        return [self._pass(window) for window in windows]

    def _pass(self, window: Window) -> Scores:
        import numpy as np

        if self._session is None:
            raise ClassifierError
        ids = np.array([window], dtype=np.int64)
        (found,) = self._session.run(None, {"input_ids": ids, "attention_mask": np.ones_like(ids)})
        scores = np.asarray(found, dtype=np.float64)
        if scores.shape != (1, len(self._labels)) or not np.isfinite(scores).all():
            raise ClassifierError
        return tuple(float(value) for value in scores[0])

    def _load(self) -> None:
        with self._loading:
            if self._session is not None:
                return
            try:
                self._tokenizer, self._session = loaded(
                    self._folder, self._config["sha256"], "tokenizer.json", self._weights
                )
            except ChangedError as changed:
                raise ClassifierError(f"{changed} of the classifier was changed. Install the package again.") from None
            except Exception:  # noqa: BLE001  # onnxruntime and tokenizers raise bare Exception.
                raise ClassifierError("The classifier could not be loaded. Install the package again.") from None


def _readable(text: str) -> str:
    """Return `text` as the tokenizer can read it: no unpaired surrogates, look-alike letters folded, long words cut."""
    text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return _LONG_WORD.sub(r"\1 ", unicodedata.normalize("NFKC", text.translate(_GROWING)))
