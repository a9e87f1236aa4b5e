"""Every page of a furnished installation: who opens it, where it is. Pages that take an id get one that is there."""

from __future__ import annotations

import re
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
    talk = conversations(house)["emma"]
    return [
        Place("login", None, "/login"),
        *_chats(house, talk),
        *_reviews(house),
        *_policies(house),
        Place("dashboard", "audrey", "/dashboard"),
        Place("dashboard-report", "audrey", "/dashboard/report"),
        *_administration(house),
        Place("account", "emma", "/account"),
        Place("second-factor", "emma", "/account/second-factor", picture=False),
        Place("step-up", "emma", "/login/again", picture=False),
        Place("refused", "emma", "/review", picture=False),
    ]


def _chats(house: Furnished, talk: str) -> list[Place]:
    """A conversation with several choices and an answer of which a part was withheld, and a new chat."""
    several = house.chat("emma", "Please sum up the week for Margaret Holloway.", "clerk", n=2)
    return [
        Place("chat-new", "emma", "/chat", picture=False),
        Place("chat", "emma", f"/chat/{talk}"),
        Place("chat-choices", "emma", f"/chat/{several.headers['x-guard-conversation']}"),
        Place("chat-search", "emma", "/chat?q=week", picture=False),
        Place("chat-none", "paul", "/chat", picture=False),
    ]


def _reviews(house: Furnished) -> list[Place]:
    """Records, a reveal that waits and one that was granted, cases."""
    record = _withheld(house)
    reveals = [_asked(house, record, None), _asked(house, record, _placeholder(house, record))]
    house.ask("paul", "POST", f"/api/reveals/{reveals[1]}/grant", json={"text": "They may know."})
    return [
        Place("review", "audrey", "/review"),
        Place("review-record", "audrey", f"/review/{record}"),
        Place("review-case", "audrey", f"/review/{record}?queue=withheld", picture=False),
        Place("review-none", "audrey", "/review?event=never", picture=False),
        Place("review-live", "audrey", "/review/live"),
        Place("queues", "audrey", "/review/queues"),
        Place("queue", "audrey", "/review/queues/withheld"),
        Place("queue-empty", "audrey", "/review/queues/sample?show=closed", picture=False),
        Place("reveals", "audrey", "/review/reveals"),
        Place("reveal-new", "audrey", f"/review/reveals/new?record={record}", picture=False),
        Place("reveal-decide", "paul", f"/review/reveals/{reveals[0]}"),
        Place("reveal-granted", "audrey", f"/review/reveals/{reveals[1]}"),
    ]


def _policies(house: Furnished) -> list[Place]:
    """The policy in force, a change that waits for its review, and its editors."""
    change = f"/policies/changes/{_change(house)}"
    return [
        Place("policies", "root", "/policies"),
        Place("policy-explain", "root", "/policies?roles=auditor&object=generator/local&act=use", picture=False),
        Place("policy-revision", "root", "/policies/revisions/1"),
        Place("policy-change", "rita", change),
        Place("policy-edit", "root", f"{change}/edit"),
        Place("policy-matrix", "root", f"{change}/rules"),
        Place("policy-try", "root", "/policies/try", picture=False),
        Place("policy-profiles", "root", "/policies/profiles", picture=False),
        Place("policy-profile-moderation", "root", f"{change}/profiles/moderation/default"),
        Place("policy-profile-redaction", "root", f"{change}/profiles/redaction/default", picture=False),
    ]


def _administration(house: Furnished) -> list[Place]:
    """People, keys, generators, and the state of the system."""
    emma = f"/admin/users/{house.ids['emma']}"
    return [
        Place("admin-users", "root", "/admin/users"),
        Place("admin-user", "root", emma),
        Place("admin-user-new", "root", "/admin/users/new", picture=False),
        Place("admin-user-roles", "root", f"{emma}/roles?role=employee&role=auditor", picture=False),
        Place("admin-user-disable", "root", f"{emma}/disable", picture=False),
        Place("admin-api-keys", "root", "/admin/api-keys"),
        Place("admin-api-key-new", "root", "/admin/api-keys/new", picture=False),
        Place("admin-generators", "root", "/admin/generators"),
        Place("admin-keys", "root", "/admin/keys", picture=False),
        Place("admin-health", "root", "/admin/health"),
    ]


def _asked(house: Furnished, record: int, placeholder: str | None) -> str:
    """A reveal that an auditor asked for: of one value, or of the whole transcript."""
    text = "The person asks what was said of them."
    wish = {"record": record, "placeholder": placeholder, "reason": "complaint", "text": text, "minutes": 60}
    answer = house.ask("audrey", "POST", "/api/reveals", json=wish)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["id"])


def _placeholder(house: Furnished, record: int) -> str:
    """One that stands in the transcript of a record."""
    found = house.ask("audrey", "GET", f"/api/audit/{record}").json()["record"]["conversation_id"]
    return re.findall(
        r"<[A-Z_]+_[0-9A-Z]{6}>", house.ask("audrey", "GET", f"/api/transcripts/{found}").json()["messages"][0]["text"]
    )[0]


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
    left = [each for each in problems if "the server responded with a status of 40" not in each]
    assert not left, left
    others = hosts - {house.server.url.removeprefix("http://")}
    assert not others, others
