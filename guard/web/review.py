"""`/review`: search the records, and export them. Forms and links alone."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from guard.audit import asked
from guard.audit.facts import Facts
from guard.audit.search import Page, Row
from guard.errors import InvalidRequestError
from guard.model import Principal
from guard.web import told
from guard.web.desk import Pages, services, signed_in
from guard.web.review_words import review_page
from guard.web.times import moment

router = APIRouter(include_in_schema=False, prefix="/review", route_class=Pages)

EVENTS = ("chat.opened", "chat.closed", "chat.refused", "check.redact", "check.moderate", "check.refused",
          "authentication.failed", "permission.denied", "audit.searched", "audit.read", "audit.exported",
          "transcript.read", "transcript.erased", "reveal.asked", "reveal.granted", "reveal.refused", "reveal.shown",
          "case.closed", "policy.activated", "user.added", "apikey.created")  # fmt: skip
"""Events that the form suggests; any other may be typed."""

COLUMNS = ("index", "time", "event", "actor", "tenant", "model", "scenario", "decision", "reason_id", "entities",
           "category", "score", "request_id", "conversation_id", "policy")  # fmt: skip
"""Columns of an exported table."""

_RUN = ("=", "+", "-", "@", "\t", "\r", "\n")


@router.get("")
async def listing(request: Request) -> Response:
    """The filters and a page of records."""
    actor, query = await signed_in(request), request.query_params
    try:
        wanted = asked.read(query.multi_items())
    except InvalidRequestError as error:
        return await _list(request, actor, dict(query), Page(), problem=str(error), status=400)
    found = await services(request).review.search(actor, wanted)
    links = {
        "first": wanted.query(),
        "older": found.page.older is not None and wanted.query(before=found.page.older, search=found.search),
        "newer": found.page.newer is not None and wanted.query(after=found.page.newer, search=found.search),
    }
    shown: dict[str, Any] = dict(wanted.filters.given())
    for name in ("since", "until"):
        if name in shown:
            shown[name] = _local(shown[name])
    return await _list(request, actor, shown, found.page, links=links)


@router.get("/export")
async def export(request: Request) -> Response:
    """The records of a search as a file: `format` is `csv` or `jsonl`."""
    actor = await signed_in(request)
    items = [each for each in request.query_params.multi_items() if each[0] != "format"]
    form = request.query_params.get("format", "csv")
    if form not in _WRITERS:
        raise InvalidRequestError("`format` is csv or jsonl.", param="format")
    found = await services(request).review.export(actor, asked.read(items).filters, form)
    media, write = _WRITERS[form]
    name = "guard-records" if found.older is None else f"guard-records-from-{found.older}"
    headers = {"cache-control": "no-store", "content-disposition": f'attachment; filename="{name}.{form}"'}
    if found.older is not None:
        headers["x-guard-export-older"] = str(found.older)
    return Response(await asyncio.to_thread(write, found.rows), media_type=media, headers=headers)


def cell(value: object) -> str:
    """A value as a cell that no spreadsheet takes for a formula."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_RUN) else text


def as_csv(rows: Sequence[Row]) -> str:
    """Records as a table."""
    written = io.StringIO()
    table = csv.writer(written)
    table.writerow(COLUMNS)
    table.writerows([cell(value) for value in _cells(row.facts)] for row in rows)
    return written.getvalue()


def as_lines(rows: Iterable[Row]) -> str:
    """Records as lines of JSON, each with its hash; the record is in its exact bytes, so that the hash can be checked."""
    lines = []
    for row in rows:
        record = row.record.decode("ascii", "replace") if row.facts.is_readable else "null"
        lines.append(f'{{"hash":"{row.hash.hex()}","index":{row.facts.index},"record":{record}}}\n')
    return "".join(lines)


_WRITERS = {"csv": ("text/csv; charset=utf-8", as_csv), "jsonl": ("application/jsonl", as_lines)}


def _cells(facts: Facts) -> tuple[object, ...]:
    worst = facts.worst or ("", None)
    score = told.probability(worst[1]) if worst[1] is not None else ""
    return (
        facts.index, moment(facts.time), facts.event, facts.actor, facts.tenant, facts.model, facts.scenario,
        facts.decision, facts.reason_id, told.counted(facts.entities), worst[0], score,
        facts.request_id, facts.conversation_id, facts.policy,
    )  # fmt: skip


async def _list(
    request: Request,
    actor: Principal,
    filters: dict[str, Any],
    found: Page,
    *,
    links: dict[str, Any] | None = None,
    problem: str = "",
    status: int = 200,
) -> Response:
    names = await services(request).review.names(actor, (row.facts.actor for row in found.rows))
    return review_page(
        request,
        actor,
        "review.html",
        status,
        filters=filters,
        is_open=bool(filters.keys() - {"decision", "reason_id", "actor", "model", "since", "until"}),
        events=EVENTS,
        decisions=told.decisions(),
        found=found,
        names=names,
        links=links,
        problem=problem,
    )


def _local(milliseconds: int) -> str:
    """A time as the form's field has it."""
    return moment(milliseconds).removesuffix(" UTC").replace(" ", "T")
