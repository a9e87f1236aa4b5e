"""Every page of a furnished installation: who opens it, where it is. Pages that take an id get one that is there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Browser, BrowserContext

from tests.functional.furnished import Furnished, conversations


@dataclass(frozen=True)
class Place:
    """A page: its name, who opens it (`None`: nobody who is signed in), its address, and whether the docs show it."""

    name: str
    who: str | None
    path: str
    picture: bool = True


def places(house: Furnished) -> list[Place]:
    """All pages, with something on each of them."""
    conversations(house)
    change = _change(house)
    return [
        Place("login", None, "/login"),
        Place("chat", "emma", "/chat"),
        Place("review", "audrey", "/review"),
        Place("review-record", "audrey", f"/review/{_withheld(house)}"),
        Place("review-none", "audrey", "/review?event=never", picture=False),
        Place("policies", "root", "/policies"),
        Place("policy-revision", "root", "/policies/revisions/1"),
        Place("policy-change", "root", f"/policies/changes/{change}"),
        Place("policy-edit", "root", f"/policies/changes/{change}/edit"),
        Place("refused", "emma", "/review", picture=False),
    ]


def _withheld(house: Furnished) -> int:
    """The record of an answer of which a part was withheld."""
    found = house.ask("audrey", "GET", "/api/audit?decision=withheld").json()
    return int(found["records"][0]["index"])


def _change(house: Furnished) -> str:
    """A change of the policy that waits for its review."""
    number = house.ask("root", "GET", "/api/policies").json()["revision"]
    rules = house.ask("root", "GET", f"/api/policies/revisions/{number}").json()["files"]["rules.csv"]
    files = {"rules.csv": rules + "p, employee, *, generator/down, use, deny\n"}
    made = house.ask(
        "root", "POST", "/api/policies/changes", json={"title": "Nobody waits for what is down", "files": files}
    )
    change = str(made.json()["change"])
    house.ask("root", "POST", f"/api/policies/changes/{change}/submit", json={})
    return change


@contextmanager
def visiting(browser: Browser, house: Furnished, who: str | None, **options: Any) -> Iterator[BrowserContext]:
    """A browser of somebody; reports of the browser and requests to other hosts fail."""
    context = browser.new_context(base_url=house.server.url, **options)
    if who is not None:
        context.add_cookies([{"name": "guard_session", "value": house.session(who), "url": house.server.url}])
    problems: list[str] = []
    hosts: set[str] = set()
    context.on("console", lambda told: problems.append(told.text) if told.type in ("error", "warning") else None)
    context.on("weberror", lambda error: problems.append(error.error.name or "error"))
    context.on("request", lambda sent: hosts.add(sent.url.split("/")[2]))
    yield context
    context.close()
    # A refusal is a page with a status of its own, which the browser tells of as well.
    assert [each for each in problems if "the server responded with a status of 40" not in each] == []
    assert hosts <= {house.server.url.removeprefix("http://")}
