"""The redactor: read every string, find what is personal in them, write placeholders in its place."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from guard.errors import PersonalDataInNameError, PromptBlockedError
from guard.model import JSON, Coverage, EntityAction, Grant, Redacted, Replaced, Span
from guard.placeholders import Vault
from guard.redact.known import VAULT, Known
from guard.redact.operators import Writer, close_up
from guard.redact.protocol import Detector
from guard.redact.spans import outside, resolve
from guard.redact.walker import Place, walk

_SURE = 0.75
"""Ids are random letters and digits: a span that scores less is chance in them."""

_NO_PERSON = frozenset({"ID", "DATE_TIME", "AGE"})
"""Types that a member name may hold: objects are keyed by ids and by dates."""

_LONGEST_LABEL = 40
_WORDS = re.compile(r"[_\-.\s]+|(?<=[a-z0-9])(?=[A-Z])")
_SECRET = re.compile(r"(?i)pass|pwd|secret|token|credential|\bpin\b|key\b")
_FULL_NAME = re.compile(r"[^\W\d_][\w'’.-]*(?: [^\W\d_][\w'’.-]*){1,3}")


@dataclass(slots=True)
class _Found:
    """One string of the request, what is replaced in it, and what the policy clears."""

    place: Place
    text: str = field(repr=False)
    spans: list[Span] = field(default_factory=list)
    clear: list[Span] = field(default_factory=list)

    def view(self, vault: Vault) -> tuple[str, int]:
        """What the detectors read, and where the text begins in it: behind the name of its member.

        Placeholders of this conversation are blanked. What is named a secret is quoted: all of it is the secret, not
        its first word.
        """
        text = _view(self.text, vault)
        if not 0 < len(self.place.member) <= _LONGEST_LABEL:
            return text, 0
        label = " ".join(_WORDS.split(self.place.member)).strip() + ": "
        if _SECRET.search(label) and '"' not in text and "\n" not in text:
            return f'{label}"{text}"', len(label) + 1
        return label + text, len(label)

    def placeholders(self, vault: Vault) -> list[tuple[int, int]]:
        """Where placeholders of this conversation stand already."""
        return vault.places(self.text)


class RedactionEngine:
    """Redactor over detectors.

    Args:
        detectors: all are asked about every text; one that fails fails the request.
        structured: asked about every text as well, and alone about member names and identifiers, where a model of
            language has nothing to go by; `None`: all detectors are.
    """

    def __init__(self, detectors: Sequence[Detector], structured: Detector | None = None) -> None:
        if not detectors:
            raise ValueError("No detector, no answer.")
        self._detectors = tuple(dict.fromkeys((*detectors, structured) if structured else detectors))
        self._structured = (structured,) if structured else self._detectors
        self.model_ids = tuple(detector.model_id for detector in self._detectors)

    async def __call__(self, body: Mapping[str, JSON], grant: Grant, vault: Vault, new_from: int = 0) -> Redacted:
        found = _read(body)
        foreign = sum(vault.foreign(each.text) for each in found)
        await self._refuse_names(found)
        earlier, writer = Known(grant, vault), Writer(grant, vault)
        types = await self._detect(found, grant, vault)
        for each in found:
            if each.place.restored:
                _prefer(each, earlier.find(_view(each.text, vault)))
            if each.place.kind == "pseudonym":
                writer.take("PERSON", each.text)
        size = -1
        # A known value beside a found one makes a longer one, which is known from then on: until nothing is new.
        while len(writer) != size:
            size = len(writer)
            for each in found:
                for span in each.spans:
                    writer.take(span.entity_type, each.text[span.start : span.end])
            _find_known(found, Known(grant, writer), vault)
        replaced: list[Replaced] = []
        written = iter([_written(each, writer, replaced) for each in found])
        redacted = walk(body, lambda _place, _text: next(written))
        counts = Counter(each.span.entity_type for each in replaced)
        texts, cleared = _new_texts(redacted, new_from), _cleared(found, vault)
        one_way = sum(writer.is_one_way(each.span.entity_type) for each in replaced)
        return Redacted(
            redacted, dict(counts), _coverage(found), texts, tuple(replaced), cleared, types, one_way, foreign
        )

    async def _refuse_names(self, found: Sequence[_Found]) -> None:
        """A member name or an identifier cannot be replaced without breaking the request: it must hold nothing."""
        checked = [each for each in found if each.place.kind in ("name", "identifier")]
        texts = list(dict.fromkeys(each.text for each in checked))
        worst: dict[str, float] = dict.fromkeys(texts, 0.0)
        for detector in self._structured if texts else ():
            for text, spans in zip(texts, await detector.detect(texts), strict=True):
                worst[text] = max([worst[text], *(s.score for s in spans if s.entity_type not in _NO_PERSON)])
        # A member name of several words may be somebody's.
        several = [text for text in texts if _FULL_NAME.fullmatch(text)]
        for detector in self._detectors if several else ():
            for text, spans in zip(several, await detector.detect(several), strict=True):
                if any(span.entity_type == "PERSON" and span.end - span.start == len(text) for span in spans):
                    worst[text] = 1.0
        for each in checked:
            if worst[each.text] >= (_SURE if each.place.kind == "identifier" else 0.01):
                raise PersonalDataInNameError(param=each.place.path)

    async def _detect(self, found: Sequence[_Found], grant: Grant, vault: Vault) -> tuple[str, ...]:
        """Ask every detector about every text, once for texts that are equal. Return the types that were found."""
        asked = [(each, *each.view(vault)) for each in found if each.place.kind == "text" and each.text.strip()]
        spans: dict[str, list[Span]] = {view: [] for _, view, _ in asked}
        for detector in self._detectors if spans else ():
            for view, some in zip(spans, await detector.detect(list(spans)), strict=True):
                spans[view] += some
        seen = [(each, _shifted(spans[view], offset, len(each.text))) for each, view, offset in asked]
        types = tuple(sorted({span.entity_type for _, some in seen for span in some}))
        _refuse_blocked(types, grant)
        for each, some in seen:
            redacted = resolve(_with("redact", some, grant), each.text)
            each.spans = outside(redacted, each.placeholders(vault), each.text)
            each.clear = resolve(_with("clear", some, grant), each.text)
        return types


def _read(body: Mapping[str, JSON]) -> list[_Found]:
    found: list[_Found] = []

    def visit(place: Place, text: str) -> str:
        found.append(_Found(place, text))
        return text

    walk(body, visit)
    return found


def _view(text: str, vault: Vault) -> str:
    """The text as the detectors read it: placeholders of this conversation are blanked, letter for letter."""
    parts, position = [], 0
    for start, end in vault.places(text):
        parts += [text[position:start], "x" * (end - start)]
        position = end
    return "".join([*parts, text[position:]])


def _shifted(spans: Sequence[Span], offset: int, length: int) -> list[Span]:
    """The spans of a view as spans of the text in it."""
    moved = [span.at(max(span.start - offset, 0), min(span.end - offset, length)) for span in spans]
    return [span for span in moved if span.start < span.end]


def _refuse_blocked(types: Sequence[str], grant: Grant) -> None:
    """Raises PromptBlockedError when the grant blocks one of the types that were found."""
    for entity_type in types:
        if grant.action_for(entity_type) == "block":
            error = PromptBlockedError(f"The policy does not let a prompt with {entity_type} pass.")
            error.found = tuple(types)
            raise error


def _with(action: EntityAction, spans: Sequence[Span], grant: Grant) -> list[Span]:
    return [span for span in spans if grant.action_for(span.entity_type) == action]


def _find_known(found: Sequence[_Found], known: Known, vault: Vault) -> None:
    """What was taken out once is taken out everywhere, also where a detector did not see it: in another message, in
    tool arguments, and a person's surname alone."""
    for each in found:
        if each.place.kind in ("name", "identifier"):
            if " " in each.text and known.types.get(each.text) == "PERSON":
                raise PersonalDataInNameError(param=each.place.path)
            continue
        if more := known.find(_view(each.text, vault)):
            if each.place.restored:
                _prefer(each, more)
            else:
                each.spans = outside(resolve([*each.spans, *more], each.text), each.placeholders(vault), each.text)


def _prefer(found: _Found, known: Sequence[Span]) -> None:
    """Known values over longer spans that hold them: in an answer that was restored they were placeholders before, and
    become the same again. Those that are set already stay."""
    fixed = [span for span in found.spans if span.detector == VAULT]
    fixed += outside(known, _regions(fixed), found.text)
    rest = outside((s for s in found.spans if s.detector != VAULT), _regions(fixed), found.text)
    found.spans = sorted([*fixed, *rest], key=lambda span: span.start)


def _regions(spans: Sequence[Span]) -> list[tuple[int, int]]:
    return sorted((span.start, span.end) for span in spans)


def _written(found: _Found, writer: Writer, replaced: list[Replaced]) -> str:
    """The string as it is sent."""
    text = found.text
    if found.place.kind == "pseudonym":
        # Without brackets: OpenAI's `name` and `user` do not take them.
        name = writer.pseudonym(text)
        replaced.append(Replaced(found.place.path, Span(0, len(text), "PERSON", 1.0, "field"), name))
        return name
    parts: list[str] = []
    position = 0
    for span in found.spans:
        parts.append(text[position : span.start])
        position = writer.end(text, span.entity_type, span.end)
        written = writer.written(span.entity_type, text[span.start : span.end])
        if written:
            parts.append(written)
        else:
            position += close_up(parts, text[position : position + 1])
        replaced.append(Replaced(found.place.path, span, written))
    return "".join([*parts, text[position:]])


def _cleared(found: Sequence[_Found], vault: Vault) -> dict[str, int]:
    """How many cleared spans of each type stand in the clear: what a replaced span covers does not."""
    counts: Counter[str] = Counter()
    for each in found:
        if each.clear:
            taken = sorted([*_regions(each.spans), *each.placeholders(vault)])
            counts.update(span.entity_type for span in each.clear if outside([span], taken, each.text))
    return dict(counts)


def _coverage(found: Sequence[_Found]) -> Coverage:
    scanned = Counter(each.place.path for each in found)
    unknown = sum(count for path, count in scanned.items() if "*" in path)
    return Coverage(dict(scanned), unknown)


def _new_texts(body: Mapping[str, JSON], new_from: int) -> tuple[str, ...]:
    """The redacted texts of the new messages, as the prompt checks read them."""
    texts: list[str] = []

    def visit(place: Place, text: str) -> str:
        if place.kind == "text" and place.message is not None and place.message >= new_from:
            texts.append(text)
        return text

    walk(body, visit)
    return tuple(texts)
