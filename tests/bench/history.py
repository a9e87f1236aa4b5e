"""Makes a database of recorded chats for the benches: the records are those of the real code, put in in bulk."""

from __future__ import annotations

import asyncio
import random
import sqlite3
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from guard.audit.heads import head_path
from guard.audit.record import GENESIS, Head, canonical, chain
from guard.audit.sql import FILTERS
from guard.audit.turn import ChatTurn
from guard.database import Database
from guard.errors import GuardError, PromptBlockedError
from guard.model import (
    JSON,
    ChatRequest,
    Coverage,
    Credential,
    ModerationProfile,
    Principal,
    Redacted,
    Released,
    Usage,
    Verdict,
)
from guard.moderate.verdict import judge
from guard.policy.snapshot import Snapshot

ROLE_SETS = (("employee",), ("service",), ("admin",), ("employee", "auditor"), ("auditor",), ("admin", "employee"))
SCENARIOS = ("default", "customer-service", "education", "entertainment")
MODELS = ("local", "gpt-4o-mini", "gpt-4o", "claude", "llama")
TYPES = ("PERSON", "EMAIL_ADDRESS", "PHONE_NUMBER", "LOCATION", "DATE_TIME", "ORGANIZATION", "NRP", "AGE", "URL")
MODEL_IDS = {
    "detectors": ["guard-patterns-1", "presidio-en_core_web_sm-3.8.0"],
    "classifiers": ["guard-minilm@sha256:" + "5" * 64],
}
START = 1_750_000_000_000
STEP_MS = 1_300
_INSERT = (
    'INSERT INTO audit_records ("index", time, event, request_id, conversation_id, actor, decision, reason_id, record, '
    "hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)


class History:
    """Turns of 40 people under one policy, drawn with a fixed seed.

    Args:
        snapshot: the policy in force.
        requests: how many turns.
    """

    def __init__(self, snapshot: Snapshot, requests: int) -> None:
        self.snapshot = snapshot
        self.requests = requests
        self._draw = random.Random(20)
        self._people = [
            Principal(f"usr_{number:026d}", "default", ROLE_SETS[number % len(ROLE_SETS)], api_key_id=f"key_{number:d}")
            for number in range(40)
        ]
        # Who has no right to chat tries now and then.
        self._weights = [1 if person.roles == ("auditor",) else 8 for person in self._people]

    def build(self, path: Path) -> int:
        """Write the database; return how many records it has."""

        async def empty() -> None:
            async with Database(f"sqlite+aiosqlite:///{path}"):
                pass

        asyncio.run(empty())
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA journal_mode=OFF")
            connection.execute("PRAGMA synchronous=OFF")
            connection.executemany(_INSERT, self._rows())
            connection.commit()
            (count,) = connection.execute("SELECT count(*) FROM audit_records").fetchone()
        return int(count)

    def append(self, path: Path, key: Ed25519PrivateKey) -> int:
        """Write on to the log of an installation that is not running; return how many records it has then."""
        with closing(sqlite3.connect(path)) as connection:
            last = connection.execute(
                'SELECT "index", hash FROM audit_records ORDER BY "index" DESC LIMIT 1'
            ).fetchone()
            connection.executemany(_INSERT, self._rows(last[1], last[0] + 1))
            connection.commit()
            newest = 'SELECT "index", hash, time FROM audit_records ORDER BY "index" DESC LIMIT 1'
            index, digest, time = connection.execute(newest).fetchone()
        head_path(path).write_bytes(Head(index + 1, digest, time).sign(key))
        return int(index) + 1

    def _rows(self, previous: bytes = GENESIS, index: int = 0) -> Iterator[tuple[Any, ...]]:
        for number in range(self.requests):
            for fields in self._turn(number):
                complete = {**fields, "index": index, "time": START + number * STEP_MS}
                record = canonical(complete)
                previous = chain(previous, record)
                yield index, complete["time"], *(complete.get(name) for name in FILTERS), record, previous
                index += 1

    def _turn(self, number: int) -> list[Mapping[str, JSON]]:
        """The records of one turn."""
        fields: list[Mapping[str, JSON]] = []

        def append(one: Mapping[str, JSON], _: Callable[[], None] | None) -> Callable[[Any], Awaitable[None]]:
            fields.append(one)
            return None  # type: ignore[return-value]

        request = ChatRequest(f"req_{number:026d}", Credential(), {"model": self._draw.choice(MODELS)})
        turn = ChatTurn(request, append, MODEL_IDS)
        turn.principal, turn.step = self._draw.choices(self._people, self._weights)[0], "authorize"
        try:
            self._go(turn)
        except GuardError as error:
            turn.ended(error)
        return fields

    def _go(self, turn: ChatTurn) -> None:
        assert turn.principal
        scenario = self._draw.choices(SCENARIOS, (6, 2, 1, 1))[0]
        turn.grant = self.snapshot.grant(turn.principal.roles, "default", turn.request.model, scenario)
        turn.conversation_id = f"conv_{self._draw.randrange(10_000):026d}"
        turn.step = "inspect"
        verdict = self._prompt(turn.grant.moderation)
        turn.prompt(self._redacted(turn), verdict)
        turn.step = "store"
        turn.opened()
        turn.is_open = True
        turn.step = "generate"
        scores = self._scores()
        judged = judge(scores, turn.grant.moderation)
        withheld = max(judged.flagged, key=scores.__getitem__) if judged.action == "withhold" else None
        turn.released(Released(0, verdict=judged, withheld=withheld, finish_reason="stop"))
        turn.step, turn.usage = "close", Usage(self._draw.randrange(2000), self._draw.randrange(500))
        if self._draw.random() < 0.02:
            turn.ended(asyncio.CancelledError())
        else:
            turn.closed()

    def _redacted(self, turn: ChatTurn) -> Redacted:
        assert turn.grant
        types = self._draw.sample(TYPES, self._draw.choices((0, 1, 2, 3), (4, 3, 2, 1))[0])
        counts = {each: self._draw.randint(1, 4) for each in types}
        clear = {each: count for each, count in counts.items() if turn.grant.action_for(each) == "clear"}
        replaced = {each: count for each, count in counts.items() if each not in clear}
        coverage = Coverage({"messages[].content": self._draw.randint(1, 12), "model": 1})
        return Redacted({}, replaced, coverage, cleared=clear, found=tuple(sorted(types)))

    def _scores(self) -> dict[str, float]:
        return {
            "bias": self._draw.betavariate(0.4, 6),
            "injection": self._draw.betavariate(0.3, 8),
            "toxicity": self._draw.betavariate(0.4, 6),
        }

    def _prompt(self, profile: ModerationProfile) -> Verdict:
        """The prompt's verdict. Raises PromptBlockedError."""
        scores = self._scores()
        if any(scores[category] >= threshold for category, threshold in profile.prompt.items()):
            error = PromptBlockedError()
            error.scores = scores
            raise error
        return Verdict(scores, tuple(c for c, threshold in profile.flag.items() if scores[c] >= threshold))
