"""How the turns of a conversation ended, for the owner of the conversation: why a part of an answer was withheld."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping

import msgspec
from sqlalchemy import select

from guard.audit.facts import Outcome
from guard.database import Database
from guard.tables import audit_records as table

_EVENT = "chat.closed"


class ClosedChoice(Outcome, gc=False):
    """What became of one choice, by its index."""

    index: int = 0


class Closed(msgspec.Struct, gc=False):
    """The facts of a closing record that its owner is told. Scores and thresholds are in per mille.

    Args:
        index: of the record.
        outcome: `completed`; else the answer broke off.
        profiles: `moderation` to the name of the profile.
        thresholds: `withhold` and `flag` to the thresholds by category.
    """

    index: int
    request_id: str = ""
    outcome: str = ""
    choices: tuple[ClosedChoice, ...] = ()
    scores: dict[str, int] = {}
    rules: dict[str, str] = {}
    profiles: dict[str, str] = {}
    thresholds: dict[str, dict[str, int]] = {}

    def choice(self, index: int) -> ClosedChoice:
        """What became of a choice."""
        return next((each for each in self.choices if each.index == index), ClosedChoice())


Closings = Callable[[str], Awaitable[Mapping[str, Closed]]]
"""The closing records of a conversation, by request id."""

_decoder = msgspec.json.Decoder(Closed)


def read(records: Iterable[bytes]) -> dict[str, Closed]:
    """Closing records by request id. What has not the form of one tells nothing."""
    found: dict[str, Closed] = {}
    for record in records:
        try:
            closed = _decoder.decode(record)
        except (msgspec.DecodeError, ValueError):
            continue
        found[closed.request_id] = closed
    return found


def closings_of(database: Database) -> Closings:
    """The closing records of the log in a database. What it returns raises StorageError."""

    async def closings(conversation_id: str) -> Mapping[str, Closed]:
        query = select(table.c.record).where(table.c.conversation_id == conversation_id, table.c.event == _EVENT)
        async with database.read() as connection:
            return read([bytes(row.record) for row in await connection.execute(query.order_by(table.c.index))])

    return closings
