"""Who may review what: asked of the policy in force, with refusals on record, and the people who could do it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from guard.audit.protocol import Audit
from guard.authorize.protocol import Authorizer
from guard.errors import InvalidRequestError, PermissionDeniedError
from guard.model import Principal
from guard.review.codes import LONGEST_TEXT
from guard.store.protocol import Commit, Write

_RIGHTS = {
    ("audit", "read"): "to read audit records",
    ("transcript", "read"): "to read transcripts",
    ("reveal", "ask"): "to ask for a reveal",
    ("reveal", "grant"): "to grant a reveal",
    ("queue", "work"): "to work on the queues",
}


@dataclass(frozen=True, slots=True)
class Permits:
    """Rights of reviewers.

    Args:
        somewhere: whether somebody may do something from whatever address.
        people: everybody of a tenant who is not disabled, services included.
    """

    authorize: Authorizer
    audit: Audit
    commit: Commit
    somewhere: Callable[[Principal, str, str], bool]
    people: Callable[[str], Awaitable[Sequence[Principal]]]

    def may(self, actor: Principal, obj: str, act: str) -> bool:
        """Whether the policy lets somebody do this. It makes no record."""
        return self.authorize.decide(actor, obj, act).allowed

    async def require(self, actor: Principal, obj: str, act: str) -> None:
        """Raises PermissionDeniedError, which is on record; StorageError, AuditError."""
        rule = self.authorize.decide(actor, obj, act)
        if rule.allowed:
            return
        denied = {"object": obj, "action": act, "rules": {"denied": rule.text}, "decision": "deny"}
        await self.commit(self.record("permission.denied", actor, denied | {"reason_id": "permission_denied"}))
        error = PermissionDeniedError(f"Your roles do not include the right {_RIGHTS[obj, act]}.")
        error.rule, error.policy = rule.text, self.authorize.policy
        raise error

    def record(self, event: str, actor: Principal, fields: Mapping[str, Any]) -> Write:
        """The Write of a record."""
        return self.audit.record(event, actor, fields)

    async def who_may(self, tenant: str, obj: str, act: str) -> list[Principal]:
        """The people of a tenant who could do this, services left out. Raises StorageError."""
        return [each for each in await self.people(tenant) if each.kind == "user" and self.somewhere(each, obj, act)]


def require_person(actor: Principal) -> None:
    """Raises PermissionDeniedError (`person_needed`) for a service or the machine's user."""
    if actor.kind != "user":
        raise PermissionDeniedError(
            "This takes a person: use the API key or the session of one, not a service.", reason_id="person_needed"
        )


def written(text: str, *, is_needed: bool = True) -> str:
    """A text that somebody wrote, without space around it. Raises InvalidRequestError, without an echo."""
    text = text.replace("\r\n", "\n").strip()
    if is_needed and not text:
        raise InvalidRequestError("Say why, in a few words.", param="text")
    if len(text) > LONGEST_TEXT or any(0xD800 <= ord(each) < 0xE000 for each in text):
        raise InvalidRequestError(f"The text is longer than {LONGEST_TEXT} characters, or is no text.", param="text")
    return text
