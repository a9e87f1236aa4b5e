"""Charts as SVG, drawn by matplotlib: no script, no style sheet, nothing from elsewhere.

What they show stands in no colour alone: bars have hatches, lines have markers and their names at their ends. The same
chart always is the same bytes.
"""

from __future__ import annotations

import asyncio
import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from guard.insight.drawing import Look

Kind = Literal["stacked", "lines", "ranked"]
Value = int | float | None
Theme = Literal["light", "dark"]
Size = Literal["wide", "narrow"]

KEPT = 128
"""Drawn charts that are kept, of some ten kilobytes each."""

_drawing = threading.Lock()  # matplotlib's settings are those of the whole process.


@dataclass(frozen=True, slots=True)
class Series:
    """Values of one name, one for each tick. `style`: which of the colours, hatches and markers it has."""

    label: str
    values: tuple[Value, ...]
    style: int = 0


@dataclass(frozen=True, slots=True)
class Chart:
    """What a chart shows.

    Args:
        kind: `stacked` bars over time, `lines` over time, or `ranked` bars side by side.
        axis: what the ticks are. unit: what the values are.
        gist: what can be seen, in words.
        short: the ticks as the axis has them, where they are shorter there.
    """

    name: str
    kind: Kind
    title: str
    axis: str
    unit: str
    ticks: tuple[str, ...]
    series: tuple[Series, ...]
    gist: str
    short: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to be drawn."""
        return not any(value for each in self.series for value in each.values)

    def rows(self) -> Sequence[tuple[str, tuple[Value, ...]]]:
        """The table behind it: each tick and its values."""
        return [(tick, tuple(each.values[place] for each in self.series)) for place, tick in enumerate(self.ticks)]

    @property
    def digest(self) -> str:
        """The same for the same picture."""
        return hashlib.sha256(repr(self).encode()).hexdigest()[:32]


class Drawings:
    """Draws charts, one after the other in a thread of its own, and keeps them: others must not wait for threads."""

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._drawn: OrderedDict[tuple[str, str, str], bytes] = OrderedDict()
        self._thread = ThreadPoolExecutor(1, "charts")

    async def draw(self, chart: Chart, theme: Theme = "light", size: Size = "wide") -> bytes:
        """The chart as SVG."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, self._draw, chart, theme, size)

    def _draw(self, chart: Chart, theme: Theme, size: Size) -> bytes:
        key = (chart.digest, theme, size)
        if key not in self._drawn:
            self._drawn[key] = drawn(chart, theme, size)
        self._drawn.move_to_end(key)
        while len(self._drawn) > self._kept:
            self._drawn.popitem(last=False)
        return self._drawn[key]


def drawn(chart: Chart, theme: Theme = "light", size: Size = "wide") -> bytes:
    """The chart as SVG. The first call loads matplotlib, which takes a second."""
    with _drawing:
        from guard.insight import drawing

        look: Look = drawing.LOOKS[theme]
        draw: Callable[..., bytes] = drawing.svg
        return draw(chart, look, size)
