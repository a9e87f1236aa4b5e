"""`/api/dashboard`: the figures of the dashboard. `docs/howto/dashboard.md` says what is counted."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from guard.api.caller import Caller, services
from guard.insight import period
from guard.insight.period import RANGES

router = APIRouter(tags=["dashboard"])

_PARAMETERS: dict[str, Any] = {
    "parameters": [
        {"name": "range", "in": "query", "schema": {"type": "string", "enum": list(RANGES)}},
        {"name": "since", "in": "query", "schema": {"type": "string"}},
        {"name": "until", "in": "query", "schema": {"type": "string"}},
    ]
}


@router.get("/api/dashboard", summary="Figures of a period, of the caller's tenant", openapi_extra=_PARAMETERS)
async def dashboard(request: Request) -> Response:
    """By default of the last 24 hours; `since` and `until` are dates with or without a time, or milliseconds since 1970."""
    actor = await services(request).authenticate(Caller(request).credential())
    wanted = period.read(request.query_params.multi_items())
    look = await services(request).dashboard.look(actor, wanted, "json")
    content = await asyncio.to_thread(look.report.as_json)
    return JSONResponse(content, headers={"cache-control": "no-store"})
