"""Reveals: a reviewer asks to see what stands behind placeholders, another person agrees, and each look is a record.

Who asks says why. Nobody grants what they asked for themselves, but who holds the right `reveal alone`. Only the asker sees
what was granted, until its time is over or somebody withdraws it; and only while the policy still lets them ask.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from guard.audit.facts import Facts, Filters
from guard.audit.search import Search
from guard.clock import now
from guard.errors import (
    ConversationNotFoundError,
    InvalidRequestError,
    NotFoundError,
    PermissionDeniedError,
    TamperedError,
)
from guard.model import JSON, Principal
from guard.placeholders import PLACEHOLDER, Entry
from guard.review.codes import MINUTES, REASONS
from guard.review.permits import Permits, require_person, written
from guard.review.records import bound
from guard.review.reveal_rows import Reveal, RevealRows, moved
from guard.store.protocol import Transcripts, Write

Values = Callable[[str, str], Awaitable[Mapping[str, Entry]]]
"""Placeholder to entry, of a conversation of a tenant."""

Messages = list[dict[str, JSON]]


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asks for, from a record.

    Args:
        placeholder: `None`: all of the conversation's transcript.
        reason: one of `REASONS`. minutes: one of `MINUTES`.
    """

    record: int
    placeholder: str | None
    reason: str
    text: str = field(repr=False)
    minutes: int


@dataclass(frozen=True, slots=True)
class Listing:
    """The reveals that concern somebody: their own, those they may decide, and those that were decided."""

    mine: Sequence[Reveal]
    waiting: Sequence[Reveal]
    decided: Sequence[Reveal]


@dataclass(frozen=True, slots=True)
class Seen:
    """One reveal as its asker or who may grant it sees it: never with a value.

    Args:
        facts: of the record that it was asked from; `None`: that is no record any more.
        messages: the redacted messages around, for who may read transcripts.
        deciders: who else could decide it.
    """

    reveal: Reveal
    facts: Facts | None
    deciders: Sequence[Principal]
    may_decide: bool
    may_withdraw: bool
    messages: Messages | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Revealed:
    """What was granted: the values by placeholder, and the messages that they stand in where their reader may read them."""

    reveal: Reveal
    values: Mapping[str, Entry] = field(repr=False)
    messages: Messages | None = field(default=None, repr=False)


class Reveals:
    """What may be asked, decided and seen.

    Args:
        values: what stands behind placeholders.
    """

    def __init__(
        self, permits: Permits, rows: RevealRows, search: Search, transcripts: Transcripts, values: Values
    ) -> None:
        self._permits, self._rows, self._search = permits, rows, search
        self._transcripts, self._values = transcripts, values

    def may(self, actor: Principal, act: str) -> bool:
        """Whether somebody may `ask`, `grant`, or do without a second person (`alone`)."""
        return self._permits.may(actor, "reveal", act)

    def may_read(self, actor: Principal) -> bool:
        """Whether somebody may read reveals that are not their own: who grants them, or works on their queue."""
        return self.may(actor, "grant") or self._permits.may(actor, "queue", "work")

    async def require_ask(self, actor: Principal) -> None:
        """Raises PermissionDeniedError, which is on record; StorageError, AuditError."""
        await self._permits.require(actor, "reveal", "ask")

    async def deciders(self, actor: Principal) -> list[Principal]:
        """Who of the tenant, besides the actor, may grant a reveal. Raises StorageError."""
        may = await self._permits.who_may(actor.tenant, "reveal", "grant")
        return [each for each in may if each.id != actor.id]

    async def ask(self, actor: Principal, wish: Wish) -> Reveal:
        """Ask for a reveal.

        Raises:
            PermissionDeniedError, InvalidRequestError.
            NotFoundError: there is no such record, it has no conversation, the conversation no such placeholder;
                `values_erased`.
            ConflictError: `reveal_open`. StorageError, AuditError, KeyUnavailableError, TamperedError.
        """
        await self._may_ask(actor, whole=wish.placeholder is None)
        if wish.reason not in REASONS:
            raise InvalidRequestError("Choose one of the reasons.", param="reason")
        if wish.minutes not in MINUTES:
            raise InvalidRequestError("Choose one of the times.", param="minutes")
        text = written(wish.text)
        row = await self._search.one(wish.record, bound(actor))
        if row is None or row.facts.conversation_id is None:
            raise NotFoundError("There is no record of that index with a conversation.")
        # A placeholder that is not in the vault is a text that somebody typed: it is not stored, nor is it any use.
        known = await self._values(row.facts.conversation_id, actor.tenant)
        if wish.placeholder is not None and wish.placeholder not in known:
            raise NotFoundError("There is no such placeholder in this conversation.")
        reveal = Reveal(
            "rvl_" + secrets.token_hex(12), actor.tenant, "asked", actor.id, row.facts.conversation_id,
            wish.placeholder, wish.record, wish.reason, text, now(), wish.minutes,
        )  # fmt: skip
        await self._permits.commit(self._rows.new(reveal), self._recorded("reveal.asked", actor, reveal))
        return reveal

    async def listing(self, actor: Principal) -> Listing:
        """The reveals that concern somebody. Raises PermissionDeniedError, StorageError, TamperedError."""
        may_grant = self.may(actor, "grant")
        if not may_grant:
            await self._permits.require(actor, "reveal", "ask")
        mine = await self._rows.page(actor.tenant, ("asked", "granted", "refused", "withdrawn"), actor=actor.id)
        waiting = await self._rows.page(actor.tenant, ("asked",)) if may_grant else []
        decided = await self._rows.page(actor.tenant, ("granted", "refused", "withdrawn")) if may_grant else []
        return Listing(
            mine,
            [each for each in reversed(waiting) if each.actor != actor.id],
            [each for each in decided if each.actor != actor.id and each.decider is not None],
        )

    async def read(self, actor: Principal, reveal_id: str) -> Seen:
        """One reveal. Raises NotFoundError, also for one of another tenant or that does not concern the actor."""
        reveal = await self._of(actor, reveal_id)
        row = await self._search.one(reveal.record, bound(actor))
        messages = None
        writes: list[Write] = []
        if reveal.actor != actor.id:
            writes.append(self._recorded("reveal.read", actor, reveal))
        if self._permits.may(actor, "transcript", "read"):
            messages = await self._around(reveal)
            fields = {"conversation_id": reveal.conversation_id}
            writes += [self._permits.record("transcript.read", actor, fields)] if messages is not None else []
        if writes:
            await self._permits.commit(*writes)
        return Seen(
            reveal,
            row.facts if row else None,
            await self.deciders(replace(actor, id=reveal.actor)),
            may_decide=reveal.status == "asked" and self._may_decide(actor, reveal),
            may_withdraw=reveal.state in ("asked", "granted") and self._may_withdraw(actor, reveal),
            messages=messages,
        )

    async def grant(self, actor: Principal, reveal_id: str, text: str) -> Reveal:
        """Let the asker see it, from now on for as long as they asked.

        Raises PermissionDeniedError (`own_reveal`), NotFoundError, ConflictError (`reveal_state`), InvalidRequestError.
        """
        reveal = await self._to_decide(actor, reveal_id)
        at = now()
        granted = replace(
            reveal, status="granted", decider=actor.id, decided=at, expires=at + reveal.minutes * 60_000,
            answer=written(text, is_needed=reveal.actor != actor.id),
        )  # fmt: skip
        fields = {"alone": int(granted.is_alone), "expires": granted.expires}
        await self._decided("reveal.granted", actor, granted, fields)
        return granted

    async def refuse(self, actor: Principal, reveal_id: str, text: str) -> Reveal:
        """Do not let the asker see it. Raises as `grant` does."""
        reveal = await self._to_decide(actor, reveal_id)
        refused = replace(reveal, status="refused", decider=actor.id, decided=now(), answer=written(text), expires=None)
        await self._decided("reveal.refused", actor, refused, {})
        return refused

    async def withdraw(self, actor: Principal, reveal_id: str) -> Reveal:
        """End a reveal that waits or can be seen: its asker, or who may grant one.

        Raises PermissionDeniedError, NotFoundError, ConflictError (`reveal_state`).
        """
        reveal = await self._of(actor, reveal_id)
        if reveal.state not in ("asked", "granted"):
            raise moved()
        if not self._may_withdraw(actor, reveal):
            raise PermissionDeniedError(
                "Only who asked can withdraw a reveal that waits, and only who may grant can end one that was granted."
            )
        fields = {"by": "asker" if reveal.actor == actor.id else "granter"}
        record = self._recorded("reveal.withdrawn", actor, reveal, fields)
        await self._permits.commit(self._rows.withdrawn(reveal), record)
        return replace(reveal, status="withdrawn")

    async def show(self, actor: Principal, reveal_id: str) -> Revealed:
        """What was granted. Each look is counted and on record before anything of it leaves.

        Raises:
            PermissionDeniedError: it is not the actor's own, or the policy does not let them ask any more.
            ConflictError: `reveal_state`: it was not granted, it was withdrawn, its time is over.
            NotFoundError, ConversationNotFoundError (`values_erased`), TamperedError, StorageError, AuditError.
        """
        reveal = await self._of(actor, reveal_id)
        if reveal.actor != actor.id:
            raise PermissionDeniedError(
                "Only who asked for a reveal sees what was granted.", reason_id="reveal_not_yours"
            )
        await self._may_ask(actor, whole=reveal.placeholder is None)
        if reveal.state != "granted" or await self._was_withdrawn(reveal):
            raise moved()
        known = await self._values(reveal.conversation_id, actor.tenant)
        messages: Messages | None = None
        if reveal.placeholder is None:
            messages = await self._agreed_to(reveal)
            wanted = {found[0] for each in messages for found in PLACEHOLDER.finditer(json.dumps(each))}
        else:
            wanted = {reveal.placeholder}
            messages = await self._around(reveal)
        values = {name: _readable(each) for name, each in known.items() if name in wanted}
        if reveal.placeholder is not None and not values:
            raise NotFoundError("There is no such placeholder in this conversation.")
        if not self._permits.may(actor, "transcript", "read"):
            messages = None
        await self._permits.commit(
            self._rows.looked(reveal),
            self._recorded("reveal.shown", actor, reveal, {"values": len(values)}),
        )
        return Revealed(replace(reveal, looks=reveal.looks + 1), values, messages)

    async def _may_ask(self, actor: Principal, *, whole: bool) -> None:
        await self._permits.require(actor, "reveal", "ask")
        require_person(actor)
        if whole:
            await self._permits.require(actor, "transcript", "read")

    async def _of(self, actor: Principal, reveal_id: str) -> Reveal:
        """A reveal of the actor's own, or any of the tenant for who may read them."""
        may_read = self.may_read(actor)
        if not may_read:
            await self._permits.require(actor, "reveal", "ask")
        reveal = await self._rows.get(reveal_id, actor.tenant)
        if reveal.actor != actor.id and not may_read:
            raise NotFoundError("There is no reveal of that id.")
        return reveal

    async def _to_decide(self, actor: Principal, reveal_id: str) -> Reveal:
        reveal = await self._of(actor, reveal_id)
        require_person(actor)
        if not self._may_decide(actor, reveal):
            if reveal.actor != actor.id:
                await self._permits.require(actor, "reveal", "grant")
            raise PermissionDeniedError(
                "You asked for this reveal, so another person has to decide it.", reason_id="own_reveal"
            )
        if reveal.status != "asked":
            raise moved()
        return reveal

    def _may_decide(self, actor: Principal, reveal: Reveal) -> bool:
        return self.may(actor, "alone" if reveal.actor == actor.id else "grant")

    def _may_withdraw(self, actor: Principal, reveal: Reveal) -> bool:
        return reveal.actor == actor.id or (reveal.status == "granted" and self.may(actor, "grant"))

    async def _decided(self, event: str, actor: Principal, reveal: Reveal, fields: dict[str, Any]) -> None:
        record = self._recorded(event, actor, reveal, {"asker": reveal.actor, **fields})
        await self._permits.commit(self._rows.decided(reveal), record)

    async def _was_withdrawn(self, reveal: Reveal) -> bool:
        """Whether the log says so: a row can be put back by who writes the database, the log not without its key."""
        withdrawn = Filters(event="reveal.withdrawn", conversation_id=reveal.conversation_id)
        page = await self._search.page(withdrawn, limit=200, tenants=frozenset({reveal.tenant}))
        return any(json.loads(row.record).get("reveal") == reveal.id for row in page.rows if row.facts.is_readable)

    async def _agreed_to(self, reveal: Reveal) -> Messages:
        """The redacted messages of the requests that had begun when it was granted: nobody agreed to what came later."""
        messages = await self._transcripts.messages(reveal.conversation_id, tenant=reveal.tenant)
        begun, before = set(), None
        wanted = Filters(event="chat.opened", conversation_id=reveal.conversation_id, until=reveal.decided)
        while True:
            page = await self._search.page(wanted, before=before, limit=1_000, tenants=frozenset({reveal.tenant}))
            begun |= {row.facts.request_id for row in page.rows}
            if (before := page.older) is None:
                return [each for each in messages if each.get("request_id") in begun]

    async def _around(self, reveal: Reveal) -> Messages | None:
        """The redacted messages: with the placeholder, or all of them."""
        try:
            messages = await self._transcripts.messages(reveal.conversation_id, tenant=reveal.tenant)
        except (ConversationNotFoundError, TamperedError):
            return None
        return [each for each in messages if reveal.placeholder is None or reveal.placeholder in str(each)]

    def _recorded(self, event: str, actor: Principal, reveal: Reveal, more: Mapping[str, Any] | None = None) -> Write:
        """The record of a step: ids, codes and times, nothing that was written, and no placeholder."""
        fields: dict[str, Any] = {
            "reveal": reveal.id,
            "conversation_id": reveal.conversation_id,
            "record": reveal.record,
            "reason": reveal.reason,
            "minutes": reveal.minutes,
            "whole": int(reveal.placeholder is None),
        }
        if reveal.entity_type is not None:
            fields["entity_type"] = reveal.entity_type
        return self._permits.record(event, actor, fields | dict(more or {}))


def _readable(entry: Entry) -> Entry:
    """A value that can be written as UTF-8: what has an unpaired surrogate in it stays a value."""
    return replace(entry, value=entry.value.encode("utf-8", "replace").decode())
