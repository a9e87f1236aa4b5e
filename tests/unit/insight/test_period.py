"""Periods of an address: whole hours, strict, and what they are compared with."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from guard.errors import InvalidRequestError
from guard.insight.period import DAY, HOUR, LONGEST, WEEK, Period, read

NOW = int(datetime(2026, 3, 18, 14, 25, tzinfo=UTC).timestamp() * 1000)


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def test_a_day_ends_with_the_hour_that_is() -> None:
    assert read([], NOW) == Period(at("2026-03-17T15:00"), at("2026-03-18T15:00"), "24h")
    assert read([("range", "24h")], NOW).before == Period(at("2026-03-16T15:00"), at("2026-03-17T15:00"))
    assert len(read([], NOW).starts()) == 24


def test_days_begin_at_midnight_and_are_compared_up_to_the_same_hour() -> None:
    week = read([("range", "7d")], NOW)
    assert week == Period(at("2026-03-12"), at("2026-03-18T15:00"), "7d")
    assert week.before == Period(at("2026-03-05"), at("2026-03-11T15:00"))
    assert week.starts() == tuple(at(f"2026-03-{day}") for day in range(12, 19))


def test_a_period_of_ones_own() -> None:
    found = read([("since", "2026-01-05T10:20"), ("until", "2026-02-01")], NOW)
    assert (found.since, found.until, found.step) == (at("2026-01-05T10:00"), at("2026-02-01"), DAY)
    assert found.starts()[:2] == (found.since, at("2026-01-06"))
    assert found.before.until - found.before.since == found.until - found.since
    assert read([("since", "2026-03-18")], NOW).until == at("2026-03-18T15:00")
    assert read([("since", "2026-03-18"), ("until", "2027-01-01")], NOW).until == at("2026-03-18T15:00")


def test_weeks_begin_on_mondays() -> None:
    found = read([("since", "2025-10-01"), ("until", "2026-03-01")], NOW)
    assert found.step == WEEK
    for start in found.starts()[1:]:
        assert datetime.fromtimestamp(start / 1000, UTC).weekday() == 0
    assert all(found.begins(found.since + hours * HOUR) in found.starts() for hours in range(0, 3000, 7))


def test_too_long_a_period_is_cut_and_says_so() -> None:
    found = read([("since", "0"), ("until", "2026-03-01")], NOW)
    assert (found.until - found.since, found.is_cut) == (LONGEST, True)


@pytest.mark.parametrize(
    "query",
    [
        "range=1y", "range=", "range=7d&range=7d", "range=7d&since=2026-01-01", "until=2026-01-01", "since=x",
        "since=2026-03-19", "since=2026-03-02&until=2026-03-01", "since=2026-03-01&since=2026-03-01", "actor=user_1",
        "since=99999999999999999999", "since=2026-03-01&before=4",
    ],
)  # fmt: skip
def test_what_is_no_period_is_refused_without_an_echo(query: str) -> None:
    items = [(name, value) for name, _, value in (part.partition("=") for part in query.split("&"))]
    with pytest.raises(InvalidRequestError) as refused:
        read(items, NOW)
    assert "99999" not in str(refused.value)
    assert "1y" not in str(refused.value)
