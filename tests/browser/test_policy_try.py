"""Trying a redaction profile in a real Chromium, without script: marked text, a table of reasons, and nobody kept out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from tests.browser.furnished_pages import visiting
from tests.functional.furnished import Furnished, furnished

pytestmark = pytest.mark.browser
TEXT = "Margaret Holloway pays with 4111 1111 1111 1111.\n\nWrite to m.holloway@example.org."


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Furnished]:
    made = furnished(tmp_path_factory.mktemp("try"))
    yield made
    made.server.stop()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_text_is_tried(browser: Browser, house: Furnished, theme: Any) -> None:
    narrow: Any = {"width": 375, "height": 720}
    with visiting(browser, house, "root", color_scheme=theme, bypass_csp=True, viewport=narrow) as context:
        page = context.new_page()
        page.goto("/policies")
        page.get_by_role("link", name="Try redaction").click()
        page.get_by_label("Text").fill(TEXT)
        page.get_by_label("Redaction profile").select_option("all")
        page.get_by_role("button", name="Try").click()
        expect(page.locator("mark")).to_contain_text(
            ["Margaret Holloway", "4111 1111 1111 1111", "m.holloway@example.org"]
        )
        rows = page.get_by_role("region", name="What made each finding").locator("tbody tr")
        expect(rows).to_have_count(3)
        expect(rows.nth(1)).to_contain_text("CREDIT_CARD")
        expect(page.get_by_label("Text", exact=True)).to_have_value(TEXT)
        for found in Axe().run(page).response["violations"]:
            assert found["impact"] not in ("serious", "critical"), (found["id"], found["nodes"][0]["html"][:200])
        assert not page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")


def test_it_works_without_script(browser: Browser, house: Furnished) -> None:
    with visiting(browser, house, "audrey", java_script_enabled=False) as context:
        page = context.new_page()
        page.goto("/policies/try")
        page.get_by_label("Text").fill(TEXT)
        page.get_by_role("button", name="Try").click()
        expect(page.get_by_text("values are taken out.")).to_be_visible()
        expect(page.locator("mark").first).to_be_visible()
