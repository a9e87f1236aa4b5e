"""What was found against what is there: exactly the same place, or any overlap; and what went wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from guard.evaluation.labelled import Compared
from guard.model import Span

Kind = Literal["missed", "wrong_type", "boundaries", "false_alarm"]


@dataclass(slots=True)
class Tally:
    """Counts of one type, or of all.

    Args:
        there: labelled spans. found: spans that were found.
        exact: found spans that are a labelled one, of its type, to the character.
        covered: labelled spans that a found one of their type overlaps.
        right: found spans that overlap a labelled one of their type.
    """

    there: int = 0
    found: int = 0
    exact: int = 0
    covered: int = 0
    right: int = 0

    def __iadd__(self, other: Tally) -> Tally:
        self.there += other.there
        self.found += other.found
        self.exact += other.exact
        self.covered += other.covered
        self.right += other.right
        return self


@dataclass(slots=True)
class Characters:
    """Characters, types ignored: that are labelled, that were found, that are both."""

    there: int = 0
    found: int = 0
    both: int = 0


@dataclass(frozen=True, slots=True)
class Wrong:
    """An error: a span that was missed, or found where nothing is, or found as something else, or not to the character.

    Args:
        document: its number, from 1.
        there: the type that is labelled, None for a false alarm. found: the type that was found, None for a miss.
    """

    kind: Kind
    document: int
    start: int
    end: int
    there: str | None
    found: str | None
    detector: str = ""
    text: str = field(default="", repr=False)


def tally(document: Compared) -> dict[str, Tally]:
    """The counts of one text, by type."""
    tallies: dict[str, Tally] = {}
    for span in document.there:
        each = tallies.setdefault(span.entity_type, Tally())
        each.there += 1
        each.covered += any(_same_type(span, other) for other in _over(span, document.found))
    labelled = Counter(_key(span) for span in document.there)
    for span in document.found:
        each = tallies.setdefault(span.entity_type, Tally())
        each.found += 1
        each.right += any(_same_type(span, other) for other in _over(span, document.there))
        if labelled[_key(span)] > 0:
            labelled[_key(span)] -= 1
            each.exact += 1
    return tallies


def characters(document: Compared) -> Characters:
    """The counts of one text, by character."""
    there, found = _places(document.there), _places(document.found)
    return Characters(len(there), len(found), len(there & found))


def errors(document: Compared, number: int) -> Iterator[Wrong]:
    """What went wrong in a text, in its order. An error is one of them: the worst that is true of it."""
    exact = {_key(span) for span in document.there} & {_key(span) for span in document.found}
    wrong = [_error_there(span, document, number) for span in document.there if _key(span) not in exact]
    # A found span that overlaps a labelled one is told of there.
    alarms = (span for span in document.found if not _over(span, document.there))
    wrong += [_error("false_alarm", number, span, document.text, None, span) for span in alarms]
    yield from sorted(wrong, key=lambda each: (each.start, each.end))


def _error_there(span: Span, document: Compared, number: int) -> Wrong:
    over = _over(span, document.found)
    same = [other for other in over if _same_type(span, other)]
    kind: Kind = "boundaries" if same else "wrong_type" if over else "missed"
    return _error(kind, number, span, document.text, span, next(iter(same or over), None))


def _error(kind: Kind, number: int, at: Span, text: str, there: Span | None, found: Span | None) -> Wrong:
    return Wrong(
        kind,
        number,
        at.start,
        at.end,
        there.entity_type if there else None,
        found.entity_type if found else None,
        found.detector if found else "",
        text,
    )


def _over(span: Span, others: Sequence[Span]) -> list[Span]:
    return [other for other in others if other.start < span.end and span.start < other.end]


def _same_type(one: Span, other: Span) -> bool:
    return one.entity_type == other.entity_type


def _key(span: Span) -> tuple[int, int, str]:
    return span.start, span.end, span.entity_type


def _places(spans: Sequence[Span]) -> set[int]:
    return {place for span in spans for place in range(span.start, span.end)}
