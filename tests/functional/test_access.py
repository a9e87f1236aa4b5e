"""Every address of the pages and the API, asked by every role, with what is one's own and what is another tenant's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from guard.app import create_app
from guard.policy import bundle, shipped
from guard.policy.snapshot import Snapshot
from tests.functional.access import NEEDS, UNTRIED, Need, addresses
from tests.functional.furnished import PEOPLE, Furnished, conversations, furnished, pretty

SNAPSHOT = Snapshot(bundle.build(shipped.load().files))
OTHER = {"default": "acme", "acme": "default"}
SAYS_NO = {401, 403, 404}
_HOLE = re.compile(r"\{(\w+)(?::path)?\}")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Furnished]:
    made = furnished(tmp_path_factory.mktemp("access"))
    yield made
    made.server.stop()


@pytest.fixture(scope="module")
def things(house: Furnished) -> dict[str, dict[str, str]]:
    """By tenant: what may stand in an address, by the name of its hole."""
    talks = conversations(house)
    rules = house.ask("root", "GET", "/api/policies/revisions/1").json()["files"]["rules.csv"]
    files = {"rules.csv": rules + "p, guest, *, restore, use, deny\n"}
    change = house.ask("root", "POST", "/api/policies/changes", json={"title": "A change", "files": files}).json()
    found = {}
    for tenant, talker, reader in (("default", "emma", "audrey"), ("acme", "wile", "tess")):
        query = f"event=chat.closed&conversation_id={talks[talker]}"
        records = house.ask(reader, "GET", f"/api/audit?{query}").json()["records"]
        wish = {"record": records[0]["index"], "reason": "complaint", "text": "They ask.", "minutes": 15}
        reveal = house.ask(reader, "POST", "/api/reveals", json=wish)
        queue = house.visit(reader, "GET", "/review/queues/withheld").text
        case = house.visit(reader, "GET", re.findall(r"/review/\d+\?queue=withheld", queue)[0])
        subject = "pia" if tenant == "default" else "zed"
        found[tenant] = {
            "conversation": talks[talker],
            "index": str(records[0]["index"]),
            "number": "1",
            "change_id": change["change"],
            "name": "echo",
            "request_id": records[0]["request_id"],
            "case_id": re.findall(r"case_[0-9a-f]+", case.text)[0],
            "reveal_id": reveal.json()["id"],
            "user_id": house.ids[subject],
            "key_id": house.key_ids[subject],
        }
    return found


def is_page(path: str) -> bool:
    return not path.startswith(("/api/", "/v1/"))


def asked(house: Furnished, who: str, method: str, path: str, need: Need, things: dict[str, str]) -> httpx.Response:
    ask = house.visit if is_page(path) else house.ask
    there = {**things, "me": house.ids[who]}
    return ask(who, method, filled(need.path or path, there), **filled(need.send, there))


def filled(value: Any, things: dict[str, str]) -> Any:
    """An address or what is sent, with what is there in its holes; numbers stay numbers."""
    if isinstance(value, dict):
        return {name: filled(each, things) for name, each in value.items()}
    if value == "{index}":
        return int(things["index"])
    return _HOLE.sub(lambda hole: things[hole[1]], value) if isinstance(value, str) else value


def may(who: str, need: Need) -> bool:
    tenant, roles = PEOPLE[who]
    if not need.right:
        return True
    return any(SNAPSHOT.decide(roles, tenant, *right.split(" ")).allowed for right in need.right.split("|"))


def test_every_address_is_in_the_table() -> None:
    app: Any = create_app(None)  # type: ignore[arg-type]
    assert addresses(app.routes) == set(NEEDS) | UNTRIED


@pytest.mark.parametrize("who", PEOPLE)
def test_who_may_is_let_in_and_nobody_else(house: Furnished, things: dict[str, dict[str, str]], who: str) -> None:
    wrong = []
    for (method, path), need in NEEDS.items():
        answer = asked(house, who, method, path, need, things[PEOPLE[who][0]])
        status = answer.status_code
        is_owner = need.whose != "person" or who in ("emma", "wile")
        if not may(who, need):
            fits = status in (403, 404)
        elif not is_owner:
            fits = status == 404
        else:
            fits = status < 500 and status not in SAYS_NO
        if not fits:
            wrong.append((method, path, pretty(answer)))
    assert not wrong, "\n".join(map(str, wrong))


@pytest.mark.parametrize("who", PEOPLE)
def test_what_is_another_tenants_is_not_there(house: Furnished, things: dict[str, dict[str, str]], who: str) -> None:
    wrong = []
    for (method, path), need in NEEDS.items():
        if need.whose and may(who, need):
            answer = asked(house, who, method, path, need, things[OTHER[PEOPLE[who][0]]])
            unknown = {name: unlike(value) for name, value in things[PEOPLE[who][0]].items()}
            # What is another's looks like what never was.
            nothing = asked(house, who, method, path, need, unknown)
            if (answer.status_code, _said(answer)) != (404, _said(nothing)):
                wrong.append((method, path, pretty(answer), pretty(nothing)))
    assert not wrong, "\n".join(map(str, wrong))


def test_nobody_is_let_in_without_signing_in(house: Furnished, things: dict[str, dict[str, str]]) -> None:
    wrong = []
    for (method, path), need in NEEDS.items():
        if need.right is None:
            continue
        there = {**things["default"], "me": "user_none"}
        headers = {"sec-fetch-site": "same-origin", "accept": "text/html"} if is_page(path) else {}
        sent = httpx.request(
            method,
            house.server.url + filled(need.path or path, there),
            headers=headers,
            timeout=60,
            trust_env=False,
            **filled(need.send, there),
        )
        to_sign_in = sent.status_code == 303 and sent.headers["location"].startswith("/login")
        if sent.status_code != 401 and not (is_page(path) and to_sign_in):
            wrong.append((method, path, pretty(sent)))
    assert not wrong, "\n".join(map(str, wrong))


def unlike(value: str) -> str:
    """An id of the same form that nothing has."""
    return "987654321" if value.isdecimal() else re.sub(r"[0-9a-f]{4}$", "0000", value)


def _said(answer: httpx.Response) -> str:
    """The text of a refusal without ids and numbers, which differ."""
    return re.sub(r"[0-9a-f]{6,}|\d+", "", answer.text)
