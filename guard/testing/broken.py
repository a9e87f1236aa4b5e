"""An implementation of each protocol that breaks: it raises what a bug would raise, not a GuardError.

Put in the place of the real one, the turn must be refused, recorded, and let no text out. The exception's message holds
`SECRET`, so that tests see whether it leaks.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, NoReturn

from guard.limit.meter import Meter
from guard.limit.protocol import Spending
from guard.model import (
    JSON,
    ChatRequest,
    ChoiceReply,
    Chunk,
    Credential,
    Grant,
    LimitProfile,
    ModerationProfile,
    Principal,
    Redacted,
    Released,
    Rule,
    Span,
    Usage,
    Verdict,
)
from guard.placeholders import Vault
from guard.restore.protocol import Restorer
from guard.store.protocol import Conversation, Write

SECRET = "zanzibar-quokka-broken"  # noqa: S105  (a canary, not a credential)


def _break() -> NoReturn:
    raise RuntimeError(SECRET)


class BrokenAuthenticator:
    async def __call__(self, credential: Credential) -> Principal:
        _break()


class BrokenAuthorizer:
    policy = "sha256:" + "0" * 64

    async def __call__(self, principal: Principal, model: str | None, scenario: str | None = None) -> Grant:
        _break()

    def decide(self, principal: Principal, obj: str, act: str) -> Rule:
        _break()


class BrokenLimiter:
    @asynccontextmanager
    async def __call__(self, principal: Principal, limit: LimitProfile) -> AsyncIterator[Spending]:
        _break()
        yield Meter()


class BrokenDetector:
    model_id = "broken"

    async def detect(self, texts: Sequence[str], language: str = "en") -> list[list[Span]]:
        _break()

    async def aclose(self) -> None:
        return None


class BrokenRedactor:
    model_ids: tuple[str, ...] = ("broken",)

    async def __call__(self, body: Mapping[str, JSON], grant: Grant, vault: Vault, new_from: int = 0) -> Redacted:
        _break()


class BrokenInspector:
    async def __call__(self, texts: Sequence[str], profile: ModerationProfile) -> Verdict:
        _break()


class BrokenTranscripts:
    """Breaks on finding the conversation; see `BrokenCommit` for one that breaks on writing."""

    @asynccontextmanager
    async def turn(self, principal: Principal, request: ChatRequest) -> AsyncIterator[Conversation]:
        _break()
        yield

    def prompt(
        self, conversation: Conversation, request_id: str, redacted: Redacted, grant: Grant | None = None
    ) -> Write:
        _break()

    def units(self, conversation: Conversation, request_id: str, released: Sequence[Released]) -> Write:
        _break()

    def finished(self, conversation: Conversation, request: ChatRequest, replies: Mapping[int, ChoiceReply]) -> Write:
        _break()

    async def messages(self, conversation_id: str) -> list[dict[str, JSON]]:
        _break()

    def erase(self, conversation_id: str) -> Write:
        _break()


class BrokenCommit:
    """Breaks on the commit number `after` (0: the first)."""

    def __init__(self, commit: Any = None, after: int = 0) -> None:
        self._commit = commit
        self._left = after

    async def __call__(self, *writes: Write) -> None:
        if self._left <= 0 or self._commit is None:
            _break()
        self._left -= 1
        await self._commit(*writes)


class BrokenGenerator:
    """Breaks after `after` chunks of text."""

    def __init__(self, after: int = 0) -> None:
        self._after = after

    async def __call__(self, body: Mapping[str, JSON]) -> AsyncGenerator[Chunk, None]:
        for _ in range(self._after):
            yield Chunk(text="One whole sentence. ")
        _break()

    async def start(self) -> None:
        return None

    async def aclose(self) -> None:
        return None


class BrokenClassifier:
    model_id = "broken"

    async def classify(self, texts: Sequence[str]) -> list[Mapping[str, float]]:
        _break()

    async def aclose(self) -> None:
        return None


class BrokenModeration:
    usage = Usage()

    async def released(self, chunks: AsyncIterable[Chunk]) -> AsyncGenerator[Released, None]:
        async for _ in chunks:
            _break()
        yield Released(0)


class BrokenModerator:
    model_ids: tuple[str, ...] = ("broken",)

    def __call__(self, grant: Grant, choices: int = 1) -> BrokenModeration:
        return BrokenModeration()


class BrokenRestorers:
    def text(self, vault: Vault, *, restore: bool) -> Restorer:
        _break()

    def json(self, document: str, vault: Vault, *, restore: bool) -> str:
        _break()


class BrokenAudit:
    @asynccontextmanager
    async def turn(self, request: ChatRequest) -> AsyncIterator[Any]:
        _break()
        yield

    def record(self, event: str, principal: Principal, fields: Mapping[str, JSON]) -> Write:
        _break()
