"""A causal language model in this process: GPT-2 and its kin, Llama, Qwen… through Hugging Face transformers.

    [[generators]]
    name = "local"
    kind = "transformers"
    model = "smollm2-135m-instruct"   # the embedded default, a path, or a hub name such as "gpt2"

Weights are safetensors or GGUF, never pickle; code that comes with a model is never run. One thread generates; requests
wait in a bounded queue.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from guard.errors import GeneratorError, GuardError, OverloadedError
from guard.generate.decoding import Parameters, decode
from guard.generate.options import Options, parse
from guard.generate.weights import Loaded, load
from guard.model import JSON, Chunk


class TransformersOptions(Options):
    """Options of the kind `transformers`.

    Args:
        model: `smollm2-135m-instruct`, a folder, a `.gguf` file, or a hub name.
        max_tokens: tokens of an answer when the request does not say.
        temperature, top_p: sampling when the request does not say.
        queue: requests that may wait.
        threads: threads of one operation. More than one waits for the busiest core: measured slower on a shared machine.
        quantize: `int8` computes linear layers in 8 bits; none: for the embedded model only.
    """

    model: str = "smollm2-135m-instruct"
    max_tokens: int = Field(default=256, ge=1)
    temperature: float = Field(default=0.7, ge=0, le=2)
    top_p: float = Field(default=0.95, gt=0, le=1)
    queue: int = Field(default=16, ge=0)
    threads: int = Field(default=1, ge=1)
    quantize: Literal["int8", "no"] | None = None


class TransformersGenerator:
    """Implements Generator."""

    def __init__(self, options: TransformersOptions, cache_dir: Path) -> None:
        self._options = options
        self._cache_dir = cache_dir
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="generate")
        self._loaded: Loaded | None = None
        self._waiting = 0
        self._listening: set[threading.Event] = set()

    async def start(self) -> None:
        options = self._options
        self._loaded = await asyncio.get_running_loop().run_in_executor(
            self._thread, lambda: load(options.model, options.quantize, options.threads, self._cache_dir)
        )

    async def aclose(self) -> None:
        self._loaded = None
        for left in self._listening:
            left.set()  # Else the thread, and with it the process, goes on to its last token.
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def __call__(self, body: Mapping[str, JSON]) -> AsyncGenerator[Chunk, None]:
        if self._loaded is None:
            raise GeneratorError("The model is closed.")
        if self._waiting > self._options.queue:
            raise OverloadedError
        parameters = Parameters.of(body, self._options)
        loop = asyncio.get_running_loop()
        pieces: asyncio.Queue[Chunk | BaseException | None] = asyncio.Queue()
        left = threading.Event()
        self._listening.add(left)
        self._waiting += 1
        work = loop.run_in_executor(
            self._thread,
            _run,
            self._loaded,
            parameters,
            left,
            lambda piece: loop.call_soon_threadsafe(pieces.put_nowait, piece),
        )
        # Closing drops what waits for the thread: its caller must hear of it.
        work.add_done_callback(
            lambda done: pieces.put_nowait(GeneratorError("The model is closed.")) if done.cancelled() else None
        )
        try:
            while (piece := await pieces.get()) is not None:
                if isinstance(piece, BaseException):
                    raise piece
                yield piece
        finally:
            # The thread sees this before its next token, whoever stopped listening.
            left.set()
            self._listening.discard(left)
            work.cancel()
            self._waiting -= 1


def validate(options: Mapping[str, Any]) -> None:
    """Check the options. Raises ConfigurationError."""
    parse(TransformersOptions, options)


def create(options: Mapping[str, Any], *, cache_dir: Path) -> TransformersGenerator:
    """Make the generator; converted weights are kept under `cache_dir`."""
    return TransformersGenerator(parse(TransformersOptions, options), cache_dir)


def _run(loaded: Loaded, parameters: Parameters, left: threading.Event, put: Any) -> None:
    """In the thread: generate, hand over each piece, then `None`, or the error."""
    if left.is_set():
        return
    try:
        decode(loaded, parameters, left, put)
    except GuardError as error:
        put(error)
    except Exception:  # noqa: BLE001
        # Its message may quote the prompt.
        put(GeneratorError())
    else:
        put(None)
