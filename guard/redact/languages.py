"""One detector per language, each over the parts of a text that are in its language.

What script a word is in decides first, and costs nothing: a text of Latin letters alone is one part. `lingua` is asked
only where two detectors read the same script; its models are loaded when that happens for the first time.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from guard.errors import ConfigurationError
from guard.model import Span
from guard.redact.protocol import Detector

if TYPE_CHECKING:
    from lingua import LanguageDetector

LATIN = "latin"
_SCRIPTS = {
    "han": "\u3005-\u3007\u3040-\u30ff\u3100-\u312f\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff",
    "hangul": "\u1100-\u11ff\u3130-\u318f\uac00-\ud7af",
    "cyrillic": "\u0400-\u052f",
    "greek": "\u0370-\u03ff\u1f00-\u1fff",
    "arabic": "\u0600-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufeff",
    "hebrew": "\u0590-\u05ff",
    "devanagari": "\u0900-\u097f",
    "thai": "\u0e00-\u0e7f",
}
"""Script to its characters. Japanese is read with `han`. What is in none of them is Latin."""

SCRIPT_OF = {
    "zh": "han", "ja": "han", "ko": "hangul", "ru": "cyrillic", "uk": "cyrillic", "bg": "cyrillic", "sr": "cyrillic",
    "el": "greek", "ar": "arabic", "fa": "arabic", "ur": "arabic", "he": "hebrew", "hi": "devanagari", "th": "thai",
}  # fmt: skip
"""Language to its script; a language that is not here is written in Latin letters."""

_CONFUSED = {
    LATIN: ("en", "de", "fr", "es", "it", "pt", "nl", "pl"),
    "cyrillic": ("ru", "uk", "bg"),
    "han": ("zh", "ja"),
}
"""Languages that lingua weighs besides those that have a detector, so that it does not take one of them for another."""

_NOT_LATIN = re.compile(f"[{''.join(_SCRIPTS.values())}]")
# Han and kana are written without spaces: each run is a unit. A word of two alphabets is not cut.
_UNIT = re.compile(
    f"(?P<han>[{_SCRIPTS['han']}]+)|(?P<word>[^\\W\\d_{_SCRIPTS['han']}](?:[^\\W_{_SCRIPTS['han']}]|['’\u0300-\u036f])*)"
)
_OF_WORD = {name: re.compile(f"[{characters}]") for name, characters in _SCRIPTS.items() if name != "han"}
_LATIN_LETTER = re.compile("[A-Za-z\u00c0-\u024f\u1e00-\u1eff]")
_SHORT = 30
"""A line with fewer characters is in the language of its message: too little to tell."""

_SURE = 0.5
"""A language that lingua is less sure of is not taken: the part goes to the default detector as well."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a text: where it is and what script its letters are of."""

    start: int
    end: int
    script: str


def segments(text: str) -> list[Segment]:
    """Cut a text where its script changes. The segments follow each other and cover all of it.

    What belongs to no script (digits, spaces, punctuation) stays with the segment before it, at the beginning with the
    first.
    """
    if text.isascii() or not _NOT_LATIN.search(text):
        return [Segment(0, len(text), LATIN)]
    cuts: list[tuple[int, str]] = []
    for unit in _UNIT.finditer(text):
        script = "han" if unit.lastgroup == "han" else _script(unit.group())
        if not cuts or cuts[-1][1] != script:
            cuts.append((unit.start() if cuts else 0, script))
    if not cuts:
        return [Segment(0, len(text), LATIN)]
    return [Segment(start, end, script) for (start, script), (end, _) in pairwise([*cuts, (len(text), "")])]


def _script(word: str) -> str:
    """The script of a word: Latin where one letter is, so that a look-alike letter hides no name."""
    if _LATIN_LETTER.search(word):
        return LATIN
    return next((name for name, pattern in _OF_WORD.items() if pattern.search(word)), LATIN)


class Languages:
    """Detector over one detector per language.

    Args:
        detectors: by language code (ISO 639-1). One entry is all that a further language needs.
        default: the language whose detector reads what no other is for, in its script; first of `detectors` if not given.

    Text in a script that no detector reads is left to the detectors of shapes, which look at all text.
    """

    def __init__(self, detectors: Mapping[str, Detector], default: str | None = None) -> None:
        if not detectors or (default is not None and default not in detectors):
            raise ConfigurationError("The default language has no detector. Name one of those that are set up.")
        self._detectors = dict(detectors)
        self._default = default or next(iter(detectors))
        self._by_script: dict[str, list[str]] = {}
        for language in detectors:
            self._by_script.setdefault(SCRIPT_OF.get(language, LATIN), []).append(language)
        self._lingua: dict[str, LanguageDetector] = {}

    @property
    def model_id(self) -> str:
        return "+".join(f"{language}:{detector.model_id}" for language, detector in self._detectors.items())

    async def detect(self, texts: Sequence[str], language: str = "") -> list[list[Span]]:
        """See `Detector`. A `language` that is given wins: its detector, or the default one, reads the whole text."""
        if language:
            return await self._detectors.get(language, self._detectors[self._default]).detect(texts, language)
        parts: dict[str, list[tuple[int, int, str]]] = {}
        for index, text in enumerate(texts):
            for start, end, read_by in await self._parts(text):
                parts.setdefault(read_by, []).append((index, start, text[start:end]))
        spans: list[list[Span]] = [[] for _ in texts]
        for read_by, some in parts.items():
            found = await self._detectors[read_by].detect([part for _, _, part in some], read_by)
            for (index, start, _), inside in zip(some, found, strict=True):
                spans[index] += [span.at(start + span.start, start + span.end) for span in inside]
        return spans

    async def aclose(self) -> None:
        for detector in self._detectors.values():
            await detector.aclose()

    async def count(self, texts: Sequence[str]) -> Counter[str]:
        """Parts of the texts by the language whose detector reads them, `und` where none does: for the record."""
        counts: Counter[str] = Counter()
        for text in texts:
            counts.update(read_by for _, _, read_by in await self._parts(text))
            counts["und"] += sum(segment.script not in self._by_script for segment in segments(text))
        return +counts

    async def _parts(self, text: str) -> list[tuple[int, int, str]]:
        """Start, end and the language of the detector, of each part that a detector reads."""
        parts: list[tuple[int, int, str]] = []
        undecided: list[Segment] = []
        for segment in segments(text):
            languages = self._by_script.get(segment.script, [])
            if len(languages) > 1:
                undecided.append(segment)
            elif languages and any(c.isalnum() for c in text[segment.start : segment.end]):
                parts.append((segment.start, segment.end, languages[0]))
        if undecided:
            parts += await asyncio.to_thread(self._told_apart, text, undecided)
        return parts

    def _told_apart(self, text: str, undecided: Sequence[Segment]) -> list[tuple[int, int, str]]:
        """Ask lingua, line by line; a short line is in the language of the message."""
        parts: list[tuple[int, int, str]] = []
        for script in dict.fromkeys(segment.script for segment in undecided):
            some = [segment for segment in undecided if segment.script == script]
            message = self._languages(script, " ".join(text[segment.start : segment.end] for segment in some))
            for segment in some:
                position = segment.start
                for line in text[segment.start : segment.end].splitlines(keepends=True):
                    said = message if len(line.strip()) < _SHORT else self._languages(script, line)
                    parts += [(position, position + len(line), language) for language in said]
                    position += len(line)
        return parts

    def _languages(self, script: str, text: str) -> tuple[str, ...]:
        """The detectors for a text: of its language; with the default one where that is not sure or has no detector."""
        there = self._by_script[script]
        default = self._default if self._default in there else there[0]
        values = self._model(script).compute_language_confidence_values(text)
        best = values[0]
        code = best.language.iso_code_639_1.name.lower()
        if code not in there:
            return (default,)
        return (code,) if best.value >= _SURE or code == default else (code, default)

    def _model(self, script: str) -> LanguageDetector:
        """Lingua's models, of the languages in question alone: 20 MB for eight in its quick mode."""
        if script not in self._lingua:
            from lingua import IsoCode639_1, LanguageDetectorBuilder

            codes = dict.fromkeys((*self._by_script[script], *_CONFUSED.get(script, ())))
            known = [getattr(IsoCode639_1, code.upper()) for code in codes if hasattr(IsoCode639_1, code.upper())]
            builder = LanguageDetectorBuilder.from_iso_codes_639_1(*known)
            self._lingua[script] = builder.with_low_accuracy_mode().build()
        return self._lingua[script]
