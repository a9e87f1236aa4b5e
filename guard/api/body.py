"""Reading a request body: strict JSON and the shape of a chat completion, without echoing a letter of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request

from guard.errors import InvalidRequestError
from guard.model import JSON

ROLES = frozenset({"system", "developer", "user", "assistant", "tool", "function"})
_NUMBERS = {
    "n": (1, 16),
    "temperature": (0, 2),
    "top_p": (0, 1),
    "max_tokens": (1, 1_000_000),
    "max_completion_tokens": (1, 1_000_000),
    "presence_penalty": (-2, 2),
    "frequency_penalty": (-2, 2),
    "top_logprobs": (0, 20),
    "seed": (-(2**63), 2**64),
}
_WHOLE = frozenset({"n", "max_tokens", "max_completion_tokens", "top_logprobs", "seed"})


async def read_json(request: Request) -> dict[str, JSON]:
    """The body as a JSON object.

    Strict where parsers differ, so that what is checked is what an upstream reads: no duplicate members, no NaN, no
    unpaired surrogates. Raises InvalidRequestError (`invalid_json`, `invalid_request`).
    """
    if request.headers.get("content-encoding", "identity") != "identity":
        raise InvalidRequestError("The body must not be compressed.", reason_id="invalid_json")
    data = await request.body()
    try:
        body = json.loads(data.decode("utf-8"), object_pairs_hook=_members, parse_constant=_refuse)
        # Unpaired surrogates come in as escapes and cannot be written as UTF-8; 1e999 is read as infinity.
        json.dumps(body, ensure_ascii=False, allow_nan=False).encode("utf-8")
    except (ValueError, RecursionError):
        raise InvalidRequestError("The body is not valid JSON.", reason_id="invalid_json") from None
    if not isinstance(body, dict):
        raise InvalidRequestError("The body must be a JSON object.")
    return body


def check_chat(body: Mapping[str, JSON]) -> None:
    """Check the members that Guard itself relies on; all others pass and are scanned. Raises InvalidRequestError."""
    model = body.get("model")
    if not isinstance(model, str) or not 0 < len(model) <= 128:
        raise InvalidRequestError("`model` must be the name of a model.", param="model")
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        raise InvalidRequestError("`messages` must be a list of at least one message.", param="messages")
    for message in messages:
        _check_message(message)
    for name, (low, high) in _NUMBERS.items():
        _check_number(name, body.get(name), low, high)
    for name in ("stream", "logprobs", "parallel_tool_calls", "store"):
        if not isinstance(body.get(name), bool | None):
            raise InvalidRequestError(f"`{name}` must be true or false.", param=name)
    _check_stop(body.get("stop"))
    for name in ("tools", "functions", "modalities"):
        if not isinstance(body.get(name), list | None):
            raise InvalidRequestError(f"`{name}` must be a list.", param=name)
    if not isinstance(body.get("stream_options"), dict | None):
        raise InvalidRequestError("`stream_options` must be an object.", param="stream_options")


def _check_message(message: Any) -> None:
    if not isinstance(message, dict):
        raise InvalidRequestError("Each message must be an object.", param="messages[]")
    role = message.get("role")
    if not isinstance(role, str) or role not in ROLES:
        raise InvalidRequestError(f"The role must be one of {', '.join(sorted(ROLES))}.", param="messages[].role")
    content = message.get("content")
    if content is None and role != "assistant":
        raise InvalidRequestError("The message has no content.", param="messages[].content")
    if not isinstance(content, str | list | None):
        raise InvalidRequestError("The content must be text or a list of parts.", param="messages[].content")


def _check_number(name: str, value: Any, low: int, high: int) -> None:
    if value is None:
        return
    whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise InvalidRequestError(f"`{name}` must be a number from {low} to {high}.", param=name)
    if name in _WHOLE and not whole:
        raise InvalidRequestError(f"`{name}` must be a whole number.", param=name)


def _check_stop(stop: Any) -> None:
    several = stop if isinstance(stop, list) else [stop] if stop is not None else []
    if len(several) > 4 or not all(isinstance(each, str) for each in several):
        raise InvalidRequestError("`stop` must be a string or up to four.", param="stop")


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("duplicate member")
    return members


def _refuse(_: str) -> None:
    raise ValueError("not a JSON number")
