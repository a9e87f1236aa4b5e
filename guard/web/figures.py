"""A report as charts and tables in words: what each is called, its axes, and what can be seen in it."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from urllib.parse import urlencode

from guard.insight.charts import Chart, Kind, Series, Value
from guard.insight.counted import KINDS
from guard.insight.period import DAY, HOUR, Period
from guard.insight.report import Counts, Report
from guard.web.review import cell
from guard.web.texts import gettext as _
from guard.web.times import minute

_REVIEWED = {
    "withheld": {"decision": "withheld"},
    "blocked": {"decision": "blocked"},
    "denied": {"decision": "deny", "event": "chat.refused"},
    "limited": {"decision": "limited"},
    "error": {"decision": "error"},
}
"""What became of a request, as the filters of the review list."""


def kinds() -> dict[str, str]:
    """What became of a request, as people read it."""
    return {
        "allow": _("Allowed"),
        "flag": _("Allowed, flagged"),
        "withheld": _("Withheld"),
        "blocked": _("Blocked"),
        "denied": _("Denied"),
        "limited": _("Over a limit"),
        "error": _("Failed"),
    }


def charts(report: Report) -> dict[str, Chart]:
    """All charts of a report, by name."""
    return {name: make(report) for name, make in _CHARTS.items()}


def chart(report: Report, name: str) -> Chart | None:
    """One of them."""
    return _CHARTS[name](report) if name in _CHARTS else None


def review_links(period: Period) -> Callable[..., str]:
    """Makes addresses of the review list for filters in this period."""

    def link(kind: str = "", **filters: str) -> str:
        wanted = {**_REVIEWED.get(kind, {}), **filters}
        return "/review?" + urlencode({**wanted, "since": period.since, "until": period.until})

    return link


def reviewable(kind: str) -> bool:
    """Whether the review list has a filter for what became of a request."""
    return kind in _REVIEWED


def number(value: Value) -> str:
    """A number with its thousands set apart; a dash for none."""
    return "–" if value is None else f"{value:,}"


def queue(name: str) -> str:
    """A queue of the reviewers, as people read it."""
    named = {
        "withheld": _("Withheld answers"),
        "blocked": _("Blocked prompts"),
        "reveals": _("Reveals"),
        "sample": _("Random sample"),
    }
    return named.get(name, name)


def whose(scope: str) -> str:
    """The scope of a budget, as people read it."""
    kind, _slash, role = scope.partition("/")
    named = {"user": _("User"), "key": _("API key"), "tenant": _("The whole tenant")}
    return named.get(kind) or _("All with the role %(role)s") % {"role": role}


def change(now: Value, before: Value) -> str:
    """How much more or less a number is than before, in per cent; empty where that says nothing."""
    if now is None or not before:
        return ""
    share = f"{(now - before) / before:+.0%}".replace("+0%", "±0%").replace("-0%", "±0%")
    return share.replace("-", "\N{MINUS SIGN}").replace("%", "\N{NARROW NO-BREAK SPACE}%")


def as_csv(made: Chart) -> str:
    """The table behind a chart as a file."""
    written = io.StringIO()
    table = csv.writer(written)
    table.writerow([made.axis, *(f"{each.label} ({made.unit})" for each in made.series)])
    table.writerows([cell(tick), *("" if value is None else value for value in values)] for tick, values in made.rows())
    return written.getvalue()


def _volume(report: Report) -> Chart:
    chats = [counts.total("chat") for _start, counts in report.steps]
    checks = [counts.total("check") for _start, counts in report.steps]
    series = [Series(_("Chats"), tuple(chats), 0)]
    if any(checks):
        series.append(Series(_("Checks alone"), tuple(checks), 2))
    gist = _("%(chats)s chats and %(checks)s checks.") % {"chats": number(sum(chats)), "checks": number(sum(checks))}
    return _over_time("volume", _("Requests"), _("requests"), report, series, gist + _highest(report, chats))


def _decisions(report: Report) -> Chart:
    words = kinds()
    shown = [kind for kind in KINDS if kind != "allow"]
    series = [
        Series(words[kind], tuple(counts.chats[kind] for _start, counts in report.steps), style)
        for style, kind in enumerate(shown)
    ]
    said = [f"{words[kind]}: {number(report.total.chats[kind])}" for kind in shown if report.total.chats[kind]]
    gist = ", ".join(said) + "." if said else _("Every request was allowed, and nothing was flagged.")
    return _over_time("decisions", _("Flags, blocks and refusals"), _("requests"), report, series, gist)


def _entities(report: Report) -> Chart:
    return _ranked(
        "entities", _("Taken out, by type"), _("Type"), _("values taken out"), report.total.by("entity"),
        _("Nothing was taken out."),
    )  # fmt: skip


def _categories(report: Report) -> Chart:
    return _ranked(
        "categories", _("Flagged or withheld, by category"), _("Category"), _("requests"),
        report.total.by("category"), _("Nothing was flagged."),
    )  # fmt: skip


def _latency(report: Report) -> Chart:
    shares = ((0.5, _("p50"), 0), (0.95, _("p95"), 1))
    series = [
        Series(label, tuple(counts.lasted(share) for _start, counts in report.steps), style)
        for share, label, style in shares
    ]
    gist = _("Half of all requests took up to %(p50)s ms, 95 of 100 up to %(p95)s ms.") % {
        "p50": number(report.total.lasted(0.5)),
        "p95": number(report.total.lasted(0.95)),
    }
    return _over_time("latency", _("How long requests took"), _("milliseconds"), report, series, gist, "lines")


def _sign_ins(report: Report) -> Chart:
    def over(kind: str) -> tuple[int, ...]:
        return tuple(counts.total(kind) for _start, counts in report.steps)

    series = [Series(_("Signed in"), over("signed_in"), 0), Series(_("Refused credentials"), over("failed"), 1)]
    if any(locked := over("locked")):
        series.append(Series(_("Accounts locked"), locked, 2))
    gist = _("%(opened)s sign-ins, %(failed)s refused credentials.") % {
        "opened": number(report.total.total("signed_in")),
        "failed": number(report.total.total("failed")),
    }
    return _over_time("sign-ins", _("Sign-ins"), _("times"), report, series, gist)


def _ranked(name: str, title: str, axis: str, unit: str, counts: dict[str, int], nothing: str) -> Chart:
    said = ", ".join(f"{each} {number(count)}" for each, count in list(counts.items())[:3])
    gist = _("Most: %(names)s.") % {"names": said} if said else nothing
    series = (Series(unit, tuple(counts.values())),)
    return Chart(name, "ranked", title, axis, unit, tuple(counts), series, gist)


def _over_time(
    name: str, title: str, unit: str, report: Report, series: Sequence[Series], gist: str, kind: Kind = "stacked"
) -> Chart:
    step, length = report.period.step, report.period.until - report.period.since
    axis = {HOUR: _("Hour (UTC)"), DAY: _("Day (UTC)")}.get(step, _("Week from (UTC)"))
    ticks = [minute(start) for start, _counts in report.steps]
    if step != HOUR:
        ticks = [each[:10] for each in ticks]
    short = [each[11:] if step == HOUR and length <= DAY else each[5:] for each in ticks]
    return Chart(name, kind, title, axis, unit, tuple(ticks), tuple(series), gist, tuple(short))


def _highest(report: Report, values: Sequence[int]) -> str:
    if not any(values):
        return ""
    place = max(range(len(values)), key=values.__getitem__)
    return " " + _("Most chats: %(number)s from %(start)s UTC.") % {
        "number": number(values[place]),
        "start": minute(report.steps[place][0]),
    }


_CHARTS: dict[str, Callable[[Report], Chart]] = {
    "volume": _volume,
    "decisions": _decisions,
    "entities": _entities,
    "categories": _categories,
    "latency": _latency,
    "sign-ins": _sign_ins,
}


class Tile:
    """A number at the top of the page.

    Args:
        address: where it leads to; empty: nowhere.
    """

    def __init__(self, label: str, now: Value, before: Value = None, unit: str = "", address: str = "") -> None:
        self.label, self.value, self.unit, self.address = label, number(now), unit, address
        self.change, self.before = change(now, before), number(before)


def tiles(report: Report, before: Report | None, link: Callable[..., str] | None) -> list[Tile]:
    """The numbers at the top. Without `link` they lead nowhere."""
    old: Counts | None = before.total if before else None
    new, words = report.total, kinds()

    def tile(label: str, of: Callable[[Counts], Value], unit: str = "", **filters: str) -> Tile:
        address = link(**filters) if link and filters else ""
        return Tile(label, of(new), of(old) if old else None, unit, address)

    found = [tile(_("Chats"), lambda counts: counts.total("chat"))]
    found.append(tile(_("People and services"), lambda counts: counts.people))
    found.append(tile(_("Values taken out"), lambda counts: counts.total("entity")))
    for kind in KINDS[1:]:
        filters = {"kind": kind} if reviewable(kind) else {}
        found.append(tile(words[kind], lambda counts, kind=kind: counts.chats[kind], **filters))  # type: ignore[misc]
    found.append(tile(_("Took up to (p50)"), lambda counts: counts.lasted(0.5), "ms"))
    found.append(tile(_("Took up to (p95)"), lambda counts: counts.lasted(0.95), "ms"))
    found.append(tile(_("Helpful answers"), lambda counts: counts.rated("up"), event="feedback.given"))
    found.append(tile(_("Unhelpful answers"), lambda counts: counts.rated("down"), event="feedback.given"))
    found.append(tile(_("Sign-ins"), lambda counts: counts.total("signed_in"), event="session.opened"))
    failed = tile(_("Refused credentials"), lambda counts: counts.total("failed"), event="authentication.failed")
    locked = tile(_("Accounts locked"), lambda counts: counts.total("locked"), event="user.locked")
    return [*found, failed, locked]
