"""`/api/users`, `/api/apikeys`, `/api/generators`, `/api/keys`, `/api/health`. `docs/reference/admin-api.md` has the shapes."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from pydantic import Field
from starlette.responses import JSONResponse, Response

from guard.api.caller import Caller, services
from guard.api.forms import Form, body_of, read_form
from guard.errors import InvalidRequestError
from guard.model import Principal
from guard.people import views
from guard.people.directory import Wanted
from guard.services import Admin

router = APIRouter(prefix="/api", tags=["admin"])
_Short = Annotated[str, Field(max_length=256)]
_FILTERS = ("name", "role", "kind", "state", "page")


class NewUser(Form):
    """Somebody to add. `accept`: say yes to duties that the policy keeps apart."""

    name: _Short
    roles: list[_Short] = Field(max_length=100)
    kind: Literal["user", "service"] = "user"
    accept: bool = False


class NewRoles(Form):
    """Roles in the place of those that there are. `before`: those that you saw, so that nobody is overwritten."""

    roles: list[_Short] = Field(max_length=100)
    before: list[_Short] | None = Field(default=None, max_length=100)
    accept: bool = False


class NewKey(Form):
    """`user`: id of the owner. `expires`: milliseconds since 1970; without it: never."""

    user: _Short
    expires: int | None = Field(default=None, ge=0, lt=2**53)


class Named(Form):
    """A generator by its name, which may hold a slash."""

    name: _Short


class _Desk:
    """The caller of one request, before the administration."""

    def __init__(self, admin: Admin, actor: Principal) -> None:
        self.admin, self.actor = admin, actor

    async def user(self, user_id: str) -> Response:
        entry = await self.admin.people.looked_at(self.actor, user_id)
        return _json({"user": views.entry(entry)})


async def _desk(request: Request) -> _Desk:
    actor = await services(request).authenticate(Caller(request).credential())
    return _Desk(services(request).admin, actor)


async def _fresh(request: Request) -> _Desk:
    """The desk of somebody who proved a short while ago who they are. Raises StepUpRequiredError."""
    made = await _desk(request)
    await Caller(request).fresh()
    return made


@router.get(
    "/users",
    summary="The people and services of your tenant",
    openapi_extra={
        "parameters": [{"name": name, "in": "query", "schema": {"type": "integer" if name == "page" else "string"}}
                       for name in _FILTERS]
    },
)  # fmt: skip
async def users(request: Request) -> Response:
    """By name, 50 on a page."""
    desk = await _desk(request)
    found = await desk.admin.people.search(desk.actor, _wanted(request))
    listed = [views.entry(each) for each in found.entries]
    return _json({"users": listed, "total": found.total, "page": found.page, "pages": found.pages})


@router.post("/users", summary="Add somebody", openapi_extra=body_of(NewUser), status_code=201)
async def add(request: Request) -> Response:
    """A person's password is in this answer and nowhere else."""
    desk, form = await _fresh(request), await read_form(request, NewUser)
    made = await desk.admin.people.add(desk.actor, form.name, form.roles, form.kind, is_accepted=form.accept)
    return _json({"user": views.user(made.user), "password": made.password}, 201)


@router.get("/users/{user_id}", summary="One user with sessions and keys")
async def one_user(request: Request, user_id: str) -> Response:
    """Looking is a record."""
    desk = await _desk(request)
    return _json({"user": views.shown(await desk.admin.people.show(desk.actor, user_id))})


@router.post("/users/{user_id}/roles", summary="Change roles", openapi_extra=body_of(NewRoles))
async def roles(request: Request, user_id: str) -> Response:
    """Your own only while nobody else could; never so that nobody could edit users or the policy any more."""
    desk, form = await _fresh(request), await read_form(request, NewRoles)
    people = desk.admin.people
    await people.change_roles(desk.actor, user_id, form.roles, form.before, is_accepted=form.accept)
    return await desk.user(user_id)


@router.post("/users/{user_id}/disable", summary="Disable: sessions end, keys are refused")
async def disable(request: Request, user_id: str) -> Response:
    """At once."""
    desk = await _desk(request)
    await desk.admin.people.disable(desk.actor, user_id)
    return await desk.user(user_id)


@router.post("/users/{user_id}/enable", summary="Enable again, with the roles and keys of before")
async def enable(request: Request, user_id: str) -> Response:
    """Sessions do not come back."""
    desk = await _fresh(request)
    await desk.admin.people.enable(desk.actor, user_id)
    return await desk.user(user_id)


@router.post("/users/{user_id}/password", summary="Give a new password; sessions end")
async def password(request: Request, user_id: str) -> Response:
    """It is in this answer and nowhere else."""
    desk = await _fresh(request)
    return _json({"password": await desk.admin.people.reset_password(desk.actor, user_id)})


@router.post("/users/{user_id}/sign-out", summary="End all sessions")
async def sign_out(request: Request, user_id: str) -> Response:
    """Keys go on working."""
    desk = await _desk(request)
    await desk.admin.people.end_sessions(desk.actor, user_id)
    return await desk.user(user_id)


@router.post("/users/{user_id}/second-factor/remove", summary="Take the second factor away; sessions end")
async def second_factor(request: Request, user_id: str) -> Response:
    """For who has lost it."""
    desk = await _fresh(request)
    await desk.admin.people.remove_second_factor(desk.actor, user_id)
    return await desk.user(user_id)


@router.post("/users/{user_id}/unlock", summary="End a lock-out after wrong passwords")
async def unlock(request: Request, user_id: str) -> Response:
    """The password stays."""
    desk = await _desk(request)
    await desk.admin.people.unlock(desk.actor, user_id)
    return await desk.user(user_id)


@router.get("/apikeys", summary="The API keys of your tenant, the newest first")
async def api_keys(request: Request) -> Response:
    """Never the keys themselves."""
    desk = await _desk(request)
    return _json({"api_keys": [views.owned(each) for each in await desk.admin.api_keys.list(desk.actor)]})


@router.post("/apikeys", summary="Make an API key", openapi_extra=body_of(NewKey), status_code=201)
async def new_key(request: Request) -> Response:
    """For a service, or for yourself. It is in this answer and nowhere else."""
    desk, form = await _fresh(request), await read_form(request, NewKey)
    made = await desk.admin.api_keys.create(desk.actor, form.user, form.expires)
    return _json({**views.key(made.key), "api_key": made.api_key}, 201)


@router.post("/apikeys/{key_id}/revoke", summary="Revoke an API key, from now on")
async def revoke(request: Request, key_id: str) -> Response:
    """It cannot be undone."""
    desk = await _desk(request)
    await desk.admin.api_keys.revoke(desk.actor, key_id)
    return _json({"api_key": views.owned(await desk.admin.api_keys.find(desk.actor, key_id))})


@router.get("/generators", summary="The generators of the settings, and their state")
async def generators(request: Request) -> Response:
    """Without their secrets."""
    desk = await _desk(request)
    return _json({"generators": [each.as_json() for each in await desk.admin.generators.list(desk.actor)]})


@router.post("/generators/test", summary="Send a generator one fixed prompt", openapi_extra=body_of(Named))
async def test_generator(request: Request) -> Response:
    """Times and the number of words; 200 also when it failed, with the reason."""
    desk, form = await _desk(request), await read_form(request, Named)
    return _json((await desk.admin.generators.test(desk.actor, form.name)).as_json())


@router.get("/keys", summary="The key hierarchy as it stands")
async def keys(request: Request) -> Response:
    """Which key encryption key wraps how many data keys."""
    desk = await _desk(request)
    return _json((await desk.admin.keys.status(desk.actor)).as_json())


@router.get("/health", summary="Readiness, processes, database, disk, log, memory")
async def health(request: Request) -> Response:
    """All of it for the installation's own tenant; others see readiness and version."""
    desk = await _desk(request)
    return _json((await desk.admin.health.look(desk.actor)).as_json())


def _wanted(request: Request) -> Wanted:
    """Raises InvalidRequestError for a filter that there is not, or a page that is no number."""
    asked = dict(request.query_params)
    if unknown := set(asked) - set(_FILTERS):
        raise InvalidRequestError(f"There are the filters {', '.join(_FILTERS)}; {len(unknown)} others were given.")
    page = asked.pop("page", "1")
    if not (page.isascii() and page.isdecimal() and len(page) < 7):
        raise InvalidRequestError("`page` is a number from 1.", param="page")
    return Wanted(**asked, page=int(page))


def _json(content: Any, status: int = 200) -> Response:
    return JSONResponse(content, status, headers={"cache-control": "no-store"})
