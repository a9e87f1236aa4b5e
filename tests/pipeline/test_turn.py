"""A turn from the first to the last step, on fakes that keep their contracts."""

from __future__ import annotations

import itertools
import random
from contextlib import aclosing
from typing import Any

import pytest

from guard.errors import ConversationNotFoundError, ModelNotFoundError, PermissionDeniedError
from guard.events import Delta, Done, Finished, Opened
from guard.testing.fakes import ChunkedGenerator
from tests.pipeline.conftest import Rig


async def test_values_never_reach_the_generator_and_come_back(build: Any) -> None:
    class Echo(ChunkedGenerator):
        async def __call__(self, body: Any) -> Any:
            self._choices = ((f"You wrote: {body['messages'][-1]['content']}",),)
            async for chunk in super().__call__(body):
                yield chunk

    rig: Rig = build(generator=Echo())
    reply = await rig.pipeline.complete(rig.request("I am Ada Lovelace, ada@lovelace.example."))
    assert "Lovelace" not in str(rig.generator.bodies)
    assert reply.choices[0].text == "You wrote: I am Ada Lovelace, ada@lovelace.example."
    assert reply.redactions == {"PERSON": 1, "EMAIL_ADDRESS": 1}
    stored = await rig.store.messages(reply.conversation)
    assert "Lovelace" not in str(stored)
    assert [message["role"] for message in stored] == ["user", "assistant"]


async def test_the_events_come_in_order_and_done_after_the_record_is_closed(build: Any) -> None:
    rig: Rig = build("One. Two. ")
    seen = []
    async with aclosing(rig.pipeline.stream(rig.request("Hi"))) as events:
        async for event in events:
            seen.append(type(event))
            if isinstance(event, Opened):
                assert rig.events() == ["chat.opened"]
            if isinstance(event, Done):
                assert rig.events() == ["chat.opened", "chat.closed"]
    assert seen == [Opened, Delta, Delta, Finished, Done]


async def test_a_second_turn_continues_the_conversation_with_the_same_placeholders(build: Any) -> None:
    rig: Rig = build("Noted. ")
    first = await rig.pipeline.complete(rig.request("I am Ada Lovelace."))
    history = ["I am Ada Lovelace.", {"role": "assistant", "content": first.choices[0].text}]
    second = await rig.pipeline.complete(rig.request(*history, "What is my name? Ada Lovelace?"))
    assert second.conversation == first.conversation
    before, after = (body["messages"][0]["content"] for body in rig.generator.bodies)
    assert before == after
    name = before.split("I am ")[1].rstrip(".")
    assert name in rig.generator.bodies[1]["messages"][2]["content"]
    stored = await rig.store.messages(first.conversation)
    assert [message["role"] for message in stored] == ["user", "assistant", "user", "assistant"]


async def test_another_principal_cannot_name_the_conversation(build: Any) -> None:
    rig: Rig = build("Hello. ")
    reply = await rig.pipeline.complete(rig.request("Hi"))
    with pytest.raises(ConversationNotFoundError):
        await rig.pipeline.complete(rig.request("Hi", key="key-bob", conversation=reply.conversation))
    assert rig.audit.records[-1]["reason_id"] == "conversation_not_found"


async def test_unknown_and_forbidden_models(build: Any) -> None:
    rig: Rig = build("Hello. ")
    with pytest.raises(ModelNotFoundError):
        await rig.pipeline.complete(rig.request("Hi", model="nothing"))
    with pytest.raises(PermissionDeniedError):
        await rig.pipeline.complete(rig.request("Hi", model="forbidden"))
    assert [r["reason_id"] for r in rig.audit.records] == ["model_not_found", "permission_denied"]


async def test_several_choices(build: Any) -> None:
    rig: Rig = build(generator=ChunkedGenerator(("First. ",), ("A toxicword. ",), ("Third. ",)))
    reply = await rig.pipeline.complete(rig.request("Hi", n=3))
    assert [choice.text for choice in reply.choices] == ["First. ", "[Withheld by policy: toxicity]", "Third. "]
    assert [choice.finish_reason for choice in reply.choices] == ["stop", "content_filter", "stop"]
    second = await rig.pipeline.complete(rig.request("Hi", {"role": "assistant", "content": "Third. "}, "More"))
    assert second.conversation == reply.conversation


async def test_a_client_that_leaves_stops_the_generator_and_leaves_a_closed_record(build: Any) -> None:
    rig: Rig = build("One. ", "Two. ", "Three. ")
    async with aclosing(rig.pipeline.stream(rig.request("Hi"))) as events:
        async for event in events:
            if isinstance(event, Delta):
                break
    assert rig.generator.closed_early == 1
    assert rig.events() == ["chat.opened", "chat.closed"]
    assert rig.audit.records[-1]["outcome"] == "disconnected"
    (conversation,) = rig.store.conversations()
    assert [m["text"] for m in await rig.store.messages(conversation)] == ["Hi", "One. "]


async def test_no_record_holds_a_word_of_the_user(build: Any) -> None:
    rig: Rig = build("Secretive answer. ")
    await rig.pipeline.complete(rig.request("Tell Ada Lovelace a bananaphone story"))
    records = str(rig.audit.records)
    for word in ("Lovelace", "bananaphone", "Secretive"):
        assert word not in records


REPLIES = [
    "Hello <PERSON_AAAAAA>, {name} wrote. How are you?\n\nFine!",
    "{name} {name} {name}. **{name}**'s turn… `{mail}`",
    "No placeholder at all, just a long text " + "that goes on and on " * 20,
    "A list:\n1. {name}\n2. {mail}\n3. done.\r\nEnd",
    "你好，{name}。再见！{mail}",
    "{name}",
    "Mixed {name}'s <b>bold</b> <notaplaceholder> & {mail}. A toxicword here. Never shown.",
    'JSON {{"name": "{name}", "mail": "{mail}"}} end.',
    "é\u0301 combining 😀 emoji {name} 👩‍👩‍👧 family.",
    "short. " * 30 + "{mail}",
    "x" * 500 + " {name} " + "y" * 300,
    "{name}{mail}{name}. Two\tTabs. Done!",
    "A biasword at once.",
    "First. {name} said: \"Stop!\" Then 'go.' (ok.) [fine.] Next",
    "<PERSON_ < < {name} <<{mail}>> > end.",
    "lower {lower} and loose {loose} forms.",
    "line\n" * 40,
    "Ends with an open {half}",
    " leading and trailing spaces   ",
    "{name}. " * 25,
]


@pytest.mark.parametrize("number", range(len(REPLIES)))
async def test_ten_random_chunkings_of_each_reply_read_as_the_whole(build: Any, number: int) -> None:
    """200 chunkings in all: streamed text equals non-streamed text."""
    draw = random.Random(number)

    class Templated(ChunkedGenerator):
        """Fills the reply with the placeholders of this conversation, then cuts it."""

        pieces = 1

        async def __call__(self, body: Any) -> Any:
            name, mail = body["messages"][0]["content"].split(" and ")
            text = REPLIES[number].format(
                name=name, mail=mail, lower=name.lower(), loose=name.strip("<>"), half=name[:-3]
            )
            edges = sorted({0, len(text), *(draw.randrange(len(text)) for _ in range(self.pieces - 1))})
            self._choices = ([text[a:b] for a, b in itertools.pairwise(edges)],)
            async for chunk in super().__call__(body):
                yield chunk

    generator = Templated()
    rig: Rig = build(generator=generator)
    prompt = "Ada Lovelace and ada@lovelace.example"
    first = await rig.pipeline.complete(rig.request(prompt))
    whole = first.choices[0]
    for _ in range(10):
        generator.pieces = draw.choice([2, 5, 20, 200])
        shown = ""
        # The same conversation, so that the placeholders are the same letters.
        request = rig.request(prompt, conversation=first.conversation)
        async with aclosing(rig.pipeline.stream(request)) as events:
            async for event in events:
                shown += event.text if isinstance(event, Delta) else ""
        assert shown == whole.text
