"""Messages to one prompt: by the model's chat template, else by a plain one that any language model can continue."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from guard.errors import InvalidRequestError
from guard.model import JSON

PLAIN_STOPS = ("\nUser:", "\nAssistant:", "\nSystem:")
"""Where a model without a chat template begins to speak for the other side."""

# A line of somebody's text that would read as the beginning of a turn.
_TURN = re.compile(r"(?m)^(User|Assistant|System):")
_LABELS = {"system": "System", "user": "User", "assistant": "Assistant"}


def render(tokenizer: Any, messages: Sequence[Mapping[str, JSON]]) -> str:
    """The prompt. Raises InvalidRequestError when the model's template does not take these messages."""
    special = _special_tokens(tokenizer)
    turns = [{"role": _role(message), "content": _neutral(_text(message), special)} for message in messages]
    if tokenizer.chat_template is None:
        return plain(turns)
    try:
        return str(tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True))
    except Exception:  # noqa: BLE001
        # Templates raise by themselves, e.g. for roles that do not alternate, and quote what they like.
        raise InvalidRequestError(
            "The model's chat template does not take this order of messages.", param="messages"
        ) from None


def plain(turns: Sequence[Mapping[str, str]]) -> str:
    """The shipped template. A single message of a user is given as it is: GPT-2 continues a text."""
    if len(turns) == 1 and turns[0]["role"] == "user":
        return turns[0]["content"]
    lines = [f"{_LABELS[turn['role']]}: " + _TURN.sub(r"\1 :", turn["content"]) for turn in turns]
    return "\n".join([*lines, "Assistant:"])


def _role(message: Mapping[str, JSON]) -> str:
    role = str(message.get("role"))
    return {"developer": "system", "tool": "user", "function": "user"}.get(role, role)


def _text(message: Mapping[str, JSON]) -> str:
    content = message.get("content") or ""
    text = content if isinstance(content, str) else "".join(str(part.get("text") or "") for part in content)
    calls = [str(call.get("function")) for call in message.get("tool_calls") or []]
    return "\n".join([*([text] if text else []), *calls])


def _special_tokens(tokenizer: Any) -> list[str]:
    added = [token.content for token in tokenizer.added_tokens_decoder.values() if token.special]
    return sorted({*tokenizer.all_special_tokens, *added}, key=len, reverse=True)


def _neutral(text: str, special: Sequence[str]) -> str:
    """The text with control tokens broken up: nobody forges a turn by typing one."""
    for token in special:
        text = text.replace(token, f"{token[0]} {token[1:]}")
    return text
