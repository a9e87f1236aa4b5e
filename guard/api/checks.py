"""`POST /api/redact` and `POST /api/moderate`: the checks alone."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from guard.api.body import read_json
from guard.api.caller import Caller, services
from guard.errors import InvalidRequestError

router = APIRouter()
MOST = 256
"""Texts in one call."""


@router.post("/api/redact", summary="Redact texts by the caller's profile")
async def redact(request: Request) -> Response:
    """`{"text": str or [str]}` to `{"results": [{"text", "counts"}]}`."""
    texts = await _texts(request)
    caller = Caller(request)
    results = await services(request).checks.redact(caller.credential(), texts, caller.scenario())
    found: list[dict[str, Any]] = [
        {"text": each.body["messages"][0]["content"], "counts": dict(each.counts)} for each in results
    ]
    return JSONResponse({"results": found}, headers={"cache-control": "no-store"})


@router.post("/api/moderate", summary="Judge texts by the caller's profile")
async def moderate(request: Request) -> Response:
    """`{"text": str or [str]}` to `{"results": [{"scores", "flagged", "action"}]}`."""
    texts = await _texts(request)
    caller = Caller(request)
    verdicts = await services(request).checks.moderate(caller.credential(), texts, caller.scenario())
    found = [
        {
            "scores": {name: round(value, 4) for name, value in verdict.scores.items()},
            "flagged": list(verdict.flagged),
            "action": verdict.action,
        }
        for verdict in verdicts
    ]
    return JSONResponse({"results": found}, headers={"cache-control": "no-store"})


async def _texts(request: Request) -> list[str]:
    body = await read_json(request)
    text = body.get("text")
    given: list[object] = text if isinstance(text, list) else [text]
    texts = [each for each in given if isinstance(each, str)]
    if not 0 < len(texts) <= MOST or len(texts) < len(given):
        raise InvalidRequestError(f"`text` must be a string or up to {MOST} of them.", param="text")
    return texts
