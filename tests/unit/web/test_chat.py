"""Chatting with plain forms, as a browser without script does."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from guard.errors import GeneratorError, PromptBlockedError
from guard.model import Grant, ModerationProfile, Principal, Rule, Verdict
from guard.testing.fakes import ChunkedGenerator, GrantAll, grant
from tests.unit.serving import House
from tests.unit.web.chatting import Chat, chatting
from tests.unit.web.evil import EVIL

RULE = "p, employee, *, moderation/default, use, allow"


class AsAsked(GrantAll):
    """Grants the scenario that was asked for, by a rule."""

    async def __call__(self, principal: Principal, model: str | None, scenario: str | None = None) -> Grant:
        granted = await super().__call__(principal, model, scenario)
        return replace(granted, scenario=scenario or "default", rules={"moderation": Rule(RULE, allowed=True)})


class Blocks:
    """Refuses a prompt that holds `blockme`."""

    async def __call__(self, texts: Sequence[str], profile: ModerationProfile) -> Verdict:
        if any("blockme" in text for text in texts):
            raise PromptBlockedError
        return Verdict()


async def test_the_chat_page_offers_what_the_person_may_use() -> None:
    async with chatting() as chat:
        page = chat.html
    assert "<option>echo</option>" in page
    assert "forbidden" not in page
    for scenario in ("customer-service", "education"):
        assert f"<option>{scenario}</option>" in page


async def test_a_chat_of_two_turns() -> None:
    house = House(stages={"authorize": AsAsked()})
    async with chatting(house) as chat:
        await chat.send("I am Ada Lovelace.")
        assert (chat.said, chat.answers) == (["I am Ada Lovelace."], ["Hello there."])
        assert "1 × PERSON" in chat.note
        assert re.search(r"/chat/conv_\w+\?at=req_\w+\.0$", chat.address.removesuffix("#message"))
        conversation = chat.conversation
        await chat.send("And?", scenario="education")
        assert chat.said == ["I am Ada Lovelace.", "And?"]
        assert chat.answers == ["Hello there."] * 2
        assert chat.conversation == conversation
        # What was picked is remembered with the conversation.
        assert chat.page.one("#chat").values()["scenario"] == "education"
        assert [row["role"] for row in await house.store.messages(conversation)] == ["user", "assistant"] * 2
        # The same when the conversation is opened again.
        await chat.get(f"/chat/{conversation}")
        assert chat.said == ["I am Ada Lovelace.", "And?"]
        assert chat.page.one("#chat").values()["scenario"] == "education"


async def test_what_was_taken_out_is_marked_as_the_person_and_as_the_generator_saw_it() -> None:
    generator = ChunkedGenerator(["Hello <PERSON_000000>, I mean you. "])
    async with chatting(House({"echo": generator})) as chat:
        await chat.send("I am Ada Lovelace.")
        [mark] = chat.page.all(".user mark")[:1]
        assert mark.text(without="type") == "Ada Lovelace"
        assert mark.one(".type").text() == "PERSON"
        seen = chat.page.one(".user .seen").one(".text").text()
        assert seen == generator.bodies[0]["messages"][0]["content"]
        assert "Lovelace" not in seen


async def test_values_that_were_put_back_are_marked_in_the_answer() -> None:
    async with chatting(House({"echo": Echo()})) as chat:
        await chat.send("**Ada Lovelace** was here.")
        assert chat.answers == ["Ada Lovelace was here."]
        strong = chat.page.one(".assistant strong")
        assert strong.one("mark").text(without="visually-hidden") == "Ada Lovelace"
        assert "PERSON" in strong.text()
        assert "Lovelace" not in chat.page.one(".assistant .seen").text()


class Fails:
    """A generator that cannot answer."""

    async def __call__(self, body: Mapping[str, Any]) -> AsyncIterator[Any]:
        raise GeneratorError
        yield

    async def start(self) -> None:
        return None

    async def aclose(self) -> None:
        return None


class Echo:
    """Says the last message again."""

    async def __call__(self, body: Mapping[str, Any]) -> AsyncIterator[Any]:
        generator = ChunkedGenerator([str(body["messages"][-1]["content"])])
        async for chunk in generator(body):
            yield chunk

    async def start(self) -> None:
        return None

    async def aclose(self) -> None:
        return None


async def test_what_was_withheld_is_said_and_explained() -> None:
    stages = {"authorize": AsAsked()}
    house = House({"echo": ChunkedGenerator(["Fine. ", "A toxicword. "])}, stages=stages)
    async with chatting(house) as chat:
        await chat.send("Hi.")
    assert "withheld: toxicity" in chat.note
    assert "toxicword" not in chat.html
    why = " ".join(chat.page.one(".why").text().split())
    assert "Part of the answer was withheld: toxicity." in why
    assert re.search(r"The answer scored [01]\.\d{3} for toxicity\. The policy withholds it from 0\.\d{3}\.", why)
    assert [each.text() for each in chat.page.all(".why code")] == ["default", RULE]


async def test_an_answer_is_formatted() -> None:
    said = "# Plan\n\n- one\n- **two**\n\n```python\nprint('<b>')\n```\n"
    async with chatting(House({"echo": ChunkedGenerator([said])})) as chat:
        await chat.send("Hi.")
    answer = chat.page.one(".assistant .text")
    assert answer.one("h3").text() == "Plan"
    assert [each.text() for each in answer.all("li")] == ["one", "two"]
    assert answer.one(".code pre").text() == "print('<b>')\n"
    assert answer.one(".language").text() == "python"


@pytest.mark.parametrize("evil", EVIL)
async def test_nothing_evil_becomes_markup_anywhere(evil: str) -> None:
    """As a message, an answer, a title, a comment, the name and the text of a file, a search, and a draft."""
    async with chatting(House({"echo": ChunkedGenerator([evil + " "])})) as chat:
        await chat.send(evil, [("files", (evil, evil.replace("\x00", "").encode()))])
        if "data:" in evil and not chat.answers:
            # What is encoded cannot be checked.
            assert "Only text can be checked" in chat.problem
            check(chat)
            return
        conversation = chat.conversation
        await chat.press(chat.page.one("#rename form"), title=evil)
        await chat.press(chat.page.all(".rating")[0], rating="1")
        await chat.press(chat.page.one(".comment form"), comment=evil)
        for path in (f"/chat/{conversation}", "/chat?q=" + "%22%3E%3Cscript%3E", "/chat"):
            await chat.get(path)
            check(chat)
        assert chat.answers == []
        await chat.send(evil, model=evil)
        assert chat.problem
        check(chat)
        await chat.post("/chat/preview", chat.page.one("#chat"), message=evil)
        check(chat)


def check(chat: Chat) -> None:
    page = chat.page  # Parsing fails for scripts and handlers.
    assert len(page.all("script")) == 1
    assert not page.all("iframe")
    assert not page.all("svg")
    for link in page.all("a"):
        assert re.match(r"/|#|https?://|mailto:", link.attributes["href"])
        if not link.attributes["href"].startswith(("/", "#")):
            assert link.attributes["rel"] == "noopener noreferrer nofollow"


async def test_several_answers_stand_side_by_side_and_the_chat_goes_on_from_one() -> None:
    house = House({"echo": ChunkedGenerator(["Hello. "], ["Hello you. "])})
    async with chatting(house) as chat:
        await chat.send("Hi.", n="2")
        assert chat.answers == ["Hello.", "Hello you."]
        [other] = [each for each in chat.page.all("a") if each.text() == "Go on from this one"]
        await chat.get(other.attributes["href"])
        assert chat.page.one("#chat").values()["at"].endswith(".1")
        await chat.send("And?")
        assert chat.said == ["Hi.", "And?"]
        assert [each.attributes["data-choice"] for each in chat.page.all(".read")] == ["1"]


async def test_a_message_is_asked_again_and_both_versions_are_kept() -> None:
    async with chatting() as chat:
        await chat.send("Hi, I am Ada Lovelace.")
        await chat.send("And?")
        again = chat.page.all(".again")[0]
        await chat.press(again)
        assert chat.said == ["Hi, I am Ada Lovelace."]
        assert "2 of 2" in chat.page.one(".versions").text()
        [before] = chat.page.all(".versions a")
        await chat.get(before.attributes["href"])
        assert chat.said == ["Hi, I am Ada Lovelace.", "And?"]
        assert "1 of 2" in chat.page.one(".versions").text()


async def test_a_message_is_changed_and_sent_again() -> None:
    generator = ChunkedGenerator(["Hello. "])
    async with chatting(House({"echo": generator})) as chat:
        await chat.send("One.")
        await chat.send("Two.")
        conversation = chat.conversation
        edit = chat.page.all(".edit form")[1]
        assert edit.values()["message"] == "Two."
        await chat.press(edit, message="Three.")
        assert chat.said == ["One.", "Three."]
        assert chat.conversation == conversation
        assert [each["content"] for each in generator.bodies[-1]["messages"]] == ["One.", "Hello. ", "Three."]
        await chat.press(chat.page.all(".edit form")[0], message="Zero.")
        assert chat.said == ["Zero."]
        assert [each["content"] for each in generator.bodies[-1]["messages"]] == ["Zero."]


REFUSED: list[tuple[dict[str, str], str]] = [
    ({"message": "   "}, "Write a message first."),
    ({"model": "quokka7741"}, "There is no model of that name."),
    ({"model": "forbidden"}, "Rule: default deny"),
    ({"conversation": "quokka7741"}, "You have no conversation of that id."),
    ({"n": "9"}, "Ask for one to 4 answers."),
    ({"n": "quokka7741"}, "Ask for one to 4 answers."),
    ({"n": "²"}, "Ask for one to 4 answers."),
    ({"conversation": "conv_1", "at": "quokka7741"}, "There is no such message in this conversation."),
    ({"conversation": "conv_1", "edit": "req_1.x"}, "There is no such message in this conversation."),
    ({"scenario": "quokka7741"}, ""),
]


@pytest.mark.parametrize(("changed", "problem"), REFUSED)
async def test_what_is_refused_is_told_on_the_page(changed: dict[str, Any], problem: str) -> None:
    async with chatting() as chat:
        await chat.send(**{"message": "A long thought."} | changed)
    assert chat.answer is not None
    assert chat.answer.status_code == 200
    assert problem in chat.problem
    assert "<option>quokka7741" not in chat.html
    if "message" not in changed and problem:
        assert chat.page.one("#chat").values()["message"] == "A long thought."


async def test_a_refused_message_comes_back_and_does_not_stay_in_the_conversation() -> None:
    async with chatting(House(stages={"inspect": Blocks()})) as chat:
        await chat.send("blockme <please>")
        assert ">\nblockme &lt;please&gt;</textarea>" in chat.html
        assert chat.conversation == ""
        assert chat.said == []
        await chat.send("Something else.")
        assert chat.said == ["Something else."]
        await chat.send("blockme again", n="3", scenario="education")
        assert chat.said == ["Something else."]
        assert chat.page.one("#chat").values() | {"conversation": "", "at": ""} == {
            "conversation": "", "at": "", "message": "blockme again", "model": "echo", "scenario": "education", "n": "3"
        }  # fmt: skip
        await chat.send("Something else again.", n="1")
        assert chat.said == ["Something else.", "Something else again."]


async def test_of_a_long_conversation_the_end_is_shown_and_the_rest_a_link_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("guard.web.chat.TURNS", 2)
    async with chatting() as chat:
        for number in range(4):
            await chat.send(f"Number {number}.")
        assert chat.said == ["Number 2.", "Number 3."]
        [link] = chat.page.all(".earlier a")
        assert link.text() == "Show the 2 messages before"
        await chat.get(link.attributes["href"])
        assert chat.said == [f"Number {number}." for number in range(4)]
        assert not chat.page.all(".earlier")


async def test_an_edit_that_is_refused_is_still_an_edit() -> None:
    async with chatting(House(stages={"inspect": Blocks()})) as chat:
        await chat.send("One.")
        await chat.press(chat.page.one(".edit form"), message="blockme")
        assert chat.said == ["One."]
        assert "This changes an earlier message." in chat.html
        await chat.send("Two.")
        assert chat.said == ["Two."]
        assert "2 of 2" in chat.page.one(".versions").text()
        assert "edit" not in chat.page.one("#chat").values()


async def test_a_blocked_prompt_says_what_it_holds_and_which_rule_blocks_it() -> None:
    blocks = "p, employee, *, entity/PERSON, block, allow"
    granted = replace(
        grant(),
        entities={"PERSON": "block"},
        moderation=ModerationProfile("strict", {}, prompt={"toxicity": 0.4}),
        rules={"entity/PERSON": Rule(blocks, allowed=True), "moderation": Rule(RULE, allowed=True)},
    )
    async with chatting(House(stages={"authorize": GrantAll(granted)})) as chat:
        await chat.send("I am Ada Lovelace, ada@example.org.")
        assert f"It holds PERSON. Rule: {blocks}" in chat.problem
        assert "EMAIL_ADDRESS" not in chat.problem
        assert chat.page.one("#chat").values()["message"] == "I am Ada Lovelace, ada@example.org."
        await chat.post("/chat/preview", chat.page.one("#chat"))
        assert "The policy will not let this pass: it holds PERSON." in chat.html
        await chat.send("A toxicword.")
        assert "toxicity: score 1.000, blocked from 0.400 (profile strict)." in chat.problem
        assert f"Rule: {RULE}" in chat.problem


async def test_who_may_use_no_model_is_told() -> None:
    async with chatting(House({})) as chat:
        assert "may not use any model" in chat.html


async def test_an_answer_is_rated_and_commented_and_that_can_be_taken_back() -> None:
    house = House()
    async with chatting(house) as chat:
        await chat.send("Hi.")
        assert pressed(chat) == ["false", "false"]
        await chat.press(chat.page.one(".rating"), rating="-1")
        assert pressed(chat) == ["false", "true"]
        await chat.press(chat.page.one(".comment form"), comment="Too short, Ada Lovelace.")
        assert pressed(chat) == ["false", "true"]
        assert chat.page.all(".rating button")[1].attributes["value"] == "0"
        await chat.press(chat.page.one(".rating"), rating="0")
        assert pressed(chat) == ["false", "false"]
        form = chat.page.one(".rating")
        for wrong in ({"rating": "2"}, {"rating": "1", "answer": "req_1"}, {"rating": "1", "answer": "req_1.7"}):
            await chat.press(form, **wrong)
            assert chat.answer is not None
            assert chat.answer.status_code in (400, 404)
    assert "Lovelace" not in str(house.audit.records)


def pressed(chat: Chat) -> list[str]:
    return [each.attributes["aria-pressed"] for each in chat.page.all(".rating button")]


async def test_foreign_and_unknown_conversations_are_the_same_page() -> None:
    async with chatting() as chat:
        for path in ("/chat/conv_0", "/chat/x", "/chat/conv_0/turn", "/chat/conv_0?at=x"):
            answer = await chat.client.get(path)
            assert answer.status_code == 404
            assert "You have no conversation of that id." in answer.text
        await chat.send("Hi.")
        for at in ("x", "req_1", "req_1.0"):
            answer = await chat.client.get(f"/chat/{chat.conversation}", params={"at": at})
            assert answer.status_code == 404
            assert "There is no such message in this conversation." in answer.text


async def test_a_message_whose_answer_failed_can_be_asked_again() -> None:
    async with chatting(House({"echo": Fails(), "other": ChunkedGenerator(["Hello. "])})) as chat:
        await chat.send("Hi.")
        assert "The model could not answer." in chat.problem
        # The conversation has begun, although there is no answer.
        [link] = chat.page.all("#conversations li a")
        await chat.get(link.attributes["href"])
        assert chat.said == ["Hi."]
        assert "This message was not answered." in chat.html
        await chat.press(chat.page.one(".again"), model="other")
        assert chat.answers == ["Hello."]
