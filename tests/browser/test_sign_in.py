"""Signing in, in a real Chromium: through a provider, with a second factor, one's account, and step-up."""

from __future__ import annotations

import asyncio
import os
import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pyotp
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from guard.config import KeySettings, ServerSettings, Settings
from guard.wiring import opened as installation
from tests.functional.server import Server
from tests.functional.test_oidc import free_port
from tests.oidc.running import OpenIdProvider, running, secret

pytestmark = pytest.mark.browser
NARROW: Any = {"width": 375, "height": 720}
DENY = "p, employee, *, generator/secret, use, deny\n"
Open = Callable[..., Page]


PEOPLE = {
    "tess": "employee",
    "pia": "privacy_officer",
    "ben": "admin",
    "carl": "employee",
}


class Place:
    """Guard, its provider, and the passwords of local accounts."""

    def __init__(self, server: Server, provider: OpenIdProvider) -> None:
        self.server = server
        self.provider = provider
        self.passwords = {name: f"four words for {name}" for name in PEOPLE}

    async def add(self) -> None:
        """Add the people, all at once: a command for each takes seconds."""
        settings = Settings(
            server=ServerSettings(data_dir=self.server.data), keys=KeySettings(path=self.server.keys), oidc=None
        )
        async with installation(settings) as parts:
            for name, role in PEOPLE.items():
                _, write = await parts.users.new(name, (role,), password=self.passwords[name])
                await parts.database.write(write)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    port = free_port()
    with running(f"http://127.0.0.1:{port}") as provider:
        settings = provider.settings(
            GUARD_SERVER__PORT=str(port), GUARD_SIGN_IN__REQUIRE_TOTP_ROLES='["privacy_officer"]'
        )
        server = Server(tmp_path_factory.mktemp("signin"), **settings).init()
        made = Place(server, provider)
        with ThreadPoolExecutor(1) as thread:  # the browser's own loop runs in this one
            thread.submit(asyncio.run, made.add()).result()
        server.start()
        yield made
        server.stop()


@pytest.fixture
def opened(browser: Browser, place: Place) -> Iterator[Open]:
    """Opens a page. Any report of the browser (violations of the content policy among them) fails the test."""
    contexts: list[BrowserContext] = []
    problems: list[str] = []
    hosts: set[str] = set()

    def open_page(path: str = "/login", **options: Any) -> Page:
        context = browser.new_context(base_url=place.server.url, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda said: problems.append(said.text) if said.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: problems.append(error.message))
        page.on("request", lambda sent: hosts.add(sent.url.split("/")[2]))
        page.goto(path)
        return page

    yield open_page
    # The browser itself notes every answer that is a refusal; the provider's own page has no icon.
    assert [text for text in problems if "the server responded with a status of" not in text] == []
    assert hosts <= {place.server.url.removeprefix("http://"), place.provider.issuer.removeprefix("http://")}
    for context in contexts:
        context.close()


def shot(page: Page, name: str) -> None:
    if folder := os.environ.get("SCREENSHOTS"):
        page.wait_for_load_state("networkidle")
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


def fits(page: Page) -> None:
    """Nothing but tables scrolls sideways."""
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def local(page: Page, place: Place, name: str) -> None:
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(place.passwords[name])
    press(page, "Sign in")


def at_provider(page: Page, login: str) -> None:
    expect(page.get_by_role("heading", name="The provider")).to_be_visible()
    page.get_by_label("Login").fill(login)
    page.get_by_label("Secret").fill(secret(login))
    press(page, "Go on")


def arrived(page: Page, path: str) -> None:
    expect(page).to_have_url(re.compile(r"^http://[^/]+" + re.escape(path) + "$"))


@pytest.mark.parametrize("script", [True, False])
def test_through_the_provider_and_out_again(opened: Open, place: Place, script: bool) -> None:
    page = opened("/review", java_script_enabled=script)
    arrived(page, "/login?next=/review")
    shot(page, f"login-{script}")
    page.get_by_role("link", name="Sign in with Example Works").click()
    at_provider(page, "otto")
    arrived(page, "/review")
    page.get_by_role("link", name="otto").click()
    expect(page.get_by_text("employee, auditor")).to_be_visible()
    expect(page.get_by_text("Example Works, which asks for a second factor")).to_be_visible()
    shot(page, f"account-oidc-{script}")
    press(page, "Sign out")
    expect(page.get_by_role("heading", name="Sign out of the provider?")).to_be_visible()
    press(page, "Yes, sign me out")
    arrived(page, "/login")
    page.goto("/chat")
    arrived(page, "/login")


def code_of(app: pyotp.TOTP, used: list[int]) -> str:
    """A code that was not used yet: the next one counts already."""
    step = max(int(time.time()) // 30, *(each + 1 for each in used), 0)
    used.append(step)
    return app.generate_otp(step)


def test_a_second_factor_from_its_set_up_to_its_end(opened: Open, place: Place) -> None:
    """Its pages have no script."""
    name, used = "tess", [0]
    page = opened("/login?next=/account")
    local(page, place, name)
    arrived(page, "/account")
    shot(page, "account")
    page.get_by_role("link", name="Set it up").click()
    press(page, "Set it up")
    picture = page.get_by_role("img", name="QR code")
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 100
    shot(page, "totp-set-up")
    app = pyotp.TOTP(page.locator("code.secret").inner_text().replace(" ", ""))
    page.get_by_label("The six digits").fill("000000")
    press(page, "Turn it on")
    expect(page.get_by_role("alert")).to_contain_text("The code is wrong")
    page.get_by_label("The six digits").fill(code_of(app, used))
    press(page, "Turn it on")
    recovery = page.locator(".codes code").all_inner_texts()
    assert len(set(recovery)) == 10
    shot(page, "totp-recovery")
    page.get_by_role("link", name="I have kept them").click()
    expect(page.get_by_text("10 recovery codes are left")).to_be_visible()

    other = opened("/login?next=/account")
    local(other, place, name)
    arrived(other, "/login/code?next=/account")
    expect(other.get_by_label("Code")).to_be_focused()
    other.get_by_label("Code").fill("000000")
    press(other, "Sign in")
    expect(other.get_by_role("alert")).to_contain_text("The code is wrong")
    shot(other, "login-code")
    other.get_by_label("Code").fill(recovery[3])
    press(other, "Sign in")
    arrived(other, "/account")
    expect(other.get_by_text("9 recovery codes are left")).to_be_visible()
    expect(other.get_by_role("row")).to_have_count(3)
    shot(other, "account-two")
    press(other, "End all others")
    expect(other.get_by_role("row")).to_have_count(2)
    page.goto("/account")
    arrived(page, "/login?next=/account")
    other.get_by_role("link", name="New recovery codes, or turn it off").click()
    press(other, "Turn the second factor off")
    expect(other.get_by_role("status")).to_contain_text("The second factor is off")


def test_a_role_that_needs_a_second_factor_sets_it_up_first(opened: Open, place: Place) -> None:
    page = opened("/login", viewport=NARROW, color_scheme="dark")
    local(page, place, "pia")
    arrived(page, "/account/second-factor")
    for path in ("/chat", "/review", "/account"):
        page.goto(path)
        arrived(page, "/account/second-factor")
    assert page.request.get("/v1/models").status == 401
    press(page, "Set it up")
    expect(page.get_by_label("The six digits")).to_be_focused()
    shot(page, "totp-must-narrow")
    fits(page)
    app = pyotp.TOTP(page.locator("code.secret").inner_text().replace(" ", ""))
    page.get_by_label("The six digits").fill(app.now())
    press(page, "Turn it on")
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    shot(page, "totp-recovery-narrow")
    fits(page)
    page.get_by_role("link", name="I have kept them").click()
    arrived(page, "/account")
    fits(page)
    shot(page, "account-narrow")
    page.goto("/chat")
    arrived(page, "/chat")


def stale(place: Place) -> None:
    """Everybody proved who they are an hour ago."""
    import sqlite3

    with sqlite3.connect(place.server.data / "guard.db", timeout=10) as database:
        database.execute("UPDATE sessions SET proved = proved - 3600000")
    database.close()


def submitted(place: Place, title: str) -> str:
    """A change set of the admin's that somebody else may approve; its address."""
    import httpx

    def call(method: str, path: str, **body: Any) -> Any:
        headers = {"authorization": f"Bearer {place.server.admin['api_key']}"}
        return httpx.request(
            method, f"{place.server.url}/api/policies{path}", json=body or None, headers=headers, trust_env=False
        ).json()

    text = call("GET", "/revisions/1")["files"]["rules.csv"]
    change = call("POST", "/changes", title=title, files={"rules.csv": text + DENY})["change"]
    call("POST", f"/changes/{change}/submit")
    return f"/policies/changes/{change}"


@pytest.mark.parametrize("who", ["local", "provider"])
def test_approving_asks_once_more_who_one_is(opened: Open, place: Place, who: str) -> None:
    address = submitted(place, f"For {who}")
    page = opened(f"/login?next={address}", viewport=NARROW if who == "local" else None)
    if who == "local":
        local(page, place, "ben")
    else:
        page.get_by_role("link", name="Sign in with Example Works").click()
        at_provider(page, "ann")
    arrived(page, address)
    stale(place)
    page.locator("#approve-text").fill("as agreed")
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_role("alert")).to_contain_text("needs a fresh proof")
    shot(page, f"step-up-refused-{who}")
    with page.context.expect_page() as other:
        page.get_by_role("link", name="Confirm that it is you").click()
    tab = other.value
    if who == "local":
        expect(tab.get_by_label("Password")).to_be_focused()
        shot(tab, "step-up-local")
        fits(tab)
        tab.get_by_label("Password").fill(place.passwords["ben"])
        press(tab, "Confirm")
    else:
        shot(tab, "step-up-provider")
        tab.get_by_role("link", name="Confirm with Example Works").click()
        at_provider(tab, "ann")
    arrived(tab, address)
    assert page.locator("#approve-text").input_value() == "as agreed"
    page.get_by_role("button", name="Approve").click()
    expect(page.locator(".reviews")).to_contain_text("as agreed")


def test_changing_the_password_ends_the_other_sessions(opened: Open, place: Place) -> None:
    name = "carl"
    page, other = opened("/login?next=/account", color_scheme="dark"), opened("/login?next=/account")
    local(page, place, name)
    local(other, place, name)
    page.reload()
    page.get_by_label("The one that you have now").fill(place.passwords[name])
    page.get_by_label("The new one", exact=True).fill("other words for carl")
    page.get_by_label("The new one once more").fill("other words for karl")
    press(page, "Change the password")
    expect(page.get_by_role("alert")).to_contain_text("not typed the same twice")
    shot(page, "account-refused-dark")
    page.get_by_label("The one that you have now").fill(place.passwords[name])
    page.get_by_label("The new one", exact=True).fill("other words for carl")
    page.get_by_label("The new one once more").fill("other words for carl")
    press(page, "Change the password")
    expect(page.get_by_role("status")).to_contain_text("Your password is changed")
    other.reload()
    arrived(other, "/login?next=/account")
    place.passwords[name] = "other words for carl"
    local(other, place, name)
    arrived(other, "/account")
