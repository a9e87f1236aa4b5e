"""The redactor: read every string, find what is personal in them, write placeholders in its place."""

from __future__ import annotations

import asyncio
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from guard.errors import PersonalDataInNameError, PromptBlockedError
from guard.model import JSON, Coverage, EntityAction, Grant, Redacted, Replaced, Span
from guard.placeholders import Vault
from guard.redact.known import VAULT, Known
from guard.redact.labels import labelled
from guard.redact.lists import listed
from guard.redact.operators import Writer, close_up
from guard.redact.protocol import Detector
from guard.redact.spans import outside, resolve
from guard.redact.walker import MAX_DEPTH, Place, walk
from guard.redact.windows import detected

_SURE = 0.75
"""Ids are random letters and digits: a span that scores less is chance in them."""

_NO_PERSON = frozenset({"ID", "DATE_TIME", "AGE"})
"""Types that a member name may hold: objects are keyed by ids and by dates."""

_QUASI = ("DEMOGRAPHIC", "QUANTITY", "YEAR")
"""Types that one detector alone looks for, where a policy takes them out."""

_INLINE = 20_000
"""Characters of a body that are read and written in the event loop; more are in a thread."""

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

        Placeholders of this conversation are blanked.
        """
        return labelled(self.place.member, _view(self.text, vault))

    def placeholders(self, vault: Vault) -> list[tuple[int, int]]:
        """Where placeholders of this conversation stand already."""
        return vault.places(self.text)


class RedactionEngine:
    """Redactor over detectors.

    Args:
        detectors: all are asked about every text; one that fails fails the request.
        structured: asked about every text as well, and alone about member names and identifiers, where a model of
            language has nothing to go by; `None`: all detectors are.
        quasi: asked as well where the policy takes out what it alone looks for. It finds much on purpose.
    """

    def __init__(
        self,
        detectors: Sequence[Detector],
        structured: Detector | None = None,
        quasi: Detector | None = None,
    ) -> None:
        if not detectors:
            raise ValueError("No detector, no answer.")
        self._detectors = tuple(dict.fromkeys((*detectors, structured) if structured else detectors))
        self._structured = (structured,) if structured else self._detectors
        self._quasi = quasi
        self.model_ids = tuple(each.model_id for each in self.detectors)

    @property
    def detectors(self) -> tuple[Detector, ...]:
        """All there are, for who has texts and no request."""
        return (*self._detectors, self._quasi) if self._quasi else self._detectors

    async def __call__(self, body: Mapping[str, JSON], grant: Grant, vault: Vault, new_from: int = 0) -> Redacted:
        # A long document would stop everybody else's requests: what is not waiting for detectors goes on in a thread.
        apart = asyncio.to_thread if _length(body) > _INLINE else _here
        found = await apart(_read, body)
        foreign = await apart(_foreign, found, vault)
        await self._refuse_names(found, grant, vault)
        earlier, writer = Known(grant, vault), Writer(grant, vault)
        asked = await apart(_asked, found, vault)
        spans = await self._spans(self._for(grant), [view for _, view, _ in asked], vault)
        types = await apart(_take, asked, spans, grant, vault)
        await apart(_take_known, found, earlier, grant, vault, writer)
        redacted: Redacted = await apart(_redacted, body, found, vault, writer, new_from, types)
        return replace(redacted, foreign=foreign)

    def _for(self, grant: Grant) -> tuple[Detector, ...]:
        """The detectors that are asked under a policy."""
        return self.detectors if any(grant.action_for(each) != "clear" for each in _QUASI) else self._detectors

    async def candidates(self, text: str, grant: Grant) -> list[Span]:
        """Every span that a detector finds in a text, before they are resolved: to explain what became of each.

        Raises as the detectors do.
        """
        found = [span for detector in self._for(grant) for span in (await detector.detect([text]))[0]]
        return sorted(listed(found, text, grant.lists), key=lambda s: (s.start, -s.end, s.entity_type))

    async def _refuse_names(self, found: Sequence[_Found], grant: Grant, vault: Vault) -> None:
        """A member name or an identifier cannot be replaced without breaking the request: it must hold nothing."""
        checked = [each for each in found if each.place.kind in ("name", "identifier")]
        worst: dict[str, float] = {}
        for text, spans in (await self._spans(self._structured, [each.text for each in checked], vault)).items():
            personal = (s.score for s in listed(spans, text, grant.lists) if s.entity_type not in _NO_PERSON)
            worst[text] = max([0.0, *personal])
        # A member name of several words may be somebody's.
        several = [text for text in worst if _FULL_NAME.fullmatch(text)]
        for text, spans in (await self._spans(self._detectors, several, vault)).items():
            if any(span.entity_type == "PERSON" and span.end - span.start == len(text) for span in spans):
                worst[text] = 1.0
        for each in checked:
            if worst[each.text] >= (_SURE if each.place.kind == "identifier" else 0.01):
                raise PersonalDataInNameError(param=each.place.path)

    async def _spans(self, detectors: Sequence[Detector], texts: Sequence[str], vault: Vault) -> dict[str, list[Span]]:
        """What the detectors find in each text, each asked once for texts that are equal.

        What they found in an earlier turn is not looked for again, so that a turn costs what is new in it.
        """
        version = "\n".join(each.model_id for each in detectors)
        before = {text: vault.scanned.find(version, text) for text in dict.fromkeys(texts)}
        spans = {text: known or [] for text, known in before.items()}
        unknown = [text for text, known in before.items() if known is None]
        for detector in detectors if unknown else ():
            await _ask(detector, unknown, spans)
        for text in unknown:
            vault.scanned.keep(version, text, spans[text])
        return spans


async def _here(step: Callable[..., Any], *arguments: Any) -> Any:
    """A step, done at once."""
    return step(*arguments)


async def _ask(detector: Detector, texts: Sequence[str], spans: dict[str, list[Span]]) -> None:
    """Add what a detector finds."""
    for text, some in zip(texts, await detected(detector, texts), strict=True):
        spans[text] += some


def _length(value: JSON, depth: int = 0) -> int:
    """The characters of a body, roughly: the walk refuses what is nested more deeply."""
    if isinstance(value, str):
        return len(value)
    if depth > MAX_DEPTH or not isinstance(value, Mapping | list):
        return 0
    return sum(_length(each, depth + 1) for each in (value.values() if isinstance(value, Mapping) else value))


def _asked(found: Sequence[_Found], vault: Vault) -> list[tuple[_Found, str, int]]:
    """The texts that the detectors are asked about, as they read them, and where each begins in that."""
    return [(each, *each.view(vault)) for each in found if each.place.kind == "text" and each.text.strip()]


def _take(
    asked: Sequence[tuple[_Found, str, int]], spans: Mapping[str, list[Span]], grant: Grant, vault: Vault
) -> tuple[str, ...]:
    """Sort what was found by what the policy does with it. Return the types. Raises PromptBlockedError."""
    found = [(each, listed(spans[view], view, grant.lists), offset) for each, view, offset in asked]
    seen = [(each, _shifted(some, offset, len(each.text))) for each, some, offset in found]
    types = tuple(sorted({span.entity_type for _, some in seen for span in some}))
    _refuse_blocked(types, grant)
    for each, some in seen:
        redacted = resolve(_with("redact", some, grant), each.text)
        each.spans = outside(redacted, each.placeholders(vault), each.text)
        each.clear = resolve(_with("clear", some, grant), each.text)
    return types


def _take_known(found: Sequence[_Found], earlier: Known, grant: Grant, vault: Vault, writer: Writer) -> None:
    """Remember what was found, and find it wherever else it stands.

    A value that a later turn makes known is taken out of earlier messages as well, which were sent with it: their bytes
    change that once, and the generator is not told it again.
    """
    for each in found:
        if each.place.restored:
            _prefer(each, earlier.find(_view(each.text, vault)))
        if each.place.kind == "pseudonym":
            writer.take("PERSON", each.text)
    _remember(found, writer)
    size = -1
    # A known value beside a found one makes a longer one, which is known from then on: until nothing is new.
    while len(writer) != size:
        size = len(writer)
        _find_known(found, Known(grant, writer), vault)
        _remember(found, writer)


def _remember(found: Sequence[_Found], writer: Writer) -> None:
    for each in found:
        for span in each.spans:
            writer.take(span.entity_type, each.text[span.start : span.end])


def _foreign(found: Sequence[_Found], vault: Vault) -> int:
    """How many placeholders are not of this conversation: they stay text, and nothing is ever put in their place."""
    return sum(vault.foreign(each.text) for each in found)


def _redacted(
    body: Mapping[str, JSON],
    found: Sequence[_Found],
    vault: Vault,
    writer: Writer,
    new_from: int,
    types: tuple[str, ...],
) -> Redacted:
    """Write the body, and tell what was done."""
    replaced: list[Replaced] = []
    written = [_written(each, writer, replaced) for each in found]
    # As the prompt checks read them.
    texts = tuple(text for each, text in zip(found, written, strict=True) if _is_new(each.place, new_from))
    following = iter(written)
    redacted = walk(body, lambda _place, _text: next(following))
    counts = Counter(each.span.entity_type for each in replaced)
    one_way = sum(writer.is_one_way(each.span.entity_type) for each in replaced)
    cleared = _cleared(found, vault)
    return Redacted(redacted, dict(counts), _coverage(found), texts, tuple(replaced), cleared, types, one_way)


def _is_new(place: Place, new_from: int) -> bool:
    return place.kind == "text" and place.message is not None and place.message >= new_from


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
        # What a detector found there as the same type says more of why than that it is known by now.
        told = {(span.start, span.end, span.entity_type) for span in each.spans}
        more = [s for s in known.find(_view(each.text, vault)) if (s.start, s.end, s.entity_type) not in told]
        if more:
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
            starts = [span.start for span in each.clear]
            bare = {bisect_right(starts, part.start) for part in outside(each.clear, taken, each.text)}
            counts.update(each.clear[place - 1].entity_type for place in bare)
    return dict(counts)


def _coverage(found: Sequence[_Found]) -> Coverage:
    scanned = Counter(each.place.path for each in found)
    unknown = sum(count for path, count in scanned.items() if "*" in path)
    return Coverage(dict(scanned), unknown)
