"""The chat page at its edges, in a real Chromium over fakes: keys, stopping, refusals, narrow and dark screens."""

from __future__ import annotations

import os
import re
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
NARROW: Any = {"width": 375, "height": 667}
PLAN = """\
Here is the plan for Ada Lovelace.

## Steps

1. Write the letter
2. Wait *two* days

| Day | Task |
| --- | --- |
| Monday | Send it to the office in the long street behind the station |

```python
def greet(name: str) -> str:
    return f"Hello, {name}! This line is long enough to need a box of its own to scroll in."
```
"""


class Blocks:
    """Refuses a prompt that holds `blockme`, as long as it is among what is sent."""

    async def __call__(self, texts: Sequence[str], profile: ModerationProfile) -> Verdict:
        if any("blockme" in text for text in texts):
            raise PromptBlockedError
        return Verdict()


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    generators = {
        "echo": ChunkedGenerator(["Hello ", "there. "]),
        "stuck": Stuck(),
        "twice": ChunkedGenerator(["First way, Ada Lovelace. "], ["Second way. "]),
        "plan": ChunkedGenerator([PLAN[at : at + 7] for at in range(0, len(PLAN), 7)]),
    }
    with House(generators, stages={"inspect": Blocks()}, max_body_bytes=4_000_000).server() as running:
        yield running


def watched(browser: Browser, url: str, **options: Any) -> Page:
    """A page whose every report (policy violations among them) fails the test in `closed`."""
    page = browser.new_context(base_url=url, **options).new_page()
    told = page.__dict__.setdefault("told", [])
    page.on("console", lambda said: told.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: told.append(str(error)))
    return page


def opened(browser: Browser, url: str, **options: Any) -> Page:
    """A new chat of somebody who is signed in."""
    page = watched(browser, url, **options)
    page.request.post("/login", form={"name": "ada", "password": "right"}, max_redirects=0)
    page.goto("/chat")
    ready(page, options.get("java_script_enabled", True))
    return page


def ready(page: Page, script: bool) -> None:
    expect(page.get_by_label("Message", exact=True)).to_be_focused()
    if script:
        expect(page.locator("#chat")).to_have_attribute("data-ready", "true")


def closed(page: Page, *allowed: str) -> None:
    told = [text for text in page.__dict__.get("told", []) if not any(each in text for each in allowed)]
    assert told == []
    page.context.close()


def send(page: Page, text: str) -> None:
    page.get_by_label("Message", exact=True).fill(text)
    page.get_by_role("button", name="Send", exact=True).click()


def answers(page: Page) -> Any:
    return page.locator(".assistant .formatted")


def shot(page: Page, name: str) -> None:
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=str(Path(folder) / f"{name}.png"))


def fits(page: Page) -> None:
    """Nothing makes the page wider than the screen."""
    assert page.evaluate("document.documentElement.scrollWidth") <= page.evaluate("window.innerWidth")


@pytest.mark.parametrize("script", [True, False])
def test_a_chat_by_keyboard_on_a_narrow_dark_screen(browser: Browser, url: str, script: bool) -> None:
    page = watched(browser, url, viewport=NARROW, color_scheme="dark", java_script_enabled=script)
    page.goto("/login")
    expect(page.get_by_label("Name")).to_be_focused()
    page.keyboard.type("ada")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Password")).to_be_focused()
    page.keyboard.type("right")
    page.keyboard.press("Enter")
    ready(page, script)
    shot(page, f"narrow-empty-{script}")
    for count in (1, 2):
        page.keyboard.type("I am Ada Lovelace.")
        if script:
            page.keyboard.press("Enter")
        else:
            for _ in range(3):
                page.keyboard.press("Tab")
            expect(page.get_by_role("button", name="Send", exact=True)).to_be_focused()
            page.keyboard.press("Enter")
        expect(answers(page)).to_have_count(count)
        expect(page.get_by_role("button", name="Send", exact=True)).to_be_visible()
        expect(page.get_by_label("Message", exact=True)).to_have_value("")
        expect(page.get_by_label("Message", exact=True)).to_be_focused()
    expect(answers(page)).to_have_text(["Hello there."] * 2)
    expect(page.get_by_role("status")).to_contain_text("2 × PERSON")
    fits(page)
    shot(page, f"narrow-{script}")
    # The conversations are behind their heading.
    page.locator("#conversations > summary").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#conversations").get_by_role("link", name="I am Ada Lovelace.").first).to_be_visible()
    fits(page)
    shot(page, f"narrow-conversations-{script}")
    closed(page)


@pytest.mark.parametrize("script", [True, False])
def test_a_refused_message_comes_back_and_does_not_stay_in_the_history(
    browser: Browser, url: str, script: bool
) -> None:
    page = opened(browser, url, java_script_enabled=script)
    message = page.get_by_label("Message", exact=True)
    send(page, "First.")
    expect(answers(page)).to_have_count(1)
    send(page, "blockme please")
    expect(page.get_by_role("alert")).to_have_text("The policy does not let this prompt pass.")
    expect(message).to_have_value("blockme please")
    expect(page.locator(".user > .text")).to_have_text(["First."])
    shot(page, f"refused-{script}")
    if script:
        page.locator(".edit > summary").click()
        edit = page.get_by_label("The message, to be changed")
        edit.fill("blockme as well")
        page.get_by_role("button", name="Send again").click()
        expect(page.get_by_role("alert")).to_have_text("The policy does not let this prompt pass.")
        expect(edit).to_have_value("blockme as well")
        expect(page.locator(".user > .text")).to_have_text(["First."])
    send(page, "Something else.")
    expect(answers(page)).to_have_count(2)
    expect(page.get_by_role("alert")).to_be_hidden()
    closed(page, "status of 400")


def test_stopping_keeps_what_has_come(browser: Browser, url: str) -> None:
    page = opened(browser, url)
    for way in ("button", "key"):
        page.goto("/chat")
        ready(page, True)
        page.get_by_label("Model").select_option("stuck")
        send(page, "Hi.")
        expect(answers(page)).to_have_text("One sentence.")
        shot(page, "streaming")
        if way == "button":
            page.get_by_role("button", name="Stop").click()
        else:
            page.keyboard.press("Escape")
        expect(page.get_by_role("status")).to_have_text("Stopped.")
        expect(page.get_by_role("button", name="Send", exact=True)).to_be_visible()
        expect(page.get_by_label("Message", exact=True)).to_be_focused()
        expect(answers(page)).to_have_text("One sentence.")
        expect(page.get_by_text("This answer was cut off.")).to_be_visible()
    # The chat goes on from it.
    page.get_by_label("Model").select_option("echo")
    send(page, "Go on.")
    expect(answers(page)).to_have_text(["One sentence.", "Hello there."])
    closed(page)


def test_a_session_that_ended_is_told_and_nothing_is_lost(browser: Browser, url: str) -> None:
    page = opened(browser, url)
    page.context.clear_cookies()
    send(page, "A long thought.")
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("Message", exact=True)).to_have_value("A long thought.")
    closed(page, "status of 401")


def test_a_new_chat_starts_anew_and_a_page_that_is_opened_again_has_its_conversation(
    browser: Browser, url: str
) -> None:
    """What the browser remembers of a form must not bring a history back that nobody sees."""
    page = opened(browser, url)
    send(page, "Hi.")
    expect(answers(page)).to_have_count(1)
    for again in (page.reload, lambda: back(page)):
        again()
        expect(answers(page)).to_have_count(1)
        conversation = re.search(r"conv_\w+", page.url)
        assert conversation
        assert page.locator("#chat input[name=conversation]").input_value() == conversation[0]
        assert page.locator("#chat input[name=at]").input_value().startswith("req_")
    page.get_by_role("link", name="New chat").click()
    expect(page.locator(".turn")).to_have_count(0)
    assert page.locator("#chat input[name=conversation]").input_value() == ""
    assert page.locator("#chat input[name=at]").input_value() == ""
    closed(page)


def back(page: Page) -> None:
    page.goto("/login")
    page.go_back()


@pytest.mark.parametrize("script", [True, False])
def test_the_newest_answer_and_its_note_are_in_view(browser: Browser, url: str, script: bool) -> None:
    page = opened(browser, url, viewport=NARROW, java_script_enabled=script)
    for count in range(1, 5):
        send(page, f"Message {count}.")
        expect(answers(page)).to_have_text(["Hello there."] * count)
    expect(page.get_by_role("status")).to_contain_text("Nothing had to be taken out.")
    note = page.get_by_role("status").bounding_box()
    composer = page.locator("#chat").bounding_box()
    assert note
    assert composer
    assert note["y"] >= 0
    assert note["y"] + note["height"] <= composer["y"]
    assert composer["y"] < NARROW["height"]
    shot(page, f"long-{script}")
    closed(page)


@pytest.mark.parametrize("script", [True, False])
def test_what_will_be_taken_out_is_shown_before(browser: Browser, url: str, script: bool) -> None:
    page = opened(browser, url, java_script_enabled=script)
    message = page.get_by_label("Message", exact=True)
    message.fill("I am Ada Lovelace.")
    if not script:
        page.get_by_role("button", name="Preview").click()
    preview = page.get_by_role("region", name="Preview of what is taken out")
    expect(preview.locator(".count")).to_have_text("1 × PERSON")
    expect(preview.locator(".text mark").first).to_contain_text("Ada Lovelace")
    preview.get_by_text("As the generator will see it").click()
    expect(preview.locator(".seen .text")).to_contain_text(re.compile(r"I am <PERSON_\w{6}>\."))
    expect(message).to_have_value("I am Ada Lovelace.")
    expect(page.locator(".turn")).to_have_count(0)
    shot(page, f"preview-{script}")
    if script:
        message.fill("I am nobody.")
        expect(preview).to_contain_text("Nothing in this message has to be taken out.")
        message.fill("")
        expect(preview).to_be_hidden()
        message.fill("Ada Lovelace again")
        page.keyboard.press("Enter")
        expect(answers(page)).to_have_count(1)
        expect(preview).to_be_hidden()
    closed(page)


def test_asked_again_edited_and_back_to_what_was_before(browser: Browser, url: str) -> None:
    page = opened(browser, url)
    send(page, "One, Ada Lovelace.")
    expect(answers(page)).to_have_count(1)
    page.get_by_role("button", name="Answer again").click()
    versions = page.locator(".versions")
    expect(versions).to_contain_text("2 of 2")
    expect(page.locator(".user > .text mark")).to_contain_text("Ada Lovelace")
    page.locator(".edit > summary").click()
    page.get_by_label("The message, to be changed").fill("Two.")
    page.get_by_role("button", name="Send again").click()
    expect(versions).to_contain_text("3 of 3")
    expect(page.locator(".user > .text")).to_have_text("Two.")
    shot(page, "versions")
    page.get_by_role("link", name="The version before").click()
    expect(versions).to_contain_text("2 of 3")
    expect(page.locator(".user > .text")).to_contain_text("One, Ada")
    closed(page)


def test_two_answers_side_by_side(browser: Browser, url: str) -> None:
    page = opened(browser, url)
    page.get_by_label("Model").select_option("twice")
    page.get_by_label("Answers").select_option("2")
    send(page, "I am Ada Lovelace.")
    expect(answers(page)).to_have_count(2)
    expect(page.get_by_text("Answer 2 of 2")).to_be_visible()
    first, second = (each.bounding_box() for each in page.locator(".assistant").all())
    assert first
    assert second
    assert first["x"] + first["width"] < second["x"]
    page.get_by_role("link", name="Go on from this one").click()
    expect(page.locator(".assistant.read")).to_contain_text("Second way.")
    shot(page, "two")
    # The model is remembered with the conversation.
    expect(page.get_by_label("Model")).to_have_value("twice")
    closed(page)


def test_files_are_attached_and_those_that_are_no_text_refused(browser: Browser, url: str) -> None:
    page = opened(browser, url)
    attached = page.get_by_label("Attach text files")
    attached.set_input_files({"name": "notes.txt", "mimeType": "text/plain", "buffer": b"Ada Lovelace was here"})
    send(page, "Look at this:")
    expect(page.locator(".user > .text")).to_contain_text("```notes.txt")
    expect(page.locator(".user > .text mark")).to_contain_text("Ada Lovelace")
    attached.set_input_files({"name": "a.png", "mimeType": "image/png", "buffer": b"\x89PNG\r\n\x1a\n"})
    send(page, "And this?")
    expect(page.get_by_role("alert")).to_contain_text("File 1 is not text")
    expect(page.get_by_label("Message", exact=True)).to_have_value("And this?")
    closed(page, "status of 400")


def test_conversations_are_found_and_renamed(browser: Browser, url: str) -> None:
    page = opened(browser, url, java_script_enabled=False)
    send(page, "A letter to the harbour office")
    expect(answers(page)).to_have_count(1)
    page.locator("#rename > summary").click()
    page.get_by_label("Title", exact=True).fill("The quay <b>wall</b>")
    page.get_by_role("button", name="Rename").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("The quay <b>wall</b>")
    page.get_by_label("Search titles").fill("quay")
    page.get_by_role("button", name="Search").click()
    expect(page.locator("#conversations li")).to_have_count(1)
    page.locator("#conversations").get_by_role("link", name="The quay").first.click()
    expect(answers(page)).to_have_count(1)
    closed(page)


def test_an_answer_is_rated(browser: Browser, url: str) -> None:
    page = opened(browser, url)
    send(page, "Hi.")
    expect(answers(page)).to_have_count(1)
    page.get_by_role("button", name="Bad").click()
    expect(page.get_by_role("button", name="Bad")).to_have_attribute("aria-pressed", "true")
    page.get_by_text("Say why").click()
    page.get_by_label("What was good or bad about this answer").fill("Too short.")
    page.get_by_role("button", name="Send the comment").click()
    expect(page.get_by_label("What was good or bad about this answer")).to_be_hidden()
    expect(page.get_by_role("button", name="Bad")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Bad").click()
    expect(page.get_by_role("button", name="Bad")).to_have_attribute("aria-pressed", "false")
    expect(answers(page)).to_have_count(1)
    closed(page)


def test_an_answer_is_formatted_and_its_code_can_be_copied(browser: Browser, url: str) -> None:
    page = opened(browser, url, viewport=NARROW, color_scheme="dark")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_text("Options").click()
    page.get_by_label("Model").select_option("plan")
    page.get_by_text("Options").click()
    send(page, "Make a plan for Ada Lovelace.")
    expect(page.get_by_role("heading", name="Steps")).to_be_visible()
    expect(page.get_by_role("cell", name="Monday")).to_be_visible()
    page.get_by_role("button", name="Copy the code").click()
    expect(page.get_by_role("button", name="Copy the code")).to_have_text("Copied")
    assert str(page.evaluate("navigator.clipboard.readText()")).startswith("def greet(")
    page.get_by_role("button", name="Copy the answer").click()
    expect(page.get_by_role("button", name="Copy the answer")).to_have_text("Copied")
    copied = str(page.evaluate("navigator.clipboard.readText()"))
    assert copied.startswith("Here is the plan for Ada Lovelace.")
    assert "def greet(" in copied
    assert "PERSON" not in copied
    fits(page)
    shot(page, "formatted")
    closed(page)


def test_the_slash_key_goes_to_the_message(browser: Browser, url: str) -> None:
    page = opened(browser, url)
    page.get_by_role("link", name="New chat").focus()
    page.keyboard.press("/")
    expect(page.get_by_label("Message", exact=True)).to_be_focused()
    page.keyboard.type("a/b")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("c")
    expect(page.get_by_label("Message", exact=True)).to_have_value("a/b\nc")
    closed(page)
