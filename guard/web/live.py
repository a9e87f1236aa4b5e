"""`/review/live`: the newest records as they come. A page with a link to newer ones; script asks by itself.

A tail is one search, so one record in the log, however often it asks: the mark of the search goes along.
"""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from guard.audit import asked
from guard.audit.asked import Asked
from guard.audit.search import Row
from guard.errors import InvalidRequestError
from guard.model import Principal
from guard.review import Found
from guard.web import told
from guard.web.desk import Pages, services, signed_in
from guard.web.review_words import review_page
from guard.web.times import moment

router = APIRouter(include_in_schema=False, prefix="/review/live", route_class=Pages)

PAGE = 50


@router.get("")
async def tail(request: Request) -> Response:
    """The newest records, or those after an index; newest first."""
    actor = await signed_in(request)
    wanted, found, after = await _found(request, actor)
    names = await services(request).review.names(actor, (row.facts.actor for row in found.page.rows))
    return review_page(
        request,
        actor,
        "review_live.html",
        found=found.page,
        rows=[_row(row, names) for row in found.page.rows],
        after=after,
        is_begun=wanted.after is not None,
        newer=wanted.query(after=after, search=found.search),
        filters=wanted.query(),
        given=sorted(wanted.filters.given()),
    )


@router.get("/records")
async def records(request: Request) -> Response:
    """What the page's script asks for: the records after an index as they are shown, and where to go on."""
    actor = await signed_in(request)
    wanted, found, after = await _found(request, actor)
    names = await services(request).review.names(actor, (row.facts.actor for row in found.page.rows))
    shown = {
        "records": [_row(row, names) for row in found.page.rows],
        "next": wanted.query(after=after, search=found.search),
    }
    return await asyncio.to_thread(JSONResponse, shown, headers={"cache-control": "no-store"})


async def _found(request: Request, actor: Principal) -> tuple[Asked, Found, int]:
    """What was asked for, the page of it, and the index after which to go on."""
    wanted = asked.read([*request.query_params.multi_items(), ("limit", str(PAGE))])
    if wanted.before is not None:
        raise InvalidRequestError("A tail goes on with `after`.", param="before")
    found = await services(request).review.search(actor, wanted)
    page, rows = found.page, found.page.rows
    if rows:
        return wanted, found, rows[0].facts.index
    if page.newer is not None:
        return wanted, found, page.newer
    # Nothing matched up to the end of the log: what is older is known.
    return wanted, found, max(wanted.after or 0, (page.older or 1) - 1)


def _row(row: Row, names: dict[str, str]) -> dict[str, Any]:
    facts = row.facts
    worst = f"{told.probability(facts.worst[1])} {facts.worst[0]}" if facts.worst else ""
    return {
        "index": facts.index,
        "time": moment(facts.time).removesuffix(" UTC"),
        "event": facts.event,
        "decision": facts.decision,
        "words": told.decision(facts.decision),
        "reason": facts.reason_id or "",
        "actor": names.get(facts.actor or "", facts.actor or ""),
        "model": facts.model or "",
        "worst": worst,
    }
