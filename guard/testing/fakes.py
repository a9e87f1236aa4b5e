"""Plain fakes that keep the contracts of their protocols: fast, in memory, deterministic."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

from guard.errors import AuthenticationError, ModelNotFoundError, PermissionDeniedError
from guard.generate.protocol import Generator
from guard.limit.meter import Meter
from guard.limit.protocol import Spending
from guard.model import (
    JSON,
    Budget,
    Chunk,
    Credential,
    Grant,
    LimitProfile,
    ModerationProfile,
    Principal,
    Rule,
    Span,
    Usage,
)

POLICY = "sha256:" + "a" * 64
ALLOW = Rule("p, employee, *, *, use, allow", allowed=True)


def grant(**changes: object) -> Grant:
    """A grant that redacts everything, restores, and withholds toxicity and bias at one half."""
    fields: dict[str, object] = {
        "policy": POLICY,
        "scenario": "default",
        "redaction": "default",
        "entities": {},
        "restore": True,
        "moderation": ModerationProfile("default", withhold={"toxicity": 0.5, "bias": 0.5}),
        "limit": LimitProfile("default", Budget(requests_per_minute=1000, concurrent=1000)),
        "rules": {"generator": ALLOW},
    }
    return Grant(**{**fields, **changes})  # type: ignore[arg-type]


class KeyRing:
    """Authenticator over a dictionary of API keys."""

    def __init__(self, principals: Mapping[str, Principal]) -> None:
        self._principals = dict(principals)

    async def __call__(self, credential: Credential) -> Principal:
        if not credential.api_key:
            raise AuthenticationError(reason_id="api_key_missing")
        try:
            return self._principals[credential.api_key]
        except KeyError:
            raise AuthenticationError from None


class GrantAll:
    """Authorizer that gives everyone one grant, but for the models in `denied`."""

    policy = POLICY

    def __init__(self, given: Grant | None = None, denied: Sequence[str] = ()) -> None:
        self._grant = given or grant()
        self._denied = frozenset(denied)

    async def __call__(self, principal: Principal, model: str | None, scenario: str | None = None) -> Grant:
        if model in self._denied:
            raise PermissionDeniedError
        return self._grant

    def decide(self, principal: Principal, obj: str, act: str) -> Rule:
        name = obj.partition("/")[2]
        return Rule("default deny", allowed=False) if name in self._denied else ALLOW


class NoLimit:
    """Limiter that lets everyone in."""

    @asynccontextmanager
    async def __call__(self, principal: Principal, limit: LimitProfile) -> AsyncIterator[Spending]:
        yield Meter()


class WordDetector:
    """Finds given words: `{"Ada": "PERSON"}`. Good for tests that must know exactly what is found."""

    model_id = "words"

    def __init__(self, words: Mapping[str, str]) -> None:
        self._words = dict(words)
        self._pattern = re.compile(
            "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True)) or r"(?!)"
        )

    async def detect(self, texts: Sequence[str], language: str = "en") -> list[list[Span]]:
        return [
            [Span(m.start(), m.end(), self._words[m[0]], 1.0, "words") for m in self._pattern.finditer(text)]
            for text in texts
        ]

    async def aclose(self) -> None:
        return None


class WordClassifier:
    """Scores 1.0 in a category when one of its words is in the text, else 0.0."""

    model_id = "words"

    def __init__(self, words: Mapping[str, Sequence[str]] | None = None) -> None:
        self._words = words or {"toxicity": ("toxicword",), "bias": ("biasword",)}
        self.asked: list[str] = []

    async def classify(self, texts: Sequence[str]) -> list[Mapping[str, float]]:
        self.asked += texts
        return [
            {category: float(any(word in text for word in words)) for category, words in self._words.items()}
            for text in texts
        ]

    async def aclose(self) -> None:
        return None


class ChunkedGenerator:
    """Answers with given chunks per choice; the choices are interleaved. Counts calls and notes early closing."""

    def __init__(self, *choices: Sequence[str]) -> None:
        self._choices = choices
        self.bodies: list[Mapping[str, JSON]] = []
        self.closed_early = 0

    async def __call__(self, body: Mapping[str, JSON]) -> AsyncGenerator[Chunk, None]:
        self.bodies.append(body)
        done = False
        try:
            for position in range(max(map(len, self._choices), default=0)):
                for index, chunks in enumerate(self._choices):
                    if position < len(chunks):
                        yield Chunk(index, chunks[position])
            for index in range(len(self._choices)):
                yield Chunk(index, finish_reason="stop")
            yield Chunk(usage=Usage(7, 11))
            done = True
        finally:
            self.closed_early += not done

    async def start(self) -> None:
        return None

    async def aclose(self) -> None:
        return None


class NamedGenerators:
    """Generators over a dictionary."""

    def __init__(self, generators: Mapping[str, Generator], scenarios: Mapping[str, str] | None = None) -> None:
        self._generators = dict(generators)
        self._scenarios = dict(scenarios or {})

    def find(self, name: str) -> Generator:
        try:
            return self._generators[name]
        except KeyError:
            raise ModelNotFoundError(param="model") from None

    def scenario(self, name: str) -> str | None:
        return self._scenarios.get(name)

    def names(self) -> tuple[str, ...]:
        return tuple(self._generators)
