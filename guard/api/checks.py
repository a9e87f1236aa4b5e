"""`POST /api/redact` and `POST /api/moderate`: the checks alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from guard.api.body import read_json
from guard.api.caller import Caller, services
from guard.errors import InvalidRequestError
from guard.model import JSON, Replaced
from guard.redact.explained import explained

router = APIRouter()
MOST = 256
"""Texts in one call."""


@router.post("/api/redact", summary="Redact texts by the caller's profile")
async def redact(request: Request) -> Response:
    """`{"text": str or [str]}` to `{"results": [{"text", "counts"}]}`; with `"explain": true` also the `spans` of each."""
    body = await read_json(request)
    texts, explain = _texts(body), body.get("explain", False)
    if not isinstance(explain, bool):
        raise InvalidRequestError("`explain` must be true or false.", param="explain")
    caller = Caller(request)
    results = await services(request).checks.redact(caller.credential(), texts, caller.scenario())
    found: list[dict[str, Any]] = [
        {"text": each.body["messages"][0]["content"], "counts": dict(each.counts)}
        | ({"spans": [_span(replaced) for replaced in each.replaced]} if explain else {})
        for each in results
    ]
    return JSONResponse({"results": found}, headers={"cache-control": "no-store"})


def _span(replaced: Replaced) -> dict[str, Any]:
    """A span of the caller's own text with what made it; offsets in code points."""
    span = replaced.span
    return {
        "start": span.start,
        "end": span.end,
        "entity_type": span.entity_type,
        "score": round(span.score, 3),
        "replacement": replaced.replacement,
        "explanation": explained(span).as_json(),
    }


@router.post("/api/moderate", summary="Judge texts by the caller's profile")
async def moderate(request: Request) -> Response:
    """`{"text": str or [str]}` to `{"results": [{"scores", "flagged", "action"}]}`."""
    texts = _texts(await read_json(request))
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


def _texts(body: Mapping[str, JSON]) -> list[str]:
    text = body.get("text")
    given: list[object] = text if isinstance(text, list) else [text]
    texts = [each for each in given if isinstance(each, str)]
    if not 0 < len(texts) <= MOST or len(texts) < len(given):
        raise InvalidRequestError(f"`text` must be a string or up to {MOST} of them.", param="text")
    return texts
