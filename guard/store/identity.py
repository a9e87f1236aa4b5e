"""Which conversation a request continues: a keyed hash chain over the messages as the client saw them.

Clients resend the history and know nothing of conversations. After each turn the store keeps the chain value of the
history that the client can continue, one for each choice. A new request is walked from its first message, and the
longest prefix whose value is known names the conversation. The key belongs to a tenant and a principal: no one can
continue another's conversation, and without the key a value says nothing of a text.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence

from guard.model import JSON, ChoiceReply

_APART = ("content", "tool_calls")


def prefixes(messages: Sequence[Mapping[str, JSON]], key: bytes) -> list[bytes]:
    """The chain value after each message; the last one is the whole history's."""
    values, value = [], b""
    for message in messages:
        value = hmac.new(key, value + canonical(message), hashlib.sha256).digest()
        values.append(value)
    return values


def extended(value: bytes, reply: ChoiceReply, key: bytes) -> bytes:
    """The chain value after the reply that the client saw."""
    message: dict[str, JSON] = {"role": "assistant", "content": reply.text}
    if reply.tool_calls:
        message["tool_calls"] = [
            {"id": call.id, "function": {"name": call.name, "arguments": call.arguments}} for call in reply.tool_calls
        ]
    return hmac.new(key, value + canonical(message), hashlib.sha256).digest()


def canonical(message: Mapping[str, JSON]) -> bytes:
    """A message without what clients change when they send it again: white space at its ends, empty members, the
    way its text is cut into parts."""
    # Every other member counts: what Guard passes on and has not seen is not a message that it knows.
    kept: dict[str, JSON] = {name: value for name, value in message.items() if value and name not in _APART}
    content = message.get("content")
    if other := [part for part in content if not _is_text(part)] if isinstance(content, list) else None:
        kept["content_parts"] = other
    if text := text_of(message).strip():
        kept["content"] = text
    calls = message.get("tool_calls")
    if isinstance(calls, list) and calls:
        kept["tool_calls"] = [_call(call) for call in calls]
    return json.dumps(kept, sort_keys=True, separators=(",", ":")).encode() + b"\n"


def text_of(message: Mapping[str, JSON]) -> str:
    """The text of a message, its parts joined."""
    content = message.get("content")
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "".join(str(part.get("text") or "") for part in content if isinstance(part, Mapping))
    return ""


def _is_text(part: JSON) -> bool:
    return isinstance(part, Mapping) and part.keys() <= {"type", "text"} and isinstance(part.get("text"), str)


def _call(call: JSON) -> JSON:
    if not isinstance(call, Mapping):
        return None
    function = call.get("function")
    function = function if isinstance(function, Mapping) else {}
    return [call.get("id"), function.get("name"), function.get("arguments")]
