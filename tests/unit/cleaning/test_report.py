"""The page: counts by type and column, escaped, and nothing from elsewhere."""

from __future__ import annotations

import re
from collections import Counter
from xml.etree import ElementTree

from guard.cleaning.model import MOST_COLUMNS, REST, Counts, Result, Skipped, Tally
from guard.cleaning.report import html


def result() -> Result:
    counts = Counts(
        1200, 30, 1, {"a<b>": Tally(1200, 30, Counter(PERSON=40, EMAIL_ADDRESS=2)), "id": Tally(1200, skipped=True)}
    )
    return Result(3, 4_000_000, 0, counts, [Skipped("<img>.txt", "binary")], 2.5)


def test_the_page_has_the_figures_and_escapes_names() -> None:
    page = html(result(), profile="all", made="today")
    assert "1,200" in page
    assert "2.5 %" in page
    assert "PERSON 40, EMAIL_ADDRESS 2" in page
    assert "not scanned" in page
    assert "a&lt;b&gt;" in page
    assert "<img>" not in page


def test_the_page_needs_nothing() -> None:
    page = html(result())
    assert not re.search(r"<script|<link|src=|href=|url\(|@import|http:|https:", page)
    assert "prefers-color-scheme: dark" in page
    # Well formed but for the void elements of its head.
    tree = ElementTree.fromstring(re.sub(r"<(meta[^>]*)>", r"<\1/>", page.removeprefix("<!doctype html>")))
    assert tree.find(".//svg").get("role") == "img"  # type: ignore[union-attr]
    assert all(table.find("caption") is not None for table in tree.iter("table"))
    bars = [float(bar.get("width", "")) for bar in tree.iter("rect")]
    assert bars == sorted(bars, reverse=True)
    assert len(bars) == 2


def test_a_page_of_nothing() -> None:
    page = html(Result())
    assert "Nothing was found." in page
    assert "<svg" not in page


def test_columns_have_an_end() -> None:
    counts = Counts()
    for number in range(MOST_COLUMNS + 50):
        counts.column(str(number)).rows += 1
    assert len(counts.columns) == MOST_COLUMNS + 1
    assert counts.columns[REST].rows == 50


def test_counts_come_back_as_they_were_kept() -> None:
    counts = result().counts
    assert Counts.loads(counts.as_json()) == counts  # type: ignore[arg-type]
    total = Counts()
    total.add(counts)
    total.add(counts)
    assert total.found == {"PERSON": 80, "EMAIL_ADDRESS": 4}
    assert total.records == 2400
