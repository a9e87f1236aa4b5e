"""The detector of structured identifiers and secrets: shapes and rules alone, no model."""

from __future__ import annotations

from collections.abc import Sequence

from guard.model import Span
from guard.redact.packs import is_chosen, version_of
from guard.redact.recognizers import SHAPES
from guard.redact.recognizers.secret import SECRETS
from guard.redact.scanned import scanned
from guard.redact.scanner import Scanner

THRESHOLD = 0.5
"""Matches with a lower score are dropped."""


class PatternDetector:
    """Detector over `SECRETS` and those of `SHAPES` that belong to some countries, or to none; `("all",)`: of all."""

    def __init__(self, countries: Sequence[str] = ("all",)) -> None:
        chosen = (shape for shape in SHAPES if is_chosen(shape.country, countries))
        self._scanner = Scanner(chosen, THRESHOLD, SECRETS)
        self.model_id = version_of("guard-patterns/2", countries)

    @classmethod
    def create(cls, countries: Sequence[str] = ("all",)) -> PatternDetector:
        """Build the detector; there is nothing to load."""
        return cls(countries)

    async def detect(self, texts: Sequence[str], language: str = "en") -> list[list[Span]]:
        return await scanned(self._scanner.scan, texts)

    async def aclose(self) -> None:
        return None
