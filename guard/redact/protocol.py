"""What a detector and a redactor are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from guard.model import JSON, Grant, Redacted, Span
from guard.placeholders import Vault


class Detector(Protocol):
    """Finds personal data. Spans may overlap; the engine resolves them."""

    @property
    def model_id(self) -> str:
        """Name and version, for the audit record."""
        ...

    async def detect(self, texts: Sequence[str], language: str = "en") -> list[list[Span]]:
        """Return the spans of each text, offsets in code points.

        Raises DetectorError when any text could not be scanned, OverloadedError when the queue is full.
        """
        ...

    async def aclose(self) -> None:
        """Free the models."""
        ...


class Redactor(Protocol):
    """Redacts a whole request body."""

    async def __call__(self, body: Mapping[str, JSON], grant: Grant, vault: Vault, new_from: int = 0) -> Redacted:
        """Walk every string of `body`, replace what the grant does not let through, remember values in `vault`.

        Args:
            new_from: index of the first message that is new in this turn (for `Redacted.texts`).

        Raises:
            DetectorError, OverloadedError: as of the detectors.
            UnsupportedContentError: what is not text. PersonalDataInNameError: a member name with personal data.
            PromptBlockedError: an entity type that the grant blocks was found.
        """
        ...

    @property
    def model_ids(self) -> tuple[str, ...]:
        """The detectors in use, for the audit record."""
        ...
