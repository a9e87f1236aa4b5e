"""Signing in by name, password and code; proving once more who one is; signing out."""

from __future__ import annotations

import math
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from guard.authenticate.addresses import local_page
from guard.authenticate.login import CodeWanted
from guard.authenticate.pending import MINUTES
from guard.authenticate.session import Session
from guard.errors import (
    AuthenticationError,
    GuardError,
    LimitExceededError,
    PasswordChangeRequiredError,
    SecondFactorRequiredError,
)
from guard.web.desk import (
    COOKIE,
    Pages,
    credential,
    facts,
    page,
    read_form,
    services,
    set_session,
    signed_in,
    status_of,
)
from guard.web.texts import gettext as _

router = APIRouter(include_in_schema=False, route_class=Pages)
PENDING = "guard_pending"
SET_UP = "/account/second-factor"


@router.get("/login")
async def login_page(request: Request, next: str = "") -> Response:  # noqa: A002  (the parameter's name in addresses)
    """The sign-in form; who has to set up a second factor first is sent there."""
    try:
        if credential(request).session:
            await services(request).authenticate(credential(request))
    except PasswordChangeRequiredError:
        return RedirectResponse("/account/password", 303)
    except SecondFactorRequiredError:
        return RedirectResponse(SET_UP, 303)
    except AuthenticationError:
        pass
    return login_form(request, wanted=next)


@router.post("/login")
async def login(request: Request) -> Response:
    """Sign in with `name` and `password`."""
    form = await read_form(request)
    name, password, wanted = form.get("name"), form.get("password"), form.get("next", "")
    try:
        if not name or not password:
            raise AuthenticationError(_("Give a name and a password."), reason_id="invalid_login")
        made = await services(request).login.login(name, password, facts(request))
    except (AuthenticationError, LimitExceededError) as error:
        return login_form(request, error, wanted=wanted)
    if isinstance(made, CodeWanted):
        response = RedirectResponse(_with_next("/login/code", wanted), 303)
        keep_pending(response, request, PENDING, made.pending)
        return response
    return welcome(request, made, wanted)


@router.get("/login/code")
async def code_page(request: Request, next: str = "") -> Response:  # noqa: A002
    """The form for the code of the second factor."""
    if PENDING not in request.cookies:
        return RedirectResponse(_with_next("/login", next), 303)
    return page(request, "login_code.html", problem=None, next=local_page(next, ""))


@router.post("/login/code")
async def code(request: Request) -> Response:
    """Complete a sign-in with a code."""
    form = await read_form(request)
    wanted = form.get("next", "")
    try:
        token = await services(request).login.code(request.cookies.get(PENDING), form.get("code", ""), facts(request))
    except (AuthenticationError, LimitExceededError) as error:
        if error.reason_id not in ("invalid_code", "rate_limit_exceeded"):
            return login_form(request, error, wanted=wanted)
        return refused(request, "login_code.html", error, next=local_page(wanted, ""))
    response = welcome(request, token, wanted)
    response.delete_cookie(PENDING, path="/login")
    return response


@router.get("/login/again")
async def again_page(request: Request, next: str = "") -> Response:  # noqa: A002
    """Prove once more who one is: by password, and a code if that is on, or at the provider."""
    return _again(request, await _session(request), wanted=next)


@router.post("/login/again")
async def again(request: Request) -> Response:
    """Prove it by password and code."""
    form, session = await read_form(request), await _session(request)
    wanted = form.get("next", "")
    try:
        await services(request).accounts.login.again(session, form.get("password", ""), form.get("code", ""))
    except (AuthenticationError, LimitExceededError) as error:
        return _again(request, session, error, wanted=wanted)
    return RedirectResponse(local_page(wanted, "/account"), 303)


@router.post("/logout")
async def logout(request: Request) -> Response:
    """Sign out, of the provider as well where the session began there."""
    session, elsewhere = request.cookies.get(COOKIE), None
    oidc = services(request).oidc
    ended = await services(request).login.logout(session) if session else None
    if ended is not None and oidc is not None:
        elsewhere = await oidc.logout_url(ended, own_address(request) + "/login")
    # A redirect of a form to another host is against our own content policy (`form-action`): the page goes there itself.
    response = page(request, "signed_out.html", elsewhere=elsewhere) if elsewhere else RedirectResponse("/login", 303)
    response.delete_cookie(COOKIE)
    return response


def welcome(request: Request, token: str, wanted: str) -> Response:
    """On to the page that was asked for, signed in."""
    response = RedirectResponse(local_page(wanted), 303)
    set_session(response, request, token)
    return response


def login_form(request: Request, error: GuardError | None = None, *, wanted: str = "") -> Response:
    """The sign-in form, with what was wrong."""
    oidc = services(request).oidc
    context = {"next": local_page(wanted, ""), "provider": oidc.label if oidc else None}
    return refused(request, "login.html", error, **context)


def refused(request: Request, template: str, error: GuardError | None, **context: Any) -> Response:
    """A page that says what was wrong, with the status that it has."""
    if error is None:
        return page(request, template, problem=None, **context)
    status = 401 if isinstance(error, AuthenticationError) else status_of(error)
    answer = page(request, template, status, problem=str(error), **context)
    if isinstance(error, LimitExceededError):
        answer.headers["retry-after"] = str(max(1, math.ceil(error.retry_after or 0)))
    return answer


def keep_pending(response: Response, request: Request, name: str, sealed: str) -> None:
    """Keep a sign-in that is under way in the browser."""
    secure = request.url.scheme == "https"
    response.set_cookie(name, sealed, max_age=MINUTES * 60, path="/login", httponly=True, samesite="lax", secure=secure)


def own_address(request: Request) -> str:
    """Guard's own address as browsers see it."""
    oidc = services(request).oidc
    return (oidc.public_url if oidc else "") or f"{request.url.scheme}://{request.url.netloc}"


async def _session(request: Request) -> Session:
    await signed_in(request)
    return await services(request).accounts.session(request.cookies.get(COOKIE))


def _again(request: Request, session: Session, error: GuardError | None = None, *, wanted: str = "") -> Response:
    oidc = services(request).oidc
    context = {
        "next": local_page(wanted, ""),
        "provider": (oidc.label if oidc else _("your organisation")) if session.method == "oidc" else None,
        "code": session.user.second_factor is not None,
    }
    return refused(request, "login_again.html", error, **context)


def _with_next(path: str, wanted: str) -> str:
    from urllib.parse import quote

    kept = local_page(wanted, "")
    return f"{path}?next={quote(kept, safe='/')}" if kept else path
