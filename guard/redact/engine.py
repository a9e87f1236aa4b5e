"""The redactor: read every string, find what is personal in them, write placeholders in its place."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from guard.errors import PersonalDataInNameError, PromptBlockedError
from guard.model import JSON, Coverage, Grant, Redacted, Span
from guard.placeholders import PLACEHOLDER, Vault
from guard.redact.protocol import Detector
from guard.redact.spans import resolve
from guard.redact.walker import Place, walk

_SHORTEST = 3
"""Known values that are shorter are not looked for again: they would match everywhere."""

_SURNAME = 4


@dataclass(slots=True)
class _Found:
    """One string of the request and what is replaced in it."""

    place: Place
    text: str = field(repr=False)
    spans: list[Span] = field(default_factory=list)


class RedactionEngine:
    """Redactor over detectors.

    Args:
        detectors: all are asked about every text; one that fails fails the request.
        structured: asked about member names and identifiers, where a model of language has nothing to go by; `None`:
            all detectors are.
    """

    def __init__(self, detectors: Sequence[Detector], structured: Detector | None = None) -> None:
        if not detectors:
            raise ValueError("No detector, no answer.")
        self._detectors = tuple(detectors)
        self._structured = (structured,) if structured else self._detectors
        self.model_ids = tuple(detector.model_id for detector in detectors)

    async def __call__(self, body: Mapping[str, JSON], grant: Grant, vault: Vault, new_from: int = 0) -> Redacted:
        found = _read(body)
        await self._refuse_names(found)
        await self._detect(found, grant, vault)
        for each in found:
            for span in each.spans:
                _remember(vault, span.entity_type, each.text[span.start : span.end])
        _find_known(found, grant, vault)
        counts: Counter[str] = Counter()
        written = iter([_written(each, vault, counts) for each in found])
        redacted = walk(body, lambda _place, _text: next(written))
        return Redacted(redacted, dict(counts), _coverage(found), _new_texts(redacted, new_from))

    async def _refuse_names(self, found: Sequence[_Found]) -> None:
        """A member name or an identifier cannot be replaced without breaking the request: it must hold nothing."""
        checked = [each for each in found if each.place.kind in ("name", "identifier")]
        texts = list(dict.fromkeys(each.text for each in checked))
        for detector in self._structured:
            if texts and any(await detector.detect(texts)):
                raise PersonalDataInNameError

    async def _detect(self, found: Sequence[_Found], grant: Grant, vault: Vault) -> None:
        """Ask every detector about every text, once for texts that are equal."""
        asked = [each for each in found if each.place.kind == "text" and each.text.strip()]
        views = {each.text: _view(each.text, vault) for each in asked}
        spans: dict[str, list[Span]] = {text: [] for text in views}
        for detector in self._detectors if views else ():
            for text, some in zip(views, await detector.detect(list(views.values())), strict=True):
                spans[text] += some
        for each in asked:
            each.spans = resolve(_decided(spans[each.text], grant), each.text)


def _read(body: Mapping[str, JSON]) -> list[_Found]:
    found: list[_Found] = []

    def visit(place: Place, text: str) -> str:
        found.append(_Found(place, text))
        return text

    walk(body, visit)
    return found


def _view(text: str, vault: Vault) -> str:
    """The text as the detectors read it: placeholders of this conversation are blanked, letter for letter."""
    return PLACEHOLDER.sub(lambda m: "x" * len(m[0]) if vault.value(m[0]) is not None else m[0], text)


def _decided(spans: Sequence[Span], grant: Grant) -> list[Span]:
    """Those that are replaced. Raises PromptBlockedError for a type that the grant blocks."""
    for span in spans:
        if grant.action_for(span.entity_type) == "block":
            raise PromptBlockedError(f"The policy does not let a prompt with {span.entity_type} pass.")
    return [span for span in spans if grant.action_for(span.entity_type) == "redact"]


def _remember(vault: Vault, entity_type: str, value: str) -> None:
    if PLACEHOLDER.search(value):
        return  # Around a placeholder of this conversation: it stands for its value already.
    vault.placeholder(entity_type, value)


def _find_known(found: Sequence[_Found], grant: Grant, vault: Vault) -> None:
    """What was taken out once is taken out everywhere, also where a detector did not see it: in another message, in
    tool arguments, and a person's surname alone."""
    known: dict[str, str] = {}
    for entry in vault.entries():
        if grant.action_for(entry.entity_type) != "redact":
            continue
        known.setdefault(entry.value, entry.entity_type)
        surname = entry.value.split()[-1] if entry.entity_type == "PERSON" and " " in entry.value else ""
        if len(surname) >= _SURNAME and surname[0].isupper():
            known.setdefault(surname, "PERSON")
    values = sorted((value for value in known if len(value) >= _SHORTEST), key=len, reverse=True)
    if not values:
        return
    pattern = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, values))})(?!\w)")
    for each in found:
        if each.place.kind == "text":
            view = _view(each.text, vault)
            more = [Span(m.start(), m.end(), known[m[0]], 1.0, "vault") for m in pattern.finditer(view)]
            each.spans = resolve([*each.spans, *more], each.text) if more else each.spans


def _written(found: _Found, vault: Vault, counts: Counter[str]) -> str:
    """The string as it is sent."""
    text = found.text
    if found.place.kind == "pseudonym":
        counts["PERSON"] += 1
        # Without brackets: OpenAI's `name` and `user` do not take them.
        return vault.placeholder("PERSON", text).strip("<>")
    parts, position = [], 0
    for span in found.spans:
        value = text[span.start : span.end]
        if PLACEHOLDER.search(value) and vault.value(value) is not None:
            continue
        parts += [text[position : span.start], vault.placeholder(span.entity_type, value)]
        counts[span.entity_type] += 1
        position = span.end
    return "".join([*parts, text[position:]]) if parts else text


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
