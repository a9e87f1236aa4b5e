"""An auditor looks at the figures of a month, finds what was withheld, and prints a report, in a real Chromium."""

from __future__ import annotations

import os
import random
import re
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from guard.app import create_app
from guard.audit.sql import SqlAudit
from guard.database import Database
from guard.keys.local_file import LocalKeys
from guard.limit.limiter import CountingLimiter
from guard.limit.storage import in_memory
from guard.services import Services
from guard.store.sql import SqlTranscripts
from tests.conftest import Storage
from tests.unit.insight.made import HOUR, closed, put
from tests.unit.reviewing import Installation, key
from tests.unit.serving import chat

pytestmark = pytest.mark.browser
ICON = "/favicon.ico"  # A picture that is opened by itself names none, and the browser looks for one.
MARKUP = "<img src=x onerror=alert(1)>"
MODELS = ("gpt-4o-mini", "local", "claude")
TYPES = ("PERSON", "EMAIL_ADDRESS", "PHONE_NUMBER", "LOCATION", "CREDIT_CARD", MARKUP)


def month(now: int) -> list[dict[str, Any]]:
    """Records of sixty days, more of them at noon."""
    draw = random.Random(4)
    found: list[dict[str, Any]] = []
    for hours in range(60 * 24, -1, -1):
        at = now - hours * HOUR
        for _ in range(draw.randrange(1 + 2 * (8 <= at // HOUR % 24 <= 17))):
            decision = draw.choices(("allow", "withheld", "blocked", "deny", "limited", "error"), (40, 3, 3, 2, 1, 1))[
                0
            ]
            limited = {"limit": {"scope": "user", "unit": "tokens", "amount": 9}} if decision == "limited" else {}
            reasons = {"withheld": "withheld_toxicity", "blocked": "prompt_blocked", "deny": "permission_denied"}
            flagged = ["bias"] if draw.random() < 0.1 else []
            found.append(closed(
                at, decision=decision, reason_id=reasons.get(decision), object=f"generator/{draw.choice(MODELS)}",
                event="chat.closed" if decision in ("allow", "withheld") else "chat.refused",
                entities={draw.choice(TYPES): draw.randint(1, 3)}, duration_ms=int(draw.lognormvariate(6.5, 0.7)),
                actor=f"user_{draw.randrange(9)}", roles=draw.choice([["employee"], ["admin", "employee"]]),
                choices=[{"flagged": flagged, "withheld": "toxicity" if decision == "withheld" else None}], **limited,
            ))  # fmt: skip
            if draw.random() < 0.2:
                found.append({"event": "feedback.given", "decision": "allow", "time": at, "tenant": "default",
                              "rating": draw.choice([1, 1, -1])})  # fmt: skip
        if draw.random() < 0.2:
            found.append({"event": "session.opened", "decision": "allow", "time": at, "tenant": "default"})
            found.append({"event": "authentication.failed", "decision": "deny", "time": at, "counts": {"bad": 2}})
    return found


class Running(Installation):
    """An installation whose database is opened with the server, in the server's loop."""

    def app(self) -> Any:
        @asynccontextmanager
        async def build() -> AsyncIterator[Services]:
            with tempfile.TemporaryDirectory() as folder:
                keys, url = LocalKeys.create(Path(folder) / "keys"), f"sqlite+aiosqlite:///{folder}/guard.db"
                async with Database(url) as database:
                    await put(database, month(time.time_ns() // 1_000_000 - HOUR))
                    audit = SqlAudit(database, keys.signing_key)
                    self.storage = Storage(url, database, keys, audit, SqlTranscripts(database, keys, keys.derive))
                    yield self.services()

        return create_app(build, max_body_bytes=self.max_body_bytes)


async def waiting(tenant: str) -> dict[str, dict[str, int | None]]:
    """What waits for reviewers."""
    return {"withheld": {"open": 3 if tenant == "default" else 0, "oldest": 1_764_000_000_000}}


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    counting = in_memory()
    with Running(backlog=waiting, counting=counting, stages={"limit": CountingLimiter(counting)}).server() as running:
        for _ in range(3):
            sent: dict[str, Any] = {"json": chat("I am Ada Lovelace."), "headers": key("emma"), "timeout": 60}
            assert httpx.post(f"{running}/v1/chat/completions", **sent, trust_env=False).status_code == 200
        yield running


def opened(browser: Browser, url: str, name: str, **options: Any) -> tuple[Page, list[str]]:
    """A signed-in page, and what is wrong: reports of the browser, and requests to other hosts."""
    page = browser.new_context(base_url=url, **options).new_page()
    page.set_default_timeout(10_000)
    problems: list[str] = []
    page.on("console", lambda told: problems.append(told.text) if is_problem(told) else None)
    page.on("pageerror", lambda error: problems.append(error.name))
    page.on("request", lambda sent: problems.append(sent.url) if not sent.url.startswith(url) else None)
    page.context.add_cookies([{"name": "guard_session", "value": f"key-{name}", "url": url}])
    return page, problems


def is_problem(told: ConsoleMessage) -> bool:
    return told.type in ("error", "warning") and not told.location["url"].endswith(ICON)


def accessible(page: Page) -> None:
    found = Axe().run(page).response["violations"]
    assert [
        (each["id"], each["nodes"][0]["target"]) for each in found if each["impact"] in ("serious", "critical")
    ] == []


def shot(page: Page, name: str) -> None:
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


@pytest.mark.parametrize(("theme", "script"), [("light", True), ("dark", True), ("dark", False)])
def test_a_month_of_figures(browser: Browser, url: str, theme: Any, script: bool) -> None:
    page, problems = opened(browser, url, "audrey", color_scheme=theme, java_script_enabled=script)
    weights: list[int] = []
    page.on("response", lambda came: weights.append(len(came.body())) if "/dashboard" in came.url else None)
    page.goto("/review")
    page.get_by_role("link", name="Dashboard").click()
    expect(page.get_by_role("link", name="Last 24 hours")).to_have_attribute("aria-current", "true")
    page.get_by_role("link", name="Last 30 days").click()
    page.wait_for_load_state("networkidle")
    pictures = page.locator("picture img")
    assert pictures.count() == 6
    for image in pictures.all():
        assert image.get_attribute("alt")
        if script:
            assert image.evaluate("each => each.complete && each.naturalWidth > 100"), image.get_attribute("src")
            assert f"theme={theme}" in image.evaluate("each => each.currentSrc") or theme == "light"
    shot(page, f"dashboard-{theme}")
    assert sum(weights) < 2 * 150_000
    page.get_by_text("Table", exact=True).first.click()
    expect(page.get_by_role("table", name=re.compile("Requests"))).to_be_visible()
    assert page.get_by_role("row", name=re.compile("User user_emma")).count() >= 2
    if script:
        accessible(page)
    # From a figure to the records behind it.
    page.locator("dl.tiles div").filter(has_text="Withheld").get_by_role("link").click()
    expect(page).to_have_url(re.compile(r"/review\?decision=withheld&since=\d+&until=\d+"))
    expect(page.locator(".mark.withheld").first).to_be_visible()
    assert problems == []
    page.context.close()


def test_a_narrow_screen(browser: Browser, url: str) -> None:
    page, problems = opened(browser, url, "audrey", viewport={"width": 375, "height": 800})
    page.goto("/dashboard?range=7d", wait_until="networkidle")
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    assert "size=narrow" in page.locator("picture img").first.evaluate("each => each.currentSrc")
    shot(page, "dashboard-narrow")
    page.goto("/dashboard/report?range=7d", wait_until="networkidle")
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    assert problems == []
    page.context.close()


def test_a_report_is_printed(browser: Browser, url: str, tmp_path: Path) -> None:
    page, problems = opened(browser, url, "audrey", color_scheme="dark")
    page.goto("/dashboard?range=30d")
    page.get_by_role("link", name="Page to print").click()
    page.wait_for_load_state("networkidle")
    expect(page.get_by_text("audrey,")).to_be_visible()
    expect(page.get_by_text(re.compile("^sha256:[0-9a-f]{64}$"))).to_be_visible()
    shot(page, "dashboard-report")
    accessible(page)
    printed = Path(os.environ.get("SCREENSHOTS", tmp_path)) / "dashboard-report.pdf"
    page.pdf(path=str(printed), format="A4")
    assert printed.read_bytes().startswith(b"%PDF")
    page.emulate_media(media="print")
    expect(page.get_by_role("navigation")).to_be_hidden()
    expect(page.get_by_role("table", name=re.compile("Requests"))).to_be_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert problems == []
    page.context.close()


def test_a_chart_opened_by_itself_breaks_no_rule(browser: Browser, url: str) -> None:
    page, problems = opened(browser, url, "audrey")
    page.goto("/dashboard?range=30d")
    address = page.locator("picture img").nth(2).get_attribute("src")
    assert address
    page.goto(address)
    expect(page.locator("text").filter(has_text=MARKUP)).to_have_count(1)
    assert page.evaluate("document.querySelectorAll('script, image, [style]').length") == 0
    assert problems == []
    page.context.close()


def test_a_wrong_period_is_said_beside_the_form(browser: Browser, url: str) -> None:
    page, _ = opened(browser, url, "audrey")
    page.goto("/dashboard?since=2026-01-02T00:00&until=2026-01-01T00:00")
    expect(page.get_by_role("alert")).to_contain_text("The beginning (`since`) is before the end")
    expect(page.get_by_label("From (UTC)")).to_have_value("2026-01-02T00:00")
    shot(page, "dashboard-problem")
    page.goto("/dashboard?since=2020-01-01T00:00&until=2020-01-02T00:00")
    expect(page.get_by_text("Nothing was recorded in this period.")).to_be_visible()
    shot(page, "dashboard-empty")
    page.context.close()
