"""A session is of no use to another site."""

from __future__ import annotations

import pytest

from tests.unit.serving import KEY, URL, House, chat

HOST = URL.removeprefix("http://")
FOREIGN: list[dict[str, str]] = [
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
    {"sec-fetch-site": "cross-site", "origin": URL},
    {"sec-fetch-site": ""},
    {"origin": "https://elsewhere.example"},
    {"origin": "null"},
    {"origin": f"http://{HOST}.elsewhere.example"},
    {"origin": f"http://{HOST}:81"},
    {"origin": ""},
    {"origin": "http://["},
]
OWN: list[dict[str, str]] = [
    {"sec-fetch-site": "same-origin"},
    {"sec-fetch-site": "none"},
    {"origin": URL},
    {"origin": f"https://{HOST}"},
    {},
]


@pytest.mark.parametrize("headers", FOREIGN)
@pytest.mark.parametrize("path", ["/chat", "/logout", "/login", "/v1/chat/completions", "/api/redact"])
async def test_another_site_is_refused(path: str, headers: dict[str, str]) -> None:
    house = House()
    session = await house.ring.login("ada", "right")
    async with house.client(cookies={"guard_session": session}) as client:
        answer = await client.post(path, json=chat(), headers=headers)
    assert answer.status_code == 403
    assert answer.json()["error"]["code"] == "cross_site_request"
    assert "elsewhere" not in answer.text
    assert house.ring.sessions == {session}
    assert house.audit.records == []


@pytest.mark.parametrize("headers", OWN)
async def test_our_own_pages_pass(headers: dict[str, str]) -> None:
    house = House()
    session = await house.ring.login("ada", "right")
    async with house.client(cookies={"guard_session": session}) as client:
        assert (await client.post("/v1/chat/completions", json=chat(), headers=headers)).status_code == 200
        assert (await client.post("/logout", headers=headers)).status_code == 303
    assert house.ring.sessions == set()


@pytest.mark.parametrize("headers", FOREIGN)
async def test_an_api_key_is_not_asked_where_it_comes_from(headers: dict[str, str]) -> None:
    async with House().client(headers=KEY) as client:
        assert (await client.post("/v1/chat/completions", json=chat(), headers=headers)).status_code == 200


async def test_links_from_elsewhere_open_pages() -> None:
    async with House().client() as client:
        assert (await client.get("/login", headers={"sec-fetch-site": "cross-site"})).status_code == 200


@pytest.mark.parametrize("credential", ["Basic YWRhOnJpZ2h0", "Bearer", "Negotiate oQ=="])
async def test_credentials_that_browsers_add_by_themselves_do_not_count(credential: str) -> None:
    """As a proxy before us may want them: with a session beside, the request is still another site's."""
    house = House()
    session = await house.ring.login("ada", "right")
    headers = {"authorization": credential, "sec-fetch-site": "cross-site"}
    async with house.client(cookies={"guard_session": session}, headers=headers) as client:
        assert (await client.post("/v1/chat/completions", json=chat())).status_code == 403
        assert (await client.post("/logout")).status_code == 403
