"""The shipped token tagger: a small encoder in ONNX Runtime that marks names, places, dates and numbers by context."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from guard.batching import Batcher
from guard.errors import DetectorError, GuardError, OverloadedError
from guard.model import Span
from guard.redact.pieces import Pieces, pieces
from guard.redact.tags import Reader, Tagged, spans_of
from guard.weights import ChangedError, loaded

if TYPE_CHECKING:
    import numpy as np
    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer

SHIPPED: Final = Path(__file__).resolve().parent.parent / "models" / "guard-tagger"

_INLINE_CHARACTERS: Final = 2_000
"""Longer texts are cut into tokens on a thread, so that they don't hold up the event loop."""

_WAVE: Final = 64
"""Windows that one call has in the queue at a time: a book takes its turn with everybody else's sentences."""

_ANYTHING: Final = re.compile(r"[^\W_]")

Window = tuple[bytes, bytes]
"""Token ids and shapes, as 32-bit integers: equal windows are equal."""


class TaggerDetector:
    """Detector over the model in `folder`. Loads with the first text or with `load`.

    A result depends on its text alone: each window is a pass of its own, because the scales of 8-bit products follow
    the largest number in a batch.

    Args:
        folder: holds `config.json` and the files that it names with their SHA-256 digests.
        quasi: whether to find what matters to quasi-identification alone (`config.json` lists these types).
        capacity: how many windows may wait.

    Raises DetectorError when `config.json` can't be read.
    """

    def __init__(self, folder: Path = SHIPPED, *, quasi: bool = False, capacity: int = 512) -> None:
        self._folder = folder
        try:
            read = (folder / "config.json").read_bytes()
            self._config: dict[str, Any] = json.loads(read)
            # Other thresholds find other things, which are remembered apart.
            thresholds = hashlib.sha256(read).hexdigest()[:8]
            self.model_id = f"{self._config['name']}/{self._config['version']}+{thresholds}"
            self._files = {str(name): str(digest) for name, digest in self._config["sha256"].items()}
            self._weights, self._vocabulary = str(self._config["weights"]), str(self._config["tokenizer"])
            self._body = int(self._config["max_length"]) - 2
            self._overlap = int(self._config["overlap"])
            self._ends = int(self._config["first_token"]), int(self._config["last_token"])
            self._reader = Reader.of(self._config, quasi=quasi)
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            raise DetectorError("config.json of the tagger is damaged. Install the package again.") from None
        self._loading = threading.Lock()
        self._tokenizer: Tokenizer | None = None
        self._session: InferenceSession | None = None
        self._batcher: Batcher[Window, Tagged] = Batcher(self._run, name="tagger", capacity=capacity, most=8)

    @classmethod
    def create(cls, *, quasi: bool = False) -> TaggerDetector:
        """Build the detector over the shipped model; it loads with the first text."""
        return cls(quasi=quasi)

    async def load(self) -> None:
        """Load the model now, for readiness.

        Raises DetectorError when a file is missing, damaged or not the one that the config names.
        """
        if self._session is None:
            await asyncio.to_thread(self._load)

    async def detect(self, texts: Sequence[str], language: str = "en") -> list[list[Span]]:
        """Return the spans of each text. The model knows English; names in other languages' text are found less surely.

        Raises DetectorError when any text could not be scanned, OverloadedError when the queue is full.
        """
        await self.load()
        return [await self._spans(text) if _ANYTHING.search(text) else [] for text in texts]

    async def aclose(self) -> None:
        """Stop the worker and free the model."""
        await self._batcher.aclose()
        self._session = None

    async def _spans(self, text: str) -> list[Span]:
        try:
            if len(text) <= _INLINE_CHARACTERS:
                cut = self._cut(text)
                return spans_of(text, cut, await self._tagged(cut), self._reader)
            cut = await asyncio.to_thread(self._cut, text)
            tagged = await self._tagged(cut)
            return await asyncio.to_thread(spans_of, text, cut, tagged, self._reader)
        except GuardError:
            raise
        except Exception:  # noqa: BLE001  # Its message may hold the text.
            raise DetectorError from None

    def _cut(self, text: str) -> Pieces:
        if self._tokenizer is None:
            raise DetectorError
        return pieces(self._tokenizer, text)

    async def _tagged(self, cut: Pieces) -> Tagged:
        """The tags of every token. Where windows overlap, each gives the half that is farther from its edge."""
        bounds = windows(cut, self._body, self._overlap)
        known: dict[Window, Tagged] = {}
        parts: list[Tagged] = []
        for first in range(0, len(bounds), _WAVE):
            wave = bounds[first : first + _WAVE]
            each = [self._window(cut, *bound) for bound in wave]
            # Equal windows are read once: text that repeats itself costs little, however long it is.
            new = list(dict.fromkeys(window for window in each if window not in known))
            known = {window: known[window] for window in each if window in known}
            known.update(zip(new, await self._results(new), strict=True))
            for at, window in enumerate(each, start=first):
                begin, end = bounds[at]
                lower = (begin + bounds[at - 1][1]) // 2 if at else begin
                upper = (bounds[at + 1][0] + end) // 2 if at + 1 < len(bounds) else end
                parts.append(known[window].part(lower - begin, upper - begin))
        return Tagged.joined(parts)

    def _window(self, cut: Pieces, begin: int, end: int) -> Window:
        return cut.ids[begin:end].tobytes(), cut.shapes[begin:end].tobytes()

    async def _results(self, found: list[Window]) -> list[Tagged]:
        calls = (self._batcher.submit(window, len(window[0]) // 4) for window in found)
        results = await asyncio.gather(*calls, return_exceptions=True)
        for result in results:
            if isinstance(result, OverloadedError):
                raise result
        good = [result for result in results if isinstance(result, Tagged)]
        if len(good) != len(found):
            raise DetectorError
        return good

    def _run(self, found: list[Window]) -> list[Tagged]:
        return [self._pass(window) for window in found]

    def _pass(self, window: Window) -> Tagged:
        import numpy as np

        if self._session is None:
            raise DetectorError
        size = len(window[0]) // 4
        ids, shapes = np.zeros((1, size + 2), dtype=np.int64), np.zeros((1, size + 2), dtype=np.int64)
        ids[0, 0], ids[0, -1] = self._ends
        ids[0, 1:-1] = np.frombuffer(window[0], dtype=np.int32)
        shapes[0, 1:-1] = np.frombuffer(window[1], dtype=np.int32)
        (found,) = self._session.run(None, {"input_ids": ids, "shapes": shapes})
        scores: np.ndarray = np.asarray(found)
        if scores.shape != (1, size + 2, self._reader.width) or not np.isfinite(scores).all():
            raise DetectorError
        return self._reader.read(scores[0, 1:-1])

    def _load(self) -> None:
        with self._loading:
            if self._session is not None:
                return
            try:
                self._tokenizer, self._session = loaded(self._folder, self._files, self._vocabulary, self._weights)
            except ChangedError:
                raise DetectorError("A file of the tagger was changed. Install the package again.") from None
            except Exception:  # noqa: BLE001  # onnxruntime and tokenizers raise bare Exception.
                raise DetectorError("The tagger could not be loaded. Install the package again.") from None


def windows(cut: Pieces, body: int, overlap: int) -> list[tuple[int, int]]:
    """Return the windows of `cut`: begin and end, at most `body` tokens, cut between words where a word fits."""
    words, total = cut.words, len(cut.ids)
    found: list[tuple[int, int]] = []
    begin = 0
    while total:
        end = min(begin + body, total)
        if end < total:
            whole = end
            while whole > begin + overlap and words[whole] == words[whole - 1]:
                whole -= 1
            end = whole if whole > begin + overlap else end
        found.append((begin, end))
        if end == total:
            break
        follow = end - overlap
        while follow < end - 1 and words[follow] == words[follow - 1]:
            follow += 1
        begin = max(follow, begin + 1)
    return found
