"""What an audit log is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

from guard.model import JSON, ChatRequest, Grant, Principal, Redacted, Released, Usage, Verdict

Write = Callable[[Any], Awaitable[None]]


class Turn(Protocol):
    """The record of one request while it is being answered. What is set here is what the record will say."""

    step: str
    principal: Principal | None
    grant: Grant | None
    conversation_id: str | None
    usage: Usage

    def prompt(self, redacted: Redacted, verdict: Verdict) -> None:
        """Note counts, coverage and the prompt's verdict: no text."""
        ...

    def released(self, piece: Released) -> None:
        """Note the verdict of a released or withheld piece."""
        ...

    def opened(self) -> Write:
        """The `chat.opened` record, to be committed with the prompt."""
        ...

    def closed(self) -> Write:
        """The `chat.closed` record, to be committed with the last unit."""
        ...


class Audit(Protocol):
    """Appends records."""

    def turn(self, request: ChatRequest) -> AbstractAsyncContextManager[Turn]:
        """Open the record of one request. However the block ends, a record says how.

        Left by an exception before `opened()` was committed: one `chat.refused` record with the error's reason_id and
        the step. After it: a `chat.closed` record with the outcome (`failed`, `disconnected`). These closing writes run
        shielded from cancellation. Failed authentications are counted in one record a minute. If the closing record
        cannot be written the error is AuditError.
        """
        ...

    def record(self, event: str, principal: Principal, fields: Mapping[str, JSON]) -> Write:
        """A record outside a chat: user added, key revoked, transcript erased, transcript read…"""
        ...
