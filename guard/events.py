"""What the pipeline emits, in order: one `Opened`, any number of `Delta` and `ToolCalled`, one `Finished` per choice, one `Done`.

`Done` comes only after the last unit and the closed record are committed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from guard.model import ToolCall, Usage, Verdict


@dataclass(frozen=True, slots=True)
class Opened:
    """The record is open and the prompt stored: what the response headers say.

    `foreign` counts the placeholders in the request that are not of its conversation.
    """

    request_id: str
    conversation: str
    policy: str
    redactions: Mapping[str, int]
    foreign: int = 0


@dataclass(frozen=True, slots=True)
class Delta:
    """Text of one choice, judged, committed and restored."""

    choice: int
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ToolCalled:
    """A whole tool call, judged, committed and restored."""

    call: ToolCall


@dataclass(frozen=True, slots=True)
class Finished:
    """A choice is over. `withheld` names the category if a verdict ended it; its notice was sent as a `Delta` before."""

    choice: int
    finish_reason: str
    verdict: Verdict
    withheld: str | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """The turn is over and recorded."""

    usage: Usage


Event = Opened | Delta | ToolCalled | Finished | Done
