"""A person's own conversations, on a real database, with the shipped policy."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

import pytest

from guard.errors import (
    ConversationNotFoundError,
    InvalidRequestError,
    TamperedError,
)
from guard.events import Delta
from guard.model import ChatRequest, Credential
from guard.services import Services
from guard.testing.fakes import GrantAll, grant
from tests.conftest import Storage
from tests.unit.conversations.talking import KEY, Person, granting, records
from tests.unit.reviewing import PEOPLE, Installation

EMMA, BOTH, WILE, AUDREY = PEOPLE["emma"], PEOPLE["both"], PEOPLE["wile"], PEOPLE["audrey"]


async def test_what_was_taken_out_is_marked(services: Services, emma: Person) -> None:
    request_id = await emma.ask([], "I am Ada Lovelace, mail ada@example.org.")
    opened = await services.conversations.open(EMMA, str(emma.conversation))
    (turn,) = opened.turns
    (said,), (answer,) = turn.said, turn.answers
    assert said.text == "I am Ada Lovelace, mail ada@example.org."
    assert answer.text == f"You said: {said.text}. "
    assert said.seen.startswith("I am <PERSON_")
    person, mail = said.marks
    assert [said.text[each.start : each.end] for each in said.marks] == ["Ada Lovelace", "ada@example.org"]
    assert [answer.text[each.start : each.end] for each in answer.marks] == ["Ada Lovelace", "ada@example.org"]
    assert said.seen == said.text.replace("Ada Lovelace", person.placeholder).replace(
        "ada@example.org", mail.placeholder
    )
    assert (person.entity_type, mail.entity_type) == ("PERSON", "EMAIL_ADDRESS")
    assert (turn.request_id, turn.model, turn.scenario) == (request_id, "echo", "default")
    assert (turn.parent, turn.parent_choice) == (None, None)
    assert answer.is_whole


async def test_without_the_right_to_values_placeholders_stay(installation: Installation) -> None:
    services = granting(installation, GrantAll(grant(restore=False)))
    person = Person(services, KEY)
    request_id = await person.ask([], "I am Ada Lovelace.")
    opened = await services.conversations.open(EMMA, str(person.conversation))
    assert "Ada Lovelace" not in str([(each.said, each.answers) for each in opened.turns])
    (said,), (answer,) = opened.turns[0].said, opened.turns[0].answers
    assert [said.text[each.start : each.end] for each in said.marks] == [said.marks[0].placeholder]
    assert [answer.text[each.start : each.end] for each in answer.marks] == [answer.marks[0].placeholder]
    assert "Ada Lovelace" not in opened.summary.title
    assert "<PERSON_" in opened.summary.title
    # Also in what is sent to go on, whatever the client kept.
    history = await services.conversations.messages(EMMA, str(person.conversation), request_id, 0)
    assert history[0]["content"] == said.seen
    for each in (history, person.seen[request_id, 0]):
        following = await person.ask(each, "And?")
        turn = (await services.conversations.open(EMMA, str(person.conversation))).turn(following)
        assert (turn.parent, len(turn.said)) == (request_id, 1)


async def test_a_message_is_edited_and_asked_again(services: Services, emma: Person, storage: Storage) -> None:
    one = await emma.ask([], "One")
    two = await emma.ask(emma.seen[one, 0], "Two")
    edited = await emma.ask(emma.seen[one, 0], "Two, edited")
    again = await emma.ask(emma.seen[one, 0], "Two")
    back = await emma.ask(emma.seen[two, 0], "Three")
    opened = await services.conversations.open(EMMA, str(emma.conversation))
    assert [each.request_id for each in opened.siblings(opened.turn(two))] == [two, edited, again]
    assert [step.turn.request_id for step in opened.path()] == [one, again, back]  # the same answers: the newest
    assert [step.turn.request_id for step in opened.path((edited, 0))] == [one, edited]
    assert opened.newest(opened.turn(one)) == (back, 0)
    assert opened.newest(opened.turn(edited)) == (edited, 0)
    reviewed = await storage.transcripts.messages(str(emma.conversation), "default")
    told = {each["text"]: (each.get("branch"), each.get("after")) for each in reviewed if "choice" not in each}
    assert [(each["text"], each.get("branch")) for each in reviewed if "choice" not in each] == [
        ("One", None),
        ("Two", None),
        ("Two, edited", "edited"),
        ("Two", "again"),
        ("Three", None),
    ]
    assert told["Two, edited"] == ("edited", one)


async def test_who_goes_on_from_an_earlier_answer_is_told_to_reviewers(emma: Person, storage: Storage) -> None:
    one = await emma.ask([], "One")
    two = await emma.ask(emma.seen[one, 0], "Two")
    await emma.ask(emma.seen[one, 0], "Deux")
    await emma.ask(emma.seen[two, 0], "Three")
    reviewed = await storage.transcripts.messages(str(emma.conversation), "default")
    (last,) = [each for each in reviewed if each["text"] == "Three"]
    assert (last["branch"], last["after"]) == ("earlier", two)


async def test_any_choice_is_gone_on_from_also_where_two_are_alike(services: Services, emma: Person) -> None:
    one = await emma.ask([], "One", n=3)
    for choice in (2, 1, 0, 1):
        history = await services.conversations.messages(EMMA, str(emma.conversation), one, choice)
        following = await emma.ask(history, "Next")
        turn = (await services.conversations.open(EMMA, str(emma.conversation))).turn(following)
        assert (turn.parent, turn.parent_choice) == (one, choice)


async def test_system_messages_and_tool_calls_are_shown(services: Services, emma: Person) -> None:
    system = {"role": "system", "content": "You serve Ada Lovelace."}
    one = await emma.ask(
        [], system, "Write to Ada Lovelace", tools=[{"type": "function", "function": {"name": "send"}}]
    )
    result = {"role": "tool", "tool_call_id": "call_0", "content": '{"sent":  "Ada Lovelace"}'}
    two = await emma.ask(emma.seen[one, 0], result)
    opened = await services.conversations.open(EMMA, str(emma.conversation))
    assert [(each.role, each.text) for each in opened.turn(one).said] == [
        ("system", "You serve Ada Lovelace."),
        ("user", "Write to Ada Lovelace"),
    ]
    (call,) = opened.turn(one).answers[0].calls
    assert (call.name, call.arguments) == ("send", '{"to": "Write to Ada Lovelace"}')
    assert "Ada" not in call.seen
    (told,) = opened.turn(two).said
    assert (told.role, told.text) == ("tool", '{"sent":  "Ada Lovelace"}')
    assert "Ada" not in told.seen
    assert opened.summary.title == "Write to Ada Lovelace"
    assert await services.conversations.messages(EMMA, str(emma.conversation), two, 0) == emma.seen[two, 0]


async def test_an_answer_that_was_stopped_is_there_and_gone_on_from(services: Services, emma: Person) -> None:
    body = {"model": "echo", "messages": [{"role": "user", "content": "Ada Lovelace said. More. " * 5}]}
    async with aclosing(services.pipeline.stream(ChatRequest("req_stopped", KEY, body))) as events:
        opened = await anext(events)
        got = [each.text async for each in first_deltas(events, 2)]
    emma.conversation = opened.conversation  # type: ignore[union-attr]
    shown = (await services.conversations.open(EMMA, str(emma.conversation))).turns[0].answers[0]
    assert not shown.is_whole
    assert shown.text.startswith("".join(got))
    assert "Ada Lovelace" in shown.text
    history = await services.conversations.messages(EMMA, str(emma.conversation), "req_stopped", 0)
    assert history[-1]["content"] == shown.text
    following = await emma.ask(history, "Go on")
    turn = (await services.conversations.open(EMMA, str(emma.conversation))).turn(following)
    assert (turn.parent, turn.parent_choice) == ("req_stopped", 0)
    assert [each.text for each in turn.said] == ["Go on"]


async def first_deltas(events: Any, count: int) -> AsyncIterator[Delta]:
    """The first pieces of text of a stream."""
    async for each in events:
        if isinstance(each, Delta):
            yield each
            count -= 1
            if not count:
                return


async def test_going_on_waits_for_the_answer_under_way(services: Services, emma: Person) -> None:
    body = {"model": "echo", "messages": [{"role": "user", "content": "One. Two. Three."}]}
    stream = services.pipeline.stream(ChatRequest("req_slow", KEY, body))
    opened = await anext(stream)
    async for each in first_deltas(stream, 1):
        assert each
    asked = asyncio.create_task(services.conversations.messages(EMMA, opened.conversation, "req_slow", 0))  # type: ignore[union-attr]
    await asyncio.sleep(0.1)
    assert not asked.done()
    rest = [each async for each in stream]
    assert rest
    assert (await asked)[-1]["content"] == "You said: One. Two. Three.. "


async def test_why_a_part_was_withheld(services: Services, emma: Person) -> None:
    one = await emma.ask([], "Hi", model="toxic", n=2)
    turn = (await services.conversations.open(EMMA, str(emma.conversation))).turn(one)
    bad, good = turn.answers
    assert (bad.withheld, good.withheld) == ("toxicity", None)
    assert bad.text == "Fine. \n\n[Withheld by policy: toxicity]"
    (why,) = turn.explained
    assert (why.choice, why.action, why.category, why.score) == (0, "withheld", "toxicity", 1000)
    assert why.threshold
    assert why.rule.startswith("p, ")
    assert why.profile
    assert turn.record is not None


async def test_the_list_is_the_persons_own_the_last_used_first(services: Services, emma: Person) -> None:
    mine = [Person(services, KEY) for _ in range(3)]
    for number, each in enumerate(mine):
        await each.ask([], f"Number {number} of Ada Lovelace")
        await asyncio.sleep(0.002)
    await Person(services, Credential(api_key="key-both")).ask([], "Of another")
    await Person(services, Credential(api_key="key-wile")).ask([], "Of another tenant")
    await mine[0].ask(next(iter(mine[0].seen.values())), "Again")
    found = await services.conversations.list(EMMA)
    assert [each.id for each in found] == [mine[0].conversation, mine[2].conversation, mine[1].conversation]
    assert [each.title for each in found][1] == "Number 2 of Ada Lovelace"
    page = await services.conversations.list(EMMA, limit=2)
    rest = await services.conversations.list(EMMA, before=page[-1].last_used, limit=2)
    assert [*page, *rest] == list(found)


async def test_titles_are_searched_by_their_words(services: Services) -> None:
    for title in ("A letter to Ada Lovelace", "Her LETTER of complaint", "Something else"):
        await Person(services, KEY).ask([], title)

    async def search(words: str, **options: Any) -> set[str]:
        return {each.title for each in await services.conversations.list(EMMA, words, **options)}

    assert await search("letter") == {"A letter to Ada Lovelace", "Her LETTER of complaint"}
    assert await search("LOVELACE a") == {"A letter to Ada Lovelace"}
    assert await search("letter nowhere") == set()
    assert len(await search("letter", limit=1)) == 1


async def test_a_conversation_is_renamed(services: Services, emma: Person, storage: Storage) -> None:
    await emma.ask([], "One two three. " * 20)
    (before,) = await services.conversations.list(EMMA)
    assert len(before.title) <= 81
    assert before.title.endswith("…")
    await services.conversations.rename(EMMA, before.id, "  About \n Ada Lovelace  ")
    assert [each.title for each in await services.conversations.list(EMMA)] == ["About Ada Lovelace"]
    for wrong in ("", "  ", "x" * 121):
        with pytest.raises(InvalidRequestError):
            await services.conversations.rename(EMMA, before.id, wrong)
    (record,) = await records(storage, "conversation.renamed")
    assert (record["actor"], record["conversation_id"]) == (EMMA.id, before.id)
    assert "Lovelace" not in str(record)


async def test_feedback_is_kept_redacted_and_taken_back(services: Services, emma: Person, storage: Storage) -> None:
    one = await emma.ask([], "Ada Lovelace", n=2)

    async def rating() -> list[int | None]:
        opened = await services.conversations.open(EMMA, str(emma.conversation))
        return [each.feedback for each in opened.turns[0].answers]

    await services.conversations.feedback(EMMA, one, 1, -1, "Ada Lovelace would not say so")
    assert await rating() == [None, -1]
    await services.conversations.feedback(EMMA, one, 1, 1)
    assert await rating() == [None, 1]
    await services.conversations.feedback(EMMA, one, 1, 0)
    assert await rating() == [None, None]
    given = await records(storage, "feedback.given")
    assert [(each["rating"], each["choice"], each["request_id"]) for each in given] == [
        (-1, 1, one),
        (1, 1, one),
        (0, 1, one),
    ]
    assert "Lovelace" not in str(given)
    for request_id, choice in ((one, 2), (one, -1), ("req_unknown", 0)):
        with pytest.raises(ConversationNotFoundError):
            await services.conversations.feedback(EMMA, request_id, choice, 1)
    with pytest.raises(ConversationNotFoundError):
        await services.conversations.feedback(BOTH, one, 0, 1)
    for wrong in ((2, ""), (1, "x" * 4_001)):
        with pytest.raises(InvalidRequestError):
            await services.conversations.feedback(EMMA, one, 0, *wrong)


@pytest.mark.parametrize("who", [BOTH, AUDREY, WILE], ids=["another", "an auditor", "another tenant"])
async def test_nobody_elses_is_there(services: Services, emma: Person, who: Any) -> None:
    one = await emma.ask([], "One")
    service, conversation = services.conversations, str(emma.conversation)

    async def refused(*done: Any) -> list[str]:
        said = []
        for each in done:
            with pytest.raises(ConversationNotFoundError) as raised:
                await each
            said.append(str(raised.value))
        return said

    def tries(named: str, request_id: str) -> list[Any]:
        return [
            service.open(who, named),
            service.rename(who, named, "Mine"),
            service.messages(who, named, request_id, 0),
            service.messages(who, named, None, None),
            service.feedback(who, request_id, 0, 1),
        ]

    assert await refused(*tries(conversation, one)) == await refused(*tries("conv_0", "req_0"))
    assert await service.list(who) == []


async def test_an_erased_one_is_gone_with_all_that_was_of_it(
    services: Services, emma: Person, storage: Storage
) -> None:
    one = await emma.ask([], "Ada Lovelace")
    await services.conversations.feedback(EMMA, one, 0, 1, "Well")
    await storage.database.write(storage.transcripts.erase(str(emma.conversation)))
    assert await services.conversations.list(EMMA) == []
    for done in (
        services.conversations.open(EMMA, str(emma.conversation)),
        services.conversations.rename(EMMA, str(emma.conversation), "New"),
        services.conversations.feedback(EMMA, one, 0, 1),
    ):
        with pytest.raises(ConversationNotFoundError):
            await done
    for table in ("turns", "feedback", "messages", "histories", "scanned"):
        assert await storage.outside(f"SELECT * FROM {table}") == []
    assert await storage.outside("SELECT id FROM conversations WHERE title IS NOT NULL") == []


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE turns SET parent = NULL, parent_choice = NULL WHERE parent IS NOT NULL",
        "UPDATE turns SET parent_choice = 1 WHERE parent IS NOT NULL",
        "UPDATE turns SET facts = (SELECT facts FROM turns WHERE parent IS NULL)",
        "DELETE FROM turns WHERE parent IS NOT NULL",
        "DELETE FROM messages WHERE sequence = 0",
        "UPDATE conversations SET title = vault",
    ],
)
async def test_what_was_changed_outside_is_noticed(
    services: Services, emma: Person, storage: Storage, change: str
) -> None:
    one = await emma.ask([], "One", n=2)
    await emma.ask(emma.seen[one, 1], "Two")
    await storage.outside(change)
    with pytest.raises(TamperedError):
        await services.conversations.open(EMMA, str(emma.conversation))


async def test_turns_of_before_branches_were_kept_are_in_a_row(
    services: Services, emma: Person, storage: Storage
) -> None:
    one = await emma.ask([], "One")
    two = await emma.ask(emma.seen[one, 0], "Two Ada Lovelace")
    await storage.outside("DELETE FROM turns", "UPDATE histories SET request_id = NULL, choice = NULL")
    await storage.outside("UPDATE conversations SET title = NULL")
    opened = await services.conversations.open(EMMA, str(emma.conversation))
    assert [step.turn.request_id for step in opened.path()] == [one, two]
    assert opened.turns[1].said[0].text.startswith("Two <PERSON_")
    assert opened.summary.title == ""
    history = await services.conversations.messages(EMMA, str(emma.conversation), two, 0)
    for before in (emma.seen[two, 0], history):
        three = await emma.ask(before, "Three")
        opened = await services.conversations.open(EMMA, str(emma.conversation))
        assert [step.turn.request_id for step in opened.path()] == [one, two, three]
