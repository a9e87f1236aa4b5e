"""`/login/oidc`: signing in through the OpenID provider."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from guard.authenticate.addresses import local_page
from guard.authenticate.oidc import OidcLogin
from guard.authenticate.session import Session
from guard.errors import AuthenticationError, GuardError, NotFoundError
from guard.web.desk import COOKIE, Pages, facts, services
from guard.web.sign_in import keep_pending, login_form, own_address, welcome

router = APIRouter(prefix="/login/oidc", include_in_schema=False, route_class=Pages)
COOKIE_OF_LOGIN = "guard_oidc"


@router.get("")
async def start(request: Request, next: str = "", again: str = "") -> Response:  # noqa: A002
    """Send the browser to the provider. Nothing is changed but a cookie of its own."""
    oidc = _oidc(request)
    session = await _session(request) if again else None
    if again and session is None:
        raise AuthenticationError
    try:
        url, kept = await oidc.start(_callback(request), local_page(next, "/account" if again else "/chat"), session)
    except GuardError as error:
        return login_form(request, error, wanted=next)
    response = RedirectResponse(url, 303, {"cache-control": "no-store"})
    keep_pending(response, request, COOKIE_OF_LOGIN, kept)
    return response


@router.get("/callback")
async def callback(request: Request) -> Response:
    """The browser is back, with a code or a refusal."""
    oidc = _oidc(request)
    answer = dict(request.query_params)
    try:
        done = await oidc.finish(
            request.cookies.get(COOKIE_OF_LOGIN), answer, _callback(request), facts(request), await _session(request)
        )
    except GuardError as error:
        response = login_form(request, error)
    else:
        response = welcome(request, done.token, done.next) if done.token else RedirectResponse(done.next, 303)
    response.headers["cache-control"] = "no-store"
    response.delete_cookie(COOKIE_OF_LOGIN, path="/login")
    return response


def _oidc(request: Request) -> OidcLogin:
    oidc = services(request).oidc
    if oidc is None:
        raise NotFoundError("No provider is set up here. Sign in with a name and a password.")
    return oidc


def _callback(request: Request) -> str:
    return own_address(request) + "/login/oidc/callback"


async def _session(request: Request) -> Session | None:
    try:
        return await services(request).accounts.session(request.cookies.get(COOKIE))
    except AuthenticationError:
        return None
