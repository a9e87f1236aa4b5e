"""Every audit log keeps the same promises."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from guard.audit.base import BaseAudit
from guard.audit.memory import MemoryAudit
from guard.errors import (
    AuditError,
    AuthenticationError,
    GeneratorError,
    LimitExceededError,
    PermissionDeniedError,
    PromptBlockedError,
)
from guard.model import (
    Budget,
    ChatRequest,
    Coverage,
    Credential,
    Grant,
    LimitProfile,
    ModerationProfile,
    Principal,
    Redacted,
    Released,
    Rule,
    Usage,
    Verdict,
)
from tests.conftest import Storage

ADA = Principal("usr_ada", "default", ("employee", "auditor"), name="Ada Lovelace", api_key_id="key_1")
REQUEST = ChatRequest("req_1", Credential(api_key="gk_1"), {"model": "local", "messages": [{"content": "private"}]})
GRANT = Grant(
    policy="sha256:1",
    scenario="education",
    redaction="default",
    entities={},
    restore=True,
    moderation=ModerationProfile("strict", withhold={"toxicity": 0.5}),
    limit=LimitProfile("standard", Budget(60, None, 4)),
    rules={"generator": Rule("p, employee, *", allowed=True), "entity/PERSON": Rule("redact", allowed=True)},
)


class Log:
    """An audit log and how to read it."""

    def __init__(self, audit: BaseAudit, read: Callable[[], Awaitable[list[dict[str, Any]]]]) -> None:
        self.audit, self.commit, self.read = audit, audit.commit, read

    async def events(self) -> list[tuple[str, str, str | None]]:
        return [(row["event"], row["decision"], row.get("reason_id")) for row in await self.read()]


@pytest.fixture(params=["memory", "sql"])
def log(request: pytest.FixtureRequest, storage: Storage) -> Log:
    memory = MemoryAudit()

    async def from_memory() -> list[dict[str, Any]]:
        return memory.records

    async def from_database() -> list[dict[str, Any]]:
        rows = await storage.audit.search()
        return [record for row in reversed(rows) for record in await storage.audit.show(str(row["index"]))]

    return Log(memory, from_memory) if request.param == "memory" else Log(storage.audit, from_database)


async def test_a_whole_turn(log: Log) -> None:
    async with log.audit.turn(REQUEST) as turn:
        turn.principal, turn.grant, turn.conversation_id, turn.step = ADA, GRANT, "conv_1", "store"
        turn.prompt(Redacted({}, {"PERSON": 2}, Coverage({"messages[].content": 3}, 1)), Verdict({"toxicity": 0.0312}))
        await log.commit(turn.opened())
        turn.released(Released(0, "One.", verdict=Verdict({"toxicity": 0.2})))
        turn.released(Released(1, "Two.", verdict=Verdict({"toxicity": 0.9314}), withheld="toxicity"))
        turn.usage = Usage(12, 34)
        await log.commit(turn.closed())
    opened, closed = await log.read()
    assert (opened["index"], closed["index"]) == (0, 1)
    assert opened["entities"] == {"PERSON": 2}
    assert opened["coverage"] == {"messages[].content": 3}
    assert opened["rules"] == {"generator": "p, employee, *", "entity/PERSON": "redact"}
    assert opened["thresholds"]["withhold"] == {"toxicity": 500}
    assert opened["prompt_scores"] == {"toxicity": 31}
    for record in (opened, closed):
        assert record["request_id"] == "req_1"
        assert record["conversation_id"] == "conv_1"
        assert record["actor"] == "usr_ada"
        assert record["roles"] == ["employee", "auditor"]
        assert record["policy"] == "sha256:1"
        assert record["object"] == "generator/local"
        assert all(word not in str(record) for word in ("Ada L", "private", "gk_1", "One.", "Two."))
    assert (closed["decision"], closed["outcome"], closed["reason_id"]) == (
        "withheld",
        "completed",
        "withheld_toxicity",
    )
    assert closed["scores"] == {"toxicity": 931}
    assert [choice["withheld"] for choice in closed["choices"]] == [None, "toxicity"]
    assert closed["usage"] == {"prompt_tokens": 12, "completion_tokens": 34}
    assert isinstance(closed["duration_ms"], int)


@pytest.mark.parametrize(
    ("error", "decision", "reason_id"),
    [
        (PermissionDeniedError(), "deny", "permission_denied"),
        (PromptBlockedError(), "blocked", "prompt_blocked"),
        (LimitExceededError(), "limited", "rate_limit_exceeded"),
        (GeneratorError(), "error", "generator_failed"),
        (RuntimeError("private"), "error", "internal_error"),
        (GeneratorExit(), "allow", "client_disconnected"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else None,
)
async def test_a_turn_that_is_refused_or_fails(log: Log, error: BaseException, decision: str, reason_id: str) -> None:
    with pytest.raises(type(error)):
        async with log.audit.turn(REQUEST):
            raise error
    assert await log.events() == [("chat.refused", decision, reason_id)]

    async def opened() -> None:
        async with log.audit.turn(REQUEST) as turn:
            await log.commit(turn.opened())
            raise error

    with pytest.raises(type(error)):
        await opened()
    assert (await log.events())[1:] == [("chat.opened", "allow", None), ("chat.closed", decision, reason_id)]
    assert "private" not in str(await log.read())


async def test_failed_authentications_are_counted(log: Log) -> None:
    for _ in range(4):
        with pytest.raises(AuthenticationError):
            async with log.audit.turn(REQUEST):
                raise AuthenticationError
    assert await log.events() == [("authentication.failed", "deny", "invalid_api_key")]
    await log.audit.aclose()
    assert [record["counts"] for record in await log.read()] == [{"invalid_api_key": 1}, {"invalid_api_key": 3}]


async def test_a_record_of_its_own(log: Log) -> None:
    await log.commit(log.audit.record("user.added", ADA, {"user_id": "usr_eve"}))
    (record,) = await log.read()
    assert record["event"] == "user.added"
    assert (record["actor"], record["tenant"], record["credential"]) == ("usr_ada", "default", "key_1")
    assert record["user_id"] == "usr_eve"


async def test_a_commit_is_all_or_nothing(log: Log) -> None:
    good, bad = log.audit.record("a", ADA, {}), log.audit.record("b", ADA, {"score": 0.5})
    with pytest.raises(AuditError):
        await log.commit(good, bad)
    assert await log.read() == []
