"""A right that an act takes: asked of the policy in force, a refusal is on record."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from guard.authorize.protocol import Authorizer
from guard.errors import PermissionDeniedError
from guard.model import JSON, Principal

Write = Callable[[Any], Awaitable[None]]


class Record(Protocol):
    """`Audit.record`."""

    def __call__(self, event: str, principal: Principal, fields: Mapping[str, JSON]) -> Write:
        """A record outside a chat."""
        ...


class Commit(Protocol):
    """`Database.write`."""

    async def __call__(self, *writes: Write) -> None:
        """Run the writes in one durable transaction."""
        ...


@dataclass(frozen=True, slots=True)
class Required:
    """Asks for rights, and commits acts with their records.

    Args:
        record: makes a record, to be committed with what it is about.
        commit: runs Writes in one durable transaction.
    """

    authorize: Authorizer
    record: Record
    commit: Commit

    def may(self, actor: Principal, obj: str, act: str) -> bool:
        """Whether the policy allows it. It makes no record."""
        return self.authorize.decide(actor, obj, act).allowed

    async def __call__(self, actor: Principal, obj: str, act: str, what: str) -> None:
        """Return if the policy allows it.

        Args:
            what: the right in words: `edit users`.

        Raises PermissionDeniedError, which is on record; StorageError, AuditError.
        """
        rule = self.authorize.decide(actor, obj, act)
        if rule.allowed:
            return
        denied = {"object": obj, "action": act, "rules": {"denied": rule.text}, "decision": "deny"}
        await self.done("permission.denied", actor, denied | {"reason_id": "permission_denied"})
        error = PermissionDeniedError(f"Your roles do not include the right to {what}.")
        error.rule, error.policy = rule.text, self.authorize.policy
        raise error

    async def done(self, event: str, actor: Principal, fields: Mapping[str, JSON], *writes: Write) -> None:
        """Commit an act with its record. Raises StorageError, AuditError, and whatever a write raises."""
        await self.commit(*writes, self.record(event, actor, fields))
