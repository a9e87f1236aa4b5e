"""`/api/audit` and `/api/transcripts`: what reviewers read. `docs/reference/review-api.md` has the shapes."""

from __future__ import annotations

import asyncio
import re
from dataclasses import fields
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from guard.api.caller import Caller, services
from guard.audit import asked
from guard.audit.facts import Filters
from guard.audit.search import Row
from guard.errors import ConversationNotFoundError
from guard.model import JSON, Principal

router = APIRouter(tags=["review"])
_CONVERSATION = re.compile(r"conv_[0-9a-f]{1,64}")
_NUMBERS = ("since", "until", "score", "before", "after", "limit")


def _parameters() -> dict[str, Any]:
    names = [*(each.name for each in fields(Filters)), "before", "after", "limit", "search"]
    # A time may be a date as well.
    kinds = {name: "string" if name not in _NUMBERS or name in ("since", "until") else "integer" for name in names}
    return {"parameters": [{"name": name, "in": "query", "schema": {"type": kinds[name]}} for name in names]}


@router.get("/api/audit", summary="Search the records, the newest first", openapi_extra=_parameters())
async def search(request: Request) -> Response:
    """A page; `next` is the address of the following one."""
    actor = await _actor(request)
    wanted = asked.read(request.query_params.multi_items())
    found = await services(request).review.search(actor, wanted)
    page, limit = found.page, wanted.limit
    following = None
    if wanted.after is not None and page.newer is not None:
        following = wanted.query(after=page.newer, limit=limit, search=found.search)
    elif wanted.after is None and page.older is not None:
        following = wanted.query(before=page.older, limit=limit, search=found.search)
    return await _json(
        {
            "records": [_row(each) for each in page.rows],
            "next": following and f"/api/audit?{following}",
            "partial": page.is_partial,
            "looked_at": page.looked_at,
        }
    )


@router.get("/api/audit/{index}", summary="One record and its place in the log")
async def record(request: Request, index: int) -> Response:
    """With its hash, the one before it, and whether the chain from it to the signed head holds."""
    shown = await services(request).review.show(await _actor(request), _index(index))
    return await _json(
        {
            "record": shown.fields,
            "place": shown.place.as_json(),
            "related": [_row(each) for each in shown.related],
        }
    )


@router.get("/api/transcripts/{conversation}", summary="A redacted transcript")
async def transcript(request: Request, conversation: str) -> Response:
    """Reading it is a record."""
    actor = await _actor(request)
    # What cannot be an id is somebody's text: it goes into no record.
    named = conversation if _CONVERSATION.fullmatch(conversation) else None
    if named is None and services(request).review.may(actor, "transcript"):
        raise ConversationNotFoundError("There is no conversation of that id, or it was erased.")
    messages = await services(request).review.transcript(actor, named or "")
    return await _json({"conversation_id": named, "messages": messages})


async def _actor(request: Request) -> Principal:
    return await services(request).authenticate(Caller(request).credential())


def _row(row: Row) -> dict[str, JSON]:
    return row.facts.as_json()


def _index(index: int) -> int:
    # No database has more records, and SQLite takes no larger number.
    return index if 0 <= index < 2**53 else -1


async def _json(content: Any) -> Response:
    return await asyncio.to_thread(JSONResponse, content, headers={"cache-control": "no-store"})
