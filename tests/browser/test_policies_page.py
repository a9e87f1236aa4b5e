"""Two admins change the policy in a real Chromium, with and without script: drafted, mended, approved, obeyed."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.functional.server import ECHO, Server

pytestmark = pytest.mark.browser
NARROW: Any = {"width": 375, "height": 720}
WRONG = "p, employee, *, generator/*, use, deny\n"
DENY = "p, employee, *, generator/secret, use, deny\n"

Open = Callable[..., Page]


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, dict[str, str]]]:
    secret = {"name": "secret", "kind": "scripted", "replies": ["The secret model."]}
    server = Server(tmp_path_factory.mktemp("policies"), [ECHO, secret]).init()
    roles = {"ann": "admin", "ben": "admin", "audrey": "auditor", "emma": "employee"}
    passwords = {
        name: server.json("user", "add", name, "--role", role, "--password")["password"] for name, role in roles.items()
    }
    yield server.start(), passwords
    server.stop()


@pytest.fixture
def opened(browser: Browser, installation: tuple[Server, dict[str, str]]) -> Iterator[Open]:
    """Opens a page as somebody. Any report of the browser (violations of the content policy among them) fails the test."""
    server, passwords = installation
    contexts: list[BrowserContext] = []
    problems: list[str] = []
    hosts: set[str] = set()

    def sign_in(name: str, path: str = "/policies", **options: Any) -> Page:
        context = browser.new_context(base_url=server.url, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda said: problems.append(said.text) if said.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: problems.append(error.message))
        page.on("request", lambda sent: hosts.add(sent.url.split("/")[2]))
        page.goto("/login")
        page.get_by_label("Name").fill(name)
        page.get_by_label("Password").fill(passwords[name])
        page.keyboard.press("Enter")
        expect(page.get_by_label("Message", exact=True)).to_be_focused()
        page.goto(path)
        return page

    yield sign_in
    # The browser itself notes every answer that is a refusal.
    assert [text for text in problems if "the server responded with a status of" not in text] == []
    assert hosts == {server.url.removeprefix("http://")}
    for context in contexts:
        context.close()


def shot(page: Page, name: str) -> None:
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name).first.click()


def ready(page: Page, script: bool) -> None:
    if script:
        expect(page.locator("#editor")).to_have_attribute("data-ready", "true")


def generators(page: Page) -> list[str]:
    page.goto("/chat")
    return page.get_by_label("Model").locator("option").all_inner_texts()


@pytest.mark.parametrize("script", [True, False])
def test_a_rule_is_drafted_mended_approved_and_obeyed(opened: Open, script: bool) -> None:
    ann = opened("ann", java_script_enabled=script)
    emma = opened("emma", "/chat", java_script_enabled=script)
    assert generators(emma) == ["echo", "secret"]
    shot(ann, f"policies-{script}")
    ann.get_by_role("link", name="New change set").click()
    ready(ann, script)
    rules = ann.get_by_label("rules.csv")
    text = rules.input_value()
    ann.get_by_label("Title").fill("Nobody but auditors needs the secret model")

    rules.fill(text + WRONG)
    if not script:
        press(ann, "Check")
    checked = ann.locator("#checked")
    expect(checked).to_contain_text("the checks do not pass")
    shot(ann, f"policies-editor-fails-{script}")
    press(ann, "Save as a draft")
    expect(ann.get_by_text("It cannot be handed in yet")).to_be_visible()
    expect(ann.get_by_role("region", name="Failed questions")).to_contain_text("generator/*, use, deny")
    shot(ann, f"policies-change-fails-{script}")
    press(ann, "Hand in for review")
    expect(ann.get_by_role("alert")).to_contain_text("expected")
    shot(ann, f"policies-change-refused-{script}")

    ann.get_by_role("link", name="Edit").click()
    ready(ann, script)
    ann.get_by_label("rules.csv").fill(text + DENY)
    if not script:
        press(ann, "Check")
    expect(checked).to_contain_text("the checks pass")
    press(ann, "Save")
    press(ann, "Hand in for review")
    expect(ann.get_by_text("another person has to approve it")).to_be_visible()
    address = ann.url

    ben = opened("ben", address, java_script_enabled=script)
    expect(ben.locator("ins")).to_contain_text(DENY.strip())
    ben.locator("#approve-text").fill("as agreed")
    shot(ben, f"policies-approve-{script}")
    ben.get_by_role("button", name="Approve").click()
    expect(ben.locator(".reviews")).to_contain_text("as agreed")
    press(ben, "Put in force now")
    expect(ben.get_by_text("It is over: this change set is active.")).to_be_visible()
    shot(ben, f"policies-active-{script}")

    assert generators(emma) == ["echo"]
    ask(ben, "employee", "generator/secret")
    expect(ben.locator(".answer")).to_contain_text("✗ denied")
    shot(ben, f"policies-answer-{script}")
    bring_back(ben)
    assert generators(emma) == ["echo", "secret"]


@pytest.mark.parametrize("script", [True, False])
def test_a_rule_is_drafted_in_the_matrix_mended_approved_and_obeyed(opened: Open, script: bool) -> None:
    ann = opened("ann", "/policies/changes/new/rules", java_script_enabled=script)
    emma = opened("emma", "/chat", java_script_enabled=script)
    assert generators(emma) == ["echo", "secret"]
    ann.get_by_label("Title").fill("In the matrix")
    ann.get_by_label("employee: generator/* use").select_option("deny")
    press(ann, "Check")
    expect(ann.get_by_role("status")).to_contain_text("the checks do not pass")
    shot(ann, f"policies-matrix-fails-{script}")
    press(ann, "Save as a draft")
    expect(ann.get_by_text("because of this file")).to_be_visible()
    shot(ann, f"policies-matrix-change-{script}")

    ann.get_by_role("link", name="Rules as a matrix").click()
    ann.get_by_label("employee: generator/* use").select_option("allow")
    ann.locator("#new-object").fill("generator/secret")
    ann.locator("#new-act").fill("use")
    press(ann, "Add the right")
    ann.get_by_label("employee: generator/secret use").select_option("deny")
    press(ann, "Check")
    expect(ann.get_by_role("status")).to_contain_text("the checks pass")
    shot(ann, f"policies-matrix-{script}")
    press(ann, "Save")
    press(ann, "Hand in for review")
    expect(ann.get_by_text("another person has to approve it")).to_be_visible()

    ben = opened("ben", ann.url, java_script_enabled=script)
    expect(ben.get_by_text("ann").first).to_be_visible()
    ben.get_by_role("button", name="Approve").click()
    press(ben, "Put in force now")
    expect(ben.get_by_text("It is over: this change set is active.")).to_be_visible()
    assert generators(emma) == ["echo"]
    ben.goto("/policies")
    bring_back(ben)
    assert generators(emma) == ["echo", "secret"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_matrix_and_the_profiles_by_keyboard_on_a_narrow_screen(opened: Open, scheme: Any) -> None:
    ann = opened("ann", "/policies/changes/new/rules", viewport=NARROW, color_scheme=scheme)
    shot(ann, f"policies-matrix-narrow-{scheme}")
    fits(ann)
    accessible(ann)
    tab_to(ann, "Title")
    ann.keyboard.type("By keyboard, in the matrix")
    ann.get_by_label("auditor: restore use").focus()
    ann.keyboard.press("ArrowDown")
    tab_to(ann, "Save as a draft", most=140)
    ann.keyboard.press("Enter")
    expect(ann.get_by_role("heading", name="By keyboard, in the matrix")).to_be_visible()
    expect(ann.locator("ins")).to_contain_text("p, auditor, *, restore, use, allow")
    tab_to(ann, "Profiles and past scores")
    ann.keyboard.press("Enter")
    expect(ann.get_by_role("heading", name="Profiles", exact=True)).to_be_visible()
    fits(ann)
    accessible(ann)
    shot(ann, f"policies-profiles-narrow-{scheme}")
    for kind in ("moderation", "redaction"):
        ann.goto(ann.url.partition("/profiles")[0] + f"/profiles/{kind}/default")
        fits(ann)
        accessible(ann)
        shot(ann, f"policies-{kind}-narrow-{scheme}")
    for path in ("", "/profiles/moderation/default", "/revisions/1"):
        ann.goto(f"/policies{path}")
        fits(ann)
        accessible(ann)


def test_past_scores_stand_beside_the_thresholds(opened: Open) -> None:
    emma = opened("emma", "/chat")
    emma.get_by_label("Message", exact=True).fill("Hello, I am Ada Lovelace.")
    emma.keyboard.press("Enter")
    expect(emma.locator("[data-role=assistant], .assistant").first).to_contain_text("Hello")
    ann = opened("ann", "/policies/profiles/moderation/default")
    ann.get_by_role("link", name="Change it in a new change set").click()
    ann.get_by_label("Threshold: withhold, toxicity").fill("0.9")
    press(ann, "Count at these thresholds")
    expect(ann.get_by_label("Threshold: withhold, toxicity")).to_have_value("0.9")
    shot(ann, "policies-moderation")
    ann.goto("/policies/changes/new/profiles/redaction/default")
    ann.get_by_label("Action on PERSON").select_option("block")
    press(ann, "Check")
    expect(ann.get_by_role("status")).to_contain_text("The files are a policy")
    shot(ann, "policies-redaction")


def ask(page: Page, roles: str, obj: str) -> None:
    page.goto("/policies")
    page.get_by_label("Roles").fill(roles)
    page.get_by_label("Object").fill(obj)
    page.get_by_label("Act", exact=True).fill("use")
    page.get_by_role("button", name="Ask").click()


def bring_back(page: Page) -> None:
    """The policy before the one in force, by the table of revisions."""
    page.get_by_role("link", name="Bring back…").first.click()
    shot(page, "policies-rollback")
    page.get_by_role("button", name="back now").click()
    expect(page.get_by_role("region", name="Revisions")).to_contain_text("brought back")


def test_problems_are_shown_while_one_types_and_the_focus_stays(opened: Open) -> None:
    ann = opened("ann", "/policies/changes/new")
    ready(ann, True)
    rules = ann.get_by_label("rules.csv")
    line = rules.input_value().count("\n") + 1
    rules.focus()
    ann.keyboard.press("Control+End")
    ann.keyboard.type("p, employee, *, generator/x, use, maybe")
    own = ann.locator("#problems-file-0")
    expect(own).to_contain_text(f"Line {line}, column 35:")
    expect(ann.locator(".gutter").first).to_contain_text(f"✗ {line}")
    expect(rules).to_be_focused()
    shot(ann, "policies-editor-problem")
    own.get_by_role("button").click()
    expect(rules).to_be_focused()
    assert rules.evaluate("area => area.value.slice(area.selectionStart, area.selectionEnd)") == "maybe"
    ann.keyboard.type("allow")
    expect(own).to_be_empty()
    expect(ann.locator("#checked")).to_contain_text("The files are a policy")


@pytest.mark.parametrize("script", [True, False])
def test_by_keyboard_on_a_narrow_dark_screen(opened: Open, script: bool) -> None:
    ann = opened("ann", viewport=NARROW, color_scheme="dark", java_script_enabled=script)
    shot(ann, f"policies-narrow-{script}")
    fits(ann)
    tab_to(ann, "New change set")
    ann.keyboard.press("Enter")
    expect(ann.get_by_role("heading", name="New change set")).to_be_visible()
    ready(ann, script)
    tab_to(ann, "Title")
    ann.keyboard.type("By keyboard")
    tab_to(ann, "rules.csv", most=60, tag="TEXTAREA")
    ann.keyboard.press("Control+End")
    ann.keyboard.type(DENY)
    shot(ann, f"policies-narrow-editor-{script}")
    fits(ann)
    tab_to(ann, "Save as a draft", most=120)
    ann.keyboard.press("Enter")
    expect(ann.get_by_role("heading", name="By keyboard")).to_be_visible()
    shot(ann, f"policies-narrow-change-{script}")
    fits(ann)
    press(ann, "Withdraw")
    expect(ann.get_by_text("It is over")).to_be_visible()


def accessible(page: Page) -> None:
    """No serious or critical finding of axe-core."""
    found = Axe().run(page).response["violations"]
    assert [(each["id"], each["nodes"][0]["html"]) for each in found if each["impact"] in ("serious", "critical")] == []


def fits(page: Page) -> None:
    """Nothing but tables and files scrolls sideways."""
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]


def test_the_rules_as_a_table_and_a_hash_to_copy(opened: Open) -> None:
    ann = opened("ann")
    ann.context.grant_permissions(["clipboard-read", "clipboard-write"])
    ann.get_by_role("button", name="in full").first.click()
    copied = ann.evaluate("navigator.clipboard.readText()")
    assert ann.locator(f"[data-copy='{copied}']").count() > 0
    ann.goto("/policies/changes/new")
    ann.get_by_text("Who may do what, before your changes").click()
    expect(ann.get_by_role("row", name="policy edit")).to_contain_text("✓ allow, tenant default")
    shot(ann, "policies-matrix")


def tab_to(page: Page, name: str, most: int = 40, tag: str = "") -> None:
    """Move the focus on until it is at what has this name."""
    for _ in range(most):
        page.keyboard.press("Tab")
        found = page.evaluate(
            "() => { const at = document.activeElement; return [at.tagName, at.labels?.[0]?.textContent ?? at.textContent]; }"
        )
        if name == found[1].strip() and tag in ("", found[0]):
            return
    pytest.fail(f"the keyboard does not lead to {name}")


def test_an_auditor_reads(opened: Open) -> None:
    audrey = opened("audrey")
    expect(audrey.get_by_role("link", name="Policies")).to_have_attribute("aria-current", "page")
    expect(audrey.get_by_role("link", name="New change set")).to_have_count(0)
    shot(audrey, "policies-auditor")
    emma = opened("emma")
    expect(emma.get_by_role("alert")).to_contain_text("right to read the policy")
    expect(emma.get_by_role("link", name="Policies")).to_have_count(0)
    shot(emma, "policies-refused")
