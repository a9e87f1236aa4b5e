"""An implementation of each deciding protocol that always refuses, with the error that the real one would raise."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

from guard.errors import (
    AuthenticationError,
    ClassifierError,
    DetectorError,
    LimitExceededError,
    PermissionDeniedError,
    PromptBlockedError,
)
from guard.limit.meter import Meter
from guard.limit.protocol import Spending
from guard.model import (
    JSON,
    Credential,
    Grant,
    LimitProfile,
    ModerationProfile,
    Principal,
    Redacted,
    Rule,
    Span,
    Verdict,
)
from guard.placeholders import Vault


class DenyAuthenticator:
    async def __call__(self, credential: Credential) -> Principal:
        raise AuthenticationError


class DenyAuthorizer:
    policy = "sha256:" + "0" * 64

    async def __call__(self, principal: Principal, model: str | None, scenario: str | None = None) -> Grant:
        raise PermissionDeniedError

    def decide(self, principal: Principal, obj: str, act: str) -> Rule:
        return Rule("default deny", allowed=False)


class DenyLimiter:
    @asynccontextmanager
    async def __call__(self, principal: Principal, limit: LimitProfile) -> AsyncIterator[Spending]:
        raise LimitExceededError(retry_after=60)
        yield Meter()


class DenyDetector:
    model_id = "deny"

    async def detect(self, texts: Sequence[str], language: str = "en") -> list[list[Span]]:
        raise DetectorError

    async def aclose(self) -> None:
        return None


class DenyRedactor:
    model_ids: tuple[str, ...] = ("deny",)

    async def __call__(self, body: Mapping[str, JSON], grant: Grant, vault: Vault, new_from: int = 0) -> Redacted:
        raise DetectorError


class DenyInspector:
    async def __call__(self, texts: Sequence[str], profile: ModerationProfile) -> Verdict:
        raise PromptBlockedError


class DenyClassifier:
    """Withholds everything: every category is certain."""

    model_id = "deny"

    def __init__(self, categories: Sequence[str] = ("toxicity", "bias")) -> None:
        self._categories = tuple(categories)

    async def classify(self, texts: Sequence[str]) -> list[Mapping[str, float]]:
        return [dict.fromkeys(self._categories, 1.0) for _ in texts]

    async def aclose(self) -> None:
        return None


class FailingClassifier(DenyClassifier):
    """Fails the way a real classifier does."""

    async def classify(self, texts: Sequence[str]) -> list[Mapping[str, float]]:
        raise ClassifierError
