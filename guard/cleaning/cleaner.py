"""Finds what is personal in a part of a file and writes it without."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from guard.cleaning.model import TEXT, Cleaned, Counts, Task
from guard.cleaning.names import column, is_identifier, is_plain, is_usual, may_name, names_surely
from guard.cleaning.records import Cell, Record, read, row
from guard.model import Budget, EntityAction, Grant, LimitProfile, ModerationProfile, Span
from guard.placeholders import ALPHABET, Vault
from guard.redact.known import Known
from guard.redact.labels import labelled
from guard.redact.lists import listed
from guard.redact.protocol import Detector
from guard.redact.spans import outside, resolve

CODE = 10
"""Characters of a placeholder's code, five bits each: processes need not agree on them."""

_PLACEHOLDER = re.compile(rf"<[A-Z][A-Z0-9_]{{0,40}}_[{ALPHABET}]{{{CODE}}}>")

LONGEST_LABELLED = 200
"""A longer text says itself what it is about; the name of its column would only be read as a part of it."""

REMEMBERED = 20_000
"""Short texts whose findings are kept in memory: columns repeat their values."""

_SURROGATE = re.compile("[\ud800-\udfff]")
_NAMES_KEPT = 10_000

Found = tuple[Cell, str, list[Span]]
"""A text of a record, its column and what is taken out of it."""


@dataclass(frozen=True, slots=True)
class Cleaning:
    """What a run does. It goes to every process.

    Args:
        key: what placeholders are made with; empty: nothing is written, there is a report alone.
        skip: columns that are not scanned; `*` and `?` stand for any letters.
    """

    grant: Grant
    key: bytes = field(default=b"", repr=False)
    skip: tuple[str, ...] = ()

    @staticmethod
    def of(grant: Grant, skip: tuple[str, ...] = ()) -> Cleaning:
        """With what counts of a grant. There is nobody to be refused: what it blocks is taken out, as all that it does
        not clear."""

        def action(given: EntityAction) -> EntityAction:
            return "clear" if given == "clear" else "redact"

        plain = Grant(
            policy=grant.policy,
            scenario=grant.scenario,
            redaction=grant.redaction,
            entities={name: action(given) for name, given in grant.entities.items()},
            restore=False,
            moderation=ModerationProfile("none", {}),
            limit=LimitProfile("none", Budget()),
            rules={},
            other_entities=action(grant.other_entities),
            lists=grant.lists,
        )
        return Cleaning(plain, skip=skip)


class Cleaner:
    """Cleans parts of files.

    Args:
        detectors: all are asked about every text; one that fails fails the part.
    """

    def __init__(self, detectors: Sequence[Detector], cleaning: Cleaning) -> None:
        self._detectors = tuple(detectors)
        self._key = cleaning.key
        self._skip = cleaning.skip
        self._grant = cleaning.grant
        self._remembered: dict[str, list[Span]] = {}
        self._names: dict[str, str] = {}
        self._heads: dict[tuple[str, str], list[str] | None] = {}
        self.model_ids = tuple(detector.model_id for detector in detectors)

    async def clean(self, task: Task) -> Cleaned:
        """The part without personal data, and what was in it. Raises DetectorError, OverloadedError."""
        columns = await self._columns(task) if task.kind == "table" else None
        records = read(task, columns)
        names = [cell.text for each in records for cell in each.cells if cell.form == "key"]
        personal = await self._personal([*names, *(columns or ())])
        placed = [[_placed(cell, personal) for cell in each.cells] for each in records]
        cells = [cell for each in placed for cell, name in each if cell.form != "key" and not self._skips(name)]
        spans = await self._found(cells)
        counts = Counts()
        replaced: list[tuple[Cell, Sequence[Span]]] = []
        for record, some in zip(records, placed, strict=True):
            found = self._record(some, spans, personal)
            self._count(record, found, counts)
            replaced += [(cell, each) for cell, _, each in found if each]
        if columns and task.is_first:
            replaced += _head(task, personal)
        return Cleaned(counts, self._written(task.text, replaced))

    def _skips(self, name: str) -> bool:
        return any(fnmatchcase(name, pattern) for pattern in self._skip)

    def _record(
        self, cells: Sequence[tuple[Cell, str]], spans: Mapping[int, list[Span]], personal: Mapping[str, str]
    ) -> list[Found]:
        """What is taken out of a record: what was found in one of its texts is taken out of all."""
        found: list[Found] = []
        vault = Vault.new()
        for cell, name in cells:
            if cell.form == "key":
                some = _whole(cell.text, personal)
            else:
                some = spans.get(id(cell), [])
                for span in some:
                    vault.placeholder(span.entity_type, cell.text[span.start : span.end])
            found.append((cell, name, some))
        if not len(vault):
            return found
        known = Known(self._grant, vault)
        return [
            (cell, name, some if cell.form == "key" or self._skips(name) else _with_known(cell.text, some, known))
            for cell, name, some in found
        ]

    def _count(self, record: Record, found: Sequence[Found], counts: Counts) -> None:
        seen: dict[str, list[Span]] = {}
        for cell, name, some in found:
            if cell.form != "key" or some:
                seen.setdefault(name, []).extend(some)
        # Of running text the lines are the records.
        lines = {cell.text.count("\n", 0, span.start) for cell, _, some in found for span in some}
        is_text = [cell.path for cell, _, _ in found] == [(TEXT,)] and not record.is_broken
        rows = sum(1 for line in found[0][0].text.split("\n") if line.strip()) if is_text else 1
        counts.records += rows
        counts.found_records += len(lines) if is_text else any(seen.values())
        counts.broken += record.is_broken
        for name, some in seen.items():
            tally = counts.column(name)
            tally.rows += rows
            tally.found_rows += len(lines) if is_text else bool(some)
            tally.found.update(span.entity_type for span in some)
            tally.skipped = tally.skipped or self._skips(name)

    async def _columns(self, task: Task) -> list[str] | None:
        """The names of the columns; `None`: the first row is one like all others."""
        place = (task.head, task.delimiter)
        if place not in self._heads:
            self._heads.clear()
            cells = [cell.text for cell in row(task.head, 0, task.delimiter, str)]
            is_head = may_name(cells) and (names_surely(cells) or await self._names_nobody(cells))
            self._heads[place] = cells if is_head else None
        return self._heads[place]

    async def _names_nobody(self, cells: list[str]) -> bool:
        return all(map(is_plain, cells)) and not any((await self._asked(cells)).values())

    async def _personal(self, names: Sequence[str]) -> dict[str, str]:
        """Names of members and columns that say something of a person, with the type of it."""
        doubtful = [name for name in dict.fromkeys(names) if name.strip() and not is_identifier(name)]
        new = [name for name in doubtful if name not in self._names]
        if len(self._names) > _NAMES_KEPT:
            self._names.clear()
            new = doubtful
        for name, spans in (await self._asked(new)).items():
            self._names[name] = "" if is_usual(name) or not spans else resolve(spans, name)[0].entity_type
        return {name: found for name in doubtful if (found := self._names[name])}

    async def _found(self, cells: Sequence[Cell]) -> dict[int, list[Span]]:
        """What detectors found in each text, by its identity; texts that are equal are asked about once."""
        asked = []
        for cell in cells:
            if cell.text.strip():
                text = _PLACEHOLDER.sub(lambda match: "x" * len(match[0]), _SURROGATE.sub("\ufffd", cell.text))
                is_short = len(text) <= LONGEST_LABELLED and cell.path != (TEXT,)
                asked.append((cell, *(labelled(cell.member, text) if is_short else (text, 0))))
        spans = await self._asked(list(dict.fromkeys(view for _, view, _ in asked)))
        result = {}
        for cell, view, offset in asked:
            moved = [
                span.at(max(span.start - offset, 0), min(span.end - offset, len(cell.text))) for span in spans[view]
            ]
            inside = resolve((span for span in moved if span.start < span.end), cell.text)
            result[id(cell)] = outside(inside, _placeholders(cell.text), cell.text)
        return result

    async def _asked(self, texts: list[str]) -> dict[str, list[Span]]:
        """All that is found in the texts and that the profile does not let through."""
        new = [text for text in texts if text not in self._remembered]
        result: dict[str, list[Span]] = {text: [] for text in new}
        for detector in self._detectors if new else ():
            for text, spans in zip(new, await detector.detect(new), strict=True):
                result[text] += spans
        for text, spans in result.items():
            some = listed(spans, text, self._grant.lists)
            result[text] = [span for span in some if self._grant.action_for(span.entity_type) != "clear"]
        result |= {text: self._remembered[text] for text in texts if text not in result}
        if len(self._remembered) > REMEMBERED:
            self._remembered.clear()
        self._remembered |= {text: spans for text, spans in result.items() if len(text) <= LONGEST_LABELLED}
        return result

    def _written(self, text: str, replaced: Sequence[tuple[Cell, Sequence[Span]]]) -> str | None:
        if not self._key or not replaced:
            return None
        parts, position = [], 0
        for cell, spans in sorted(replaced, key=lambda each: each[0].start):
            codes = [
                (each.start, each.end, placeholder(self._key, each.entity_type, cell.text[each.start : each.end]))
                for each in spans
            ]
            parts += [text[position : cell.start], cell.written(codes)]
            position = cell.start + len(cell.raw)
        return "".join([*parts, text[position:]])


def placeholder(key: bytes, entity_type: str, value: str) -> str:
    """What stands in place of a value: the same under the same key, in every file and every process.

    Values that differ in case or white space alone are the same value.
    """
    folded = " ".join(value.casefold().split())
    text = f"{entity_type}\0{folded}".encode("utf-8", "surrogatepass")
    number = int.from_bytes(hmac.new(key, text, hashlib.sha256).digest()[:8])
    code = "".join(ALPHABET[(number >> (5 * position)) & 31] for position in range(CODE))
    return f"<{entity_type}_{code}>"


def _placed(cell: Cell, personal: Mapping[str, str]) -> tuple[Cell, str]:
    name = column(cell.path, personal)
    if cell.form == "key":
        return cell, f"{name} (names)" if cell.path else "(names)"
    return cell, name


def _whole(name: str, personal: Mapping[str, str]) -> list[Span]:
    return [Span(0, len(name), personal[name], 1.0, "name")] if name in personal else []


def _head(task: Task, personal: Mapping[str, str]) -> list[tuple[Cell, Sequence[Span]]]:
    cells = list(row(task.head, 0, task.delimiter, str))
    return [(cell, _whole(cell.text, personal)) for cell in cells if cell.text in personal]


def _with_known(text: str, spans: Sequence[Span], known: Known) -> list[Span]:
    more = known.find(text)
    return outside(resolve([*spans, *more], text), _placeholders(text), text) if more else list(spans)


def _placeholders(text: str) -> list[tuple[int, int]]:
    return [match.span() for match in _PLACEHOLDER.finditer(text)]
