"""An admin adds somebody who signs in and chats, disables them, makes a key that a client uses, and tests a generator."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from openai import OpenAI
from playwright.sync_api import Browser, Page, expect

from tests.functional.server import ECHO, Server

pytestmark = pytest.mark.browser
BROKEN = {"name": "broken", "kind": "scripted", "replies": ["no"], "fail_after": 0}
NARROW: dict[str, Any] = {"viewport": {"width": 375, "height": 740}, "color_scheme": "dark"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    made = Server(tmp_path_factory.mktemp("admin"), [ECHO, BROKEN]).init()
    made.start()
    yield made
    made.stop()


class Seat:
    """Somebody at a browser of their own. Any report of it (policy violations among them) is kept."""

    def __init__(self, browser: Browser, server: Server, **options: Any) -> None:
        self.context = browser.new_context(base_url=server.url, **options)
        self.page: Page = self.context.new_page()
        self.problems: list[str] = []
        self.hosts: set[str] = set()
        self.page.on(
            "console", lambda told: self.problems.append(told.text) if told.type in ("error", "warning") else None
        )
        self.page.on("pageerror", lambda error: self.problems.append(error.name))
        self.page.on("request", lambda sent: self.hosts.add(sent.url.split("/")[2]))

    def sign_in(self, name: str, password: str) -> Seat:
        self.page.goto("/login")
        self.page.get_by_label("Name").fill(name)
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("button", name="Sign in").click()
        return self

    def choose_password(self, old: str) -> Seat:
        """Whoever got a password from somebody else chooses another before anything else."""
        expect(self.page.get_by_role("heading", name="Choose a password")).to_be_visible()
        self.page.goto("/chat")
        expect(self.page).to_have_url(re.compile("/account/password$"))
        self.page.get_by_label("The one that you have now").fill(old)
        self.page.get_by_label("The new one", exact=True).fill("four words of my own")
        self.page.get_by_label("The new one once more").fill("four words of my own")
        shot(self.page, "new-password")
        self.page.get_by_role("button", name="Change the password").click()
        expect(self.page.get_by_role("status")).to_contain_text("Your password is changed")
        self.page.goto("/chat")
        return self

    def leave(self) -> None:
        """Nothing was reported, and no other host was asked."""
        assert self.problems == []
        assert self.hosts == {self.page.url.split("/")[2]}
        self.context.close()


def serious(page: Page) -> list[str]:
    """What axe-core finds that keeps people out."""
    found = Axe().run(page).response["violations"]
    return [f"{each['id']}: {each['nodes'][0]['html']}" for each in found if each["impact"] in ("serious", "critical")]


def shot(page: Page, name: str) -> None:
    """A picture in the theme and the width of the page, and that nothing is wider than it."""
    size, box = page.viewport_size, page.locator("main").bounding_box()
    assert size
    assert box
    assert box["x"] + box["width"] <= size["width"]
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


@pytest.mark.parametrize("look", ["wide", "narrow, dark and without script"])
def test_the_story(browser: Browser, server: Server, look: str) -> None:
    is_wide = look == "wide"
    options = {} if is_wide else {**NARROW, "java_script_enabled": False}
    emma, bot, style = ("emma", "bot", "wide") if is_wide else ("erik", "robot", "narrow")
    admin = Seat(browser, server, **options).sign_in(server.admin["name"], server.admin["password"])
    page = admin.page

    page.get_by_role("link", name="Admin", exact=True).click()
    expect(page.get_by_role("heading", name="Users", level=1)).to_be_visible()
    shot(page, f"admin-users-{style}")
    page.get_by_role("link", name="Add a user").click()
    page.get_by_label("Name").fill(emma)
    page.locator("#role-employee").check()
    shot(page, f"admin-user-new-{style}")
    page.get_by_role("button", name="Add").click()
    password = page.get_by_label("Password").input_value()
    shot(page, f"admin-password-{style}")

    them = Seat(browser, server).sign_in(emma, password).choose_password(password)
    them.page.get_by_label("Message", exact=True).fill("My name is Margaret Holloway.")
    them.page.get_by_role("button", name="Send").click()
    expect(them.page.locator(".assistant .formatted")).to_contain_text("Margaret Holloway")

    page.get_by_role("link", name="To the user").click()
    page.locator("#role-auditor").check()
    page.locator("#role-admin").check()
    shot(page, f"admin-user-{style}")
    page.get_by_role("button", name="See what would change").click()
    expect(page.locator(".warning")).to_contain_text("user edit and transcript read")
    shot(page, f"admin-roles-{style}")
    page.get_by_role("link", name="Cancel").click()
    page.get_by_role("link", name="Disable…").click()
    shot(page, f"admin-disable-{style}")
    page.get_by_role("button", name="Disable").click()
    expect(page.get_by_role("status")).to_contain_text("Disabled.")
    them.page.goto("/chat")
    expect(them.page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()
    them.leave()

    page.goto("/admin/users/new")
    page.get_by_label("Name").fill(bot)
    page.get_by_label("A service").check()
    page.locator("#role-service").check()
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_role("status")).to_contain_text("make an API key for it")
    page.get_by_role("link", name="Make an API key").click()
    expect(page.get_by_label("For", exact=True).locator("option:checked")).to_contain_text(bot)
    shot(page, f"admin-key-new-{style}")
    page.get_by_role("button", name="Make the key").click()
    key = page.get_by_label("API key").input_value()
    shot(page, f"admin-key-made-{style}")
    with httpx.Client(trust_env=False) as transport:
        client = OpenAI(base_url=f"{server.url}/v1", api_key=key, http_client=transport)
        said = client.chat.completions.create(model="echo", messages=[{"role": "user", "content": "Hello."}])
        assert said.choices[0].message.content == "Hello."
    page.get_by_role("link", name="To the API keys").click()
    shot(page, f"admin-keys-{style}")
    page.locator("tr", has_text=bot).get_by_role("link", name="Revoke").click()
    page.get_by_role("button", name="Revoke").click()
    assert server.chat("Hello.", key).status_code == 401

    page.get_by_role("link", name="Generators").click()
    page.get_by_role("button", name="Test echo").click()
    expect(page.get_by_role("status")).to_contain_text("echo answered")
    shot(page, f"admin-generators-{style}")
    page.get_by_role("button", name="Test broken").click()
    expect(page.get_by_role("alert")).to_contain_text("The model could not answer.")
    shot(page, f"admin-generators-failed-{style}")
    page.get_by_role("link", name="Encryption keys").click()
    expect(page.get_by_text("Wraps now")).to_be_visible()
    shot(page, f"admin-encryption-{style}")
    page.get_by_role("link", name="System").click()
    expect(page.get_by_text("All is well.")).to_be_visible()
    shot(page, f"admin-system-{style}")
    admin.leave()


def test_a_secret_is_copied_and_no_page_keeps_anybody_out(browser: Browser, server: Server) -> None:
    seat = Seat(browser, server, permissions=["clipboard-read", "clipboard-write"], color_scheme="dark")
    page = seat.sign_in(server.admin["name"], server.admin["password"]).page
    page.goto("/admin/api-keys/new")
    page.get_by_label("For", exact=True).select_option(index=0)
    page.get_by_role("button", name="Make the key").click()
    key = page.get_by_label("API key").input_value()
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == key
    user = page.request.get("/api/users").json()["users"][0]["id"]
    pages = ("users", "users/new", f"users/{user}", f"users/{user}/roles?role=admin&role=auditor", "api-keys")
    for path in (*pages, "api-keys/new", "generators", "keys", "health"):
        page.goto(f"/admin/{path}")
        shot(page, f"admin-{path.replace('/', '-').partition('?')[0]}-dark")
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            assert serious(page) == []
    page.emulate_media(media="print", color_scheme="light")
    shot(page, "admin-health-print")
    seat.leave()
