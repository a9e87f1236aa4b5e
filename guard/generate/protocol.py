"""What a generator is."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from typing import Protocol

from guard.model import JSON, Chunk


class Generator(Protocol):
    """Answers one redacted request.

    A generator is one factory's product: built cheaply, loaded on `start()`, freed on `aclose()`.
    """

    def __call__(self, body: Mapping[str, JSON]) -> AsyncGenerator[Chunk, None]:
        """Stream the answer.

        Args:
            body: an OpenAI chat completion body with placeholders in it; `model`, `stream` and unknown members included.

        Yields:
            chunks of `n` choices in any interleaving; every choice ends with a chunk that has a `finish_reason`,
            and the last chunk may carry the `usage`. Closing the iterator stops the generation.

        Raises:
            GeneratorError: the model failed; its own message is not passed on.
            OverloadedError: its bounded queue is full.
            InvalidRequestError: a parameter is out of its range.
        """
        ...

    async def start(self) -> None:
        """Load what has to be loaded. Raises ConfigurationError with a way out when a part is missing."""
        ...

    async def aclose(self) -> None:
        """Free everything; further calls raise GeneratorError."""
        ...


class Generators(Protocol):
    """The generators that are configured, by the name that a client asks for."""

    def find(self, name: str) -> Generator:
        """Return the generator called `name`. Raises ModelNotFoundError."""
        ...

    def scenario(self, name: str) -> str | None:
        """The scenario that the settings tie to this generator, if any."""
        ...

    def names(self) -> tuple[str, ...]:
        """All names, in the order of the settings."""
        ...
