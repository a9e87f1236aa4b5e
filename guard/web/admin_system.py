"""`/admin/generators`, `/admin/keys`, `/admin/health`: what the settings made, and how it is."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from guard.errors import AuthenticationError, GuardError, NotFoundError, PermissionDeniedError
from guard.web.admin import Desk, desk
from guard.web.desk import Pages, read_form, status_of
from guard.web.texts import gettext as _

router = APIRouter(prefix="/admin", include_in_schema=False, route_class=Pages)


@router.get("/generators")
async def generators(request: Request) -> Response:
    """What they are, and whether they are loaded."""
    return await _generators(await desk(request))


@router.post("/generators")
async def test_generator(request: Request) -> Response:
    """Test the one that the button names."""
    at, form = await desk(request), await read_form(request)
    try:
        tested = await at.admin.generators.test(at.actor, form.get("name", ""))
    except (AuthenticationError, PermissionDeniedError):
        raise
    except GuardError as error:
        return await _generators(at, status_of(error), problem=str(error))
    return await _generators(at, tested=tested)


async def _generators(at: Desk, status: int = 200, **context: Any) -> Response:
    listed = await at.admin.generators.list(at.actor)
    return at.page("admin_generators.html", status, **{"tested": None} | context | {"generators": listed})


@router.get("/keys")
async def keys(request: Request) -> Response:
    """The key hierarchy."""
    at = await desk(request)
    return at.page("admin_keys.html", status_=await at.admin.keys.status(at.actor))


@router.get("/health")
async def health(request: Request) -> Response:
    """How the installation is; printed, it is what a supporter asks for."""
    at = await desk(request)
    return at.page("admin_health.html", health=await at.admin.health.look(at.actor))


@router.get("/{rest:path}")
async def nothing(request: Request) -> Response:
    """Whatever else is asked for."""
    await desk(request)
    raise NotFoundError(_("There is nothing at this address."))
