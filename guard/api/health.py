"""`/healthz`: the process answers. `/readyz`: it can serve; generators elsewhere are not asked."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from guard.api.caller import services

router = APIRouter()


@router.get("/healthz", summary="The process is alive")
async def healthz() -> Response:
    """Always 200."""
    return JSONResponse({"status": "ok"})


@router.get("/readyz", summary="Every part that a request needs is ready")
async def readyz(request: Request) -> Response:
    """200 or 503 with the parts: database, keys, policy, detectors, classifiers, limits."""
    parts = dict(await services(request).ready())
    ready = bool(parts) and all(parts.values())
    return JSONResponse({"ready": ready, "parts": parts}, 200 if ready else 503)
