"""Queues: what was withheld, blocked and revealed, and a random sample, for people to look at and to say what it was.

A case belongs to one person at a time, who closes it with a disposition. Each act is a record with ids and codes.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from guard.audit.search import Search
from guard.errors import ConflictError, InvalidRequestError, NotFoundError, PermissionDeniedError
from guard.model import JSON, Principal
from guard.review.case_rows import Case, CaseRows, Load, Which, case_moved
from guard.review.casting import Casting
from guard.review.codes import DISPOSITIONS, QUEUES, WITHOUT_REASON
from guard.review.permits import Permits, require_person, written
from guard.store.protocol import Write

PAGE = 50


@dataclass(frozen=True, slots=True)
class Queue:
    """A page of one queue; `after` is where the next one goes on, `None`: there is none."""

    cases: Sequence[Case]
    after: int | None


class Queues:
    """What who works on the queues may do.

    Args:
        casting: makes the cases from the log.
    """

    def __init__(self, permits: Permits, rows: CaseRows, casting: Casting, search: Search) -> None:
        self._permits, self._rows, self._casting, self._search = permits, rows, casting, search

    def may(self, actor: Principal) -> bool:
        """Whether somebody may work on the queues."""
        return self._permits.may(actor, "queue", "work")

    async def backlog(self, tenant: str) -> dict[str, dict[str, int | None]]:
        """Queue to how many cases are open, and when the oldest record was written. Raises StorageError.

        It asks nobody's right: who calls it has.
        """
        await self._casting.catch_up()
        loads = await self._rows.loads(tenant)
        waiting = {name: loads.get(name, Load()) for name in QUEUES}
        return {name: {"open": load.open, "oldest": load.oldest} for name, load in waiting.items()}

    async def overview(self, actor: Principal) -> tuple[dict[str, Load], int]:
        """What waits in each queue, and how many records are still to be looked through.

        Raises PermissionDeniedError, StorageError, AuditError.
        """
        await self._require(actor)
        left = await self._casting.catch_up()
        loads = await self._rows.loads(actor.tenant)
        return {name: loads.get(name, Load()) for name in QUEUES}, left

    async def queue(self, actor: Principal, name: str, which: Which = "open", after: int | None = None) -> Queue:
        """A page of a queue. Raises NotFoundError; else as `overview` does."""
        await self._require(actor)
        _check_queue(name)
        await self._casting.catch_up()
        cases = await self._rows.page(actor.tenant, name, which, actor.id, after=after, limit=PAGE + 1)
        return Queue(cases[:PAGE], cases[PAGE - 1].record if len(cases) > PAGE else None)

    async def of_record(self, actor: Principal, record: int) -> list[Case]:
        """The cases of a record; none for who may not work on them. Raises StorageError."""
        if not self.may(actor):
            return []
        await self._casting.catch_up()
        return await self._rows.of_record(record, actor.tenant)

    async def case(self, actor: Principal, case_id: str) -> Case:
        """One case. Raises PermissionDeniedError, NotFoundError, StorageError, TamperedError."""
        return await self._case(actor, case_id, None)

    async def workers(self, actor: Principal) -> list[Principal]:
        """Who of the tenant may work on the queues. Raises StorageError."""
        return await self._permits.who_may(actor.tenant, "queue", "work")

    async def next(self, actor: Principal, name: str, after: int | None = None) -> Case | None:
        """Take the oldest case that nobody has; where there is none, the next of the actor's own.

        Args:
            after: the record of the case that is looked at now.
        """
        await self._require(actor)
        _check_queue(name)
        await self._casting.catch_up()
        for case in await self._rows.page(actor.tenant, name, "unassigned", actor.id, limit=10):
            try:
                return await self._assigned(actor, case, actor.id)
            except ConflictError:  # Somebody else took it.
                continue
        mine = await self._rows.page(actor.tenant, name, "mine", actor.id, after=after, limit=1)
        mine = mine or await self._rows.page(actor.tenant, name, "mine", actor.id, limit=1)
        return mine[0] if mine and mine[0].record != after else None

    async def assign(self, actor: Principal, case_id: str, assignee: str | None, seen: int | None = None) -> Case:
        """Give an open case to somebody, or to nobody.

        Args:
            seen: `updated` of the case as the actor saw it.

        Raises PermissionDeniedError, NotFoundError, ConflictError (`case_moved`, `case_closed`), StorageError, AuditError.
        """
        case = await self._open(actor, case_id, seen)
        if assignee is not None and assignee not in {each.id for each in await self.workers(actor)}:
            raise NotFoundError("There is nobody of that id who works on the queues.")
        return await self._assigned(actor, case, assignee)

    async def close(
        self, actor: Principal, case_id: str, disposition: str, reason: str = "", seen: int | None = None
    ) -> Case:
        """Close a case that nobody else has. Raises as `assign` does; InvalidRequestError.

        ConflictError (`case_taken`), PermissionDeniedError (`own_reveal`).
        """
        case = await self._open(actor, case_id, seen)
        if disposition not in DISPOSITIONS[case.queue]:
            raise InvalidRequestError("Choose what it was.", param="disposition")
        reason = written(reason, is_needed=disposition not in WITHOUT_REASON)
        if case.assignee not in (None, actor.id):
            raise ConflictError("Somebody else has this case. Take it first.", reason_id="case_taken")
        await self._refuse_own(actor, case)
        closed, write = self._rows.moved(
            case, status="closed", assignee=actor.id, disposition=disposition, reason=reason or None,
            closed_by=actor.id,
        )  # fmt: skip
        fields = {"disposition": disposition}
        await self._permits.commit(write, self._recorded("case.closed", actor, closed, fields))
        return closed

    async def reopen(self, actor: Principal, case_id: str, seen: int | None = None) -> Case:
        """Open a closed case again; it is the actor's. Raises as `assign` does."""
        case = await self._case(actor, case_id, seen)
        if case.status != "closed":
            raise ConflictError("This case is open.", reason_id="case_moved")
        reopened, write = self._rows.moved(
            case, status="open", assignee=actor.id, disposition=None, reason=None, closed_by=None
        )
        fields = {"disposition": case.disposition, "closed_by": case.closed_by}
        await self._permits.commit(write, self._recorded("case.reopened", actor, reopened, fields))
        return reopened

    async def _refuse_own(self, actor: Principal, case: Case) -> None:
        """Nobody says of their own reveal whether it was right, while somebody else could.

        Raises PermissionDeniedError (`own_reveal`), StorageError.
        """
        if case.queue != "reveals":
            return
        row = await self._search.one(case.record, frozenset({actor.tenant}))
        fields = json.loads(row.record) if row and row.facts.is_readable else {}
        if actor.id not in (fields.get("actor"), fields.get("asker")):
            return
        if [each for each in await self.workers(actor) if each.id != actor.id]:
            raise PermissionDeniedError(
                "You asked for this reveal or granted it, so another person has to say whether it was right.",
                reason_id="own_reveal",
            )

    async def _require(self, actor: Principal) -> None:
        await self._permits.require(actor, "queue", "work")

    async def _case(self, actor: Principal, case_id: str, seen: int | None) -> Case:
        await self._require(actor)
        require_person(actor)
        case = await self._rows.get(case_id, actor.tenant)
        if seen not in (None, case.updated):
            raise case_moved()
        return case

    async def _open(self, actor: Principal, case_id: str, seen: int | None) -> Case:
        case = await self._case(actor, case_id, seen)
        if case.status != "open":
            raise ConflictError("This case is closed. Open it again first.", reason_id="case_closed")
        return case

    async def _assigned(self, actor: Principal, case: Case, assignee: str | None) -> Case:
        if case.assignee == assignee:
            return case
        moved, write = self._rows.moved(case, assignee=assignee)
        event = "case.assigned" if assignee else "case.released"
        await self._permits.commit(write, self._recorded(event, actor, moved, {"assignee": assignee}))
        return moved

    def _recorded(self, event: str, actor: Principal, case: Case, more: dict[str, JSON]) -> Write:
        fields: dict[str, Any] = {"case": case.id, "queue": case.queue, "record": case.record}
        return self._permits.record(event, actor, fields | more)


def _check_queue(name: str) -> None:
    if name not in QUEUES:
        raise NotFoundError("There is no queue of that name.")
