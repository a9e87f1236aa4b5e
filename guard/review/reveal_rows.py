"""Reveals as they are stored: what is asked for, and what became of it.

A reveal is moved by compare-and-swap. What was written is sealed, and so that nothing can be exchanged beneath it: the
reason of the one who asks with what they ask for, the answer of the one who decides with the decision and its end. So a
row that somebody made or changed outside Guard shows nothing: its answer does not open.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from guard.clock import now
from guard.database import Database, Write
from guard.errors import ConflictError, NotFoundError
from guard.placeholders import PLACEHOLDER
from guard.store.envelope import Envelope
from guard.tables import reveals as table

Status = Literal["asked", "granted", "refused", "withdrawn"]
State = Literal["asked", "granted", "expired", "refused", "withdrawn"]

OPEN: Final = 100
"""Reveals that one person may have waiting."""


@dataclass(frozen=True, slots=True)
class Reveal:
    """A request to see what stands behind a placeholder. Times are milliseconds since 1970.

    Args:
        placeholder: `None`: the whole transcript.
        record: the index of the record that it was asked from.
        text: why, as the asker wrote it. answer: as the decider wrote it.
        minutes: how long it can be seen once it is granted; expires: until when.
    """

    id: str
    tenant: str
    status: Status
    actor: str
    conversation_id: str
    placeholder: str | None
    record: int
    reason: str
    text: str = field(repr=False)
    created: int
    minutes: int
    decider: str | None = None
    decided: int | None = None
    answer: str | None = field(default=None, repr=False)
    expires: int | None = None
    looks: int = 0

    @property
    def state(self) -> State:
        """The status, with the time that has passed."""
        is_over = self.status == "granted" and (self.expires or 0) <= now()
        return "expired" if is_over else self.status

    @property
    def is_alone(self) -> bool:
        """Whether the asker granted it, who needs nobody else by the policy."""
        return self.decider == self.actor

    @property
    def entity_type(self) -> str | None:
        """The type of the value that is asked for; `None`: the whole transcript."""
        found = PLACEHOLDER.fullmatch(self.placeholder or "")
        return found[1] if found else None


class RevealRows:
    """The reveals of one database.

    Args:
        envelope: seals what is written.
    """

    def __init__(self, database: Database, envelope: Envelope) -> None:
        self._database = database
        self._envelope = envelope

    def new(self, reveal: Reveal) -> Write:
        """The Write that adds one. It raises ConflictError (`reveal_open`) while the asker has the same one."""

        async def write(connection: AsyncConnection) -> None:
            mine = select(table).where(table.c.tenant == reveal.tenant, table.c.actor == reveal.actor)
            waiting = mine.where(table.c.status.in_(("asked", "granted")))
            rows = (await connection.execute(waiting)).all()
            live = [each for each in rows if each.status == "asked" or (each.expires or 0) > now()]
            wanted = (reveal.conversation_id, reveal.placeholder)
            if any((each.conversation_id, each.placeholder) == wanted for each in live):
                raise ConflictError("You have asked for this already; look at your reveals.", reason_id="reveal_open")
            if len(live) >= OPEN:
                raise ConflictError(
                    "Too many of your reveals are open. Withdraw those that you need no more.", reason_id="reveal_open"
                )
            await connection.execute(insert(table).values(**self._columns(reveal)))

        return write

    def decided(self, reveal: Reveal) -> Write:
        """The Write that puts a decision on record. It raises ConflictError (`reveal_state`) when there is one."""
        answer = self._envelope.seal((reveal.answer or "").encode(), *_answered(reveal))
        values = {
            "status": reveal.status,
            "decider": reveal.decider,
            "decided": reveal.decided,
            "expires": reveal.expires,
            "answer": answer,
        }
        return self._moved(reveal, ("asked",), values)

    def withdrawn(self, reveal: Reveal) -> Write:
        """The Write that ends one that is asked or granted. It raises ConflictError (`reveal_state`)."""
        return self._moved(reveal, ("asked", "granted"), {"status": "withdrawn"})

    def looked(self, reveal: Reveal) -> Write:
        """The Write that counts a look. It raises ConflictError (`reveal_state`) when it cannot be seen any more."""

        async def write(connection: AsyncConnection) -> None:
            live = _one(reveal) & (table.c.status == "granted") & (table.c.expires == reveal.expires)
            query = update(table).where(live, table.c.expires > now(), table.c.actor == reveal.actor)
            done = await connection.execute(query.values(looks=table.c.looks + 1))
            if done.rowcount != 1:
                raise moved()

        return write

    async def get(self, reveal_id: str, tenant: str) -> Reveal:
        """One reveal of this tenant. Raises NotFoundError, StorageError, TamperedError."""
        row = None
        if reveal_id.isascii() and reveal_id.isprintable() and len(reveal_id) <= 40:
            query = select(table).where(table.c.id == reveal_id, table.c.tenant == tenant)
            async with self._database.read() as connection:
                row = (await connection.execute(query)).first()
        if row is None:
            raise NotFoundError("There is no reveal of that id.")
        return self._reveal(row)

    async def page(
        self, tenant: str, statuses: Sequence[Status], *, actor: str | None = None, limit: int = 200
    ) -> list[Reveal]:
        """The newest of a tenant, or of one person of it. Raises StorageError, TamperedError."""
        query = select(table).where(table.c.tenant == tenant, table.c.status.in_(statuses))
        if actor is not None:
            query = query.where(table.c.actor == actor)
        async with self._database.read() as connection:
            rows = (await connection.execute(query.order_by(table.c.created.desc(), table.c.id).limit(limit))).all()
        return [self._reveal(row) for row in rows]

    def _moved(self, reveal: Reveal, before: Sequence[str], values: dict[str, Any]) -> Write:
        async def write(connection: AsyncConnection) -> None:
            query = update(table).where(_one(reveal), table.c.status.in_(before)).values(**values)
            if (await connection.execute(query)).rowcount != 1:
                raise moved()

        return write

    def _columns(self, reveal: Reveal) -> dict[str, Any]:
        names = ("id", "tenant", "status", "actor", "conversation_id", "placeholder", "record", "reason", "created",
                 "minutes", "looks")  # fmt: skip
        return {name: getattr(reveal, name) for name in names} | {
            "text": self._envelope.seal(reveal.text.encode(), *_asked(reveal))
        }

    def _reveal(self, row: Row[Any]) -> Reveal:
        columns = dict(row._mapping) | {"text": "", "answer": None}
        bare = Reveal(**columns)
        columns["text"] = self._envelope.open(bytes(row.text), *_asked(bare)).decode()
        if row.decider is not None or row.status in ("granted", "refused"):
            columns["answer"] = self._envelope.open(bytes(row.answer or b""), *_answered(bare)).decode()
        return Reveal(**columns)


def moved() -> ConflictError:
    """What stands in the place of a step that comes too late."""
    return ConflictError(
        "This reveal is not as you looked at it: it was decided, withdrawn, or its time is over. Look at it again.",
        reason_id="reveal_state",
    )


def _one(reveal: Reveal) -> Any:
    return (table.c.id == reveal.id) & (table.c.tenant == reveal.tenant)


def _asked(reveal: Reveal) -> tuple[str, ...]:
    return ("reveals", reveal.tenant, reveal.id, reveal.actor, reveal.conversation_id, reveal.placeholder or "",
            str(reveal.record), reveal.reason, str(reveal.minutes), str(reveal.created))  # fmt: skip


def _answered(reveal: Reveal) -> tuple[str, ...]:
    # Only a grant has an end. One that was withdrawn later keeps it.
    step = "refused" if reveal.expires is None else f"granted until {reveal.expires}"
    return (*_asked(reveal), step, str(reveal.decider), str(reveal.decided))
