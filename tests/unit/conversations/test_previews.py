"""What a draft is looked at for, and which looks are on record."""

from __future__ import annotations

import pytest

from guard.errors import ConversationNotFoundError, ModelNotFoundError, PermissionDeniedError
from guard.model import Credential
from guard.services import Services
from guard.testing.fakes import GrantAll, grant
from tests.conftest import Storage
from tests.unit.conversations.talking import KEY, Person, granting, records
from tests.unit.reviewing import PEOPLE, Installation

EMMA = PEOPLE["emma"]


async def test_a_preview_shows_what_a_turn_would_take_out(services: Services, emma: Person, storage: Storage) -> None:
    await emma.ask([], "I am Ada Lovelace.")
    opened = await services.conversations.open(EMMA, str(emma.conversation))
    before = await storage.outside("SELECT vault FROM conversations")
    found = await services.conversations.preview(
        KEY, "Ask Ada Lovelace at ada@example.org", "echo", conversation_id=emma.conversation
    )
    assert [(each.start, each.end, each.entity_type) for each in found.marks] == [
        (4, 16, "PERSON"),
        (20, 35, "EMAIL_ADDRESS"),
    ]
    assert found.marks[0].placeholder == opened.turns[0].said[0].marks[0].placeholder
    assert found.seen == f"Ask {found.marks[0].placeholder} at {found.marks[1].placeholder}"
    assert await storage.outside("SELECT vault FROM conversations") == before
    assert (await services.conversations.preview(KEY, " ", "echo")).marks == ()
    with pytest.raises(ModelNotFoundError):
        await services.conversations.preview(KEY, "Hi", "unknown")
    with pytest.raises(ConversationNotFoundError):
        await services.conversations.preview(
            Credential(api_key="key-both"), "Hi", "echo", conversation_id=emma.conversation
        )


async def test_previews_are_counted_into_one_record(services: Services, storage: Storage) -> None:
    for _ in range(5):
        await services.conversations.preview(KEY, "Ada Lovelace", "echo")
    assert [each["counts"] for each in await records(storage, "check.previewed")] == [{"previews": 1}]
    await services.conversations.aclose()
    found = await records(storage, "check.previewed")
    assert [each["counts"] for each in found] == [{"previews": 1}, {"previews": 4}]
    assert {each["actor"] for each in found} == {EMMA.id}
    await services.conversations.aclose()
    assert len(await records(storage, "check.previewed")) == 2


async def test_a_preview_says_what_is_blocked_and_who_may_not_ask(installation: Installation) -> None:
    entities = {"PERSON": "block"}
    services = granting(installation, GrantAll(grant(entities=entities), denied=("forbidden",)))
    found = await services.conversations.preview(KEY, "Ada Lovelace, ada@example.org", "echo")
    assert (found.seen, found.marks, found.blocked) == ("", (), ("PERSON",))
    with pytest.raises(PermissionDeniedError):
        await services.conversations.preview(KEY, "Hi", "forbidden")
    await services.conversations.aclose()
    assert installation.storage
    first, second = await records(installation.storage, "check.previewed")
    assert first["counts"] == {"previews": 1, "blocked": 1}
    assert second["counts"] == {"denied": 1}


async def test_looks_are_a_record_once(services: Services, emma: Person, storage: Storage) -> None:
    await emma.ask([], "One")
    for _ in range(3):
        await services.conversations.open(EMMA, str(emma.conversation))
        await services.conversations.list(EMMA)
    (read,) = await records(storage, "conversation.read")
    assert read["conversation_id"] == emma.conversation
    assert len(await records(storage, "conversation.listed")) == 1


async def test_nothing_that_was_typed_is_in_the_database(services: Services, emma: Person, storage: Storage) -> None:
    one = await emma.ask([], {"role": "user", "name": "Ada Lovelace", "content": "zanzibar-typed Ada Lovelace"})
    await services.conversations.rename(EMMA, str(emma.conversation), "zanzibar-title")
    await services.conversations.feedback(EMMA, one, 0, 1, "zanzibar-comment")
    await services.conversations.preview(KEY, "zanzibar-draft", "echo")
    await services.conversations.list(EMMA, "zanzibar-search")
    await services.conversations.open(EMMA, str(emma.conversation))
    for table in ("conversations", "turns", "feedback", "histories", "messages", "audit_records"):
        rows = await storage.outside(f"SELECT * FROM {table}")
        kept = b"".join(bytes(each) if isinstance(each, bytes) else str(each).encode() for row in rows for each in row)
        assert b"zanzibar" not in kept
        assert b"Lovelace" not in kept
