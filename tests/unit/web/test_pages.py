"""Signing in and chatting with plain forms, as a browser without script does."""

from __future__ import annotations

import tempfile

import httpx
import pytest

from guard.errors import LimitExceededError
from tests.unit.serving import URL, House

OWN = {"sec-fetch-site": "same-origin"}
RIGHT = {"name": "ada", "password": "right"}


async def signed_in(client: httpx.AsyncClient) -> None:
    answer = await client.post("/login", data=RIGHT)
    assert answer.headers["location"] == "/chat"


async def test_without_a_session_every_page_leads_to_the_login() -> None:
    async with House().client(headers=OWN) as client:
        assert (await client.get("/")).headers["location"] == "/chat"
        for cookie in (None, "guard_session=old"):
            headers = {"cookie": cookie} if cookie else {}
            assert (await client.get("/chat", headers=headers)).headers["location"] == "/login"
            assert (await client.post("/chat", headers=headers, data={})).headers["location"] == "/login"


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_signing_in_and_out(scheme: str) -> None:
    house = House()
    async with house.client(headers=OWN) as client:
        client.base_url = URL.replace("http", scheme)
        answer = await client.post("/login", data=RIGHT)
        assert (answer.status_code, answer.headers["location"]) == (303, "/chat")
        cookie = answer.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=lax" in cookie
        assert "path=/" in cookie
        assert ("secure" in cookie) == (scheme == "https")
        page = await client.get("/chat")
        assert page.status_code == 200
        assert page.headers["cache-control"] == "no-store"
        assert "Ada" in page.text
        assert (await client.post("/logout")).headers["location"] == "/login"
        assert (await client.get("/chat")).headers["location"] == "/login"
    assert house.ring.sessions == set()


@pytest.mark.parametrize("form", [{"name": "ada", "password": "quokka7741"}, {"name": "quokka7741"}, {}])
async def test_a_wrong_password_is_told_and_nothing_is_echoed(form: dict[str, str]) -> None:
    async with House().client(headers=OWN) as client:
        answer = await client.post("/login", data=form)
    assert answer.status_code == 401
    assert 'role="alert"' in answer.text
    assert "quokka7741" not in answer.text
    assert "set-cookie" not in answer.headers


async def test_too_many_attempts_are_told() -> None:
    house = House()
    house.ring.problem = LimitExceededError("Too many attempts to sign in.", retry_after=60)
    async with house.client(headers=OWN) as client:
        answer = await client.post("/login", data=RIGHT)
    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "60"
    assert "Too many attempts to sign in." in answer.text


@pytest.mark.parametrize("path", ["/login", "/chat"])
async def test_a_file_is_refused_before_it_lies_on_disk(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def written(_: object) -> None:
        pytest.fail("what was sent was written to a temporary file")

    monkeypatch.setattr(tempfile.SpooledTemporaryFile, "rollover", written)
    house = House(max_body_bytes=4_000_000)
    async with house.client(headers=OWN) as client:
        await signed_in(client)
        answer = await client.post(path, files={"message": ("note.txt", b"quokka7741" * 200_000)})
    assert answer.status_code == 400
    assert "quokka7741" not in answer.text
