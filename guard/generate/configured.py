"""The generators of the settings, by name."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field

from guard.errors import GeneratorError, GuardError, ModelNotFoundError
from guard.generate.protocol import Generator
from guard.model import JSON, Chunk

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Configured:
    """One generator: started in the background; a request waits for it, and fails with its reason if it cannot start.

    A model that is missing must not take the server down: the pages, the log and the other models go on.
    """

    name: str
    generator: Generator
    scenario: str | None = None
    problem: GuardError | None = None
    _started: asyncio.Task[None] | None = field(default=None, repr=False)

    @property
    def state(self) -> str:
        """`loading`, `ready`, or `failed`: `problem` then says why."""
        if self._started is None or not self._started.done():
            return "loading"
        return "ready" if self.problem is None else "failed"

    async def start(self) -> None:
        """Begin to start. Returns at once."""
        self._started = asyncio.create_task(self._start())

    async def wait(self) -> None:
        """Wait until it has started, or could not; `problem` then says why."""
        if self._started is None:
            await self.start()
        assert self._started is not None
        await asyncio.shield(self._started)

    async def __call__(self, body: Mapping[str, JSON]) -> AsyncGenerator[Chunk, None]:
        await self.wait()
        if self.problem is not None:
            raise GeneratorError("The model is not ready. `guard doctor` says why.", reason_id="generator_not_ready")
        stream = self.generator(body)
        try:
            async for chunk in stream:
                yield chunk
        finally:
            await stream.aclose()

    async def aclose(self) -> None:
        """Stop and free it."""
        if self._started is not None:
            await asyncio.gather(self._started, return_exceptions=True)
        await self.generator.aclose()

    async def _start(self) -> None:
        try:
            await self.generator.start()
        except GuardError as error:
            self.problem = error
            log.warning("A generator could not start.", extra={"reason_id": error.reason_id, "generator": self.name})
        except Exception as error:  # noqa: BLE001
            self.problem = GeneratorError(f"The model could not be loaded ({type(error).__name__}).")
            log.warning("A generator could not start.", extra={"reason_id": "internal_error", "generator": self.name})


class ConfiguredGenerators:
    """Implements Generators, in the order of the settings."""

    def __init__(self, generators: Mapping[str, tuple[Generator, str | None]]) -> None:
        self._generators = {
            name: Configured(name, generator, scenario) for name, (generator, scenario) in generators.items()
        }

    def find(self, name: str) -> Configured:
        try:
            return self._generators[name]
        except KeyError:
            raise ModelNotFoundError(param="model") from None

    def scenario(self, name: str) -> str | None:
        return self.find(name).scenario

    def names(self) -> tuple[str, ...]:
        return tuple(self._generators)

    async def start(self) -> None:
        """Begin to start all of them."""
        for generator in self._generators.values():
            await generator.start()

    async def aclose(self) -> None:
        """Stop and free all of them."""
        for generator in self._generators.values():
            await generator.aclose()
