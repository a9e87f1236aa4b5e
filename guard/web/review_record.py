"""The page of one record: in words, with its redacted transcript, its place in the log, and its cases where it has any."""

from __future__ import annotations

import json
from collections.abc import Mapping

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import NoMatchFound

from guard.errors import AuthenticationError, GuardError, InvalidRequestError, NotFoundError
from guard.model import Principal
from guard.review.case_rows import Case
from guard.web import review_words as words
from guard.web import told
from guard.web.desk import Pages, read_form, services, signed_in, status_of
from guard.web.queues import next_case
from guard.web.review_words import number, review_page
from guard.web.texts import gettext as _

router = APIRouter(include_in_schema=False, prefix="/review", route_class=Pages)
_REVISION = "revision_page"


@router.get("/{index}")
async def record(request: Request, index: str) -> Response:
    """One record, in words."""
    return await _record(request, await signed_in(request), _index(index))


@router.post("/{index}")
async def step(request: Request, index: str) -> Response:
    """Move a case of this record: take, assign, release, close, reopen, or go on to the next one."""
    actor, written, record_ = await signed_in(request), await read_form(request), _index(index)
    try:
        case = await _moved(request, actor, written)
        if written.get("step") in ("next", "close_next"):
            return await next_case(request, actor, case.queue, case.record)
    except AuthenticationError:
        raise
    except GuardError as error:
        return await _record(request, actor, record_, status_of(error), problem=str(error), written=written)
    return RedirectResponse(f"/review/{record_}?queue={case.queue}", 303)


async def _moved(request: Request, actor: Principal, written: Mapping[str, str]) -> Case:
    queues, case_id, taken = services(request).queues, written.get("case", ""), written.get("step", "")
    seen = number(written.get("seen", ""))
    if taken == "take":
        return await queues.assign(actor, case_id, actor.id, seen)
    if taken == "assign":
        return await queues.assign(actor, case_id, written.get("assignee") or None, seen)
    if taken in ("close", "close_next"):
        return await queues.close(actor, case_id, written.get("disposition", ""), written.get("reason", ""), seen)
    if taken == "reopen":
        return await queues.reopen(actor, case_id, seen)
    if taken == "next":
        return await queues.case(actor, case_id)
    raise InvalidRequestError(_("Choose one of the steps."))


async def _record(
    request: Request,
    actor: Principal,
    index: int,
    status: int = 200,
    *,
    problem: str = "",
    written: Mapping[str, str] | None = None,
) -> Response:
    built = services(request)
    shown = await built.review.show(actor, index, with_transcript=True)
    cases = await built.queues.of_record(actor, index)
    cases.sort(key=lambda case: case.queue != request.query_params.get("queue"))  # The one that one came from first.
    facts, fields = shown.row.facts, shown.fields
    # What was scanned stands in the first record of a request alone.
    around = [fields, *(json.loads(each.record) for each in shown.related if each.facts.is_readable)]
    workers = await built.queues.workers(actor) if cases else []
    people = [facts.actor, *(each for case in cases for each in (case.assignee, case.closed_by))]
    reveals = built.reveals
    return review_page(
        request,
        actor,
        "review_record.html",
        status,
        facts=facts,
        fields=fields,
        names=await built.review.names(actor, people),
        sentences=told.sentences(facts, fields),
        scores=told.scores(facts, fields),
        coverage=told.first("coverage", around),
        pseudonyms=told.number("pseudonyms", around),
        foreign=told.number("foreign_placeholders", around),
        one_way=told.number("one_way", around),
        unknown=told.number("unknown_members", around),
        place=shown.place,
        related=shown.related,
        messages=None if shown.messages is None else [{**each, **told.message_parts(each)} for each in shown.messages],
        missing=shown.missing,
        may_read=built.review.may(actor, "transcript"),
        may_ask=reveals.may(actor, "ask"),
        reveal=_reveal_of(fields) if reveals.may_read(actor) else None,
        revision=await _revision(request, actor, facts.policy),
        raw=json.dumps(fields, indent=2, ensure_ascii=True),
        cases=cases,
        workers=workers,
        titles=words.queues(),
        dispositions={case.queue: words.dispositions(case.queue) for case in cases},
        problem=problem,
        written=written or {},
    )


def _index(index: str) -> int:
    found = number(index)
    if found is None:
        raise NotFoundError("There is no record of that index.")
    return found


def _reveal_of(fields: Mapping[str, object]) -> str | None:
    """The id of the reveal that a record is about."""
    found = fields.get("reveal")
    return found if isinstance(found, str) and str(fields.get("event", "")).startswith("reveal.") else None


async def _revision(request: Request, actor: Principal, policy: str | None) -> int | None:
    """The number of the revision with this hash, where there is a page of it that the reviewer may read."""
    built = services(request)
    try:
        request.app.url_path_for(_REVISION, number="1")
    except NoMatchFound:
        return None
    if policy is None or not built.authorize.decide(actor, "policy", "read").allowed:
        return None
    history = await built.policies.administration.revisions.history()
    return next((each.id for each in history if each.hash == policy), None)
