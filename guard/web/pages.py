"""The front door: static files, and where to begin."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from guard.web.assets import static

router = APIRouter(include_in_schema=False)


@router.get("/static/{name}")
async def static_file(name: str, v: str | None = None) -> Response:
    """A style sheet, a script or a picture."""
    return static(name, v)


@router.get("/")
async def home() -> Response:
    """Everybody begins with the chat."""
    return RedirectResponse("/chat", 303)
