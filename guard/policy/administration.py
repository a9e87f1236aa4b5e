"""How a policy comes into force: draft, checks, review by another person, activation, rollback.

Every step asks the policy in force whether the actor may take it, and leaves a record with the hashes that it was about.
A proposal is activated only if it has passed lint and its decision tables, another person has approved exactly this text,
and the policy that it changes is still the one in force. What fails changes nothing, and the old policy goes on serving.

Who works on the machine itself (`guard policy` without an API key) may propose and activate; approving takes a person.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Protocol

from guard.errors import ConflictError, PolicyError, PolicyRefusedError, UnavailableError
from guard.model import JSON, Principal, Rule
from guard.policy import bundle as bundles
from guard.policy.bundle import Bundle, Problem
from guard.policy.changes import OPEN, Change, Changes, Status, Step, new_review
from guard.policy.merged import edited, merged
from guard.policy.permits import InForce, Permits, require_person
from guard.policy.reports import Report
from guard.policy.revisions import Revision, Revisions, Write, base_changed
from guard.policy.snapshot import Snapshot

log = logging.getLogger(__name__)

SYSTEM = Principal("system", "default", (), "local")
"""Who does what Guard does by itself: activating what was scheduled."""

_LONGEST_TEXT = 10_000
_FETCHED = 60.0
"""Seconds after whose beginning a report that nobody fetched is made anew."""


class Check(Protocol):
    """Lint, decision tables, diff, and on request the replay, of a proposal."""

    async def __call__(self, before: Snapshot, after: Snapshot, actor: Principal, *, replay: bool) -> Report:
        """Check `after`, which `actor` would put in the place of `before`."""
        ...


@dataclass(frozen=True, slots=True)
class Administration:
    """The workflow over one database.

    Args:
        permits: who may do what; also makes the records and commits them with what they are about.
        check: what is looked at before a proposal goes on.
    """

    revisions: Revisions
    changes: Changes
    permits: Permits
    check: Check
    # Files are read one after another: requests share the processor and the threads with whoever edits a large policy.
    _reading: asyncio.Lock = field(default_factory=asyncio.Lock, init=False, repr=False)
    _running: dict[tuple[str, ...], tuple[float, asyncio.Future[Report]]] = field(
        default_factory=dict, init=False, repr=False
    )

    async def draft(self, actor: Principal, edits: Mapping[str, str | None], title: str) -> Change:
        """Begin a change set.

        Args:
            edits: file to its new text, or to `None` to take it away.

        Raises PolicyRefusedError with the place when the files are no policy, PermissionDeniedError, StorageError.
        """
        active, rule = await self.permits.allowed(actor, "edit")
        proposed = await self._read(active.snapshot.bundle.files, edits)
        change, write = self.changes.new(proposed, active.head, actor.id, _text(title))
        await self.permits.commit(write, self._recorded("policy.drafted", actor, change, rule))
        return change

    async def revise(
        self, actor: Principal, change_id: str, edits: Mapping[str, str | None], title: str | None = None
    ) -> Change:
        """Change the files of a change set and bring it up to date with the policy in force. It is a draft again.

        Raises as `draft` does; ConflictError when both changed the same file, or the change set is over.
        """
        active, rule = await self.permits.allowed(actor, "edit")
        change = await self._in(change_id, *OPEN)
        base = (await self.permits.compiled(await self.revisions.get(change.base.id))).bundle.files
        mine = edited((await self.permits.compiled(change)).bundle.files, edits)
        proposed = await self._read(merged(base, mine, active.snapshot.bundle.files))
        moved, write = self.changes.moved(
            change,
            status="draft",
            title=change.title if title is None else _text(title),
            base=active.head,
            hash=proposed.hash,
            stored=proposed.canonical,
            authors=tuple(dict.fromkeys((*change.authors, actor.id))),
            evidence={},
            due=None,
        )
        await self.permits.commit(write, self._recorded("policy.revised", actor, moved, rule))
        return moved

    async def readable(self, actor: Principal) -> InForce:
        """The policy in force, for whoever may read it. Raises PermissionDeniedError."""
        active, _ = await self.permits.allowed(actor, "read")
        return active

    async def problems(self, actor: Principal, edits: Mapping[str, str | None]) -> list[Problem]:
        """Everything that is wrong with files on top of those in force: what an editor marks while one types."""
        active = await self.readable(actor)
        async with self._reading:
            return await asyncio.to_thread(bundles.problems, edited(active.snapshot.bundle.files, edits))

    async def preview(self, actor: Principal, edits: Mapping[str, str | None]) -> Report:
        """Check files on top of those in force, without keeping them. Raises PolicyRefusedError with the place."""
        active = await self.readable(actor)
        proposed = await self._read(active.snapshot.bundle.files, edits)
        return await self.check(active.snapshot, await self.permits.compiled.of(proposed), actor, replay=False)

    async def report(self, actor: Principal, change_id: str, *, replay: bool = False) -> Report:
        """Check a change set against the policy in force: lint, tables, diff, replay."""
        active, _ = await self.permits.allowed(actor, "read")
        change = await self.changes.get(change_id)
        return await self._checked(active, change, actor, replay=replay)

    async def report_within(
        self, actor: Principal, change_id: str, seconds: float, *, replay: bool = False
    ) -> Report | None:
        """The same where it takes no longer; `None` while it is computed: ask again. What is asked again is made once."""
        active, _ = await self.permits.allowed(actor, "read")
        change = await self.changes.get(change_id)
        key = (change.id, change.hash, active.head.hash, actor.id, str(replay))
        self._forget()
        if key not in self._running:
            work = asyncio.ensure_future(self._checked(active, change, actor, replay=replay))
            self._running[key] = time.monotonic(), work
        _begun, task = self._running[key]
        done, _pending = await asyncio.wait({task}, timeout=seconds)
        if not done:
            return None
        self._running.pop(key, None)
        return task.result()

    def _forget(self) -> None:
        """Drop reports that nobody came back for: people and the log may be others by now."""
        old = time.monotonic() - _FETCHED
        for key in [key for key, (begun, task) in self._running.items() if task.done() and begun < old]:
            del self._running[key]

    async def submit(self, actor: Principal, change_id: str) -> Change:
        """Hand a draft in for review. Raises PolicyRefusedError (`policy_checks_failed`) when lint or a table fails."""
        active, rule = await self.permits.allowed(actor, "edit")
        change = await self._in(change_id, "draft")
        report = await self._passed(active, change, actor, replay=True)
        evidence = await asyncio.to_thread(report.evidence)
        return await self._step(actor, change, rule, "submitted", "review", evidence=evidence)

    async def comment(self, actor: Principal, change_id: str, text: str) -> None:
        """Say something about a change set."""
        _, rule = await self.permits.allowed(actor, "read")
        change = await self.changes.get(change_id)
        review = new_review(change, actor.id, "comment", _text(text))
        await self.permits.commit(
            self.changes.reviewed(review), self._recorded("policy.commented", actor, change, rule)
        )

    async def approve(self, actor: Principal, change_id: str, hash_: str | None = None, text: str = "") -> Change:
        """Approve a change set: exactly the text that its hash names.

        Args:
            hash_: of the policy that was looked at; `None`: of the one that is there.

        Raises PermissionDeniedError: `person_needed` for whoever is no person, `own_change` for an author, unless nobody
        else could approve; ConflictError.
        """
        active, rule = await self.permits.allowed(actor, "approve")
        change = await self._in(change_id, "review", "approved")
        if hash_ is not None and hash_ != change.hash:
            raise ConflictError("The change set is not the one that you looked at.", reason_id="policy_change_moved")
        alone = await self.permits.is_alone(actor, change, active)
        await self._passed(active, change, actor)
        return await self._step(actor, change, rule, "approved", "approved", text, single_admin=alone)

    async def reject(self, actor: Principal, change_id: str, text: str = "") -> Change:
        """Send a change set back. Its author may revise it."""
        _, rule = await self.permits.allowed(actor, "approve")
        require_person(actor)
        change = await self._in(change_id, "review", "approved", "scheduled")
        return await self._step(actor, change, rule, "rejected", "rejected", text, due=None)

    async def withdraw(self, actor: Principal, change_id: str) -> Change:
        """Give a change set up."""
        _, rule = await self.permits.allowed(actor, "edit")
        change = await self._in(change_id, *OPEN)
        return await self._step(actor, change, rule, "withdrawn", "withdrawn", due=None)

    async def schedule(self, actor: Principal, change_id: str, due: int) -> Change:
        """Have an approved change set put in force at a time, in milliseconds since 1970."""
        active, rule = await self.permits.allowed(actor, "edit")
        change = await self._in(change_id, "approved", "scheduled")
        await self._approved_by(change, active)
        return await self._step(actor, change, rule, "scheduled", "scheduled", due=due)

    async def activate(self, actor: Principal, change_id: str) -> Change:
        """Put an approved change set in force now.

        Raises ConflictError (`policy_base_changed`, `policy_not_approved`), PolicyRefusedError, StorageError: then the
        policy in force is the one it was.
        """
        active, rule = await self.permits.allowed(actor, "edit")
        change = await self._in(change_id, "approved", "scheduled")
        return await self._activated(actor, change, active, rule)

    async def activate_due(self, now: int) -> list[Change]:
        """Put in force what was scheduled until now. What cannot be any more is marked as failed, with the reason."""
        done, failures = [], []
        for change_id in await self.changes.due(now):
            try:
                change = await self.changes.get(change_id)
                if (moved := await self._activated_or_failed(change)) is not None:
                    done.append(moved)
            except Exception as error:  # noqa: BLE001  (one that cannot be read does not hold up the others)
                failures.append(error)
        if failures:
            raise failures[0]
        return done

    async def rollback(self, actor: Principal, revision: int | None = None) -> Revision:
        """Bring an earlier policy back, as a new revision, after the same checks.

        Args:
            revision: its number; `None`: the one before the one in force.

        It was in force before, so it was approved then; bringing it back takes one person who may approve.
        """
        active, rule = await self.permits.allowed(actor, "approve")
        require_person(actor)
        head = active.head
        wanted = await self.revisions.get(head.id - 1 if revision is None else revision)
        if wanted.hash == head.hash:
            raise ConflictError("That policy is in force already.", reason_id="policy_in_force")
        proposed = await self.permits.compiled(wanted)
        report = await self.check(active.snapshot, proposed, actor, replay=False)
        report.require()
        number = head.id + 1
        write = self.revisions.activated(proposed.bundle, actor.id, after=head, restores=wanted.id)
        fields = {"policy": wanted.hash, "base": head.hash, "revision": number, "restores": wanted.id}
        fields |= {"evidence": await asyncio.to_thread(report.evidence), "rules": {"policy": rule.text}}
        await self.permits.commit(write, self.permits.record("policy.rolled_back", actor, fields))
        return await self.revisions.get(number)

    async def _activated_or_failed(self, change: Change) -> Change | None:
        """Put a scheduled change set in force, or mark it with the reason. What is merely down is tried again."""
        try:
            return await self._activated(SYSTEM, change, await self.permits.in_force(), None)
        except UnavailableError:
            raise
        except Exception as error:
            reason_id = getattr(error, "reason_id", "internal_error")
            if reason_id == "internal_error":
                log.exception("A scheduled policy could not be activated.", extra={"reason_id": reason_id})
            with suppress(ConflictError):  # Another process was faster: it is in force, or marked already.
                await self._failed(change, reason_id)
            return None

    async def _activated(self, actor: Principal, change: Change, active: InForce, rule: Rule | None) -> Change:
        if change.base != active.head:
            raise base_changed()
        approved_by = await self._approved_by(change, active)
        await self._passed(active, change, actor)
        proposed = (await self.permits.compiled(change)).bundle
        number = active.head.id + 1
        moved, write = self.changes.moved(change, status="active", due=None, revision=number)
        fields = {"revision": number, "approved_by": approved_by}
        await self.permits.commit(
            self.revisions.activated(proposed, change.authors[0], after=change.base, change_id=change.id),
            write,
            self.changes.reviewed(new_review(moved, actor.id, "activated")),
            self._recorded("policy.activated", actor, moved, rule, fields),
        )
        return moved

    async def _failed(self, change: Change, reason_id: str) -> None:
        moved, write = self.changes.moved(change, status="failed", due=None)
        fields = {"decision": "error", "reason_id": reason_id}
        await self.permits.commit(
            write,
            self.changes.reviewed(new_review(moved, SYSTEM.id, "failed", reason_id)),
            self._recorded("policy.activation_failed", SYSTEM, moved, None, fields),
        )

    async def _read(self, files: Mapping[str, str], edits: Mapping[str, str | None] | None = None) -> Bundle:
        """The files as a policy. Raises PolicyRefusedError with the place."""
        try:
            async with self._reading:
                return await asyncio.to_thread(bundles.build, edited(files, edits or {}))
        except PolicyError as error:
            raise PolicyRefusedError(str(error)) from None

    async def _step(
        self,
        actor: Principal,
        change: Change,
        rule: Rule,
        step: Step,
        status: Status,
        text: str = "",
        *,
        single_admin: bool = False,
        **values: Any,
    ) -> Change:
        """Move a change set, with its review entry and its record, in one commit."""
        moved, write = self.changes.moved(change, status=status, **values)
        review = new_review(moved, actor.id, step, _text(text), single_admin=single_admin)
        fields: dict[str, JSON] = {"evidence": dict(moved.evidence)} if moved.evidence else {}
        if step == "approved":
            fields["single_admin"] = int(single_admin)
        if moved.due is not None:
            fields["due"] = moved.due
        await self.permits.commit(
            write, self.changes.reviewed(review), self._recorded(f"policy.{step}", actor, moved, rule, fields)
        )
        return moved

    def _recorded(
        self, event: str, actor: Principal, change: Change, rule: Rule | None, fields: Mapping[str, JSON] | None = None
    ) -> Write:
        about: dict[str, JSON] = {"change_id": change.id, "policy": change.hash, "base": change.base.hash}
        if rule is not None:
            about["rules"] = {"policy": rule.text}
        return self.permits.record(event, actor, about | dict(fields or {}))

    async def _in(self, change_id: str, *statuses: Status) -> Change:
        change = await self.changes.get(change_id)
        if change.status not in statuses:
            raise ConflictError(
                f"This change set is {change.status}; this takes one that is {' or '.join(statuses)}.",
                reason_id="policy_change_state",
            )
        return change

    async def _checked(self, active: InForce, change: Change, actor: Principal, *, replay: bool) -> Report:
        return await self.check(active.snapshot, await self.permits.compiled(change), actor, replay=replay)

    async def _passed(self, active: InForce, change: Change, actor: Principal, *, replay: bool = False) -> Report:
        """The report of a change set on the policy in force. Raises ConflictError, PolicyRefusedError."""
        if change.base != active.head:
            raise base_changed()
        report = await self._checked(active, change, actor, replay=replay)
        report.require()
        return report

    async def _approved_by(self, change: Change, active: InForce) -> str:
        """Who approved exactly this text and still could: no author, or one who is alone as he was then.

        The status alone is a column; the approval is sealed with what it was about. Raises ConflictError
        (`policy_not_approved`).
        """
        able = {who.id for who in await self.permits.approvers(active)}
        for review in reversed(await self.changes.reviews(change.id)):
            if review.step == "approved" and review.hash == change.hash and review.actor in able:
                alone = review.single_admin and len(able) == 1
                if alone or review.actor not in change.authors:
                    return review.actor
        raise ConflictError(
            "Nobody who may approve it now has approved exactly this text. Have another person approve it.",
            reason_id="policy_not_approved",
        )


def _text(text: str) -> str:
    if len(text) > _LONGEST_TEXT:
        raise PolicyRefusedError(f"A title or comment has at most {_LONGEST_TEXT} characters.")
    return text
