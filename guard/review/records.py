"""Reviewing: search the records, read one, read a redacted transcript. Every look is itself a record.

Who reviews sees the records and transcripts of their own tenant alone: no role crosses tenants. Records that belong to
no tenant, such as counts of failed sign-ins, are for the reviewers of the tenant `default`, the installation's own.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from guard.audit.asked import Asked
from guard.audit.facts import Filters
from guard.audit.place import Place
from guard.audit.search import Page, Row, Search, Tenants
from guard.clock import now
from guard.errors import ConversationNotFoundError, NotFoundError, TamperedError
from guard.model import JSON, Principal
from guard.policy.names import DEFAULT_TENANT
from guard.review.names import Names
from guard.review.permits import Permits
from guard.store.protocol import Transcripts

EXPORTED = 10_000
"""Records of one export at the most."""

_LOOKED_AT = 1_000_000
"""Records that one export looks at."""

_RELATED = 50
_LASTS_MS = 12 * 3600 * 1000


@dataclass(frozen=True, slots=True)
class Found:
    """A page of a search; `search` belongs to the addresses of its other pages."""

    page: Page
    search: str


@dataclass(frozen=True, slots=True)
class Exported:
    """The records of a search; `older`: there are more, before this index."""

    rows: Sequence[Row]
    older: int | None


@dataclass(frozen=True, slots=True)
class Shown:
    """One record with what belongs to it.

    Args:
        fields: the record as it was written.
        related: the other records of its request.
        messages: the redacted transcript; `None` where there is none to show, and `missing` says why.
    """

    row: Row
    fields: dict[str, JSON]
    place: Place
    related: Sequence[Row]
    messages: list[dict[str, JSON]] | None = field(default=None, repr=False)
    missing: str = ""


class Review:
    """What reviewers may do.

    Args:
        names: the people of a tenant.
        place: where a record stands in the log.
        key: marks the searches that are on record; of 32 bytes.
    """

    def __init__(
        self,
        permits: Permits,
        search: Search,
        transcripts: Transcripts,
        names: Names,
        place: Callable[[int], Awaitable[Place]],
        key: bytes,
    ) -> None:
        self._permits, self._search, self._transcripts = permits, search, transcripts
        self._names, self._place, self._key = names, place, key

    def may(self, actor: Principal, obj: str) -> bool:
        """Whether somebody may read `audit` or `transcript`."""
        return self._permits.may(actor, obj, "read")

    async def names(self, actor: Principal, ids: Iterable[str | None]) -> dict[str, str]:
        """The names of those of these ids who are people of the actor's tenant. Raises StorageError."""
        return await self._names.of(actor.tenant, ids)

    async def search(self, actor: Principal, asked: Asked) -> Found:
        """A page of records. One search is one record, however many pages of it are read.

        Raises PermissionDeniedError, which is on record; StorageError, AuditError.
        """
        await self._require(actor, "audit")
        asked = replace(asked, filters=await self._meant(actor, asked.filters))
        is_known = self._is_known(actor, asked)
        page = await self._search.page(
            asked.filters, before=asked.before, after=asked.after, limit=asked.limit, tenants=bound(actor)
        )
        if is_known:
            return Found(page, asked.search)
        # Names of filters and no values: what somebody types there may be anything.
        await self._record("audit.searched", actor, {"filters": sorted(asked.filters.given())})
        return Found(page, self._mark(actor, asked.filters, now()))

    async def export(self, actor: Principal, filters: Filters, form: str) -> Exported:
        """All records of a search, up to `EXPORTED`. Raises as `search` does.

        Args:
            form: what they are written as, for the record.
        """
        await self._require(actor, "audit")
        rows: list[Row] = []
        filters = await self._meant(actor, filters)
        older, looked_at = None, 0
        while True:
            limit = min(1_000, EXPORTED - len(rows))
            page = await self._search.page(filters, before=older, limit=limit, tenants=bound(actor))
            rows += page.rows
            older, looked_at = page.older, looked_at + page.looked_at
            if older is None or len(rows) >= EXPORTED or looked_at >= _LOOKED_AT:
                break
        fields = {"filters": sorted(filters.given()), "format": form, "count": len(rows)}
        await self._record("audit.exported", actor, fields)
        return Exported(rows, older)

    async def show(self, actor: Principal, index: int, *, with_transcript: bool = False) -> Shown:
        """One record. Raises NotFoundError, also for one of another tenant; else as `search` does.

        Args:
            with_transcript: with the redacted transcript of its conversation, for who may read it.
        """
        await self._require(actor, "audit")
        row = await self._search.one(index, bound(actor))
        if row is None:
            raise NotFoundError("There is no record of that index.")
        facts = row.facts
        related: Sequence[Row] = ()
        if facts.request_id is not None:
            page = await self._search.page(Filters(request_id=facts.request_id), limit=_RELATED, tenants=bound(actor))
            related = [each for each in reversed(page.rows) if each.facts.index != index]
        shown = Shown(row, _fields(row), await self._place(index), related)
        events: list[tuple[str, dict[str, JSON]]] = [("audit.read", {"record": index})]
        if with_transcript and facts.conversation_id is not None and self.may(actor, "transcript"):
            shown = await self._with_transcript(actor, shown, facts.conversation_id)
            if shown.messages is not None:
                events.append(("transcript.read", {"conversation_id": facts.conversation_id}))
        await self._permits.commit(*(self._permits.record(event, actor, fields) for event, fields in events))
        return shown

    async def transcript(self, actor: Principal, conversation_id: str) -> list[dict[str, JSON]]:
        """The redacted messages of a conversation.

        Raises:
            PermissionDeniedError: on record.
            ConversationNotFoundError: there is none, it was erased, or it is another tenant's.
            TamperedError, StorageError, KeyUnavailableError, AuditError.
        """
        await self._require(actor, "transcript")
        messages = await self._messages(actor, conversation_id)
        await self._record("transcript.read", actor, {"conversation_id": conversation_id})
        return messages

    async def _messages(self, actor: Principal, conversation_id: str) -> list[dict[str, JSON]]:
        try:
            return await self._transcripts.messages(conversation_id, tenant=actor.tenant)
        except ConversationNotFoundError:
            raise ConversationNotFoundError("There is no conversation of that id, or it was erased.") from None

    async def _with_transcript(self, actor: Principal, shown: Shown, conversation_id: str) -> Shown:
        try:
            messages, missing = await self._messages(actor, conversation_id), ""
        except (ConversationNotFoundError, TamperedError) as error:
            messages, missing = None, str(error)
        return Shown(shown.row, shown.fields, shown.place, shown.related, messages, missing)

    async def _require(self, actor: Principal, obj: str) -> None:
        await self._permits.require(actor, obj, "read")

    async def _meant(self, actor: Principal, filters: Filters) -> Filters:
        """The same filters with the id of a person who was named."""
        if filters.actor is None:
            return filters
        return replace(filters, actor=await self._names.id_of(actor.tenant, filters.actor))

    async def _record(self, event: str, actor: Principal, fields: dict[str, Any]) -> None:
        await self._permits.commit(self._permits.record(event, actor, fields))

    def _is_known(self, actor: Principal, asked: Asked) -> bool:
        """Whether this is a further page of a search that is on record."""
        issued = asked.search.partition(".")[0]
        if not (issued.isascii() and issued.isdecimal() and len(issued) < 16):
            return False
        is_new = 0 <= now() - int(issued) <= _LASTS_MS
        return is_new and hmac.compare_digest(
            asked.search.encode(), self._mark(actor, asked.filters, int(issued)).encode()
        )

    def _mark(self, actor: Principal, filters: Filters, issued: int) -> str:
        text = json.dumps(["audit.searched", actor.tenant, actor.id, issued, filters.given()], sort_keys=True)
        return f"{issued}.{hmac.new(self._key, text.encode(), hashlib.sha256).hexdigest()[:32]}"


def bound(actor: Principal) -> Tenants:
    """The tenants that a reviewer's look is bound to: `None` stands for records of no tenant."""
    return frozenset({actor.tenant, None} if actor.tenant == DEFAULT_TENANT else {actor.tenant})


def _fields(row: Row) -> dict[str, JSON]:
    """The record as it was written; of one that is none, what its columns say."""
    try:
        found = json.loads(row.record)
    except (ValueError, RecursionError):
        found = None
    return found if isinstance(found, dict) else row.facts.as_json()
