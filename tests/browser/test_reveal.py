"""Whole stories of reviewing in a real Chromium: a reveal with a second person, a case of a queue, following the log."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from guard.audit.heads import head_path
from guard.audit.verify import verify
from tests.browser.test_review_page import NARROW, Running, fits, opened, shot
from tests.unit.reviewing import key
from tests.unit.serving import chat

pytestmark = pytest.mark.browser
VALUE = "Ada Lovelace"
WHY = "The person complained that <b>quokkas</b> were mentioned."


@pytest.fixture(scope="module")
def house() -> Running:
    return Running(sample=1.0)


@pytest.fixture(scope="module")
def url(house: Running) -> Iterator[str]:
    with house.server() as running:
        yield running


def says(url: str, text: str = f"Ask {VALUE}, please.", model: str = "toxic") -> None:
    body = chat(text, model=model)
    answer = httpx.post(f"{url}/v1/chat/completions", json=body, headers=key("emma"), timeout=60, trust_env=False)
    assert answer.status_code == 200, answer.text


def asks(page: Page, reason: str = WHY) -> str:
    """The auditor finds the newest withheld answer and asks for the name in it; the address of the reveal."""
    page.get_by_role("link", name="Review", exact=True).click()
    page.get_by_label("Decision").select_option("withheld")
    page.get_by_role("button", name="Search").click()
    page.locator("tbody th a").first.click()
    page.locator("li.user a.ask").first.click()
    expect(page.get_by_role("heading", name="Ask for a reveal")).to_be_visible()
    page.get_by_label("Reason").select_option("complaint")
    page.get_by_label("Why you need it").fill(reason)
    page.get_by_label("How long it can be seen").select_option("15")
    page.get_by_role("button", name="Ask").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Waits for a decision")
    return page.url


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_a_second_person_grants_what_an_auditor_asks_for(
    browser: Browser, house: Running, url: str, script: bool
) -> None:
    says(url)
    sizes: tuple[dict[str, Any], dict[str, Any]] = ({}, NARROW) if script else (NARROW, {"color_scheme": "dark"})
    page, problems = opened(browser, url, "audrey", java_script_enabled=script, **sizes[0])
    hosts: set[str] = set()
    page.on("request", lambda request: hosts.add(request.url.split("/")[2]))
    reveal = asks(page)
    expect(page.locator("main")).to_contain_text("It waits for: paul, petra")
    fits(page, script)
    shot(page, f"reveal-asked-{script}")
    granter, other_problems = opened(browser, url, "paul", java_script_enabled=script, **sizes[1])
    granter.get_by_role("link", name="Reveals").click()
    shot(granter, f"reveals-{script}")
    fits(granter, script)
    granter.locator("section").first.locator("tbody a").first.click()
    expect(granter.locator("main")).to_contain_text("audrey")
    expect(granter.locator("main")).to_contain_text(WHY)
    assert granter.locator("main b").count() == 0
    assert granter.get_by_text("Lovelace").count() == 0
    shot(granter, f"reveal-decide-{script}")
    fits(granter, script)
    granter.get_by_label("Your answer").fill("Agreed.")
    granter.get_by_role("button", name="Grant").click()
    expect(granter.get_by_role("heading", level=1)).to_contain_text("Granted")
    page.goto(reveal)
    assert page.get_by_text("Lovelace").count() == 0
    page.get_by_role("button", name="Show the value").click()
    expect(page.locator("dl mark.value").first).to_have_text(VALUE)
    expect(page.locator("li.user mark.value")).to_have_text(VALUE)
    expect(page.locator("main")).to_contain_text("for another 15 minutes")
    shot(page, f"reveal-shown-{script}")
    fits(page, script)
    page.get_by_role("link", name="Hide it").click()
    assert page.get_by_text("Lovelace").count() == 0
    page.goto("/review?event=reveal.shown")
    expect(page.locator("tbody tr").first).to_contain_text("reveal.shown")
    page.locator("tbody th a").first.click()
    expect(page.locator("main")).to_contain_text("What stands behind placeholders was shown to who had asked for it.")
    assert house.storage
    assert verify(house.storage.path, head_path(house.storage.path), house.storage.keys.signing_key.public_key()).ok
    assert problems == other_problems == []
    assert hosts == {url.removeprefix("http://")}
    for each in (page, granter):
        each.context.close()


def test_what_was_shown_goes_with_its_time(browser: Browser, url: str) -> None:
    says(url)
    page, problems = opened(browser, url, "otto")
    reveal = asks(page).rpartition("/")[2]
    granted = httpx.post(
        f"{url}/api/reveals/{reveal}/grant", json={"text": "Yes."}, headers=key("paul"), trust_env=False
    )
    assert granted.status_code == 200
    page.clock.install()
    page.reload()
    with page.expect_response(f"**/review/reveals/{reveal}") as answer:
        page.get_by_role("button", name="Show the value").click()
    seconds, _, back = answer.value.headers["refresh"].partition(";url=")
    assert 850 <= int(seconds) <= 901
    assert back == f"/review/reveals/{reveal}"
    expect(page.locator("dl mark.value")).to_have_text(VALUE)
    page.clock.fast_forward("16:00")
    expect(page.locator("mark.value")).to_have_count(0)
    assert problems == []
    page.context.close()


def test_who_is_alone_is_told_that_nobody_can_decide(browser: Browser, url: str) -> None:
    body = chat(f"I am {VALUE}.", model="toxic")
    httpx.post(f"{url}/v1/chat/completions", json=body, headers=key("solo"), timeout=60, trust_env=False)
    page, problems = opened(browser, url, "solo")
    asks(page)
    expect(page.locator("main")).to_contain_text("You cannot grant it yourself.")
    expect(page.get_by_role("button", name="Grant")).to_have_count(0)
    shot(page, "reveal-alone")
    page.get_by_role("button", name="Withdraw it").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Withdrawn")
    assert problems == []
    page.context.close()


def test_a_reveal_with_the_keyboard_alone(browser: Browser, url: str) -> None:
    says(url)
    page, problems = opened(browser, url, "double")
    page.goto("/review?decision=withheld")

    def to(selector: str) -> None:
        """Go there by the tabulator key."""
        for _ in range(90):
            page.keyboard.press("Tab")
            if page.evaluate("selector => document.activeElement.matches(selector)", selector):
                return
        raise AssertionError(selector)

    to("tbody th a")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Redacted transcript")).to_be_visible()
    to("a.ask")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Ask for a reveal")).to_be_visible()
    to("#reason")
    page.keyboard.type("Somebody")
    to("#text")
    page.keyboard.type("To help them.")
    to("#minutes")
    to("main form button")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Waits for a decision")
    expect(page.locator("main")).to_contain_text("Somebody may be in danger")
    assert problems == []
    page.context.close()


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_a_case_is_taken_and_closed(browser: Browser, url: str, script: bool) -> None:
    for _ in range(2):
        says(url)
    size = {} if script else NARROW
    page, problems = opened(browser, url, "audrey", java_script_enabled=script, **size)
    page.get_by_role("link", name="Review", exact=True).click()
    page.get_by_role("link", name="Queues").click()
    shot(page, f"queues-{script}")
    fits(page, script)
    page.get_by_role("link", name="Withheld answers").click()
    shot(page, f"queue-{script}")
    fits(page, script)
    page.get_by_role("button", name="Take the next case").click()
    first = page.url
    case = page.locator("section.case").filter(has_text="Withheld answers")
    expect(case).to_contain_text("You have this case.")
    shot(page, f"case-{script}")
    fits(page, script)
    case.get_by_label("Wrong alarm").check()
    case.get_by_role("button", name="Close", exact=True).click()
    expect(case.get_by_role("alert")).to_have_text("Say why, in a few words.")
    assert case.get_by_label("Wrong alarm").is_checked()
    case.get_by_label("Why").fill(WHY)
    case.get_by_role("button", name="Close and go on").click()
    assert page.url != first
    expect(case).to_contain_text("You have this case.")
    page.goto("/review/queues/withheld?show=closed")
    expect(page.locator("tbody")).to_contain_text("Wrong alarm")
    page.locator("tbody a").first.click()
    expect(case).to_contain_text("audrey closed this case")
    expect(case.locator("blockquote")).to_have_text(WHY)
    shot(page, f"case-closed-{script}")
    assert [each for each in problems if "400 (Bad Request)" not in each] == []
    page.context.close()


def test_the_log_is_followed_as_it_grows(browser: Browser, url: str) -> None:
    page, problems = opened(browser, url, "audrey")
    page.goto("/review/live?event=chat.closed")
    expect(page.get_by_role("status")).to_contain_text("Following.")
    says(url, model="echo")
    expect(page.locator("tr.new")).to_have_count(1, timeout=10_000)
    expect(page.locator("tr.new")).to_contain_text("chat.closed")
    expect(page.get_by_role("status")).to_contain_text("New records: 1.")
    shot(page, "live")
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("status")).to_contain_text("Paused.")
    says(url, model="echo")
    page.wait_for_timeout(2500)
    expect(page.locator("tr.new")).to_have_count(1)
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("status")).to_contain_text("New records: 2.", timeout=10_000)
    page.context.clear_cookies()
    expect(page.get_by_role("status")).to_contain_text("Your session has ended", timeout=10_000)
    assert problems == []
    page.context.close()


def test_the_log_is_followed_by_links_without_script(browser: Browser, url: str) -> None:
    page, problems = opened(browser, url, "audrey", java_script_enabled=False, **NARROW)
    page.goto("/review/live?event=chat.closed")
    page.get_by_role("link", name="Look for newer ones").click()
    expect(page.locator("main")).to_contain_text("Nothing newer has come yet.")
    says(url, model="echo")
    page.get_by_role("link", name="Look for newer ones").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    shot(page, "live-narrow")
    fits(page, script=False)
    assert problems == []
    page.context.close()


@pytest.mark.parametrize("theme", ["light", pytest.param("dark", marks=pytest.mark.slow)])
def test_the_pages_have_no_serious_finding(browser: Browser, url: str, theme: Any) -> None:
    says(url)
    page, problems = opened(browser, url, "double", color_scheme=theme)
    reveal = asks(page).removeprefix(url)
    record = httpx.get(f"{url}/api/audit?event=chat.closed&limit=1", headers=key("double"), trust_env=False).json()
    case = f"/review/{record['records'][0]['index']}"
    for path in ("/review", "/review/live", "/review/queues", "/review/queues/withheld", "/review/reveals", reveal, case,
                 f"/review/reveals/new?record={record['records'][0]['index']}"):  # fmt: skip
        page.goto(path)
        found = Axe().run(page).response["violations"]
        assert [(path, each["id"]) for each in found if each["impact"] in ("serious", "critical")] == []
    assert problems == []
    page.context.close()
