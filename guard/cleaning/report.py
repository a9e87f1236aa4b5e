"""The report of a scan as one page: no script, nothing from elsewhere, no value."""

from __future__ import annotations

from importlib.resources import files

from jinja2 import Environment, StrictUndefined

from guard.cleaning.model import Result

BARS = 12
"""Types that the chart shows; the table has them all."""

LISTED = 500
"""Skipped files that are listed."""


def html(result: Result, title: str = "Personal data in a data set", *, profile: str = "", made: str = "") -> str:
    """The page.

    Args:
        profile: the redaction profile that said what is taken out. made: when, in words.
    """
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters["number"] = lambda value: f"{value:,}"
    template = environment.from_string((files("guard.cleaning") / "report.html").read_text("utf-8"))
    shown = result.as_json()
    bars = list(result.counts.found.items())[:BARS]
    return template.render(
        title=title,
        profile=profile,
        made=made,
        bars=bars,
        highest=max([1, *(number for _, number in bars)]),
        skipped=result.skipped[:LISTED],
        not_listed=max(0, len(result.skipped) - LISTED),
        **{name: value for name, value in shown.items() if name != "skipped"},
    )
