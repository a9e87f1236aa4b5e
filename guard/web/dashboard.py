"""The dashboard: figures of a period as numbers, charts with their tables, and a page to print. Links and one form."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import Response

from guard.clock import now
from guard.errors import InvalidRequestError, NotFoundError
from guard.insight import period as periods
from guard.insight.charts import Chart, Drawings, Size, Theme
from guard.insight.dashboard import Look
from guard.model import Principal
from guard.web import figures
from guard.web.desk import Pages, page, services, signed_in
from guard.web.texts import gettext as _
from guard.web.times import minute

router = APIRouter(include_in_schema=False, prefix="/dashboard", route_class=Pages)

_THEMES: dict[str, Theme] = {"light": "light", "dark": "dark"}
_SIZES: dict[str, Size] = {"wide": "wide", "narrow": "narrow"}
_drawings = Drawings()


@router.get("")
async def dashboard(request: Request) -> Response:
    """The figures of a period beside those of the period before."""
    actor = await signed_in(request)
    try:
        period = periods.read(request.query_params.multi_items())
    except InvalidRequestError as error:
        return _page(request, dict(request.query_params), problem=str(error), status=400)
    built = services(request).dashboard
    look = await built.look(actor, period, compared=True)
    shown = {"range": period.name} if period.name else {}
    return _page(
        request,
        shown | {"since": _field(period.since), "until": _field(period.until)},
        look=look,
        limits=await built.limits(actor),
        backlog=await built.backlog(actor),
        may_work=services(request).authorize.decide(actor, "queue", "work").allowed,
        **await asyncio.to_thread(_figures, request, actor, look),
    )


@router.get("/report")
async def report(request: Request) -> Response:
    """The same to be printed."""
    actor = await signed_in(request)
    period = periods.read(request.query_params.multi_items())
    look = await services(request).dashboard.look(actor, period, "report", compared=True)
    return page(
        request,
        "dashboard_report.html",
        look=look,
        maker=actor.name or actor.id,
        tenant=actor.tenant,
        made=minute(now()) + " UTC",
        policy=services(request).authorize.policy,
        **await asyncio.to_thread(_figures, request, actor, look, is_linked=False),
    )


@router.get("/chart/{name}.svg")
async def chart(request: Request, name: str) -> Response:
    """A chart; `theme` is light or dark, `size` wide or narrow."""
    given, made = await _asked(request, name, "svg", ("theme", "size"))
    theme, size = _THEMES.get(given.get("theme", "light")), _SIZES.get(given.get("size", "wide"))
    if theme is None or size is None:
        raise InvalidRequestError("`theme` is light or dark, `size` is wide or narrow.", param="theme")
    headers = {"cache-control": "private, no-cache", "etag": f'"{made.digest[:16]}-{theme}-{size}"'}
    if request.headers.get("if-none-match") == headers["etag"]:
        return Response(status_code=304, headers=headers)
    return Response(await _drawings.draw(made, theme, size), media_type="image/svg+xml", headers=headers)


@router.get("/table/{name}.csv")
async def table(request: Request, name: str) -> Response:
    """The table behind a chart as a file."""
    _given, made = await _asked(request, name, "csv", ())
    headers = {"cache-control": "no-store", "content-disposition": f'attachment; filename="guard-{made.name}.csv"'}
    return Response(figures.as_csv(made), media_type="text/csv; charset=utf-8", headers=headers)


async def _asked(request: Request, name: str, form: str, more: Sequence[str]) -> tuple[dict[str, str], Chart]:
    """The chart that is asked for, on record unless it belongs to a page that is. Raises NotFoundError."""
    actor = await signed_in(request)
    given = {key: value for key, value in request.query_params.items() if key in ("look", *more)}
    wanted = periods.read(each for each in request.query_params.multi_items() if each[0] not in given)
    found = await services(request).dashboard.again(actor, wanted, given.get("look", ""), form)
    made = figures.chart(found, name)
    if made is None:
        raise NotFoundError("There is no such chart.")
    return given, made


def _figures(request: Request, actor: Principal, look: Look, *, is_linked: bool = True) -> dict[str, Any]:
    """What both pages show of a report."""
    found = look.report
    may_review = services(request).authorize.decide(actor, "audit", "read").allowed
    link = figures.review_links(found.period) if may_review and is_linked else None
    query = urlencode({"since": found.period.since, "until": found.period.until})
    return {
        "figures": figures,
        "words": figures.kinds(),
        "charts": figures.charts(found),
        "tiles": figures.tiles(found, look.before, link),
        "link": link,
        "query": query,
        "marked": f"{query}&{urlencode({'look': look.mark})}",
        "models": found.models(),
        "cut": max(found.period.since, found.cut) if found.cut is not None else None,
    }


def _page(request: Request, shown: Mapping[str, str], *, problem: str = "", status: int = 200, **more: Any) -> Response:
    nothing: dict[str, Any] = dict.fromkeys(("look", "limits", "backlog", "charts", "link"))
    return page(request, "dashboard.html", status, **nothing | more, shown=shown, problem=problem, ranges=_ranges())


def _ranges() -> Iterable[tuple[str, str]]:
    return (("24h", _("Last 24 hours")), ("7d", _("Last 7 days")), ("30d", _("Last 30 days")))


def _field(milliseconds: int) -> str:
    """A time as the form's field has it."""
    return minute(milliseconds).replace(" ", "T")
