"""What is stored of a message or a unit, and how units become the messages that a reviewer reads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from guard.model import JSON, Redacted, Released
from guard.store.identity import text_of


def new_messages(redacted: Redacted, known: int) -> list[Mapping[str, JSON]]:
    """The redacted messages of this turn."""
    messages = redacted.body.get("messages")
    return list(messages[known:]) if isinstance(messages, list) else []


def unit(piece: Released) -> dict[str, JSON] | None:
    """A released piece as it is stored; `None` when there is nothing of it to read."""
    stored: dict[str, JSON] = {}
    if piece.text:
        stored["content"] = piece.text
    if piece.tool_call:
        call = piece.tool_call
        function = {"name": call.name, "arguments": call.arguments}
        stored["tool_calls"] = [{"id": call.id, "type": "function", "function": function}]
    return stored or None


def joined(rows: Iterable[tuple[str, str, int, Mapping[str, JSON]]]) -> list[dict[str, JSON]]:
    """Rows (request id, role, choice, stored) in order of their sequence as messages; units of a choice are one."""
    messages: list[dict[str, JSON]] = []
    answers: dict[tuple[str, int], dict[str, JSON]] = {}
    for request_id, role, choice, stored in rows:
        if choice < 0:
            messages.append(_message(role, request_id, stored))
            continue
        answer = answers.get((request_id, choice))
        if answer is None:
            answer = answers[request_id, choice] = {
                "role": role,
                "text": "",
                "request_id": request_id,
                "choice": choice,
            }
            messages.append(answer)
        answer["text"] += text_of(stored)
        if calls := stored.get("tool_calls"):
            answer["tool_calls"] = [*answer.get("tool_calls", []), *calls]
    return messages


def _message(role: str, request_id: str, stored: Mapping[str, Any]) -> dict[str, JSON]:
    message: dict[str, JSON] = {"role": role, "text": text_of(stored), "request_id": request_id}
    if stored.get("tool_calls"):
        message["tool_calls"] = stored["tool_calls"]
    return message
