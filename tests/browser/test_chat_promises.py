"""What the chat page promises besides its stories: nothing runs, everybody can use it, and it keeps up with a model."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator, Mapping
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from guard.model import JSON, Chunk, Usage
from guard.testing.fakes import ChunkedGenerator
from tests.browser.test_chat_page import NARROW, PLAN, answers, closed, opened, send
from tests.unit.serving import House
from tests.unit.web.evil import EVIL

pytestmark = pytest.mark.browser
TOKENS_PER_SECOND = 50
WIDE: Any = {"width": 1280, "height": 900}
WORDS = ("Some **words** of a plan, then `code` and more. " * 5 + "\n\n- one\n- two\n\n") * 2


class Echo:
    """Says the last message again, in small pieces."""

    async def __call__(self, body: Mapping[str, JSON]) -> AsyncGenerator[Chunk, None]:
        text = str(body["messages"][-1]["content"])
        for at in range(0, len(text), 3):
            yield Chunk(text=text[at : at + 3])
        yield Chunk(finish_reason="stop")
        yield Chunk(usage=Usage(1, 1))

    async def start(self) -> None:
        return None

    async def aclose(self) -> None:
        return None


class Steady(Echo):
    """Says the same at the pace of a model."""

    async def __call__(self, body: Mapping[str, JSON]) -> AsyncGenerator[Chunk, None]:
        for at in range(0, len(WORDS), 5):
            yield Chunk(text=WORDS[at : at + 5])
            await asyncio.sleep(1 / TOKENS_PER_SECOND)
        yield Chunk(finish_reason="stop")


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    plan = [f"{PLAN}\n\nFor Ada Lovelace.\n"]
    generators = {"echo": Echo(), "steady": Steady(), "plan": ChunkedGenerator(plan, [*plan, "A toxicword. "])}
    with House(generators, max_body_bytes=4_000_000).server() as running:
        yield running


def test_nothing_that_is_written_or_answered_runs(browser: Browser, url: str) -> None:
    page = opened(browser, url)
    ran: list[str] = []
    page.on("dialog", lambda dialog: (ran.append(dialog.message), dialog.dismiss()))
    texts = [each.replace("\x00", "") for each in EVIL if "data:" not in each]
    before = page.locator("svg, iframe, form, base, style, meta, img").count()
    for number, text in enumerate((texts[:20], texts[20:])):
        joined = "\n\n".join(text)
        send(page, joined)
        expect(answers(page)).to_have_count(number + 1)
        expect(page.get_by_role("button", name="Send", exact=True)).to_be_visible()
    own = page.locator("#turns form, #conversations form, #rename form").count()
    page.reload()
    expect(answers(page)).to_have_count(2)
    assert page.locator("#turns :is(svg, iframe, base, style, meta, img, script)").count() == 0
    assert page.locator("#turns form, #conversations form, #rename form").count() == own
    assert before >= 1
    for link in page.locator(".formatted a").all():
        assert str(link.get_attribute("href")).startswith(("https://", "http://", "mailto:"))
    assert ran == []
    closed(page)


def axe(page: Page) -> list[str]:
    """What axe finds serious or worse."""
    found = Axe().run(page)
    return [
        f"{each['id']}: {node['html'][:200]}"
        for each in found.response["violations"]
        if each["impact"] in ("serious", "critical")
        for node in each["nodes"]
    ]


@pytest.mark.parametrize(("scheme", "size"), [("light", WIDE), ("dark", NARROW)])
def test_everybody_can_use_it(browser: Browser, url: str, scheme: Any, size: Any) -> None:
    page = opened(browser, url, color_scheme=scheme, viewport=size, bypass_csp=True)
    assert axe(page) == []
    if size == NARROW:
        page.get_by_text("Options").click()
    page.get_by_label("Model").select_option("plan")
    page.get_by_label("Answers").select_option("2")
    send(page, "I am Ada Lovelace. " + "A long message. " * 120)
    expect(page.locator(".why")).to_have_count(1)
    page.locator(".why summary").click()
    page.get_by_role("button", name="Good").first.click()
    for closed_part in page.locator("#turns details:not([open]) > summary").all():
        closed_part.click()
    page.locator("#message").fill("Ada Lovelace again")
    expect(page.locator("#preview mark").first).to_be_visible()
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= page.evaluate("window.innerWidth")
    closed(page)


WATCH = """() => {
  window.frames_ = [];
  window.long_ = [];
  let last = performance.now();
  const next = (now) => {
    window.frames_.push(now - last);
    last = now;
    requestAnimationFrame(next);
  };
  requestAnimationFrame(next);
  new PerformanceObserver((list) => window.long_.push(...list.getEntries().map((each) => each.duration)))
    .observe({ type: 'longtask' });
}"""


def test_an_answer_at_the_pace_of_a_model_drops_no_frames(browser: Browser, url: str) -> None:
    page = opened(browser, url)
    page.get_by_label("Model").select_option("steady")
    page.evaluate(WATCH)
    send(page, "Go on.")
    expect(page.locator(".formatted li").last).to_be_visible(timeout=20_000)
    expect(page.get_by_role("button", name="Send", exact=True)).to_be_visible(timeout=20_000)
    # The page's own work never holds a frame up; how soon frames come is the machine's matter.
    assert [each for each in page.evaluate("window.long_") if each > 100] == []
    frames = sorted(page.evaluate("window.frames_"))
    assert frames[len(frames) // 2] < 34
    closed(page)


def test_the_page_is_light(browser: Browser, url: str) -> None:
    page = browser.new_context(base_url=url).new_page()
    sizes: list[int] = []
    page.on("response", lambda response: sizes.append(len(response.body())) if response.status == 200 else None)
    page.goto("/login")
    page.get_by_label("Name").fill("ada")
    page.get_by_label("Password").fill("right")
    page.keyboard.press("Enter")
    expect(page.locator("#chat")).to_have_attribute("data-ready", "true")
    assert sum(sizes) < 150_000
    page.context.close()
