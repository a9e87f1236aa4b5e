"""Nobody reaches another person's conversation by any address or form of the chat: it answers as an unknown one does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.unit.web.chatting import Chat
from tests.unit.web.console import console

WORDS = "quokka7741"
UNKNOWN = "conv_" + "0" * 24


def asks(conversation: str, request: str) -> list[tuple[str, str, dict[str, Any]]]:
    """Every way to name a conversation: method, address, form."""
    at = f"{request}.0"
    form = {"message": "Hi.", "model": "echo", "scenario": "", "n": "1", "conversation": conversation}
    return [
        ("GET", f"/chat/{conversation}", {}),
        ("GET", f"/chat/{conversation}?at={at}", {}),
        ("GET", f"/chat/{conversation}/turn?at={at}", {}),
        ("POST", f"/chat/{conversation}/title", {"title": "Mine"}),
        ("POST", f"/chat/{conversation}/feedback", {"answer": at, "rating": "1"}),
        ("POST", f"/chat/{conversation}/feedback", {"answer": at, "rating": "1", "comment": "Mine."}),
        ("POST", "/chat", form | {"at": at}),
        ("POST", "/chat", form | {"at": ""}),
        ("POST", "/chat", form | {"edit": request}),
        ("POST", "/chat", form | {"again": request}),
        ("POST", "/chat/turn", form | {"at": at}),
        ("POST", "/chat/turn", form | {"again": request}),
        ("POST", "/chat/preview", form | {"at": at}),
        ("POST", "/chat/preview?alone=1", form),
    ]


@pytest.mark.parametrize(("roles", "tenant"), [(("employee",), "default"), (("admin", "employee"), "default"),
                                               (("auditor", "employee"), "default"), (("employee",), "other")])  # fmt: skip
async def test_what_is_somebody_elses_is_as_unknown(tmp_path: Path, roles: tuple[str, ...], tenant: str) -> None:
    async with console(tmp_path) as house:
        ann = await house.visitor("ann", "employee")
        bob = await house.visitor("bob", *roles, tenant=tenant)
        chat = await Chat(ann.client).get("/chat")
        await chat.send(WORDS)
        assert chat.said == [WORDS]
        conversation = chat.conversation
        request = chat.page.one("#chat").values()["at"].split(".")[0]
        foreign = [await ask(bob.client, *each) for each in asks(conversation, request)]
        unknown = [await ask(bob.client, *each) for each in asks(UNKNOWN, "req_" + "0" * 24)]
        for mine, other in zip(foreign, unknown, strict=True):
            assert mine.status_code == other.status_code
            told = mine.text.replace(conversation, UNKNOWN).replace(request, "req_" + "0" * 24)
            assert told == other.text
            assert WORDS not in mine.text
        listing = await bob.client.get("/chat?q=" + WORDS)
        assert "No title has these words." in listing.text
        # Ann's is as it was.
        await chat.get(f"/chat/{conversation}")
        assert (chat.said, chat.page.one("h1").text()) == ([WORDS], WORDS)
        assert [each.attributes["aria-pressed"] for each in chat.page.all(".rating button")] == ["false", "false"]


async def ask(client: httpx.AsyncClient, method: str, path: str, form: dict[str, Any]) -> httpx.Response:
    return await client.request(method, path, data=form or None)


async def test_the_way_to_the_record_is_for_who_may_read_it(tmp_path: Path) -> None:
    async with console(tmp_path) as house:
        for name, roles, there in (("ann", ("employee",), False), ("bob", ("employee", "auditor"), True)):
            who = await house.visitor(name, *roles)
            chat = await Chat(who.client).get("/chat")
            await chat.send("Hi.")
            assert bool(chat.page.all(".record")) == there
