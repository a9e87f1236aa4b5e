"""Signing in and out."""

from __future__ import annotations

import math

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from guard.errors import AuthenticationError, LimitExceededError
from guard.web.desk import COOKIE, page, read_form, services

router = APIRouter(include_in_schema=False)


@router.get("/login")
async def login_page(request: Request) -> Response:
    """The sign-in form."""
    return page(request, "login.html", problem=None)


@router.post("/login")
async def login(request: Request) -> Response:
    """Sign in with `name` and `password`."""
    form = await read_form(request)
    name, password = form.get("name"), form.get("password")
    try:
        if not name or not password:
            raise AuthenticationError("Give a name and a password.", reason_id="invalid_login")
        session = await services(request).login.login(name, password)
    except AuthenticationError as error:
        return page(request, "login.html", 401, problem=str(error))
    except LimitExceededError as error:
        answer = page(request, "login.html", 429, problem=str(error))
        answer.headers["retry-after"] = str(max(1, math.ceil(error.retry_after or 0)))
        return answer
    response = RedirectResponse("/chat", 303)
    # Lax: a link from elsewhere finds its reader signed in; unsafe requests from elsewhere are refused anyway.
    response.set_cookie(COOKIE, session, httponly=True, samesite="lax", secure=request.url.scheme == "https")
    return response


@router.post("/logout")
async def logout(request: Request) -> Response:
    """Sign out."""
    if session := request.cookies.get(COOKIE):
        await services(request).login.logout(session)
    response = RedirectResponse("/login", 303)
    response.delete_cookie(COOKIE)
    return response
