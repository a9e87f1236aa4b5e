"""An employee signs in and chats, in a real Chromium, with and without script."""

from __future__ import annotations

import os
import re
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


def said(page: Page) -> list[str]:
    """What the person wrote, without the types that are marked in it."""
    without = """each => {
        const copy = each.cloneNode(true);
        copy.querySelectorAll('.type').forEach((type) => type.remove());
        return copy.textContent;
    }"""
    return [str(each.evaluate(without)) for each in page.locator(".user > .text").all()]


def shot(page: Page, name: str) -> None:
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=str(Path(folder) / f"{name}.png"))


def send(page: Page, text: str) -> None:
    page.get_by_label("Message", exact=True).fill(text)
    page.get_by_role("button", name="Send").click()


def test_a_chat(page: Page) -> None:
    send(page, MESSAGE)
    expect(page.get_by_role("status")).to_contain_text("1 × PERSON, 1 × EMAIL_ADDRESS")
    assert said(page) == [MESSAGE]
    answer = page.locator(".assistant .formatted")
    expect(answer).to_contain_text("My name is Margaret Holloway (PERSON), write to margaret.holloway@example.org")
    # What was taken out is marked, with its type; and as the generator saw it.
    expect(page.locator(".user > .text mark")).to_have_text(
        ["Margaret HollowayPERSON", "margaret.holloway@example.orgEMAIL_ADDRESS"]
    )
    page.get_by_text("As the generator saw it").click()
    expect(page.locator(".user .seen .text")).to_contain_text(re.compile(r"My name is <PERSON_\w{6}>, write to <EMAIL"))
    send(page, "And again: Margaret Holloway")
    expect(answer.nth(1)).to_contain_text("And again: Margaret Holloway")
    expect(page.locator("#conversations [aria-current]")).to_contain_text("My name is Margaret Holloway")
    expect(page).to_have_url(re.compile(r"/chat/conv_\w+\?at=req_\w+\.0"))
    page.reload()
    expect(answer).to_have_count(2)
    shot(page, "chat")


def test_what_was_withheld_is_said(page: Page) -> None:
    page.get_by_label("Model").select_option("toxic")
    send(page, "Hello")
    expect(page.locator(".assistant .formatted")).to_contain_text("Of course.")
    expect(page.locator(".assistant .formatted")).to_contain_text("[Withheld by policy: toxicity]")
    expect(page.locator(".assistant .formatted")).not_to_contain_text("idiot")
    expect(page.get_by_role("status")).to_contain_text("withheld: toxicity")
    page.get_by_text("Part of the answer was withheld: toxicity. Why?").click()
    expect(page.locator(".why")).to_contain_text(re.compile(r"The answer scored 0\.\d+ for toxicity"))
    expect(page.locator(".why")).to_contain_text("moderation/")
    shot(page, "withheld")


def test_markup_is_text(page: Page) -> None:
    send(page, "<img src=x onerror=alert(1)><script>alert(2)</script>")
    expect(page.locator(".assistant .formatted")).to_have_text("<img src=x onerror=alert(1)><script>alert(2)</script>")
    assert page.locator("#turns img, #turns script").count() == 0


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
