"""Charts: well-formed SVG with nothing active and nothing from elsewhere, the same each time, small."""

from __future__ import annotations

import subprocess
import sys
from typing import Any
from xml.etree import ElementTree

import pytest

from guard.insight.charts import Chart, Drawings, Series, drawn

EVIL = "<script>alert(1)</script> $\\frac{1}{0}$ & \x0b\N{RIGHT-TO-LEFT OVERRIDE}"
ALLOWED = {"svg", "g", "path", "text", "tspan", "defs", "clipPath", "rect", "use", "pattern"}
DAYS = tuple(f"2025-11-{day:02}" for day in range(1, 31))


def stacked(label: str = "Withheld") -> Chart:
    series = tuple(Series(f"{label} {style}", tuple(range(style, style + 30)), style) for style in range(7))
    return Chart("stacked", "stacked", "A title", "Day", "requests", DAYS, series, "All of it.")


def lines() -> Chart:
    values = (None, *range(100, 2900, 100), None)
    series = (Series("p50", values, 0), Series("p95", (None,) * 30, 1))
    return Chart("lines", "lines", "A title", "Day", "ms", DAYS, series, "All of it.")


def ranked(*names: str) -> Chart:
    series = (Series("found", tuple(range(len(names), 0, -1))),)
    return Chart("ranked", "ranked", "A title", "Type", "values", names, series, "All of it.")


CHARTS = [
    stacked(),
    lines(),
    ranked("PERSON", EVIL),
    ranked(*(f"TYPE_{n}" for n in range(300))),
    ranked(),
    stacked(EVIL),
]


@pytest.mark.parametrize("chart", CHARTS, ids=[f"{each.name}-{place}" for place, each in enumerate(CHARTS)])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_chart_is_plain_svg(chart: Chart, theme: Any) -> None:
    svg = drawn(chart, theme, "narrow")
    root = ElementTree.fromstring(svg)
    assert len(svg) < 60_000
    for element in root.iter():
        kind = str(element.tag).rpartition("}")[2]
        assert kind in ALLOWED
        for name, value in element.attrib.items():
            assert name != "style"
            assert not name.startswith("on")
            assert "http" not in value
            assert not name.endswith("href") or value.startswith("#")
            assert "url(" not in value or "url(#" in value
    assert b"metadata" not in svg


def test_a_name_is_shown_as_it_is() -> None:
    texts = ["".join(each.itertext()) for each in ElementTree.fromstring(drawn(ranked("a$b$<c>&"))).iter()]
    assert "a$b$<c>&" in texts


def test_series_are_told_apart_without_colours() -> None:
    root = ElementTree.fromstring(drawn(stacked()))
    patterns = [each for each in root.iter() if str(each.tag).endswith("}pattern")]
    assert len({each.find("{*}path").get("d") for each in patterns if each.find("{*}path") is not None}) == 6
    texts = {"".join(each.itertext()) for each in ElementTree.fromstring(drawn(lines())).iter()}
    assert "p50" in texts


async def test_a_chart_is_drawn_once_and_always_the_same() -> None:
    assert drawn(stacked()) == drawn(stacked())
    drawings = Drawings(kept=2)
    first = await drawings.draw(stacked())
    assert await drawings.draw(stacked()) is first
    assert await drawings.draw(stacked(), "dark") != first
    await drawings.draw(lines())
    assert await drawings.draw(stacked()) == first


def test_matplotlib_is_loaded_with_the_first_chart_alone() -> None:
    code = "import sys, guard.app, guard.wiring, guard.cli; print('matplotlib' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "False"
