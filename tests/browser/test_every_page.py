"""What holds of every page: anybody can use it, it is light, it asks no other host, and nothing breaks its policy."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Response

from tests.browser.furnished_pages import Place, places, visiting
from tests.functional.furnished import Furnished, furnished

pytestmark = pytest.mark.browser
MOST_BYTES = 150_000
NARROW: Any = {"width": 375, "height": 700}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Furnished]:
    made = furnished(tmp_path_factory.mktemp("pages"))
    yield made
    made.server.stop()


@pytest.fixture(scope="module")
def all_places(house: Furnished) -> list[Place]:
    return places(house)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious(browser: Browser, house: Furnished, all_places: list[Place], theme: Any) -> None:
    found = []
    for place in all_places:
        # What looks at the page is a script of its own, which the page's policy would not let in.
        with visiting(browser, house, place.who, color_scheme=theme, bypass_csp=True) as context:
            page = context.new_page()
            page.goto(place.path)
            shot(page, f"{place.name}-{theme}")
            for each in Axe().run(page).response["violations"]:
                if each["impact"] in ("serious", "critical"):
                    nodes = [node["html"][:150] for node in each["nodes"][:3]]
                    found.append((place.name, each["id"], nodes))
    assert found == []


def test_each_page_is_light_and_asks_nobody_else(browser: Browser, house: Furnished, all_places: list[Place]) -> None:
    heavy = []
    for place in all_places:
        with visiting(browser, house, place.who) as context:
            page, sizes = context.new_page(), [0]

            def count(answer: Response, sizes: list[int] = sizes) -> None:
                sizes[0] += answer.request.sizes()["responseBodySize"] + answer.request.sizes()["responseHeadersSize"]

            page.on("requestfinished", lambda sent, count=count: count(sent.response()))
            page.goto(place.path, wait_until="networkidle")
            if sizes[0] > MOST_BYTES:
                heavy.append((place.name, sizes[0]))
            assert sizes[0] > 1000
    assert heavy == []


def test_no_page_is_wider_than_a_telephone(browser: Browser, house: Furnished, all_places: list[Place]) -> None:
    wide = []
    for place in all_places:
        with visiting(browser, house, place.who, viewport=NARROW, java_script_enabled=True) as context:
            page = context.new_page()
            page.goto(place.path)
            shot(page, f"{place.name}-narrow")
            if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
                wide.append(place.name)
    assert wide == []


def test_each_page_has_one_heading_and_a_title(browser: Browser, house: Furnished, all_places: list[Place]) -> None:
    for place in all_places:
        with visiting(browser, house, place.who, java_script_enabled=False) as context:
            page = context.new_page()
            page.goto(place.path)
            assert page.locator("h1").count() == 1, place.name
            assert "Guard" in page.title(), place.name
            assert page.locator("main").count() == 1, place.name


def shot(page: Any, name: str) -> None:
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)
