"""`POST /v1/chat/completions` and `GET /v1/models`, in OpenAI's shapes: JSON and SSE from one stream of events."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, aclosing
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from guard.answer import Collector
from guard.api.body import check_chat, read_json
from guard.api.caller import Caller, services
from guard.api.connected import CLIENT_LEFT, while_connected
from guard.api.errors import failed
from guard.asgi.sse import DONE, EventStream, begun, event
from guard.errors import ModelNotFoundError
from guard.events import Delta, Done, Event, Finished, Opened, ToolCalled
from guard.model import ChatRequest, ChoiceReply, Reply, ToolCall, Usage, Verdict

router = APIRouter()


@router.post("/v1/chat/completions", summary="Chat completion, redacted, checked and recorded")
async def chat_completions(request: Request) -> Response:
    """Answer a chat. The shape is OpenAI's; the member `guard` and the `x-guard-…` headers are added."""
    caller = Caller(request)
    body = await read_json(request)
    check_chat(body)
    asked = ChatRequest(caller.request_id, caller.credential(), body, caller.conversation(), caller.scenario())
    pipeline = services(request).pipeline
    if not body.get("stream"):
        return await while_connected(request, _whole(request, asked)) or Response(status_code=CLIENT_LEFT)
    async with AsyncExitStack() as stack:
        events = await stack.enter_async_context(aclosing(pipeline.stream(asked)))
        opened = await anext(events)
        assert isinstance(opened, Opened)
        request.state.guard_headers = guard_headers(opened)
        # Refusals, and generators that fail at once, are an HTTP status and not an event in a stream.
        written = await begun(Chunks(asked, opened).written(events), stack, failed)
        kept = stack.pop_all()
    return EventStream(written, kept, headers=guard_headers(opened))


async def _whole(request: Request, asked: ChatRequest) -> Response:
    """The same events, collected."""
    collected = Collector(asked.id)
    async with aclosing(services(request).pipeline.stream(asked)) as events:
        async for each in events:
            collected.take(each)
            if isinstance(each, Opened):
                request.state.guard_headers = guard_headers(each)
    return JSONResponse(completion(asked, collected.reply()), headers=request.state.guard_headers)


@router.get("/v1/models", summary="The models that the caller may use")
async def models(request: Request) -> Response:
    """List them in OpenAI's shape."""
    return JSONResponse({"object": "list", "data": [_model(name) for name in await _allowed(request)]})


@router.get("/v1/models/{name:path}", summary="One model")
async def model(request: Request, name: str) -> Response:
    """One model in OpenAI's shape; 404 when the caller may not use it."""
    if name not in await _allowed(request):
        raise ModelNotFoundError(param="model")
    return JSONResponse(_model(name))


async def _allowed(request: Request) -> list[str]:
    built = services(request)
    principal = await built.authenticate(Caller(request).credential())
    return [n for n in built.generators.names() if built.authorize.decide(principal, f"generator/{n}", "use").allowed]


def _model(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": 0, "owned_by": "guard"}


def guard_headers(opened: Opened) -> dict[str, str]:
    """What every answer says of itself."""
    return {
        "x-guard-conversation": opened.conversation,
        "x-guard-policy": opened.policy,
        "x-guard-redactions": ", ".join(f"{name}={count}" for name, count in opened.redactions.items()),
        "cache-control": "no-store",
    }


def verdict_member(index: int, verdict: Verdict, withheld: str | None) -> dict[str, Any]:
    """`guard.choices[i]`."""
    return {
        "index": index,
        "action": verdict.action,
        "flagged": list(verdict.flagged),
        "scores": {name: round(value, 3) for name, value in verdict.scores.items()},
        "withheld": withheld,
    }


def completion(asked: ChatRequest, reply: Reply) -> dict[str, Any]:
    """A whole `chat.completion`."""
    return {
        "id": _completion_id(asked),
        "object": "chat.completion",
        "created": int(time.time()),
        "model": asked.model,
        "choices": [_choice(choice) for choice in reply.choices],
        "usage": _usage(reply.usage),
        "guard": {
            "request_id": reply.request_id,
            "conversation": reply.conversation,
            "policy": reply.policy,
            "redactions": dict(reply.redactions),
            "foreign_placeholders": reply.foreign,
            "choices": [verdict_member(c.index, c.verdict, c.withheld) for c in reply.choices],
        },
    }


def _choice(choice: ChoiceReply) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": choice.text, "refusal": None}
    if choice.tool_calls:
        message["tool_calls"] = [_tool_call(call) for call in choice.tool_calls]
        message["content"] = choice.text or None
    return {"index": choice.index, "message": message, "logprobs": None, "finish_reason": choice.finish_reason}


def _tool_call(call: ToolCall) -> dict[str, Any]:
    return {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}


def _usage(usage: Usage) -> dict[str, int]:
    total = usage.prompt_tokens + usage.completion_tokens
    return {
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
        "total_tokens": total,
    }


def _completion_id(asked: ChatRequest) -> str:
    return asked.id.replace("req_", "chatcmpl-", 1)


class Chunks:
    """Writes the events of one turn as `chat.completion.chunk` objects."""

    def __init__(self, asked: ChatRequest, opened: Opened) -> None:
        self._asked = asked
        self._opened = opened
        self._created = int(time.time())
        self._begun: set[int] = set()
        self._held: dict[str, Any] | None = None
        self._verdicts: dict[int, dict[str, Any]] = {}
        self._wants_usage = bool((asked.body.get("stream_options") or {}).get("include_usage"))

    async def written(self, events: AsyncIterator[Event]) -> AsyncIterator[bytes]:
        """The stream as server-sent events. Errors are raised: `begun` knows whether they come in time for a status."""
        async for each in events:
            for written in self._event(each):
                yield written
        yield DONE

    def _event(self, each: Event) -> list[bytes]:
        if isinstance(each, Done):
            return self._end(each.usage)
        held, self._held = self._held, None
        written = [event(held)] if held else []
        match each:
            case Delta(choice, text):
                written.append(event(self._chunk(choice, {"content": text})))
            case ToolCalled(call):
                number = {"index": call.index, **_tool_call(call)}
                written.append(event(self._chunk(call.choice, {"tool_calls": [number]})))
            case Finished(choice, reason, verdict, withheld):
                self._verdicts[choice] = verdict_member(choice, verdict, withheld)
                self._held = self._chunk(choice, {}, reason)
        return written

    def _chunk(self, choice: int, delta: Mapping[str, Any], reason: str | None = None) -> dict[str, Any]:
        role = {} if choice in self._begun else {"role": "assistant"}
        self._begun.add(choice)
        return self._base() | {"choices": [{"index": choice, "delta": {**role, **delta}, "finish_reason": reason}]}

    def _end(self, usage: Usage) -> list[bytes]:
        """The last event has the verdicts. It is the end of the last choice: clients look at `choices[0]` of every
        event, unless they asked for the usage, which comes without a choice."""
        guard = {
            "request_id": self._asked.id,
            "conversation": self._opened.conversation,
            "policy": self._opened.policy,
            "redactions": dict(self._opened.redactions),
            "foreign_placeholders": self._opened.foreign,
            "choices": [self._verdicts[index] for index in sorted(self._verdicts)],
        }
        last = self._held or self._base() | {"choices": []}
        if not self._wants_usage:
            return [event(last | {"guard": guard})]
        return [event(last), event(self._base() | {"choices": [], "usage": _usage(usage), "guard": guard})]

    def _base(self) -> dict[str, Any]:
        return {
            "id": _completion_id(self._asked),
            "object": "chat.completion.chunk",
            "created": self._created,
            "model": self._asked.model,
        }
