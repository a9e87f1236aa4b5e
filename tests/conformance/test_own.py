"""Every transcript store gives owners the same of their conversations."""

from __future__ import annotations

from typing import Any

import pytest

from guard.errors import ConversationNotFoundError
from guard.model import ChatRequest, Coverage, Credential, Principal, Redacted, Released
from guard.store.held import Held, OwnTranscripts
from guard.store.memory import MemoryTranscripts
from guard.testing.fakes import grant
from tests.conformance.storing import ADA, EVE, TWIN, Store, assistant
from tests.conftest import Storage


@pytest.fixture
def own(store: Store) -> OwnTranscripts:
    found: Any = store.transcripts
    made: OwnTranscripts = found.own()
    return made


def tree(held: Held) -> list[tuple[str, str | None, int | None]]:
    return [(each.request_id, *each.link) for each in held.turns]


async def test_which_turn_goes_on_from_which_answer(store: Store, own: OwnTranscripts) -> None:
    first = await store.say("One", answers=("Red.", "Green."))
    await store.say("One", assistant("Green."), "Two")
    await store.say("One", assistant("Green."), "Deux")
    await store.say("One", assistant("Green."), "Two", assistant("Fine."), "Three")
    await store.say("Uno", named=first)
    held = await own.read(ADA, first)
    assert tree(held) == [
        ("req_1", None, None),
        ("req_2", "req_1", 1),
        ("req_3", "req_1", 1),
        ("req_4", "req_2", 0),
        ("req_5", None, None),
    ]
    assert [each["content"] for turn in held.turns for each in turn.said] == ["One", "Two", "Deux", "Three", "Uno"]
    assert {choice: "".join(each["content"] for each in units) for choice, units in held.turns[0].answers.items()} == {
        0: "Red.",
        1: "Green.",
    }
    told = [(each["text"], each.get("branch")) for each in await store.transcripts.messages(first)]
    assert [each for each in told if each[1]] == [("Deux", "edited"), ("Three", "earlier"), ("Uno", "edited")]


async def test_of_equal_answers_the_newest_is_gone_on_from_or_the_one_picked(
    store: Store,
    own: OwnTranscripts,
) -> None:
    first = await store.say("One")
    await store.say("One", named=first)
    await store.say("One", assistant("Fine."), "Two")
    assert tree(await own.read(ADA, first))[-1] == ("req_3", "req_2", 0)
    history = [{"role": "user", "content": "One"}, assistant("Fine.")]
    assert await own.remembered(ADA, first, history, ("req_2", 0)) is None
    picked = await own.remembered(ADA, first, history, ("req_1", 0))
    assert picked is not None
    await store.commit(picked)
    await store.say("One", assistant("Fine."), "Two")
    assert tree(await own.read(ADA, first))[-1] == ("req_4", "req_1", 0)
    told = [(each["text"], each.get("branch")) for each in await store.transcripts.messages(first)]
    assert [each for each in told if each[1]] == [("One", "again"), ("Two", "earlier")]


async def test_what_a_turn_was(store: Store, own: OwnTranscripts) -> None:
    sent = {"model": "local", "messages": [{"role": "user", "name": "Ada", "content": "I am Ada"}]}
    request = ChatRequest("req_1", Credential(), sent)
    async with store.transcripts.turn(ADA, request) as conversation:
        made = conversation.vault.placeholder("PERSON", "Ada")
        kept = {"role": "user", "name": made.strip("<>"), "content": f"I am {made}"}
        redacted = Redacted({"model": "local", "messages": [kept]}, {}, Coverage())
        granted = grant(scenario="education", restore=True)
        await store.commit(store.transcripts.prompt(conversation, "req_1", redacted, granted))
        await store.commit(store.transcripts.units(conversation, "req_1", (Released(0, "Half"),)))
    held = await own.read(ADA, conversation.id)
    (turn,) = held.turns
    assert (turn.facts.model, turn.facts.scenario, turn.facts.restored) == ("local", "education", True)
    assert turn.facts.sent == {0: sent["messages"][0]}  # type: ignore[index]
    assert list(turn.said) == [kept]
    assert held.titled.title == "I am Ada"
    assert held.vault.value(made) == "Ada"


async def test_without_a_grant_nothing_is_restored(store: Store, own: OwnTranscripts) -> None:
    held = await own.read(ADA, await store.say("One"))
    assert not held.turns[0].facts.restored


async def test_the_list(store: Store, own: OwnTranscripts) -> None:
    first, second = await store.say("One"), await store.say("  Two\n" + "words " * 40)
    await store.say("Of another", who=EVE)
    await store.say("Of another tenant", who=TWIN)
    found = await own.summaries(ADA, None, 10)
    assert {each.id: each.title[:9] for each in found} == {first: "One", second: "Two words"}
    assert all(len(each.title) <= 81 for each in found)
    assert [each.last_used for each in found] == sorted((each.last_used for each in found), reverse=True)
    assert await own.summaries(ADA, min(each.last_used for each in found), 10) == []


async def test_no_page_leaves_out_what_was_used_at_the_same_time(
    store: Store,
    own: OwnTranscripts,
    storage: Storage,
) -> None:
    ids = {await store.say(f"Number {number}") for number in range(5)}
    if isinstance(store.transcripts, MemoryTranscripts):
        for kept in store.transcripts.kept.values():
            kept.last_used = 1_000
    else:
        await storage.outside("UPDATE conversations SET last_used = 1000")
    assert {each.id for each in await own.summaries(ADA, None, 2)} == ids


async def test_titles_and_ratings_are_changed(store: Store, own: OwnTranscripts) -> None:
    first = await store.say("One", answers=("Red.", "Green."))
    await store.commit(await own.renamed(ADA, first, "Colours"))
    await store.commit(await own.rated(ADA, first, "req_1", 1, -1, "Not so"))
    held = await own.read(ADA, first)
    assert (held.titled.title, dict(held.turns[0].feedback)) == ("Colours", {1: -1})
    await store.commit(await own.rated(ADA, first, "req_1", 1, 1, ""))
    assert dict((await own.read(ADA, first)).turns[0].feedback) == {1: 1}
    await store.commit(await own.rated(ADA, first, "req_1", 1, 0, ""))
    assert dict((await own.read(ADA, first)).turns[0].feedback) == {}
    assert await own.answered(ADA, "req_1", 1) == first
    for choice in (2, -1):
        with pytest.raises(ConversationNotFoundError):
            await own.answered(ADA, "req_1", choice)


@pytest.mark.parametrize("who", [EVE, TWIN], ids=["another", "a twin of another tenant"])
async def test_another_finds_nothing(store: Store, own: OwnTranscripts, who: Principal) -> None:
    first = await store.say("One")
    for done in (
        own.read(who, first),
        own.owner_vault(who, first),
        own.answered(who, "req_1", 0),
        own.renamed(who, first, "Mine"),
        own.rated(who, first, "req_1", 0, 1, ""),
        own.remembered(who, first, [assistant("Fine.")], ("req_1", 0)),
    ):
        with pytest.raises(ConversationNotFoundError):
            await done
    with pytest.raises(ConversationNotFoundError):
        async with own.settled(who, first):
            pass


async def test_what_was_begun_before_an_erasure_is_not_written_after_it(
    store: Store,
    own: OwnTranscripts,
) -> None:
    first = await store.say("One")
    history = [{"role": "user", "content": "One"}, assistant("Fine.")]
    writes = [
        await own.renamed(ADA, first, "New"),
        await own.rated(ADA, first, "req_1", 0, 1, "Well"),
        await own.remembered(ADA, first, [*history, assistant("Not known")], ("req_1", 0)),
    ]
    await store.commit(store.transcripts.erase(first))
    for write in writes:
        assert write is not None
        with pytest.raises(ConversationNotFoundError):
            await store.commit(write)
    with pytest.raises(ConversationNotFoundError):
        await own.read(ADA, first)
    assert await own.summaries(ADA, None, 10) == []
