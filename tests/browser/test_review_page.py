"""An auditor finds an answer by its reason and reads it, in a real Chromium: with and without script, wide and narrow."""

from __future__ import annotations

import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from guard.app import create_app
from guard.audit.sql import SqlAudit
from guard.database import Database
from guard.keys.local_file import LocalKeys
from guard.model import Principal
from guard.services import Services
from guard.store.sql import SqlTranscripts
from tests.conftest import Storage
from tests.unit.reviewing import Installation, key
from tests.unit.serving import chat

pytestmark = pytest.mark.browser
MARKUP = "<img src=x onerror=alert(1)>"


class Running(Installation):
    """An installation whose database is opened with the server, in the server's loop."""

    def app(self) -> Any:
        @asynccontextmanager
        async def build() -> AsyncIterator[Services]:
            with tempfile.TemporaryDirectory() as folder:
                keys, url = LocalKeys.create(Path(folder) / "keys"), f"sqlite+aiosqlite:///{folder}/guard.db"
                async with Database(url) as database:
                    audit = SqlAudit(database, keys.signing_key, {"detectors": ["words"], "classifiers": ["words"]})
                    transcripts = SqlTranscripts(database, keys, keys.derive)
                    self.storage = Storage(url, database, keys, audit, transcripts)
                    evil = {"reason_id": MARKUP, "object": f"generator/{MARKUP}"}
                    await database.write(audit.record("user.added", Principal("user_x", "default", ()), evil))
                    yield self.services()

        return create_app(build, max_body_bytes=self.max_body_bytes)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with Running().server() as running:
        for model, text in (("echo", "I am Ada Lovelace."), ("toxic", "Ask Ada Lovelace, ada@example.org, please.")):
            body = chat(text, model=model)
            answer = httpx.post(
                f"{running}/v1/chat/completions", json=body, headers=key("emma"), timeout=60, trust_env=False
            )
            assert answer.status_code == 200, answer.text
        yield running


def opened(browser: Browser, url: str, name: str, **options: Any) -> tuple[Page, list[str]]:
    """A signed-in page, and what the browser reports (policy violations among it)."""
    page = browser.new_context(base_url=url, **options).new_page()
    problems: list[str] = []
    page.on("console", lambda told: problems.append(told.text) if told.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: problems.append(error.name))
    page.goto("/login")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill("right")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Message", exact=True)).to_be_visible()
    return page, problems


def shot(page: Page, name: str) -> None:
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


def fits(page: Page, script: bool) -> None:
    """Nothing is wider than the screen; without script only the content can be asked."""
    page.wait_for_load_state("load")
    size, box = page.viewport_size, page.locator("main").bounding_box()
    assert size
    assert box
    assert box["x"] + box["width"] <= size["width"]
    if script:
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]


NARROW: dict[str, Any] = {"viewport": {"width": 375, "height": 740}, "color_scheme": "dark"}


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
@pytest.mark.parametrize("size", [{}, NARROW], ids=["wide", "narrow and dark"])
def test_an_answer_is_found_by_its_reason_and_read(
    browser: Browser, url: str, script: bool, size: dict[str, Any]
) -> None:
    page, problems = opened(browser, url, "audrey", java_script_enabled=script, **size)
    name = f"{'narrow' if size else 'wide'}-{script}"
    page.get_by_role("link", name="Review").click()
    expect(page.get_by_role("heading", name="Review")).to_be_visible()
    fits(page, script)
    shot(page, f"review-{name}")
    page.get_by_label("Reason").fill("withheld_toxicity")
    page.get_by_role("button", name="Search").click()
    assert "reason_id=withheld_toxicity" in page.url
    row = page.locator("tbody tr")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("Withheld")
    expect(row).to_contain_text("1 × EMAIL_ADDRESS, 1 × PERSON")
    shot(page, f"review-found-{name}")
    row.get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Withheld")
    expect(page.locator("main")).to_contain_text("reached the threshold at which the policy withholds toxicity")
    expect(page.locator("li.user mark")).to_have_count(2)
    expect(page.locator("li.user .text")).to_contain_text("Ask <PERSON_")
    expect(page.locator("main")).to_contain_text("It holds:")
    assert page.get_by_text("Lovelace").count() == 0
    page.get_by_text("The whole record").click()
    expect(page.locator("details pre")).to_be_visible()
    fits(page, script)
    shot(page, f"review-record-{name}")
    assert problems == []
    page.context.close()


def test_markup_is_text_and_nothing_that_was_searched_for_is_told(browser: Browser, url: str) -> None:
    page, problems = opened(browser, url, "audrey")
    page.goto("/review?event=user.added")
    expect(page.locator("tbody tr")).to_contain_text(MARKUP)
    page.locator("tbody").get_by_role("link").click()
    expect(page.locator("dl").first).to_contain_text(MARKUP)
    page.goto("/review?reason_id=nothing-of-that-kind")
    expect(page.locator("main")).to_contain_text("No record is what you asked for.")
    shot(page, "review-empty")
    assert page.locator("main img").count() == 0
    assert problems == []
    page.context.close()


def test_an_export_is_a_file(browser: Browser, url: str) -> None:
    page, problems = opened(browser, url, "audrey")
    page.goto("/review?decision=withheld")
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    text = download.value.path().read_text()
    assert download.value.suggested_filename == "guard-records.csv"
    assert len(text.splitlines()) == 2
    assert problems == []
    page.context.close()


def test_who_may_not_review_is_told_so(browser: Browser, url: str) -> None:
    page, _ = opened(browser, url, "emma")
    expect(page.get_by_role("link", name="Review")).to_have_count(0)
    page.goto("/review")
    expect(page.get_by_role("heading", name="You may not do this")).to_be_visible()
    expect(page.get_by_role("alert")).to_contain_text("do not include the right to read audit records")
    shot(page, "review-refused")
    page.context.close()
