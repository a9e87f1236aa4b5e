"""Who may do what with the policy: asked of the policy in force, refusals on record, and four eyes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from guard.errors import PermissionDeniedError
from guard.model import JSON, Principal, Rule
from guard.policy.changes import Change
from guard.policy.compiled import Compiled
from guard.policy.revisions import Head, Revisions, Write
from guard.policy.snapshot import Snapshot

MACHINE = Rule("the operating system's user", allowed=True)
"""Who works on the machine can open the data anyway."""


class Record(Protocol):
    """`Audit.record`."""

    def __call__(self, event: str, principal: Principal, fields: Mapping[str, JSON]) -> Write:
        """A record outside a chat."""
        ...


@dataclass(frozen=True, slots=True)
class InForce:
    """The policy in force: which revision it is, and what it decides."""

    head: Head
    snapshot: Snapshot


@dataclass(frozen=True, slots=True)
class Permits:
    """Rights on the policy.

    Args:
        compiled: where the policy in force is read once, whoever asks it.
        people: all enabled users, services included.
        record: makes a record, to be committed with what it is about.
        commit: runs Writes in one durable transaction.
    """

    revisions: Revisions
    compiled: Compiled
    people: Callable[[], Awaitable[Sequence[Principal]]]
    record: Record
    commit: Callable[..., Awaitable[None]]

    async def in_force(self) -> InForce:
        """The policy in force. Raises PolicyError, TamperedError, StorageError."""
        head = await self.revisions.head()
        snapshot = self.compiled.known(head.hash)
        if snapshot is None:
            revision = await self.revisions.get(head.id)
            head, snapshot = Head(revision.id, revision.hash), await self.compiled(revision)
        return InForce(head, snapshot)

    async def allowed(self, actor: Principal, act: str) -> tuple[InForce, Rule]:
        """The policy in force, if it lets the actor do this, and the rule.

        Raises PermissionDeniedError, which is on record; PolicyError, StorageError.
        """
        active = await self.in_force()
        if actor.kind == "local":
            if act == "approve":
                require_person(actor)
            return active, MACHINE
        rule = rule_for(active, actor, act)
        if not rule.allowed:
            denied = {"object": "policy", "action": act, "rules": {"denied": rule.text}, "decision": "deny"}
            await self.commit(self.record("permission.denied", actor, denied))
            error = PermissionDeniedError(f"Your roles do not include the right to {act} the policy.")
            error.rule, error.policy = rule.text, active.head.hash
            raise error
        return active, rule

    async def approvers(self, active: InForce) -> list[Principal]:
        """Who could approve under the policy in force, from whatever address: enabled people, not services."""
        may = active.snapshot.may_from_somewhere
        people = [who for who in await self.people() if who.kind == "user"]
        return [who for who in people if may(who.roles, who.tenant, "policy", _counting(active, "approve"))]

    async def is_alone(self, actor: Principal, change: Change, active: InForce) -> bool:
        """Whether nobody but the actor could have approved a text that he, or who works on the machine, has written.

        Raises PermissionDeniedError: `own_change` for an author while somebody else could approve, `person_needed`.
        """
        require_person(actor)
        alone = [who.id for who in await self.approvers(active)] == [actor.id]
        if actor.id in change.authors and not alone:
            raise PermissionDeniedError(
                "You wrote on this change set, so another person has to approve it.", reason_id="own_change"
            )
        # Who works on the machine may be the very same person.
        unproven = any(author == actor.id or author.startswith("local:") for author in change.authors)
        return alone and unproven


def rule_for(active: InForce, actor: Principal, act: str) -> Rule:
    """What the policy in force says to somebody who would do this with the policy. It makes no record."""
    return active.snapshot.decide(actor.roles, actor.tenant, "policy", _counting(active, act), actor.address)


def _counting(active: InForce, act: str) -> str:
    """The act that is asked for: under a policy from before there was a right to approve, who edits approves.

    Lint lets no such policy come into force any more, so this is for the first change of an older installation.
    """
    known = {"approve", "*"} & active.snapshot.acts
    return "edit" if act == "approve" and not known else act


def require_person(actor: Principal) -> None:
    """Raises PermissionDeniedError (`person_needed`) for a service or the machine's user."""
    if actor.kind != "user":
        raise PermissionDeniedError(
            "This takes a person: use the API key or the session of one, not a service.", reason_id="person_needed"
        )
