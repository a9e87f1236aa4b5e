"""Markup in every field that is shown: it is text, and nothing of it runs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.furnished_pages import visiting
from tests.functional.furnished import Furnished, furnished

pytestmark = pytest.mark.browser
RUN = "window.taken=1"
CORPUS = (
    f"<script>{RUN}</script>",
    f"<img src=x onerror={RUN}>",
    f"<svg onload={RUN}>",
    f"</textarea><script>{RUN}</script>",
    f'"><script>{RUN}</script>',
    f"'><img src=x onerror={RUN}>",
    f"[click](javascript:{RUN})",
    f"[click](JaVaScRiPt&colon;{RUN})",
    f"[click](vbscript:{RUN})",
    f"![picture](javascript:{RUN})",
    f"<javascript:{RUN}>",
    f"<a href='javascript:{RUN}'>click</a>",
    f"<iframe srcdoc='<script>parent.{RUN}</script>'></iframe>",
    f"<details open ontoggle={RUN}>",
    f"<style>@import 'javascript:{RUN}'</style>",
    f"<base href='javascript:{RUN}//'>",
    f"<form action='javascript:{RUN}'><button>Go</button></form>",
    f"```\n</code></pre><script>{RUN}</script>\n```",
    f"| <script>{RUN}</script> |\n| --- |\n| <img src=x onerror={RUN}> |",
    "{{ 7 * 7 }} {% raw %} ${7*7} #{7*7}",
    f"\u202e<script>{RUN}</script>",
)
ALL = "\n\n".join(CORPUS)
NAME = "<b onmouseover=taken>Bo"
SHORT = f"<img src=x onerror={RUN}>"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Furnished]:
    made = furnished(tmp_path_factory.mktemp("markup"))
    yield made
    made.server.stop()


@pytest.fixture(scope="module")
def places(house: Furnished) -> list[tuple[str, str]]:
    """Who opens what: pages that show it."""
    talk = house.chat("emma", ALL).headers["x-guard-conversation"]
    house.ask("emma", "PATCH", f"/api/conversations/{talk}", json={"title": SHORT})
    made = house.ask("root", "POST", "/api/users", json={"name": NAME, "roles": ["employee"]})
    assert made.status_code == 201, made.text
    query = f"event=chat.closed&conversation_id={talk}"
    record = house.ask("audrey", "GET", f"/api/audit?{query}").json()["records"][0]
    said = {"request_id": record["request_id"], "rating": -1, "text": ALL}
    assert house.ask("emma", "POST", "/api/conversations/feedback", json=said).status_code == 200
    wish = {"record": record["index"], "reason": "complaint", "text": ALL, "minutes": 15}
    reveal = house.ask("audrey", "POST", "/api/reveals", json=wish).json()["id"]
    house.ask("paul", "POST", f"/api/reveals/{reveal}/grant", json={"text": ALL})
    rules = house.ask("root", "GET", "/api/policies/revisions/1").json()["files"]["rules.csv"]
    files = {"rules.csv": rules + "".join(f"# {each}\n" for each in ALL.splitlines() if each.isprintable())}
    drafted = house.ask("root", "POST", "/api/policies/changes", json={"title": SHORT, "files": files})
    assert drafted.status_code == 201, drafted.text
    change = drafted.json()["change"]
    house.ask("root", "POST", f"/api/policies/changes/{change}/comments", json={"text": ALL})
    user = made.json()["user"]["id"] if "user" in made.json() else made.json()["id"]
    return [
        ("emma", f"/chat/{talk}"),
        ("emma", f"/chat?q={SHORT}"),
        ("audrey", f"/review/{record['index']}"),
        ("audrey", f"/review?actor={SHORT}&rule={SHORT}"),
        ("audrey", f"/review?{SHORT}={SHORT}"),
        ("audrey", f"/review/reveals/{reveal}"),
        ("paul", f"/review/reveals/{reveal}"),
        ("audrey", f"/dashboard?{SHORT}={SHORT}"),
        ("root", "/policies"),
        ("root", f"/policies?roles={SHORT}&object={SHORT}&act={SHORT}"),
        ("root", f"/policies/changes/{change}"),
        ("root", f"/policies/changes/{change}/edit"),
        ("root", f"/policies/changes/{change}/rules?role={SHORT}"),
        ("root", f"/admin/users?name={SHORT}"),
        ("root", f"/admin/users/{user}"),
        ("root", "/admin/users"),
        ("emma", f"/login?next={SHORT}"),
    ]


def test_nothing_of_it_runs_and_it_is_shown_as_text(
    browser: Browser, house: Furnished, places: list[tuple[str, str]]
) -> None:
    ran = []
    for who, path in places:
        with visiting(browser, house, who) as context:
            page = context.new_page()
            page.on("dialog", lambda dialog: dialog.dismiss())
            page.goto(path)
            for link in page.locator("main a").all():
                address = link.get_attribute("href") or ""
                if address and not address.startswith(("/", "#", "?", "http://", "https://", "mailto:")):
                    ran.append((path, address))
            made = page.locator("main img[src=x], main iframe, main base, main svg[onload], main script, main style")
            if made.count() or page.evaluate("'taken' in window"):
                ran.append((path, "ran"))
    assert ran == []


def test_a_streamed_answer_is_text_too(browser: Browser, house: Furnished) -> None:
    with visiting(browser, house, "emma") as context:
        page = context.new_page()
        page.goto("/chat")
        page.get_by_label("Message", exact=True).fill(ALL)
        page.get_by_role("button", name="Send", exact=True).click()
        expect(page.locator(".assistant .formatted")).to_contain_text("<svg onload=")
        expect(page.locator(".assistant .formatted")).to_contain_text("{{ 7 * 7 }}")
        assert not page.evaluate("'taken' in window")
        links = page.locator(".assistant .formatted a").all()
        assert [
            each.get_attribute("href") for each in links if "javascript" in (each.get_attribute("href") or "").lower()
        ] == []


def test_a_file_with_markup_for_a_name(browser: Browser, house: Furnished) -> None:
    name = f"<img src=x onerror={RUN}>.txt".replace("/", "")
    with visiting(browser, house, "emma", java_script_enabled=False) as context:
        page = context.new_page()
        page.goto("/chat")
        page.locator("input[type=file]").set_input_files(
            {"name": name, "mimeType": "text/plain", "buffer": ALL.encode()}
        )
        page.get_by_label("Message", exact=True).fill("Read it.")
        page.get_by_role("button", name="Send", exact=True).click()
        expect(page.locator(".user > .text")).to_contain_text("<img src=x")
        assert page.locator("main img[src=x]").count() == 0


def test_policy_text_that_is_wrong_is_shown_as_it_was_written(browser: Browser, house: Furnished) -> None:
    written = f"p, {SHORT}, *\n</textarea>{ALL}\n"
    with visiting(browser, house, "root") as context:
        page = context.new_page()
        page.goto("/policies/changes/new")
        page.get_by_label("rules.csv", exact=False).first.fill(written)
        page.get_by_role("button", name="Check").first.click()
        expect(page.get_by_role("status").first).to_contain_text("problem")
        assert page.locator("textarea[data-path='rules.csv']").input_value().startswith(f"p, {SHORT}")
        assert not page.locator("main img[src=x], main iframe, main base, main svg[onload]").count()
        assert not page.evaluate("'taken' in window")


def test_the_reason_of_a_case_is_text(browser: Browser, house: Furnished) -> None:
    house.chat("emma", "What do you think of it?", model="toxic")
    with visiting(browser, house, "audrey") as context:
        page = context.new_page()
        page.goto("/review/queues/withheld")
        page.get_by_role("button", name="Take the next case").click()
        page.locator("textarea[name=reason]").fill(ALL)
        page.locator("input[name=disposition]").last.check()
        page.get_by_role("button", name="Close", exact=True).click()
        expect(page.locator("main")).to_contain_text("<svg onload=")
        assert not page.locator("main img[src=x], main iframe, main base, main svg[onload]").count()
        assert not page.evaluate("'taken' in window")
