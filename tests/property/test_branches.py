"""Whatever is edited, asked again and gone on from: each branch is what a client has that kept its own history."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from guard.conversations.service import Conversations
from guard.model import JSON
from guard.store.identity import canonical, text_of
from guard.testing.fakes import GrantAll, grant
from tests.unit.conversations.talking import History, Parrot, Person
from tests.unit.serving import ADA, House

WORDS = st.sampled_from(
    ["Hi", "Ada Lovelace", "ada@example.org", "<PERSON_ABC123>", "Lovelace", " ", "\n", '"', "é", "<PERSON_", "[PERSON"]
)
TEXT = st.lists(WORDS, min_size=1, max_size=5).map(" ".join)


@st.composite
def new_messages(draw: st.DrawFn) -> list[dict[str, JSON]]:
    """What comes with one request: mostly one message of the user."""
    kind, text = draw(st.integers(0, 9)), draw(TEXT)
    message: dict[str, JSON] = {"role": "user", "content": text}
    if kind == 0:
        return [{"role": "system", "content": draw(TEXT)}, message]
    if kind == 1:
        return [message | {"name": "Ada Lovelace"}]
    if kind == 2:
        return [{"role": "user", "content": [{"type": "text", "text": text}, {"type": "text", "text": draw(TEXT)}]}]
    if kind == 3:
        return [{"role": "tool", "tool_call_id": "call_0", "content": '{"name": "Ada Lovelace",  "n": 1}'}, message]
    return [message]


@dataclass(frozen=True)
class Act:
    """One thing that somebody does: where (a number of a place there is), what, and how they keep the history."""

    place: int
    kind: str
    new: list[dict[str, JSON]] = field(default_factory=list)
    n: int = 1
    tools: bool = False
    from_store: bool = False


ACTS = st.lists(
    st.builds(
        Act,
        place=st.integers(0, 50),
        kind=st.sampled_from(["next", "next", "again", "edit", "begin"]),
        new=new_messages(),
        n=st.integers(1, 3),
        tools=st.booleans(),
        from_store=st.booleans(),
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=25, deadline=None)
@given(ACTS, st.booleans())
def test_every_branch_is_what_the_client_saw(acts: list[Act], restore: bool) -> None:
    asyncio.run(_talk(acts, restore))


async def _talk(acts: list[Act], restore: bool) -> None:
    house = House(generators={"echo": Parrot()}, stages={"authorize": GrantAll(grant(restore=restore))})
    services = house.services()
    person = Person(services)
    for act in acts:
        before = await _place(person, services.conversations, act)
        members: dict[str, Any] = {"n": act.n} | ({"tools": [{"type": "function"}]} if act.tools else {})
        request_id = await person.ask(*before, **members)
        await _goes_on_from(services.conversations, person, request_id, before[0], restore)
    await _is_what_was_seen(services.conversations, person, restore)
    assert person.conversation
    said = await house.store.messages(person.conversation)
    assert "Ada Lovelace" not in str(said)
    # Once more from each place, as a client does that kept its history, without naming the conversation.
    for history in list(person.seen.values()):
        person_again = Person(services, seen=person.seen)
        await person_again.ask(history, "And now?")
        assert person_again.conversation == person.conversation


async def _place(person: Person, service: Conversations, act: Act) -> tuple[Any, ...]:
    """The history to go on from, and what is said."""
    places = list(person.seen)
    if not places or act.kind == "begin":
        return [], *act.new
    request_id, choice = places[act.place % len(places)]
    if act.kind == "next":
        history = person.seen[request_id, choice]
        if act.from_store:
            history = await service.messages(ADA, str(person.conversation), request_id, choice)
        return history, *act.new
    asked = person.asked[request_id]
    if act.from_store:
        asked = await service.messages(ADA, str(person.conversation), request_id, None)
    opened = await service.open(ADA, str(person.conversation))
    own = len(opened.turn(request_id).said)
    history, new = asked[: len(asked) - own], asked[len(asked) - own :]
    return history, *(new if act.kind == "again" else [*new[:-1], *act.new])


async def _goes_on_from(
    service: Conversations, person: Person, request_id: str, history: History, restore: bool
) -> None:
    turn = (await service.open(ADA, str(person.conversation))).turn(request_id)
    before = await service.messages(ADA, str(person.conversation), turn.parent, turn.parent_choice)
    assert _same(before, history, restore)


async def _is_what_was_seen(service: Conversations, person: Person, restore: bool) -> None:
    opened = await service.open(ADA, str(person.conversation))
    assert {each.request_id for each in opened.turns} == set(person.asked)
    for (request_id, choice), history in person.seen.items():
        stored = await service.messages(ADA, str(person.conversation), request_id, choice)
        assert restore or "Ada Lovelace" not in str(stored)
        assert _same(stored, history, restore)
        assert _same(await service.messages(ADA, str(person.conversation), request_id, None), history[:-1], restore)
        path = opened.path((request_id, choice))
        shown = [each for step in path for each in (*step.turn.said, step.answer) if each is not None]
        assert shown[-1].text == text_of(history[-1])
        for each in shown:
            for mark in each.marks:
                assert each.text[mark.start : mark.end]
                assert mark.placeholder in each.seen or mark.entity_type in each.seen.upper()
    newest = opened.path()
    assert newest[-1].turn == opened.turns[-1]
    for turn in opened.turns:
        assert turn in opened.siblings(turn)
        assert any(step.turn == turn for step in opened.path(opened.newest(turn)))


def _same(one: History, other: History, restore: bool) -> bool:
    """Whether two histories are one. Where no values are given back own messages are redacted, and not compared."""
    if not restore:
        assert [each["role"] for each in one] == [each["role"] for each in other]
        one, other = ([each for each in some if each["role"] == "assistant"] for some in (one, other))
    return [canonical(each) for each in one] == [canonical(each) for each in other]
