"""From a request to tokens to chunks, with transformers' `generate`.

`generate` asks its stopping criteria after every token; ours is also the listener: it turns the new tokens of every choice
into text, watches for stop strings, and stops when nobody listens any more. So streaming, `stop`, `n` choices and
cancellation are one mechanism.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from guard.errors import InvalidRequestError
from guard.generate.prompt import PLAIN_STOPS, render
from guard.generate.text import Detokenizer, StopMatcher
from guard.model import JSON, Chunk, Usage

if TYPE_CHECKING:
    from guard.generate.transformers import TransformersOptions
    from guard.generate.weights import Loaded

Put = Callable[[Chunk], None]


@dataclass(frozen=True, slots=True)
class Parameters:
    """The sampling parameters of one request, in range."""

    messages: list[Mapping[str, JSON]] = field(repr=False)
    choices: int
    max_tokens: int
    temperature: float
    top_p: float
    stop: tuple[str, ...] = field(repr=False)
    seed: int | None

    @staticmethod
    def of(body: Mapping[str, JSON], options: TransformersOptions) -> Parameters:
        """Read them from a body. Raises InvalidRequestError, which names the parameter."""
        stop = body.get("stop") or ()
        stops = (stop,) if isinstance(stop, str) else tuple(str(each) for each in stop if each)
        wanted = body.get("max_completion_tokens") or body.get("max_tokens")
        return Parameters(
            messages=body["messages"],
            choices=int(_number(body, "n", 1, 1, 16)),
            max_tokens=int(wanted) if wanted else options.max_tokens,
            temperature=_number(body, "temperature", options.temperature, 0, 2),
            top_p=_number(body, "top_p", options.top_p, 0, 1),
            stop=stops,
            seed=int(body["seed"]) if body.get("seed") is not None else None,
        )


def _number(body: Mapping[str, JSON], name: str, default: float, low: float, high: float) -> float:
    value = body.get(name)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise InvalidRequestError(f"`{name}` must be a number from {low} to {high}.", param=name)
    return float(value)


@dataclass(slots=True)
class _Row:
    """One choice: its text so far, and why it ended."""

    detokenizer: Detokenizer
    stops: StopMatcher
    tokens: int = 0
    reason: str = ""


class Listener:
    """Hears every token of every choice. A stopping criterion of transformers' `generate`."""

    def __init__(self, loaded: Loaded, parameters: Parameters, prompt: int, left: threading.Event, put: Put) -> None:
        self._loaded = loaded
        self._left = left
        self._put = put
        self._seen = prompt
        # With temperature 0 there is one answer: it is generated once and handed out for each choice.
        self._copies = parameters.choices if parameters.temperature == 0 else 1
        stops = (*parameters.stop, *(PLAIN_STOPS if loaded.tokenizer.chat_template is None else ()))
        rows = 1 if self._copies > 1 else parameters.choices
        self.rows = [_Row(Detokenizer(loaded.tokenizer), StopMatcher(stops)) for _ in range(rows)]

    def __call__(self, input_ids: Any, _scores: Any, **_: Any) -> Any:
        import torch

        new = input_ids[:, self._seen :].tolist()
        self._seen = input_ids.shape[1]
        for index, (row, tokens) in enumerate(zip(self.rows, new, strict=True)):
            for token in tokens:
                if not row.reason:
                    self._hear(index, row, token)
        if self._left.is_set():
            return torch.ones(len(self.rows), dtype=torch.bool)
        return torch.tensor([bool(row.reason) for row in self.rows])

    def finish(self) -> int:
        """Hand over what was held and the ends; returns the number of tokens."""
        for index, row in enumerate(self.rows):
            if row.reason != "stop" or not row.stops.stopped:
                text, _ = row.stops.feed(row.detokenizer.flush())
                self._say(index, text + row.stops.flush())
            self._end(index, row.reason or "length")
        return sum(row.tokens for row in self.rows)

    def _hear(self, index: int, row: _Row, token: int) -> None:
        if token in self._loaded.end_tokens:
            row.reason = "stop"
            return
        row.tokens += 1
        text, stopped = row.stops.feed(row.detokenizer.feed(token))
        if stopped:
            row.reason = "stop"
        self._say(index, text)

    def _say(self, index: int, text: str) -> None:
        if text:
            for copy in range(self._copies):
                self._put(Chunk(index + copy, text))

    def _end(self, index: int, reason: str) -> None:
        for copy in range(self._copies):
            self._put(Chunk(index + copy, finish_reason=reason))


def decode(loaded: Loaded, parameters: Parameters, left: threading.Event, put: Put) -> None:
    """Generate one answer; blocks until it is over or nobody listens."""
    import torch

    prompt = render(loaded.tokenizer, parameters.messages)
    inputs = loaded.tokenizer(prompt, return_tensors="pt", add_special_tokens=loaded.tokenizer.chat_template is None)
    length = int(inputs["input_ids"].shape[1])
    room = loaded.context - length
    if room < 1:
        raise InvalidRequestError(
            f"The messages are longer than the {loaded.context} tokens that this model reads.",
            reason_id="context_length_exceeded",
            param="messages",
        )
    listener = Listener(loaded, parameters, length, left, put)
    sampling: dict[str, Any] = {"do_sample": False, "temperature": None, "top_p": None, "top_k": None}
    if parameters.temperature > 0:
        sampling = {
            "do_sample": True,
            "temperature": max(parameters.temperature, 0.01),
            "top_p": max(parameters.top_p, 1e-6),
            "top_k": 0,
        }
    with torch.random.fork_rng(devices=[]), torch.inference_mode():
        if parameters.seed is not None:
            torch.manual_seed(parameters.seed)
        else:
            torch.seed()
        loaded.model.generate(
            **inputs,
            **sampling,
            max_new_tokens=min(parameters.max_tokens, room),
            num_return_sequences=len(listener.rows),
            pad_token_id=loaded.pad_token,
            stopping_criteria=[listener],
        )
    tokens = listener.finish()
    put(Chunk(usage=Usage(length, tokens)))
