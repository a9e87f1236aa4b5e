"""The list of conversations, files and previews, with plain forms, as a browser without script does."""

from __future__ import annotations

import tempfile
from typing import Any

import pytest

from guard.testing.fakes import ChunkedGenerator
from tests.unit.serving import House
from tests.unit.web.chatting import Chat, chatting


async def test_no_file_lies_on_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    def written(_: object) -> None:
        pytest.fail("what was sent was written to a temporary file")

    monkeypatch.setattr(tempfile.SpooledTemporaryFile, "rollover", written)
    async with chatting(House(max_body_bytes=4_000_000)) as chat:
        await chat.send("Look:", [("files", (f"{number}.txt", b"word " * 20_000)) for number in range(5)])
        assert chat.said[0].startswith("Look:")
        await chat.send("Look:", [("files", ("large.txt", b"x" * 3_000_000))])
        assert "at most 100 kB" in chat.problem


async def test_conversations_are_listed_searched_and_renamed() -> None:
    async with chatting() as chat:
        assert "No conversations yet." in chat.html
        for message in ("First thing.", "Second thing."):
            await chat.get("/chat")
            await chat.send(message)
        assert titles(chat) == ["Second thing.", "First thing."]
        await chat.press(chat.page.one("#rename form"), title="A new <name>")
        assert titles(chat) == ["A new <name>", "First thing."]
        assert chat.page.one("h1").text() == "A new <name>"
        await chat.get("/chat?q=first")
        assert titles(chat) == ["First thing."]
        await chat.get("/chat?q=nothing")
        assert titles(chat) == []
        assert "No title has these words." in chat.html


def titles(chat: Chat) -> list[str]:
    return [each.text() for each in chat.page.all("#conversations li span")]


async def test_the_list_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("guard.web.chat.PAGE", 2)
    async with chatting() as chat:
        for number in range(5):
            await chat.get("/chat")
            await chat.send(f"Number {number}.")
        found = []
        await chat.get("/chat")
        while links := [each for each in chat.page.all("#conversations a") if each.text() == "Older conversations"]:
            found += titles(chat)
            await chat.get(links[0].attributes["href"])
        assert {*found, *titles(chat)} == {f"Number {number}." for number in range(5)}


async def test_files_become_part_of_the_message() -> None:
    generator = ChunkedGenerator(["Hello. "])
    async with chatting(House({"echo": generator})) as chat:
        await chat.send("Look:", [("files", ("ada.txt", b"Ada Lovelace\r\nand more")), ("files", ("b.csv", b"x"))])
        assert chat.said == ["Look:\n\n```ada.txt\nAda Lovelace\nand more\n```\n\n```b.csv\nx\n```"]
        assert "Lovelace" not in str(generator.bodies)
        await chat.send("", [("files", ("c.txt", b"alone"))])
        assert chat.said[1] == "```c.txt\nalone\n```"


WRONG: list[tuple[list[tuple[str, tuple[str, bytes]]], str]] = [
    ([("files", ("quokka7741.png", b"\x89PNG\r\n\x1a\n"))], "File 1 is not text"),
    ([("files", ("quokka7741.txt", b"x" * 100_001))], "at most 100 kB"),
    ([("files", ("quokka7741.txt", b"x"))] * 6, "At most 5 files"),
]


@pytest.mark.parametrize(("files", "problem"), WRONG)
async def test_files_that_cannot_be_checked_are_refused_with_the_rule(files: Any, problem: str) -> None:
    async with chatting(House(max_body_bytes=4_000_000)) as chat:
        await chat.send("Look:", files)
        assert problem in chat.problem
        assert "quokka7741" not in chat.html
        assert chat.page.one("#chat").values()["message"] == "Look:"


async def test_a_draft_is_previewed_and_kept() -> None:
    house = House()
    async with chatting(house) as chat:
        await chat.send("Hi.")
        form = chat.page.one("#chat")
        await chat.post("/chat/preview", form, [("files", ("a.txt", b"ada@example.org"))], message="I am Ada Lovelace.")
        shown = chat.page.one("#previewed")
        assert [each.text() for each in shown.all(".count")] == ["1 × EMAIL_ADDRESS", "1 × PERSON"]
        assert [each.text() for each in shown.all("mark .type")] == ["PERSON", "EMAIL_ADDRESS"]
        assert "Lovelace" not in shown.one(".seen").text()
        # The file is part of the draft now, where it can be seen: a browser forgets which it was.
        assert chat.page.one("#chat").values()["message"] == "I am Ada Lovelace.\n\n```a.txt\nada@example.org\n```"
        assert chat.said == ["Hi."]
        await chat.post("/chat/preview", form, message="Nothing here.")
        assert "Nothing in this message has to be taken out." in chat.html
        await chat.post("/chat/preview?alone=1", form, message="I am Ada Lovelace.")
        assert not chat.page.all("#chat")
        assert chat.page.one("#previewed").all("mark")
    assert len([each for each in house.audit.records if each["event"] == "chat.closed"]) == 1
