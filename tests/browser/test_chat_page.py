"""The chat page at its edges, in a real Chromium over fakes: keys, stopping, refusals, narrow and dark screens."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from guard.errors import PromptBlockedError
from guard.model import ModerationProfile, Verdict
from guard.testing.fakes import ChunkedGenerator
from tests.unit.serving import House, Stuck

pytestmark = pytest.mark.browser


class Blocks:
    """Refuses a prompt that holds `blockme`, as long as it is among what is sent."""

    async def __call__(self, texts: Sequence[str], profile: ModerationProfile) -> Verdict:
        if any("blockme" in text for text in texts):
            raise PromptBlockedError
        return Verdict()


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    generators = {"echo": ChunkedGenerator(["Hello ", "there. "]), "stuck": Stuck()}
    with House(generators, stages={"inspect": Blocks()}).server() as running:
        yield running


def opened(browser: Browser, url: str, **options: Any) -> Page:
    """A signed-in page."""
    page = browser.new_context(base_url=url, **options).new_page()
    page.goto("/login")
    expect(page.get_by_label("Name")).to_be_focused()
    page.keyboard.type("ada")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Password")).to_be_focused()
    page.keyboard.type("right")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Message", exact=True)).to_be_focused()
    if options.get("java_script_enabled", True):
        expect(page.locator("#chat")).to_have_attribute("data-ready", "true")
    return page


def shot(page: Page, name: str) -> None:
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=str(Path(folder) / f"{name}.png"))


@pytest.mark.parametrize("script", [True, False])
def test_a_chat_by_keyboard_on_a_narrow_dark_screen(browser: Browser, url: str, script: bool) -> None:
    size: Any = {"width": 375, "height": 667}
    page = opened(browser, url, viewport=size, color_scheme="dark", java_script_enabled=script)
    shot(page, f"narrow-empty-{script}")
    for _ in range(2):
        page.keyboard.type("I am Ada Lovelace.")
        if script:
            page.keyboard.press("Enter")
        else:
            for _ in range(4):
                page.keyboard.press("Tab")
            expect(page.get_by_role("button", name="Send")).to_be_focused()
            page.keyboard.press("Enter")
        expect(page.get_by_label("Message", exact=True)).to_have_value("")
        expect(page.get_by_label("Message", exact=True)).to_be_focused()
    expect(page.locator("li.assistant .text")).to_have_text(["Hello there. "] * 2)
    expect(page.get_by_role("status")).to_contain_text("2 × PERSON")
    shot(page, f"narrow-{script}")
    page.context.close()


@pytest.mark.parametrize("script", [True, False])
def test_a_refused_message_comes_back_and_does_not_stay_in_the_history(
    browser: Browser, url: str, script: bool
) -> None:
    page = opened(browser, url, java_script_enabled=script)
    message = page.get_by_label("Message", exact=True)
    for text in ("First.", "blockme please"):
        message.fill(text)
        page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("alert")).to_have_text("The policy does not let this prompt pass.")
    expect(message).to_have_value("blockme please")
    expect(page.locator("li.user .text")).to_have_text(["First."])
    shot(page, f"refused-{script}")
    message.fill("Something else.")
    page.get_by_role("button", name="Send").click()
    expect(page.locator("li.assistant")).to_have_count(2)
    expect(page.get_by_role("alert")).to_be_hidden()
    page.context.close()


def test_stopping_keeps_what_has_come(browser: Browser, url: str) -> None:
    page = opened(browser, url)
    page.get_by_label("Model").select_option("stuck")
    page.get_by_label("Message", exact=True).fill("Hi.")
    page.get_by_role("button", name="Send").click()
    expect(page.locator("li.assistant .text")).to_have_text("One sentence. ")
    shot(page, "streaming")
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("status")).to_have_text("Stopped.")
    expect(page.get_by_role("button", name="Send")).to_be_visible()
    expect(page.get_by_label("Message", exact=True)).to_be_focused()
    page.context.close()


def test_a_session_that_ended_is_told_and_nothing_is_lost(browser: Browser, url: str) -> None:
    page = opened(browser, url)
    page.context.clear_cookies()
    page.get_by_label("Message", exact=True).fill("A long thought.")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("Message", exact=True)).to_have_value("A long thought.")
    page.context.close()


def test_a_page_that_is_opened_again_starts_anew(browser: Browser, url: str) -> None:
    """What the browser remembers of a form must not bring a history back that nobody sees."""
    page = opened(browser, url)
    for again in (lambda: page.get_by_role("link", name="New chat").click(), page.reload, lambda: back(page)):
        page.get_by_label("Message", exact=True).fill("Hi.")
        page.get_by_role("button", name="Send").click()
        expect(page.locator("li.assistant")).to_have_count(1)
        again()
        expect(page.locator("li")).to_have_count(0)
        assert page.locator("input[name=history]").input_value() == "[]"
        assert page.locator("input[name=conversation]").input_value() == ""
    page.context.close()


def back(page: Page) -> None:
    page.goto("/login")
    page.go_back()


@pytest.mark.parametrize("script", [True, False])
def test_the_newest_answer_and_its_note_are_in_view(browser: Browser, url: str, script: bool) -> None:
    size: Any = {"width": 375, "height": 667}
    page = opened(browser, url, viewport=size, java_script_enabled=script)
    for count in range(1, 5):
        page.get_by_label("Message", exact=True).fill(f"Message {count}.")
        page.get_by_role("button", name="Send").click()
        expect(page.locator("li.assistant .text")).to_have_text(["Hello there. "] * count)
    expect(page.get_by_role("status")).to_contain_text("Nothing had to be taken out.")
    note = page.get_by_role("status").bounding_box()
    composer = page.locator("#chat").bounding_box()
    assert note
    assert composer
    assert note["y"] >= 0
    assert note["y"] + note["height"] <= composer["y"]
    shot(page, f"long-{script}")
    page.context.close()
