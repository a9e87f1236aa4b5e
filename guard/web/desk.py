"""What all pages share: who is signed in, the fields of a form, a page with its navigation, and refusals as pages."""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine
from typing import Any
from urllib.parse import quote

from fastapi import Request
from fastapi.routing import APIRoute
from starlette.responses import RedirectResponse, Response

from guard import errors
from guard.model import Credential, Principal
from guard.services import Services
from guard.web.assets import templates
from guard.web.texts import N_
from guard.web.texts import gettext as _

log = logging.getLogger(__name__)
COOKIE = "guard_session"
ADMINISTRATION = (("user", "read"), ("apikey", "read"), ("generator", "edit"), ("key", "read"), ("metrics", "read"))
"""Who has one of these rights finds something under `/admin`."""

# The first class that an error is an instance of decides. `N_` marks texts for the catalogue.
_STATUS: tuple[tuple[type[errors.GuardError], int, str], ...] = (
    (errors.PermissionDeniedError, 403, N_("You may not do this")),
    (errors.NotFoundError, 404, N_("There is no such page")),
    (errors.ConflictError, 409, N_("This cannot be done now")),
    (errors.PromptBlockedError, 400, N_("The policy does not let this pass")),
    (errors.RequestTooLargeError, 413, N_("This is too large")),
    (errors.InvalidRequestError, 400, N_("This was not understood")),
    (errors.LimitExceededError, 429, N_("Too many requests")),
    (errors.UnavailableError, 503, N_("This cannot be done now")),
    (errors.GuardError, 500, N_("Something went wrong")),
)


def services(request: Request) -> Services:
    """The built product."""
    built: Services = request.app.state.services
    return built


def credential(request: Request) -> Credential:
    """The session of the browser that asks."""
    client = request.client
    return Credential(session=request.cookies.get(COOKIE), address=client.host if client else None)


async def person(request: Request) -> Principal | None:
    """Who is signed in; `None`: nobody, or not any more."""
    try:
        return await signed_in(request)
    except errors.AuthenticationError:
        return None


async def signed_in(request: Request) -> Principal:
    """Who is signed in. Raises AuthenticationError, which `Pages` answers with the way to the sign-in form."""
    session = credential(request)
    if not session.session:
        raise errors.AuthenticationError
    request.state.person = found = await services(request).authenticate(session)
    return found


async def fresh(request: Request) -> None:
    """Before what matters most: raises StepUpRequiredError when the person proved who they are too long ago.

    `Pages` answers it with the way to `/login/again`; a page that shows refusals itself lets it pass or sets its
    context `again` to `again_address(request)`.
    """
    await services(request).fresh(credential(request))


def not_fresh() -> str:
    """What such a page says."""
    return _("This needs a fresh proof of who you are. Nothing was done yet: come back here and press it again.")


def again_address(request: Request) -> str:
    """Where one proves once more who one is, on the way back to this page."""
    return f"/login/again?next={_here(request)}"


def sign_in_address(request: Request) -> str:
    """Where one signs in, on the way to this page."""
    here = _here(request)
    return "/login" if here in ("/chat", "/") else f"/login?next={here}"


def _here(request: Request) -> str:
    """This page as the value of a parameter."""
    path = request.url.path + (f"?{request.url.query}" if request.method == "GET" and request.url.query else "")
    return quote(path, safe="/")


def set_session(response: Response, request: Request, token: str) -> None:
    """Keep a new session in the browser."""
    # Lax: a link from elsewhere finds its reader signed in; unsafe requests from elsewhere are refused anyway.
    response.set_cookie(COOKIE, token, httponly=True, samesite="lax", secure=request.url.scheme == "https")


def facts(request: Request) -> dict[str, str]:
    """What a list of sessions shows of a browser."""
    client = request.client
    browser = request.headers.get("user-agent", "")[:300]
    return {"browser": browser, "address": client.host if client else ""}


async def read_form(request: Request) -> dict[str, str]:
    """The text fields. Files are refused: what is larger than a megabyte would be written to a temporary file."""
    return {name: value for name, value in (await request.form(max_files=0)).items() if isinstance(value, str)}


def navigation(request: Request, principal: Principal) -> list[tuple[str, str]]:
    """Address and title of the pages that somebody may read."""
    found = [("/chat", _("Chat"))]
    if services(request).authorize.decide(principal, "audit", "read").allowed:
        found.append(("/review", _("Review")))
    elif services(request).authorize.decide(principal, "reveal", "grant").allowed:
        found.append(("/review/reveals", _("Reveals")))
    if services(request).authorize.decide(principal, "policy", "read").allowed:
        found.append(("/policies", _("Policies")))
    if services(request).authorize.decide(principal, "metrics", "read").allowed:
        found.append(("/dashboard", _("Dashboard")))
    if any(services(request).authorize.decide(principal, obj, act).allowed for obj, act in ADMINISTRATION):
        found.append(("/admin", _("Admin")))
    return found


def page(request: Request, template: str, status: int = 200, **context: Any) -> Response:
    """A page; with the navigation where somebody is signed in."""
    who: Principal | None = getattr(request.state, "person", None)
    context.setdefault("again", None)
    around = {"name": who.name, "navigation": navigation(request, who)} if who else {"name": "", "navigation": []}
    return templates.TemplateResponse(
        request, template, around | context, status_code=status, headers={"cache-control": "no-store"}
    )


def status_of(error: errors.GuardError) -> int:
    """The HTTP status of a refusal, with a log line for what is our failure and not the person's."""
    status = _described(error)[0]
    if status >= 500:
        log.warning("A page failed.", extra={"reason_id": error.reason_id, "status": status}, exc_info=error)
    return status


class Pages(APIRoute):
    """Routes whose refusals are pages: who is not signed in is sent to do so, anybody else is told what is wrong."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, with its errors answered."""
        handle = super().get_route_handler()

        async def answered(request: Request) -> Response:
            try:
                return await handle(request)
            except errors.PasswordChangeRequiredError:
                return RedirectResponse("/account/password", 303)
            except errors.SecondFactorRequiredError:
                return RedirectResponse("/account/second-factor", 303)
            except errors.AuthenticationError:
                return RedirectResponse(sign_in_address(request), 303) if request.method == "GET" else _ended(request)
            except errors.StepUpRequiredError as error:
                return _again(request, error)
            except errors.GuardError as error:
                return refused(request, error)

        return answered


def _ended(request: Request) -> Response:
    """A form that came after its session had ended: whoever wrote long must not lose it."""
    problem = _(
        "Your session has ended, so nothing was done. Sign in in another tab and reload this page: it is sent again."
    )
    return page(request, "refused.html", 401, heading=_("You are not signed in any more"), problem=problem)


def _again(request: Request, error: errors.StepUpRequiredError) -> Response:
    """What matters most, asked for by somebody who proved who they are too long ago."""
    again = again_address(request)
    if request.method == "GET":
        return RedirectResponse(again, 303)
    problem = _(
        "Nothing was done yet. Confirm who you are in another tab and reload this page: what you sent is sent again."
    )
    return page(request, "refused.html", 403, heading=_("Confirm that it is you"), problem=problem, again=again)


def refused(request: Request, error: errors.GuardError) -> Response:
    """The page that says what is wrong."""
    heading = _(_described(error)[1])
    return page(request, "refused.html", status_of(error), heading=heading, problem=str(error))


def _described(error: errors.GuardError) -> tuple[int, str]:
    return next((status, heading) for cls, status, heading in _STATUS if isinstance(error, cls))
