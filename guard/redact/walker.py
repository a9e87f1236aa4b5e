"""One walk over every string of a chat completion body, used for reading and for writing back.

The visitor sees each string with its path and kind and returns what stands in its place. Because the same walk reads and
writes, a string that is written back is one that was read. Unknown members are walked like known ones.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from guard.errors import InvalidRequestError, UnsupportedContentError
from guard.model import JSON

Kind = Literal["text", "name", "identifier", "pseudonym"]
"""`text` is redacted; a member `name` and an `identifier` must hold nothing personal; a `pseudonym` is always replaced."""

MAX_DEPTH = 32
MAX_STRINGS = 50_000
ROLES = frozenset({"system", "developer", "user", "assistant", "tool", "function"})
_MESSAGE = frozenset({"name", "tool_calls", "function_call", "tool_call_id", "audio"})
TEXT_PARTS = frozenset({"text", "input_text", "output_text", "refusal"})

_IDENTIFIER = re.compile(r"[A-Za-z0-9_.:/-]{1,128}")
_LONG_NUMBER = 7
_PSEUDONYMS = frozenset({"user", "safety_identifier", "prompt_cache_key"})
# Members whose values are numbers, switches or names of ours: nothing to scan but a number that is too long.
_PLAIN = frozenset({"model", "stream", "n", "temperature", "top_p", "max_tokens", "max_completion_tokens", "seed",
                    "presence_penalty", "frequency_penalty", "logprobs", "top_logprobs", "logit_bias", "store",
                    "parallel_tool_calls", "stream_options"})  # fmt: skip
_IDENTIFIERS = frozenset({"reasoning_effort", "service_tier", "verbosity", "modalities"})
_KNOWN = frozenset({"stop", "metadata"})
_DEFINITIONS = frozenset({"tools", "functions", "tool_choice", "function_call", "response_format"})
_SCHEMA_WORDS = frozenset({"type", "format", "required", "$ref", "$anchor"})
_SCHEMA_VALUES = frozenset({"enum", "examples", "default", "const"})
_NOT_TEXT = re.compile(
    r"data:(?:[\w.+-]{1,64}/[\w.+-]{1,64})?(?:;[\w=.+-]{1,64}){0,4},(?=\S)|[A-Z0-9+/_=-]{512}", re.IGNORECASE
)
_LONGEST_MATCH = 1_000
_WINDOW = 50_000
# Wrapped as in mail; keys are wrapped as well, and redacted instead.
_WRAPPED = re.compile(r"(?:[A-Za-z0-9+/]{60,76}\r?\n){7}")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a string stands: a path without indexes, `*` for unknown members; the message's index, if it is in one.

    `member` is the name of the member that it is the value of, where that may say what it is (`phone`, `password`).
    `restored` is an assistant's text: the caller saw it with values in the places of placeholders.
    """

    path: str
    kind: Kind
    message: int | None = None
    member: str = field(default="", repr=False)
    restored: bool = False


Visit = Callable[[Place, str], str]


def walk(body: Mapping[str, JSON], visit: Visit) -> dict[str, JSON]:
    """Return a copy of the body with every string as `visit` returned it.

    Raises UnsupportedContentError, InvalidRequestError.
    """
    return _Walk(visit).body(body)


class _Walk:
    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        self._left = MAX_STRINGS
        self._message: int | None = None
        self._restored = False

    def body(self, body: Mapping[str, JSON]) -> dict[str, JSON]:
        result: dict[str, JSON] = {}
        for name, value in body.items():
            if name == "messages":
                result[name] = [self._one_message(index, each) for index, each in enumerate(value)]
            elif name in _PSEUDONYMS:
                result[name] = self._any(name, value, 1, "pseudonym")
            elif (name in _PLAIN and (value is None or isinstance(value, bool | int | float))) or name == "model":
                result[name] = value
            elif name in _IDENTIFIERS or name in _PLAIN:
                result[name] = self._any(name, value, 1, "identifier")
            elif name in _DEFINITIONS:
                result[name] = self._definition(name, value, 1)
            elif name in _KNOWN:
                result[name] = self._any(name, value, 1)
            else:
                result[self._name("*", name)] = self._any("*", value, 1, member=name)
        return result

    def _one_message(self, index: int, message: JSON) -> dict[str, JSON]:
        self._message = index
        if not isinstance(message, Mapping) or message.get("role") not in ROLES:
            raise InvalidRequestError("A message must be an object with a known role.", param="messages[].role")
        self._restored = message["role"] == "assistant"
        is_tool = message["role"] in ("tool", "function")
        result: dict[str, JSON] = {}
        for name, value in message.items():
            path = f"messages[].{name}"
            if name == "role":
                result[name] = value
            elif name == "name" and value is not None:
                # A tool's name is a function's.
                result[name] = self._string(path, _string(value, path), "identifier" if is_tool else "pseudonym")
            elif name == "content" and is_tool and isinstance(value, str):
                result[name] = self._document(path, value)
            elif name == "content":
                result[name] = self._content(path, value)
            elif name == "tool_calls" and isinstance(value, list):
                result[name] = [self._call(f"{path}[]", call) for call in value]
            elif name == "function_call" and isinstance(value, Mapping):
                result[name] = self._function(path, value)
            elif name == "tool_call_id" and value is not None:
                result[name] = self._string(path, _string(value, path), "identifier")
            elif name == "refusal":
                result[name] = self._any(path, value, 2)
            elif name in _MESSAGE and value is None:
                result[name] = None
            else:
                result[self._name("messages[].*", name)] = self._any("messages[].*", value, 2, member=name)
        self._message, self._restored = None, False
        return result

    def _content(self, path: str, content: JSON) -> JSON:
        if content is None:
            return None
        if isinstance(content, str):
            return self._string(path, content)
        if not isinstance(content, list):
            raise InvalidRequestError("The content of a message must be text or a list of parts.", param=path)
        return [self._part(f"{path}[]", part) for part in content]

    def _part(self, path: str, part: JSON) -> JSON:
        if isinstance(part, str):
            return self._string(path, part)
        if not isinstance(part, Mapping) or part.get("type") not in TEXT_PARTS:
            raise UnsupportedContentError(param=path)
        result: dict[str, JSON] = {}
        for name, value in part.items():
            known = name in ("text", "refusal")
            result[name if known or name == "type" else self._name(f"{path}.*", name)] = (
                value if name == "type" else self._any(f"{path}.{name}" if known else f"{path}.*", value, 3)
            )
        return result

    def _call(self, path: str, call: JSON) -> JSON:
        if not isinstance(call, Mapping):
            raise InvalidRequestError("A tool call must be an object.", param=path)
        result: dict[str, JSON] = {}
        for name, value in call.items():
            if name == "function" and isinstance(value, Mapping):
                result[name] = self._function(f"{path}.function", value)
            elif name in ("id", "type"):
                result[name] = self._string(f"{path}.{name}", _string(value, path), "identifier")
            elif name == "index" and isinstance(value, int):
                result[name] = value
            else:
                result[self._name(f"{path}.*", name)] = self._any(f"{path}.*", value, 3)
        return result

    def _function(self, path: str, function: Mapping[str, JSON]) -> JSON:
        result: dict[str, JSON] = {}
        for name, value in function.items():
            if name == "name":
                result[name] = self._string(f"{path}.name", _string(value, path), "identifier")
            elif name == "arguments" and isinstance(value, str):
                result[name] = self._document(f"{path}.arguments", value)
            else:
                result[self._name(f"{path}.*", name)] = self._any(f"{path}.*", value, 4)
        return result

    def _document(self, path: str, document: str) -> str:
        """A JSON document as a string: its strings are walked, and it stays a valid document."""
        try:
            parsed = json.loads(document, object_pairs_hook=_members)
        except (ValueError, RecursionError):
            return self._string(path, document)
        if not isinstance(parsed, dict | list):
            return self._string(path, document)
        # The names are the model's or the tool's, and restored in its arguments: they are redacted, not refused.
        written = self._any(path, parsed, 4, names="text")
        return document if written == parsed else json.dumps(written, ensure_ascii=False)

    def _definition(self, path: str, value: JSON, depth: int) -> JSON:
        """Tools and formats: their names and types are identifiers, their schemas have words of their own."""
        if depth > MAX_DEPTH:
            return self._any(path, value, depth)
        if isinstance(value, str):
            return self._string(path, value, "identifier")
        if isinstance(value, list):
            return [self._definition(path, each, depth + 1) for each in value]
        if not isinstance(value, Mapping):
            return value
        result: dict[str, JSON] = {}
        for name, each in value.items():
            self._name(path, name)
            if name in ("name", "type") and isinstance(each, str):
                result[name] = self._string(path, each, "identifier")
            elif name in ("function", "custom", "json_schema"):
                result[name] = self._definition(path, each, depth + 1)
            elif name in ("parameters", "schema"):
                result[name] = self._schema(path, each, depth + 1)
            else:
                result[name] = self._any(path, each, depth + 1)
        return result

    def _schema(self, path: str, value: JSON, depth: int) -> JSON:
        """A JSON schema: what refers to a name stays as the name does; descriptions, enums, examples are text."""
        if isinstance(value, list):
            return [self._schema(path, each, depth + 1) for each in value]
        if not isinstance(value, Mapping) or depth > MAX_DEPTH:
            return self._any(path, value, depth)
        result: dict[str, JSON] = {}
        for name, each in value.items():
            self._name(path, name)
            if name in _SCHEMA_WORDS and not isinstance(each, Mapping):
                result[name] = self._any(path, each, depth + 1, "name")
            elif isinstance(each, Mapping | list) and name not in _SCHEMA_VALUES:
                result[name] = self._schema(path, each, depth + 1)
            else:
                result[name] = self._any(path, each, depth + 1)
        return result

    def _any(
        self, path: str, value: JSON, depth: int, kind: Kind = "text", names: Kind = "name", member: str = ""
    ) -> JSON:
        if depth > MAX_DEPTH:
            raise InvalidRequestError("The request is nested too deeply.", param=path.split(".")[0])
        if isinstance(value, str):
            return self._string(path, value, kind, member)
        if isinstance(value, Mapping):
            return {
                self._string(path, name, names): self._any(path, each, depth + 1, kind, names, name)
                for name, each in value.items()
            }
        if isinstance(value, list):
            return [self._any(path, each, depth + 1, kind, names, member) for each in value]
        if isinstance(value, int | float) and not isinstance(value, bool):
            return self._number(path, value, member)
        return value

    def _number(self, path: str, value: float, member: str = "") -> JSON:
        """A long number may be a telephone or a card number: what is found in it becomes a placeholder."""
        text = str(value)
        if sum(c.isdecimal() for c in text) < _LONG_NUMBER:
            return value
        written = self._string(path, text, "text", member)
        return value if written == text else written

    def _name(self, path: str, name: str) -> str:
        return self._string(path, name, "name")

    def _string(self, path: str, value: str, kind: Kind = "text", member: str = "") -> str:
        self._left -= 1
        if self._left < 0:
            raise InvalidRequestError("The request holds too many strings.")
        if kind == "identifier" and not _IDENTIFIER.fullmatch(value):
            raise InvalidRequestError("An identifier holds characters that identifiers do not have.", param=path)
        if kind != "identifier" and _is_encoded(value):
            raise UnsupportedContentError(param=path)
        return self._visit(Place(path, kind, self._message, member, self._restored), value)


def _is_encoded(value: str) -> bool:
    return _holds(_NOT_TEXT, value) or (_holds(_WRAPPED, value) and "PRIVATE KEY-----" not in value)


def _holds(pattern: re.Pattern[str], value: str) -> bool:
    """Whether it matches somewhere. In windows: one search of a long text keeps every other thread waiting."""
    if len(value) <= _WINDOW:
        return pattern.search(value) is not None
    starts = range(0, max(len(value) - _LONGEST_MATCH, 1), _WINDOW - _LONGEST_MATCH)
    return any(pattern.search(value, start, start + _WINDOW) for start in starts)


def _members(pairs: list[tuple[str, JSON]]) -> dict[str, JSON]:
    """The members of an object. One that came twice would be read once and sent twice: then it is no document."""
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("duplicate member")
    return members


def _string(value: JSON, path: str) -> str:
    if not isinstance(value, str):
        raise InvalidRequestError("A member that must be a string is something else.", param=path)
    return value
