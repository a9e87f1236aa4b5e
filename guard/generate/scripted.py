"""A generator that answers by script: for tests, demonstrations and trying a policy out.

[[generators]]
name = "scripted"
kind = "scripted"
replies = ["Hello.", "Goodbye."]   # in turn; the choices of one request take one each
# or: echo = true                  # answers with the last message as the generator saw it
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncGenerator, Mapping
from pathlib import Path
from typing import Any

from pydantic import Field, model_validator

from guard.errors import GeneratorError
from guard.generate.options import Options, parse
from guard.model import JSON, Chunk, ToolCall, Usage


class ScriptedOptions(Options):
    """Options of the kind `scripted`.

    Args:
        replies: answers, in turn. echo: answer with the last message instead.
        tool_call: `[name, arguments]` of a call that each answer ends with.
        chunk: characters in each chunk. delay_s: seconds before each.
        fail_after: chunks after which it fails, as a model does that dies in the middle.
    """

    replies: tuple[str, ...] = ()
    echo: bool = False
    tool_call: tuple[str, str] | None = None
    chunk: int = Field(default=12, ge=1)
    delay_s: float = Field(default=0.0, ge=0, le=60)
    fail_after: int | None = Field(default=None, ge=0)

    @model_validator(mode="after")
    def _has_something_to_say(self) -> ScriptedOptions:
        if not self.replies and not self.echo:
            raise ValueError("give `replies` or `echo = true`")
        return self


class ScriptedGenerator:
    """Implements Generator."""

    def __init__(self, options: ScriptedOptions) -> None:
        self._options = options
        self._replies = itertools.cycle(options.replies)

    async def __call__(self, body: Mapping[str, JSON]) -> AsyncGenerator[Chunk, None]:
        choices = int(body.get("n") or 1)
        texts = [_last_text(body) if self._options.echo else next(self._replies) for _ in range(choices)]
        size = self._options.chunk
        sent = 0
        for start in range(0, max(map(len, texts)), size):
            for index, text in enumerate(texts):
                if piece := text[start : start + size]:
                    if self._options.fail_after is not None and sent >= self._options.fail_after:
                        raise GeneratorError
                    await asyncio.sleep(self._options.delay_s)
                    yield Chunk(index, piece)
                    sent += 1
        for index in range(choices):
            if self._options.tool_call:
                name, arguments = self._options.tool_call
                arguments = arguments.replace("{last}", _last_text(body))
                yield Chunk(index, tool_call=ToolCall(index, 0, f"call_{index}", name, arguments))
            yield Chunk(index, finish_reason="tool_calls" if self._options.tool_call else "stop")
        yield Chunk(usage=Usage(len(_last_text(body).split()), sum(len(text.split()) for text in texts)))

    async def start(self) -> None:
        return None

    async def aclose(self) -> None:
        return None


def validate(options: Mapping[str, Any]) -> None:
    """Check the options. Raises ConfigurationError."""
    parse(ScriptedOptions, options)


def create(options: Mapping[str, Any], *, cache_dir: Path) -> ScriptedGenerator:
    """Make the generator. Nothing is cached."""
    return ScriptedGenerator(parse(ScriptedOptions, options))


def _last_text(body: Mapping[str, JSON]) -> str:
    content = body["messages"][-1].get("content") or ""
    if isinstance(content, str):
        return content
    return "".join(part.get("text") or "" for part in content if isinstance(part, dict))
