"""Any OpenAI-compatible server (vLLM, TGI, Ollama, OpenAI itself), through the official client.

    [[generators]]
    name = "gpt-4o-mini"
    kind = "openai"
    base_url = "http://127.0.0.1:9100/v1"
    model = "gpt-4o-mini"
    api_key_env = "UPSTREAM_API_KEY"

The upstream is always asked to stream. Retries happen before the first byte only: the client retries what it has no
answer for. Nothing of what an upstream says of an error is passed on: it may quote the prompt, a key or an address.
"""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import Field

from guard.errors import ConfigurationError, GeneratorError, GuardError, InvalidRequestError
from guard.generate.options import Options, parse
from guard.model import JSON, Chunk, ToolCall, Usage

if TYPE_CHECKING:
    from openai import APIStatusError, AsyncOpenAI

Result = TypeVar("Result")
_ENDS = frozenset({"stop", "length", "tool_calls", "function_call", "content_filter"})
_OURS = frozenset({"model", "messages", "stream", "stream_options"})


class OpenAIOptions(Options):
    """Options of the kind `openai`.

    Args:
        base_url: the API's root, ending in `/v1` as a rule. model: the name that the upstream knows.
        api_key_env: environment variable with the upstream's key; none: no key is sent.
        timeout_s: seconds between two pieces of an answer. connect_timeout_s: seconds to connect.
        max_retries: further tries, with back-off, on 429, 5xx and lost connections.
    """

    base_url: str = Field(pattern=r"^https?://")
    model: str = Field(min_length=1)
    api_key_env: str | None = None
    timeout_s: float = Field(default=60.0, gt=0)
    connect_timeout_s: float = Field(default=5.0, gt=0)
    max_retries: int = Field(default=2, ge=0, le=10)


@dataclass(slots=True)
class _Call:
    """A tool call whose pieces are still coming."""

    id: str = ""
    name: str = ""
    arguments: list[str] = field(default_factory=list, repr=False)


class OpenAICompatibleGenerator:
    """Implements Generator."""

    def __init__(self, options: OpenAIOptions) -> None:
        self._options = options
        self._client: AsyncOpenAI | None = None

    async def start(self) -> None:
        from openai import AsyncOpenAI, DefaultAsyncHttpxClient, Omit, Timeout

        variable = self._options.api_key_env
        key = os.environ.get(variable, "") if variable else "none"
        if not key:
            raise ConfigurationError(f"The environment variable {variable} of a generator is not set.")
        timeout = Timeout(self._options.timeout_s, connect=self._options.connect_timeout_s)
        unset: Any = {"OpenAI-Organization": Omit(), "OpenAI-Project": Omit()}
        self._client = AsyncOpenAI(
            base_url=self._options.base_url,
            api_key=key,
            max_retries=self._options.max_retries,
            timeout=timeout,
            # Nor an organization or project that the environment names for other programs.
            default_headers=unset,
            # No redirect to a host that the operator did not name, no proxy or header from the environment.
            http_client=DefaultAsyncHttpxClient(timeout=timeout, follow_redirects=False, trust_env=False),
        )

    async def aclose(self) -> None:
        if self._client is not None:
            await self._client.close()
            self._client = None

    async def __call__(self, body: Mapping[str, JSON]) -> AsyncGenerator[Chunk, None]:
        if self._client is None:
            raise GeneratorError("The generator is closed.")
        choices = int(body.get("n") or 1)
        over: set[int] = set()
        stream = await _mapped(
            self._client.chat.completions.create(
                model=self._options.model,
                messages=body["messages"],
                stream=True,
                stream_options={"include_usage": True},
                extra_body={name: value for name, value in body.items() if name not in _OURS},
            )
        )
        calls: dict[tuple[int, int], _Call] = {}
        events = aiter(stream)
        try:
            while (chunks := await _mapped(_next(events, calls, choices, over), streaming=True)) is not None:
                for chunk in chunks:
                    yield chunk
        finally:
            await stream.close()
        if len(over) < choices:
            raise GeneratorError("The model's answer broke off.", reason_id="upstream_broken_stream")


def validate(options: Mapping[str, Any]) -> None:
    """Check the options. Raises ConfigurationError."""
    parse(OpenAIOptions, options)


def create(options: Mapping[str, Any], *, cache_dir: Path) -> OpenAICompatibleGenerator:
    """Make the generator. Nothing is cached."""
    return OpenAICompatibleGenerator(parse(OpenAIOptions, options))


def _check(chunk: Chunk, choices: int, over: set[int]) -> None:
    """Refuse what no server should send: choices nobody asked for, text after the end, an end in words of its own."""
    if chunk.usage:
        return
    strange = chunk.finish_reason is not None and chunk.finish_reason not in _ENDS
    if strange or chunk.choice in over or not 0 <= chunk.choice < choices:
        raise GeneratorError("The model's answer broke off.", reason_id="upstream_broken_stream")
    over |= {chunk.choice} if chunk.finish_reason else set()


async def _next(
    events: AsyncIterator[Any], calls: dict[tuple[int, int], _Call], choices: int, over: set[int]
) -> list[Chunk] | None:
    """The chunks of the next event; `None`: there is none."""
    event = await anext(events, None)
    if event is None:
        return None
    chunks = _chunks(event, calls)
    for chunk in chunks:
        _check(chunk, choices, over)
    return chunks


def _chunks(event: Any, calls: dict[tuple[int, int], _Call]) -> list[Chunk]:
    """What one event of the upstream means; members that Guard does not know are dropped."""
    chunks: list[Chunk] = []
    for choice in list(event.choices or []):
        index, delta = choice.index, choice.delta
        # A refusal is an answer in words, and is judged like one.
        if text := ((delta.content or "") + (delta.refusal or "")) if delta else "":
            chunks.append(Chunk(index, str(text)))
        for piece in (delta.tool_calls if delta else None) or []:
            call = calls.setdefault((index, piece.index), _Call())
            call.id = call.id or piece.id or ""
            if piece.function:
                call.name += piece.function.name or ""
                call.arguments.append(piece.function.arguments or "")
        if choice.finish_reason:
            for (of, number), call in sorted(calls.items()):
                if of == index:
                    whole = ToolCall(index, number, call.id, call.name, "".join(call.arguments) or "{}")
                    chunks.append(Chunk(index, tool_call=whole))
            chunks.append(Chunk(index, finish_reason=choice.finish_reason))
    if event.usage:
        chunks.append(Chunk(usage=Usage(event.usage.prompt_tokens or 0, event.usage.completion_tokens or 0)))
    return chunks


async def _mapped(call: Awaitable[Result], *, streaming: bool = False) -> Result:
    """Await a call of the client; turn whatever it raises into ours, without a word of it."""
    try:
        return await call
    except GuardError:
        raise
    except Exception as error:  # noqa: BLE001  (while streaming, errors of the HTTP library and the parser come through)
        failure = _failure(error, streaming=streaming)
    # Raised out here, so that the upstream's words are not even the context of it.
    raise failure


def _failure(error: Exception, *, streaming: bool) -> GuardError:
    import openai

    if "Timeout" in type(error).__name__:
        return GeneratorError("The model did not answer in time.", reason_id="upstream_timeout")
    if streaming:
        return GeneratorError("The model's answer broke off.", reason_id="upstream_broken_stream")
    if isinstance(error, openai.RateLimitError):
        return GeneratorError(
            "The model is busy. Try again later.", reason_id="upstream_rate_limited", retry_after=_retry_after(error)
        )
    if isinstance(error, openai.BadRequestError | openai.UnprocessableEntityError):
        return InvalidRequestError("The model does not take this request.", reason_id="upstream_rejected")
    if isinstance(error, openai.AuthenticationError | openai.PermissionDeniedError | openai.NotFoundError):
        return GeneratorError("The model refused the gateway.", reason_id="upstream_refused")
    return GeneratorError("The model cannot be reached.", reason_id="upstream_unavailable")


def _retry_after(error: APIStatusError) -> float | None:
    """The upstream's Retry-After in seconds, where it is a number."""
    try:
        return max(0.0, min(float(error.response.headers.get("retry-after", "")), 3600.0))
    except ValueError:
        return None
