"""The models that every request needs. They are imported here alone, when they are loaded: it takes seconds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from guard.moderate.classifier import MinilmClassifier
    from guard.redact.engine import RedactionEngine
    from guard.redact.protocol import Detector


@dataclass(frozen=True, slots=True)
class Checkers:
    """The models that every request needs: detectors and classifier."""

    redactor: RedactionEngine
    patterns: Detector
    classifier: MinilmClassifier

    @property
    def model_ids(self) -> Mapping[str, list[str]]:
        """Their ids, for each record."""
        return {"detectors": list(self.redactor.model_ids), "classifiers": [self.classifier.model_id]}


@asynccontextmanager
async def checkers(countries: Sequence[str] = ("all",)) -> AsyncIterator[Checkers]:
    """Load the detectors and the classifier: seconds, and some hundred megabytes.

    Args:
        countries: whose packs of structured identifiers run.
    """
    from guard.moderate.classifier import MinilmClassifier
    from guard.redact.chinese import ChineseDetector
    from guard.redact.engine import RedactionEngine
    from guard.redact.european import EuropeanLabelsDetector
    from guard.redact.languages import Languages
    from guard.redact.patterns import PatternDetector
    from guard.redact.presidio import PresidioDetector
    from guard.redact.quasi import QuasiDetector
    from guard.redact.tagger import TaggerDetector
    from guard.redact.views import Views

    async with AsyncExitStack() as stack:
        patterns: Detector = Views(PatternDetector(countries))
        packs = await asyncio.to_thread(PresidioDetector.create, countries)
        # What it marks for the quasi-identifier profiles alone is cleared by the policy of all others.
        tagger = TaggerDetector.create(quasi=True)
        await tagger.load()
        # Spans that tie go to the first: a resident's number with a right check digit is no card.
        chinese = ChineseDetector(everywhere="all" in countries or "cn" in countries)
        read: list[Detector] = [chinese, EuropeanLabelsDetector(), packs, Languages({"en": tagger})]
        detectors = [*map(Views, read[:2]), patterns, *map(Views, read[2:])]
        for detector in detectors:
            stack.push_async_callback(detector.aclose)
        classifier = MinilmClassifier()
        stack.push_async_callback(classifier.aclose)
        await classifier.load()
        yield Checkers(RedactionEngine(detectors, patterns, quasi=QuasiDetector()), patterns, classifier)
