"""How charts look. Imported with the first chart alone: it loads matplotlib."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from xml.etree import ElementTree

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.ticker import FuncFormatter, MaxNLocator

from guard.insight.charts import Chart, Series

FONTS: Final = "system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif"

_SVG: Final = "http://www.w3.org/2000/svg"
_LINK: Final = "{http://www.w3.org/1999/xlink}href"
_HATCHES: Final = ("", "///", "\\\\\\", "xxx", "---", "|||", "++")
"""Of lines alone: dots are circles, and make a chart twenty times as large."""

_MARKERS: Final = ("o", "s", "^", "D", "v", "P", "X")
_SIZES: Final = {"wide": (6.6, 2.8), "narrow": (4.2, 3.2)}
_POINTS: Final = {"wide": 10.0, "narrow": 10.5}
_LONGEST_NAME: Final = 28
_LONGEST_LABEL: Final = 18
_MOST_BARS: Final = 12
_FEWEST_BARS: Final = 6
_NUMBERS: Final = frozenset({"d", "x", "y", "transform", "width", "height"})
_DECIMALS: Final = re.compile(r"(\.\d\d)\d+")


@dataclass(frozen=True, slots=True)
class Look:
    """The colours of a theme. Those of series differ in lightness too, and each stands out from the ground."""

    ground: str
    ink: str
    soft: str
    line: str
    series: tuple[str, ...]


LOOKS: Final[Mapping[str, Look]] = {
    "light": Look(
        "#ffffff",
        "#1d2421",
        "#5a655f",
        "#d9d8d1",
        ("#2a6455", "#c8511b", "#1f6fb2", "#8a2f6b", "#8f6a00", "#5b5f97", "#a3312a"),
    ),
    "dark": Look(
        "#1d2320",
        "#e8ece9",
        "#a3aea8",
        "#38413c",
        ("#7cc4ae", "#f59a5f", "#7db8ee", "#e59ac8", "#e3c34f", "#b3b6ea", "#ff9d91"),
    ),
}


def svg(chart: Chart, look: Look, size: str) -> bytes:
    """Draw. Not for two threads at the same time."""
    settings: Any = {
        "svg.fonttype": "none",
        "svg.hashsalt": "guard",
        "font.family": ["sans-serif"],
        "font.sans-serif": ["DejaVu Sans"],
        "font.size": _POINTS[size],
        "hatch.linewidth": 0.8,
        # A name with dollars in it is no formula.
        "text.parse_math": False,
        "text.color": look.ink,
        "path.simplify": True,
    }
    with mpl.rc_context(settings), warnings.catch_warnings():
        # The font here only measures, and has not every script: the browser's fonts do.
        warnings.filterwarnings("ignore", message="Glyph ")
        figure = Figure(figsize=_SIZES[size], layout="constrained", facecolor=look.ground)
        canvas: Any = FigureCanvasSVG(figure)
        axes = figure.add_subplot()
        _plain(axes, look, "x" if chart.kind == "ranked" else "y")
        _DRAW[chart.kind](axes, chart, look, size == "narrow")
        written = io.BytesIO()
        empty = dict.fromkeys(("Creator", "Date", "Format", "Type"))
        canvas.print_svg(written, metadata=empty)
    return _lean(written.getvalue())


def _plain(axes: Axes, look: Look, grid: Any) -> None:
    axes.set_facecolor(look.ground)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(look.soft)
    axes.tick_params(colors=look.soft, length=0)
    axes.grid(axis=grid, color=look.line, linewidth=0.8)
    axes.set_axisbelow(True)


def _stacked(axes: Axes, chart: Chart, look: Look, is_narrow: bool) -> None:
    places = range(len(chart.ticks))
    bottom = [0.0] * len(chart.ticks)
    shown = [each for each in chart.series if any(each.values)] or list(chart.series[:1])
    for series in shown:
        values = [float(value or 0) for value in series.values]
        there = [place for place in places if values[place]]
        # All bars of a series are one path: a tenth of the bytes. Most bars of most series are empty and not drawn.
        bars = [_bar(place, bottom[place], values[place]) for place in there]
        axes.add_patch(
            PathPatch(
                Path.make_compound_path(*bars) if bars else Path(np.empty((0, 2))),
                label=_short(series.label),
                facecolor=look.series[series.style % len(look.series)],
                hatch=_HATCHES[series.style % len(_HATCHES)],
                edgecolor=look.ground,
                linewidth=0.6,
            )
        )
        bottom = [below + value for below, value in zip(bottom, values, strict=True)]
    if len(chart.series) > 1:
        _legend(axes, look, is_narrow)
    _over_time(axes, chart, look, is_narrow)
    axes.set_ylim(0, max(1.0, max(bottom, default=0) * 1.08))


def _bar(place: int, bottom: float, value: float) -> Path:
    left, right, top = place - 0.41, place + 0.41, bottom + value
    return Path([(left, bottom), (left, top), (right, top), (right, bottom), (left, bottom)], closed=True)


def _lines(axes: Axes, chart: Chart, look: Look, is_narrow: bool) -> None:
    highest = 0.0
    for series in chart.series:
        values = [float("nan") if value is None else float(value) for value in series.values]
        color = look.series[series.style % len(look.series)]
        axes.plot(
            values,
            color=color,
            linewidth=1.8,
            marker=_MARKERS[series.style % len(_MARKERS)],
            markersize=4,
            label=_short(series.label),
        )
        end = next((place for place in range(len(values) - 1, -1, -1) if series.values[place] is not None), None)
        if end is not None:
            axes.annotate(
                _short(series.label),
                (end, values[end]),
                xytext=(7, 0),
                textcoords="offset points",
                va="center",
                color=color,
            )
        highest = max([highest, *(float(value) for value in series.values if value is not None)])
    _over_time(axes, chart, look, is_narrow)
    # Room for the names at the ends.
    axes.set_xlim(-0.6, max(1, len(chart.ticks) - 1) * (1.16 if is_narrow else 1.08) + 0.6)
    axes.set_ylim(0, max(1.0, highest * 1.12))


def _ranked(axes: Axes, chart: Chart, look: Look, _: bool) -> None:
    (series,) = chart.series
    names, values = _most(chart.ticks, series)
    places = list(range(len(names)))
    axes.barh(places, values, color=look.series[series.style], height=0.68)
    axes.set_yticks(places, names)
    # The first one above; few bars are no thicker than many.
    axes.set_ylim(max(len(names), _FEWEST_BARS) - 0.4, -0.6)
    axes.tick_params(axis="y", colors=look.ink)
    highest = max([1.0, *values])
    for place, value in zip(places, values, strict=True):
        axes.text(value + highest * 0.01, place, f"{value:,.0f}", va="center", color=look.ink)
    axes.set_xlim(0, highest * 1.14)
    axes.set_xlabel(chart.unit, color=look.soft)
    _whole(axes.xaxis)


def _most(ticks: Sequence[str], series: Series) -> tuple[list[str], list[float]]:
    """The first bars; the table has them all."""
    return [_short(each) for each in ticks[:_MOST_BARS]], [float(value or 0) for value in series.values[:_MOST_BARS]]


def _short(name: str) -> str:
    """A name that fits beside a bar, without characters that XML has not; the table has it as it is."""
    shown = "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in name)
    return shown if len(shown) <= _LONGEST_NAME else f"{shown[: _LONGEST_NAME - 1]}…"


def _over_time(axes: Axes, chart: Chart, look: Look, is_narrow: bool) -> None:
    labels = chart.short or chart.ticks
    every = max(1, -(-len(labels) // (4 if is_narrow else 9)))
    places = list(range(0, len(labels), every))
    axes.set_xticks(places, [labels[place] for place in places])
    axes.set_xlim(-0.6, len(labels) - 0.4)
    axes.set_ylabel(chart.unit, color=look.soft)
    _whole(axes.yaxis)


def _whole(axis: Any) -> None:
    axis.set_major_locator(MaxNLocator(nbins=5, integer=True))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))


def _legend(axes: Axes, look: Look, is_narrow: bool) -> None:
    longest = max(map(len, axes.get_legend_handles_labels()[1]))
    axes.legend(
        loc="lower left",
        bbox_to_anchor=(0, 1.0),
        ncols=(2 if is_narrow else 3) - (longest > _LONGEST_LABEL),
        frameon=False,
        labelcolor=look.ink,
        handlelength=1.4,
        columnspacing=1.2,
        borderpad=0.1,
    )


_DRAW: Final = {"stacked": _stacked, "lines": _lines, "ranked": _ranked}


def _lean(drawn: bytes) -> bytes:
    """Without metadata, and with attributes in place of style sheets, which the content security policy forbids."""
    ElementTree.register_namespace("", _SVG)
    ElementTree.register_namespace("xlink", "http://www.w3.org/1999/xlink")
    root = ElementTree.fromstring(drawn)  # noqa: S314  (it was written by matplotlib just now)
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag in (f"{{{_SVG}}}metadata", f"{{{_SVG}}}style"):
                parent.remove(child)
                continue
            _attributes(child)
    root.set("stroke-linejoin", "round")
    root.set("stroke-linecap", "butt")
    root.set("font-family", FONTS)
    lean: bytes = ElementTree.tostring(root, encoding="utf-8")
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + lean


def _attributes(element: ElementTree.Element) -> None:
    for part in element.attrib.pop("style", "").split(";"):
        name, _, value = (each.strip() for each in part.partition(":"))
        if name == "font":  # The short form is for style sheets alone: `10px 'DejaVu Sans', …`.
            element.set("font-size", next(each for each in value.split() if each.endswith("px")))
        elif name and name != "font-family":
            element.set(name, value)
    for name in element.attrib.keys() & _NUMBERS:
        element.set(name, _DECIMALS.sub(r"\1", element.attrib[name]))
    # Ids that nothing refers to.
    if element.tag == f"{{{_SVG}}}g" and not element.get("id", "").startswith("p"):
        element.attrib.pop("id", None)
    assert element.get(_LINK, "#").startswith("#"), "a chart refers to something outside"
