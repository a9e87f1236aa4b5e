"""An employee signs in and chats, in a real Chromium, with and without script."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.functional.server import ECHO, Server

pytestmark = pytest.mark.browser
MESSAGE = "My name is Margaret Holloway, write to margaret.holloway@example.org."


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, str]]:
    toxic = {"name": "toxic", "kind": "scripted", "replies": ["Of course. You are a stupid worthless idiot. Bye."]}
    server = Server(tmp_path_factory.mktemp("browser"), [ECHO, toxic]).init()
    made = server.json("user", "add", "emma", "--role", "employee", "--password")
    yield server.start(), made["password"]
    server.stop()


@pytest.fixture(params=["with script", "without script"])
def page(browser: Browser, installation: tuple[Server, str], request: pytest.FixtureRequest) -> Iterator[Page]:
    """A signed-in page. Any report of the browser (policy violations among them) fails the test."""
    server, password = installation
    context = browser.new_context(java_script_enabled=request.param == "with script", base_url=server.url)
    opened = context.new_page()
    problems: list[Any] = []
    hosts: set[str] = set()
    opened.on(
        "console", lambda message: problems.append(message.text) if message.type in ("error", "warning") else None
    )
    opened.on("pageerror", lambda error: problems.append(error.name))
    opened.on("request", lambda sent: hosts.add(sent.url.split("/")[2]))
    opened.goto("/")
    opened.get_by_label("Name").fill("emma")
    opened.get_by_label("Password").fill(password)
    opened.get_by_role("button", name="Sign in").click()
    expect(opened.get_by_label("Message", exact=True)).to_be_focused()
    if request.param == "with script":
        expect(opened.locator("#chat")).to_have_attribute("data-ready", "true")
    yield opened
    assert problems == []
    assert hosts == {server.url.removeprefix("http://")}
    context.close()


def send(page: Page, text: str) -> None:
    page.get_by_label("Message", exact=True).fill(text)
    page.get_by_role("button", name="Send").click()


def test_a_chat(page: Page) -> None:
    send(page, MESSAGE)
    expect(page.locator("li.user .text")).to_have_text(MESSAGE)
    expect(page.locator("li.assistant .text")).to_have_text(MESSAGE)
    expect(page.get_by_role("status")).to_contain_text("1 × PERSON, 1 × EMAIL_ADDRESS")
    send(page, "And again: Margaret Holloway")
    expect(page.locator("li.assistant .text").nth(1)).to_have_text("And again: Margaret Holloway")
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=str(Path(folder) / "chat.png"))


def test_what_was_withheld_is_said(page: Page) -> None:
    page.get_by_label("Model").select_option("toxic")
    send(page, "Hello")
    expect(page.locator("li.assistant .text")).to_contain_text("Of course.")
    expect(page.locator("li.assistant .text")).to_contain_text("[Withheld by policy: toxicity]")
    expect(page.locator("li.assistant .text")).not_to_contain_text("idiot")
    expect(page.get_by_role("status")).to_contain_text("withheld: toxicity")


def test_markup_is_text(page: Page) -> None:
    send(page, "<img src=x onerror=alert(1)><script>alert(2)</script>")
    expect(page.locator("li.assistant .text")).to_have_text("<img src=x onerror=alert(1)><script>alert(2)</script>")
    assert page.locator("li img, li script").count() == 0


def test_signing_out(page: Page) -> None:
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.goto("/chat")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_a_wrong_password(browser: Browser, installation: tuple[Server, str]) -> None:
    server, _ = installation
    page = browser.new_page(base_url=server.url)
    page.goto("/login")
    page.get_by_label("Name").fill("emma")
    page.get_by_label("Password").fill("not the password")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("The name or the password is wrong.")
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=str(Path(folder) / "login.png"))
    page.close()
