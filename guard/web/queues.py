"""`/review/queues`: what waits to be looked at. The page of a case is that of its record, in `guard.web.review_record`."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from guard.errors import InvalidRequestError
from guard.model import Principal
from guard.review.case_rows import WHICH, Which
from guard.web import review_words as words
from guard.web.desk import Pages, services, signed_in
from guard.web.review_words import number, review_page
from guard.web.texts import gettext as _

router = APIRouter(include_in_schema=False, prefix="/review/queues", route_class=Pages)


@router.get("")
async def overview(request: Request) -> Response:
    """How much waits in each queue, and for how long."""
    actor = await signed_in(request)
    loads, left = await services(request).queues.overview(actor)
    return review_page(request, actor, "queues.html", loads=loads, left=left, titles=words.queues())


@router.get("/{name}")
async def queue(request: Request, name: str) -> Response:
    """A page of one queue: open ones the oldest first, `show` is mine, unassigned or closed."""
    actor, query, built = await signed_in(request), request.query_params, services(request)
    which = query.get("show") or "open"
    after = number(query["after"]) if query.get("after") else None
    if which not in WHICH or (query.get("after") and after is None):
        raise InvalidRequestError(_("There is no such list of cases."))
    found = await built.queues.queue(actor, name, which, after)
    people = [each for case in found.cases for each in (case.assignee, case.closed_by)]
    return review_page(
        request,
        actor,
        "queue.html",
        queue=name,
        title=words.queues()[name],
        which=which,
        lists=_lists(),
        found=found,
        is_first=after is None,
        dispositions=words.dispositions(name),
        names=await built.review.names(actor, people),
    )


@router.post("/{name}")
async def take(request: Request, name: str) -> Response:
    """Take the next case."""
    return await next_case(request, await signed_in(request), name, None)


async def next_case(request: Request, actor: Principal, name: str, after: int | None) -> Response:
    """The way to the next case of a queue; to the queue where there is none."""
    case = await services(request).queues.next(actor, name, after)
    return RedirectResponse(f"/review/{case.record}?queue={name}" if case else f"/review/queues/{name}", 303)


def _lists() -> Mapping[Which, str]:
    return {"open": _("Open"), "mine": _("Mine"), "unassigned": _("Unassigned"), "closed": _("Closed")}
