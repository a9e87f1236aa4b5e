"""`/admin/api-keys`: the keys of one's tenant, a new one that is shown once, and revoking one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from guard.errors import AuthenticationError, GuardError, InvalidRequestError, NotFoundError
from guard.people.api_keys import state_of
from guard.web.admin import Desk, desk
from guard.web.desk import Pages, fresh, read_form, status_of
from guard.web.texts import gettext as _

router = APIRouter(prefix="/admin/api-keys", include_in_schema=False, route_class=Pages)
_DAYS = 90
"""Days that a key is valid unless somebody says otherwise."""

_MOST = 500
"""Keys on a page."""


@router.get("")
async def listed(request: Request, revoked: str = "") -> Response:
    """Those that are not revoked; with `revoked`, all."""
    at = await desk(request)
    found = await at.admin.api_keys.list(at.actor)
    shown = [each for each in found if revoked or each.key.revoked is None]
    return at.page(
        "admin_api_keys.html",
        keys=shown[:_MOST],
        more=max(0, len(shown) - _MOST),
        hidden=len(found) - len(shown),
        all=bool(revoked),
        state_of=state_of,
        may_edit=at.admin.api_keys.may(at.actor, "edit"),
        done=_("Revoked. Whoever uses it is refused from now on.") if request.query_params.get("done") else "",
    )


@router.get("/new")
async def new_page(request: Request, user: str = "") -> Response:
    """The form for a new key."""
    at = await desk(request)
    await fresh(request)
    return await _new(at, {"user": user, "expires": _from_now(_DAYS)})


@router.post("/new")
async def create(request: Request) -> Response:
    """Make it, and show it this once."""
    at, form = await desk(request), await read_form(request)
    await fresh(request)
    try:
        until = _end_of(form.get("expires", ""))
        made = await at.admin.api_keys.create(at.actor, form.get("user", ""), until)
    except AuthenticationError:
        raise
    except GuardError as error:
        return await _new(at, form, status_of(error), problem=str(error))
    owner = (await at.admin.api_keys.find(at.actor, made.key.id)).owner
    return at.page("admin_api_key.html", key=made.key, secret=made.api_key, owner=owner)


async def _new(at: Desk, written: Mapping[str, str], status: int = 200, **context: Any) -> Response:
    owners = await at.admin.api_keys.owners(at.actor)
    made = {
        "owners": owners,
        "written": {name: written.get(name, "") for name in ("user", "expires")},
        "earliest": _from_now(0),
    }
    return at.page("admin_api_key_new.html", status, **made | context)


@router.get("/{key_id}/revoke")
async def revoke_page(request: Request, key_id: str) -> Response:
    """What revoking will do, and the button."""
    return await _revoke(await desk(request), key_id)


@router.post("/{key_id}/revoke")
async def revoke(request: Request, key_id: str) -> Response:
    """Revoke it."""
    at = await desk(request)
    try:
        await at.admin.api_keys.revoke(at.actor, key_id)
    except (AuthenticationError, NotFoundError):
        raise
    except GuardError as error:
        return await _revoke(at, key_id, status_of(error), problem=str(error))
    return RedirectResponse("/admin/api-keys?done=revoked", 303)


async def _revoke(at: Desk, key_id: str, status: int = 200, **context: Any) -> Response:
    found = await at.admin.api_keys.find(at.actor, key_id)
    told = (
        _("It belongs to %(name)s. Whoever uses it is refused from now on; requests under way are answered.")
        % {"name": found.owner.name},
        _("It cannot be undone: make a new key instead."),
    )
    heading = _("Revoke the key gk_%(prefix)s…?") % {"prefix": found.key.prefix}
    made = {"heading": heading, "told": told, "button": _("Revoke"), "is_danger": True, "back": "/admin/api-keys"}
    return at.page("admin_confirm.html", status, **made | context)


def _from_now(days: int) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).date().isoformat()


def _end_of(day: str) -> int | None:
    """The end of a day in UTC; `None`: no day. Raises InvalidRequestError."""
    if not day.strip():
        return None
    try:
        end = datetime.fromisoformat(day.strip()[:10]).replace(tzinfo=UTC) + timedelta(days=1)
    except (ValueError, OverflowError):
        raise InvalidRequestError(_("Give a day such as 2027-01-31, or none.")) from None
    return int(end.timestamp() * 1000) - 1
