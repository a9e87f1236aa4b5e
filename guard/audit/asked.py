"""Filters as the query of an address gives them: strict, and refused without an echo."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from urllib.parse import urlencode

from guard.audit.facts import Filters
from guard.errors import InvalidRequestError

_LONGEST = 300
_NUMBERS = frozenset({"before", "after", "limit", "score"})
_TIMES = frozenset({"since", "until"})
_FILTERS = tuple(each.name for each in fields(Filters))


@dataclass(frozen=True, slots=True)
class Asked:
    """A search as somebody asks for it.

    Args:
        before, after: continue an earlier page, with older or with newer records.
        limit: records of a page.
        search: what the first page of the search gave, so that its other pages are no searches of their own.
    """

    filters: Filters = field(default_factory=Filters)
    before: int | None = None
    after: int | None = None
    limit: int = 50
    search: str = ""

    def query(self, **more: str | int | None) -> str:
        """The query of an address that asks for the same filters, and for more."""
        return urlencode({**self.filters.given(), **{name: value for name, value in more.items() if value is not None}})


def read(query: Iterable[tuple[str, str]]) -> Asked:
    """Read a query; what is empty was not asked for. Raises InvalidRequestError, which names a member that it knows."""
    given: dict[str, str] = {}
    for name, value in query:
        if name not in _FILTERS and name not in ("before", "after", "limit", "search"):
            raise InvalidRequestError("There is a filter that this does not take.")
        if name in given:
            raise InvalidRequestError(f"`{name}` is given twice.", param=name)
        # PostgreSQL stores no NUL, and no name or id has a control character.
        if len(value) > _LONGEST or not value.isprintable():
            raise InvalidRequestError(f"`{name}` is not valid.", param=name)
        if value.strip():
            given[name] = value.strip()
    values = {name: _value(name, value) for name, value in given.items()}
    if "before" in values and "after" in values:
        raise InvalidRequestError("Give `before` or `after`, not both.", param="after")
    if not 1 <= int(values.get("limit", 1)) <= 200:
        raise InvalidRequestError("`limit` is a number from 1 to 200.", param="limit")
    paging = {name: values.pop(name) for name in ("before", "after", "limit", "search") if name in values}
    return Asked(Filters(**values), **paging)  # type: ignore[arg-type]


def _value(name: str, text: str) -> str | int:
    if name in _NUMBERS:
        # Longer ones are no index that there can be, and databases take no larger number.
        if not (text.isascii() and text.isdecimal() and len(text) < 16):
            raise InvalidRequestError(f"`{name}` is a whole number.", param=name)
        return int(text)
    return _time(name, text) if name in _TIMES else text


def _time(name: str, text: str) -> int:
    """Milliseconds since 1970, from such a number or from a date with or without a time, in UTC."""
    if text.isascii() and text.isdecimal() and len(text) < 16 and len(text) != 8:
        return int(text)
    try:
        moment = datetime.fromisoformat(text)
        return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)
    except (ValueError, OverflowError):
        raise InvalidRequestError(
            f"`{name}` is a date and time such as 2026-01-31T12:00, in UTC.", param=name
        ) from None
