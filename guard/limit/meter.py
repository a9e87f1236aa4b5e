"""How many tokens a turn was."""

from __future__ import annotations

import math
from dataclasses import dataclass

from guard.limit.protocol import Counted
from guard.model import JSON, Redacted, Released

CHARACTERS_PER_TOKEN = 4
"""For generators that do not say how many tokens they used, and for answers that were broken off before they did."""


@dataclass(slots=True)
class Meter:
    """Implements Spending."""

    _counted: Counted | None = None
    _characters: int = 0

    def begins(self, redacted: Redacted, counted: Counted) -> None:
        self._counted = counted
        self._characters += _characters([redacted.body.get("messages"), redacted.body.get("tools")])

    def released(self, piece: Released) -> None:
        self._characters += len(piece.text)
        if piece.tool_call:
            self._characters += len(piece.tool_call.name) + len(piece.tool_call.arguments)

    @property
    def tokens(self) -> int:
        """The generator's own count where there is one, else the characters of prompt and answer, four to a token."""
        if self._counted is None:
            return 0
        usage = self._counted.usage
        return usage.prompt_tokens + usage.completion_tokens or math.ceil(self._characters / CHARACTERS_PER_TOKEN)


def _characters(value: JSON) -> int:
    """The characters of all strings in a JSON value, names of members excepted."""
    count, left = 0, [value]
    while left:
        each = left.pop()
        if isinstance(each, str):
            count += len(each)
        elif isinstance(each, dict):
            left += each.values()
        elif isinstance(each, list | tuple):
            left += each
    return count
