"""Signing in and chatting with plain forms, as a browser without script does."""

from __future__ import annotations

import html
import json
import re
import tempfile
from collections.abc import Sequence
from typing import Any

import httpx
import pytest

from guard.errors import LimitExceededError, PromptBlockedError
from guard.model import ModerationProfile, Verdict
from guard.testing.fakes import ChunkedGenerator
from tests.unit.serving import URL, House

OWN = {"sec-fetch-site": "same-origin"}
RIGHT = {"name": "ada", "password": "right"}


def fields(page: str) -> dict[str, str]:
    """The hidden fields of the chat form."""
    return {
        name: html.unescape(value)
        for name, value in re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page)
    }


def shown(page: str) -> list[str]:
    """The messages as they can be read."""
    return [html.unescape(text) for text in re.findall(r'<div class="text">(.*?)</div>', page, re.S)]


async def signed_in(client: httpx.AsyncClient) -> None:
    answer = await client.post("/login", data=RIGHT)
    assert answer.headers["location"] == "/chat"


async def send(client: httpx.AsyncClient, page: str, message: str, **more: str) -> str:
    form = {**fields(page), "message": message, "model": "echo", "scenario": ""} | more
    answer = await client.post("/chat", data=form)
    assert answer.status_code == 200
    return answer.text


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


async def test_the_chat_page_offers_what_the_person_may_use() -> None:
    async with House().client(headers=OWN) as client:
        await signed_in(client)
        page = (await client.get("/chat")).text
    assert "<option>echo</option>" in page
    assert "forbidden" not in page
    for scenario in ("customer-service", "education"):
        assert f"<option>{scenario}</option>" in page


async def test_a_chat_of_two_turns() -> None:
    house = House()
    async with house.client(headers=OWN) as client:
        await signed_in(client)
        page = await send(client, (await client.get("/chat")).text, "I am Ada Lovelace.")
        assert shown(page) == ["I am Ada Lovelace.", "Hello there. "]
        assert "1 × PERSON" in page
        conversation = fields(page)["conversation"]
        page = await send(client, page, "And?", scenario="education")
    assert shown(page) == ["I am Ada Lovelace.", "Hello there. ", "And?", "Hello there. "]
    assert fields(page)["conversation"] == conversation
    assert "<option selected>education</option>" in page
    assert [row["role"] for row in await house.store.messages(conversation)] == ["user", "assistant"] * 2


async def test_what_was_withheld_is_said() -> None:
    house = House({"echo": ChunkedGenerator(["Fine. ", "A toxicword. "])})
    async with house.client(headers=OWN) as client:
        await signed_in(client)
        page = await send(client, (await client.get("/chat")).text, "Hi.")
    assert "withheld: toxicity" in page
    assert "toxicword" not in page


async def test_markup_is_text() -> None:
    evil = "</div><script>alert('1')</script>\"><img src=x onerror=alert(2)>"
    house = House({"echo": ChunkedGenerator([evil + " "])})
    async with house.client(headers=OWN) as client:
        await signed_in(client)
        page = await send(client, (await client.get("/chat")).text, evil)
        again = await send(client, page, "More.")
    assert "<script>" not in page
    assert "<img src=x" not in page
    assert shown(page) == [evil, evil + " "]
    assert shown(again)[:2] == shown(page)


REFUSED: list[tuple[dict[str, str], str]] = [
    ({"message": "   "}, "Write a message first."),
    ({"model": "quokka7741"}, "There is no model of that name."),
    ({"model": "forbidden"}, "The policy does not allow this."),
    ({"conversation": "quokka7741"}, "You have no conversation of that id."),
    ({"history": "quokka7741"}, "history was damaged"),
    ({"history": "7"}, "history was damaged"),
    ({"history": "[" * 5000}, "history was damaged"),
    ({"history": '[{"role": "user", "content": "\\ud800"}]'}, "history was damaged"),
    ({"history": '[{"role": "user"}]'}, "history was damaged"),
]


@pytest.mark.parametrize(("changed", "problem"), REFUSED)
async def test_what_is_refused_is_told_on_the_page(changed: dict[str, Any], problem: str) -> None:
    async with House().client(headers=OWN) as client:
        await signed_in(client)
        form = {"conversation": "", "history": "[]", "message": "Hi.", "model": "echo", "scenario": ""} | changed
        answer = await client.post("/chat", data=form)
    assert answer.status_code == 200
    assert problem in answer.text
    assert "<option>quokka7741" not in answer.text


async def test_the_history_is_the_persons_own_and_is_redacted_like_everything() -> None:
    generator = ChunkedGenerator(["Hello. "])
    async with House({"echo": generator}).client(headers=OWN) as client:
        await signed_in(client)
        history = [{"role": "user", "content": "Ada Lovelace"}, {"role": "assistant", "content": "ada@example.org"}]
        page = (await client.get("/chat")).text
        await send(client, page, "Hi.", history=json.dumps(history))
    assert "Lovelace" not in str(generator.bodies)
    assert "ada@example.org" not in str(generator.bodies)


async def test_a_refused_message_comes_back_and_does_not_stay_in_the_history() -> None:
    class Blocks:
        async def __call__(self, texts: Sequence[str], profile: ModerationProfile) -> Verdict:
            if any("blockme" in text for text in texts):
                raise PromptBlockedError
            return Verdict()

    async with House(stages={"inspect": Blocks()}).client(headers=OWN) as client:
        await signed_in(client)
        page = await send(client, (await client.get("/chat")).text, "blockme <please>")
        assert ">blockme &lt;please&gt;</textarea>" in page
        assert fields(page)["history"] == "[]"
        page = await send(client, page, "Something else.")
    assert shown(page) == ["Something else.", "Hello there. "]


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


async def test_who_may_use_no_model_is_told() -> None:
    async with House({}).client(headers=OWN) as client:
        await signed_in(client)
        assert "may not use any model" in (await client.get("/chat")).text
