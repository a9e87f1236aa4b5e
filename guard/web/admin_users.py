"""`/admin/users`: who there is, somebody new, one person, and each act on them behind a page that says what it will do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from guard.authenticate.directory import Entry
from guard.authenticate.users import Kind
from guard.errors import AuthenticationError, GuardError, InvalidRequestError, NotFoundError, PermissionDeniedError
from guard.people.api_keys import state_of as key_state
from guard.people.directory import Wanted, state_of
from guard.web.admin import Desk, desk
from guard.web.admin_acts import acts, done_texts
from guard.web.desk import Pages, fresh, status_of
from guard.web.texts import gettext as _

router = APIRouter(prefix="/admin", include_in_schema=False, route_class=Pages)
_FILTERS = ("name", "role", "kind", "state")
_STATES = ("active", "disabled", "locked")
_LONGEST = 256
_KINDS: Mapping[str, Kind] = {"user": "user", "service": "service"}


@dataclass(frozen=True, slots=True)
class Form:
    """A form with boxes of one name."""

    fields: Mapping[str, str]
    roles: tuple[str, ...]

    @property
    def is_accepted(self) -> bool:
        return bool(self.fields.get("accept"))


@router.get("")
async def home(request: Request) -> Response:
    """The first page that somebody may see."""
    return (await desk(request)).home()


@router.get("/users")
async def users(request: Request) -> Response:
    """A page of the people of one's tenant."""
    at = await desk(request)
    asked = {name: request.query_params.get(name, "")[:_LONGEST].strip() for name in _FILTERS}
    asked["state"] = asked["state"] if asked["state"] in _STATES else ""
    page = request.query_params.get("page", "1")
    number = int(page) if page.isascii() and page.isdecimal() and len(page) < 7 else 1
    found = await at.admin.people.search(at.actor, Wanted(**asked, page=number))
    query = urlencode({name: value for name, value in asked.items() if value})
    return at.page(
        "admin_users.html",
        found=found,
        asked=asked,
        query=f"{query}&" if query else "",
        roles=at.admin.people.roles(),
        state_of=state_of,
        may_edit=at.admin.people.may(at.actor, "edit"),
    )


@router.get("/users/new")
async def new_page(request: Request) -> Response:
    """The form for somebody new."""
    at = await desk(request)
    await at.admin.people.require_edit(at.actor)
    await fresh(request)
    return _new(at, Form({}, ()))


@router.post("/users/new")
async def add(request: Request) -> Response:
    """Add them, and show the password this once."""
    at, form = await desk(request), await _form(request)
    await fresh(request)
    name, kind = form.fields.get("name", "").strip(), _KINDS.get(form.fields.get("kind", "user"))
    try:
        if kind is None:
            raise InvalidRequestError(_("Choose what kind of user this is."))
        made = await at.admin.people.add(at.actor, name, form.roles, kind, is_accepted=form.is_accepted)
    except (AuthenticationError, PermissionDeniedError):
        raise
    except GuardError as error:
        return _new(at, form, status_of(error), problem=str(error))
    if made.password is None:
        return RedirectResponse(f"/admin/users/{made.user.id}?done=added", 303)
    return at.page("admin_password.html", user=made.user, password=made.password, is_new=True)


def _new(at: Desk, form: Form, status: int = 200, **context: Any) -> Response:
    made = {
        "written": {"name": form.fields.get("name", ""), "kind": form.fields.get("kind", "user")},
        "chosen": form.roles,
        "roles": at.admin.people.roles(),
        "together": at.admin.people.together(at.actor, form.roles) if form.roles else (),
    }
    return at.page("admin_user_new.html", status, **made | context)


@router.get("/users/{user_id}")
async def user(request: Request, user_id: str, done: str = "") -> Response:
    """One person."""
    at = await desk(request)
    found = await at.admin.people.show(at.actor, user_id)
    return at.page(
        "admin_user.html",
        found=found,
        entry=found.entry,
        user=found.entry.user,
        state=state_of(found.entry),
        roles=at.admin.people.roles(),
        done=done_texts().get(done, ""),
        may_edit=at.admin.people.may(at.actor, "edit"),
        key_state=key_state,
        may_read_keys=at.admin.api_keys.may(at.actor, "read"),
        may_edit_keys=at.admin.api_keys.may(at.actor, "edit"),
    )


@router.get("/users/{user_id}/roles")
async def roles_page(request: Request, user_id: str) -> Response:
    """What other roles would mean, before anything is saved."""
    at = await desk(request)
    entry = await at.admin.people.looked_at(at.actor, user_id)
    await fresh(request)
    chosen = tuple(request.query_params.getlist("role"))
    return _roles(at, entry, chosen)


@router.post("/users/{user_id}/roles")
async def change_roles(request: Request, user_id: str) -> Response:
    """Save what was shown."""
    at, form = await desk(request), await _form(request)
    await fresh(request)
    before = tuple(form.fields.get("before", "").split())
    try:
        await at.admin.people.change_roles(at.actor, user_id, form.roles, before, is_accepted=form.is_accepted)
    except (AuthenticationError, NotFoundError):
        raise
    except GuardError as error:
        entry = await at.admin.people.looked_at(at.actor, user_id)
        return _roles(at, entry, form.roles, status_of(error), problem=str(error))
    return RedirectResponse(f"/admin/users/{user_id}?done=roles", 303)


def _roles(at: Desk, entry: Entry, chosen: tuple[str, ...], status: int = 200, **context: Any) -> Response:
    known = at.admin.people.roles()
    wanted = tuple(role for role in known if role in chosen)
    made = {
        "user": entry.user,
        "wanted": wanted,
        "added": [role for role in wanted if role not in entry.user.roles],
        "removed": [role for role in entry.user.roles if role not in wanted],
        "roles": known,
        "together": at.admin.people.together(at.actor, wanted) if wanted else (),
    }
    return at.page("admin_roles.html", status, **made | context)


@router.get("/users/{user_id}/{act}")
async def act_page(request: Request, user_id: str, act: str) -> Response:
    """What an act will do, and the button that does it."""
    at = await desk(request)
    entry = await at.admin.people.looked_at(at.actor, user_id)
    await _fresh(request, act)
    return _confirm(at, entry, act)


@router.post("/users/{user_id}/{act}")
async def do(request: Request, user_id: str, act: str) -> Response:
    """Do it."""
    at = await desk(request)
    known = acts().get(act)
    if known is None:
        raise NotFoundError(_("There is nothing at this address."))
    await _fresh(request, act)
    people = at.admin.people
    try:
        if act == "password":
            password = await people.reset_password(at.actor, user_id)
            user = (await people.looked_at(at.actor, user_id)).user
            return at.page("admin_password.html", user=user, password=password, is_new=False)
        await {
            "disable": people.disable,
            "enable": people.enable,
            "sign-out": people.end_sessions,
            "second-factor": people.remove_second_factor,
            "unlock": people.unlock,
        }[act](at.actor, user_id)
    except (AuthenticationError, NotFoundError):
        raise
    except GuardError as error:
        entry = await people.looked_at(at.actor, user_id)
        return _confirm(at, entry, act, status_of(error), problem=str(error))
    return RedirectResponse(f"/admin/users/{user_id}?done={known.done}", 303)


async def _fresh(request: Request, act: str) -> None:
    """What would let somebody in needs a fresh proof; what keeps somebody out must not wait for one."""
    if act in ("enable", "password", "second-factor"):
        await fresh(request)


def _confirm(at: Desk, entry: Entry, act: str, status: int = 200, **context: Any) -> Response:
    known = acts().get(act)
    if known is None:
        raise NotFoundError(_("There is nothing at this address."))
    made = {
        "heading": known.heading % {"name": entry.user.name},
        "told": known.told,
        "button": known.button,
        "is_danger": act != "enable",
        "back": f"/admin/users/{entry.user.id}",
    }
    return at.page("admin_confirm.html", status, **made | context)


async def _form(request: Request) -> Form:
    sent = await request.form(max_files=0)
    fields = {name: value for name, value in sent.items() if isinstance(value, str)}
    return Form(fields, tuple(role for role in sent.getlist("role") if isinstance(role, str)))
