"""What a classifier and a moderation are."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable, Mapping, Sequence
from typing import Protocol

from guard.model import Chunk, Grant, Released, Usage


class Classifier(Protocol):
    """Scores texts. Placeholders were turned into neutral words before."""

    @property
    def model_id(self) -> str:
        """Name and digest of the weights, for the audit record, e.g. `guard-minilm@sha256:1f2e…`."""
        ...

    async def classify(self, texts: Sequence[str]) -> list[Mapping[str, float]]:
        """Return per text the probability (0 to 1) of each category, e.g. `{"toxicity": .01, "bias": .02}`.

        Raises ClassifierError when any text could not be judged, OverloadedError when the queue is full.
        """
        ...

    async def aclose(self) -> None:
        """Free the model."""
        ...


class Moderation(Protocol):
    """The judge of one answer, all its choices."""

    usage: Usage

    def released(self, chunks: AsyncIterable[Chunk]) -> AsyncGenerator[Released, None]:
        """Yield the judged pieces in the order in which they may leave; stop early when all choices are withheld.

        Raises ClassifierError: nothing that was not judged has been yielded.
        """
        ...


class Moderator(Protocol):
    """Makes the judge for one answer."""

    def __call__(self, grant: Grant, choices: int = 1) -> Moderation:
        """The judge of an answer of `choices` choices under the grant's moderation profile."""
        ...

    @property
    def model_ids(self) -> tuple[str, ...]:
        """The classifiers in use, for the audit record."""
        ...
