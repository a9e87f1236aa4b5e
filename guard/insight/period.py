"""Periods as the query of an address gives them: strict, in whole hours of UTC, and never longer than a year."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass

from guard.audit import asked
from guard.errors import InvalidRequestError

HOUR = 3_600_000
DAY = 24 * HOUR
WEEK = 7 * DAY
LONGEST = 366 * DAY
"""A period that is longer is cut to its newest part."""

RANGES = {"24h": 1, "7d": 7, "30d": 30}
"""Periods that end now, by the days they have."""


@dataclass(frozen=True, slots=True)
class Period:
    """From `since` up to before `until`, in milliseconds since 1970, both on the hour.

    Args:
        name: which of `RANGES` it is; empty: neither.
        is_cut: more was asked for than `LONGEST`.
    """

    since: int
    until: int
    name: str = ""
    is_cut: bool = False

    @property
    def step(self) -> int:
        """How long one column of a chart is: an hour, a day or a week."""
        length = self.until - self.since
        return HOUR if length <= 3 * DAY else DAY if length <= 93 * DAY else WEEK

    @property
    def before(self) -> Period:
        """The same length before it, at the same times of the day where the steps are days."""
        step = min(self.step, DAY)
        shift = -(-(self.until - self.since) // step) * step
        return Period(self.since - shift, self.until - shift)

    def begins(self, moment: int) -> int:
        """Where the step of a moment begins; the first one may be shorter."""
        rest = (moment + DAY * 3) % WEEK if self.step == WEEK else moment % self.step
        return max(self.since, moment - rest)

    def starts(self) -> tuple[int, ...]:
        """Where its steps begin."""
        found = [self.since]
        while (following := self.begins(found[-1]) + self.step) < self.until:
            found.append(self.begins(following))
        return tuple(found)


def read(query: Iterable[tuple[str, str]], now: int | None = None) -> Period:
    """The period of a query: `range`, or `since` and `until`; without any, the last 24 hours.

    Args:
        now: milliseconds since 1970.

    Raises InvalidRequestError, which names a member that it knows.
    """
    items = list(query)
    now = time.time_ns() // 1_000_000 if now is None else now
    if any(name not in ("range", "since", "until") for name, _ in items):
        raise InvalidRequestError("There is a filter that this does not take.")
    ranges = [value for name, value in items if name == "range"]
    if not ranges:
        return _custom(items, now)
    if len(items) > 1:
        raise InvalidRequestError("Give `range`, or `since` and `until`.", param="range")
    if ranges[0] not in RANGES:
        raise InvalidRequestError(f"`range` is one of {', '.join(RANGES)}.", param="range")
    return last(ranges[0], now)


def last(name: str, now: int) -> Period:
    """One of `RANGES`; those of days begin at midnight."""
    until, days = _up(now), RANGES[name]
    if days == 1:
        return Period(until - DAY, until, name)
    return Period((until - 1) // DAY * DAY - (days - 1) * DAY, until, name)


def _custom(items: list[tuple[str, str]], now: int) -> Period:
    given = asked.read(items).filters
    if given.since is None and given.until is None:
        return last("24h", now)
    if given.since is None:
        raise InvalidRequestError("Give `since`, too.", param="since")
    until = min(_up(now), now if given.until is None else _up(given.until))
    until = _up(until)
    since = max(0, given.since // HOUR * HOUR)
    if since >= until:
        raise InvalidRequestError(
            "The beginning (`since`) is before the end (`until`), and not in the future.", param="since"
        )
    return Period(max(since, until - LONGEST), until, is_cut=until - since > LONGEST)


def _up(moment: int) -> int:
    return -(-moment // HOUR) * HOUR
