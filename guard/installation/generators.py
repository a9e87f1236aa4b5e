"""The configured generators: what they are, whether they are loaded, and a test of one. They are edited in the settings."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from guard.authorize.required import Required
from guard.errors import ConflictError, GeneratorError, GuardError, ModelNotFoundError
from guard.generate.protocol import Generator, Generators
from guard.model import JSON, Principal

PATIENCE: Final = 20.0
"""Seconds that a test may take, loading included."""

PROMPT: Final = "Say hello in one short sentence."
"""What a test sends: the same each time, nothing of anybody."""

_TOKENS = 16


@dataclass(frozen=True, slots=True)
class Described:
    """A generator as the settings name it, without its secrets.

    Args:
        model: what it loads or asks for; empty where its kind has none.
        host: where it is; empty: in this process.
    """

    name: str
    kind: str
    model: str = ""
    host: str = ""
    scenario: str = ""


@dataclass(frozen=True, slots=True)
class Listed:
    """A generator and its state: `loading`, `ready`, or `failed` with the reason."""

    described: Described
    state: str
    problem: str = ""

    def as_json(self) -> dict[str, JSON]:
        """As the API shows it."""
        of = self.described
        told = {"kind": of.kind, "model": of.model, "host": of.host, "scenario": of.scenario}
        return {"name": of.name, **told, "state": self.state, "problem": self.problem}


@dataclass(frozen=True, slots=True)
class Tested:
    """What a test found. `first`: milliseconds to the first word; `whole`: to the last; `words`: how many came."""

    name: str
    ok: bool
    first: int | None
    whole: int
    words: int
    reason_id: str | None = None
    problem: str = ""

    def as_json(self) -> dict[str, JSON]:
        """As the API shows it."""
        times = {"first_ms": self.first, "whole_ms": self.whole, "words": self.words}
        return {"name": self.name, "ok": self.ok, **times, "reason_id": self.reason_id, "problem": self.problem}


class State(Protocol):
    """What is known of a generator that starts in the background."""

    @property
    def state(self) -> str:
        """`loading`, `ready` or `failed`."""
        ...

    @property
    def problem(self) -> GuardError | None:
        """Why it could not start."""
        ...


class GeneratorDesk:
    """What administrators see of the generators.

    Args:
        required: asks for rights and commits acts.
        described: each generator, in the order of the settings.
        patience: seconds that a test may take.
    """

    def __init__(
        self, required: Required, generators: Generators, described: Sequence[Described], patience: float = PATIENCE
    ) -> None:
        self._required, self._generators, self._described = required, generators, described
        self._patience = patience
        self._under_test: set[str] = set()

    def may(self, actor: Principal) -> bool:
        """Whether somebody may see and test them."""
        return self._required.may(actor, "generator", "edit")

    async def list(self, actor: Principal) -> list[Listed]:
        """All generators, in the order of the settings. Raises PermissionDeniedError, which is on record."""
        await self._required(actor, "generator", "edit", "administer generators")
        return [self._listed(each) for each in self._described]

    async def test(self, actor: Principal, name: str) -> Tested:
        """Send a generator one fixed prompt, as it would get a redacted one. What it answers is counted, not kept.

        Raises PermissionDeniedError, ModelNotFoundError, ConflictError while another test of it is under way.
        """
        await self._required(actor, "generator", "edit", "administer generators")
        if name not in {each.name for each in self._described}:
            raise ModelNotFoundError("There is no generator of that name.")
        if name in self._under_test:
            raise ConflictError("This generator is being tested already. Wait for the end of that.")
        self._under_test.add(name)
        try:
            tested = await self._tested(name)
        finally:
            self._under_test.discard(name)
        fields = {"generator": name, "milliseconds": tested.whole, "words": tested.words}
        failed = {} if tested.ok else {"decision": "error", "reason_id": tested.reason_id}
        await self._required.done("generator.tested", actor, fields | failed)
        return tested

    async def _tested(self, name: str) -> Tested:
        begun = time.monotonic()
        first: int | None = None
        pieces: list[str] = []
        problem: GuardError | None = None

        def passed() -> int:
            return round((time.monotonic() - begun) * 1000)

        try:
            async with asyncio.timeout(self._patience):
                async for text in _answer(self._generators.find(name), name):
                    first = passed() if first is None and text else first
                    pieces.append(text)
        except TimeoutError:
            message = f"There was no whole answer in {self._patience:g} seconds. It may still be loading."
            problem = GeneratorError(message, reason_id="upstream_timeout")
        except GuardError as error:
            problem = error
        words = len("".join(pieces).split())
        if problem is None and not words:
            problem = GeneratorError("It answered without a word.")
        if problem is None:
            return Tested(name, True, first, passed(), words)
        return Tested(name, False, first, passed(), words, problem.reason_id, self._told(name, problem))

    def _told(self, name: str, problem: GuardError) -> str:
        listed = self._listed(next(each for each in self._described if each.name == name))
        return listed.problem or str(problem)

    def _listed(self, described: Described) -> Listed:
        found: Generator | State = self._generators.find(described.name)
        state, problem = getattr(found, "state", "ready"), getattr(found, "problem", None)
        return Listed(described, state, str(problem) if problem else "")


async def _answer(generator: Generator, name: str) -> AsyncGenerator[str, None]:
    """The pieces of an answer to the fixed prompt."""
    body = {"model": name, "messages": [{"role": "user", "content": PROMPT}], "max_tokens": _TOKENS, "stream": True}
    stream = generator(body)
    try:
        async for chunk in stream:
            yield chunk.text
    finally:
        await stream.aclose()
