"""`/account`: who one is here, where one is signed in, the password, and the second factor."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from guard.authenticate.session import Session
from guard.errors import (
    AuthenticationError,
    ConflictError,
    GuardError,
    InvalidRequestError,
    LimitExceededError,
    NotFoundError,
    PasswordChangeRequiredError,
)
from guard.web.browsers import browser_name
from guard.web.desk import COOKIE, Pages, page, person, read_form, services, signed_in
from guard.web.sign_in import refused
from guard.web.texts import gettext as _
from guard.web.times import minute

router = APIRouter(prefix="/account", include_in_schema=False, route_class=Pages)


@router.get("")
async def account_page(request: Request, done: str = "") -> Response:
    """One's own account."""
    return await _account(request, await _settled(request), note=_note(done))


@router.post("/sessions")
async def end_session(request: Request) -> Response:
    """End one session, or all others."""
    session, form, accounts = await _settled(request), await read_form(request), services(request).accounts
    try:
        if form.get("session") == session.id:
            raise InvalidRequestError(_("This is the session that you are using. Sign out ends it."))
        if form.get("session"):
            await accounts.end(session, form["session"])
        else:
            await accounts.end_others(session)
    except (InvalidRequestError, NotFoundError) as error:
        return await _account(request, session, error, place="sessions")
    return RedirectResponse("/account?done=ended", 303)


@router.get("/password")
async def password_page(request: Request) -> Response:
    """The form for whoever got a password from somebody else; the others find it on the page of their account."""
    session = await _session(request)
    if not services(request).accounts.must_change_password(session):
        return RedirectResponse("/account#password-title", 303)
    return refused(request, "new_password.html", None, user=session.user)


@router.post("/password")
async def change_password(request: Request) -> Response:
    """Change one's own password."""
    session, form = await _session(request), await read_form(request)
    if not services(request).accounts.must_change_password(session):
        session = await _settled(request)
    try:
        if form.get("new", "") != form.get("repeated", ""):
            raise InvalidRequestError(_("The new password was not typed the same twice."), reason_id="weak_password")
        await services(request).accounts.change_password(session, form.get("old", ""), form.get("new", ""))
    except (InvalidRequestError, LimitExceededError) as error:
        return await _not_changed(request, session, error)
    except AuthenticationError as error:
        wrong = AuthenticationError(_("The password that you have now is not this one."), reason_id=error.reason_id)
        return await _not_changed(request, session, wrong)
    return RedirectResponse("/account?done=password", 303)


@router.get("/second-factor")
async def second_factor_page(request: Request) -> Response:
    """The second factor: whether it is on, and its set-up."""
    return await _second_factor(request, await _session(request))


@router.post("/second-factor")
async def second_factor(request: Request) -> Response:
    """Begin, confirm, renew the recovery codes, or turn off, as the button says."""
    session, form, accounts = await _session(request), await read_form(request), services(request).accounts
    codes: list[str] | None = None
    try:
        match form.get("step"):
            case "begin":
                await accounts.begin_second_factor(session)
            case "confirm":
                codes = await accounts.confirm_second_factor(session, form.get("code", ""))
            case "renew":
                codes = await accounts.renew_recovery_codes(session)
            case "remove":
                await accounts.remove_second_factor(session)
                return RedirectResponse("/account?done=removed", 303)
            case _:
                raise InvalidRequestError(_("Choose one of the steps."))
    except (InvalidRequestError, ConflictError) as error:
        return await _second_factor(request, session, error)
    except AuthenticationError as error:
        if error.reason_id != "invalid_code":
            raise
        return await _second_factor(request, session, error)
    if codes:
        await person(request)
        return page(request, "recovery_codes.html", codes=codes)
    return RedirectResponse("/account/second-factor", 303)


@router.get("/second-factor/code.svg")
async def qr_code(request: Request) -> Response:
    """The secret as a QR code, as long as it waits for its first code."""
    session = await _session(request)
    secret = await services(request).accounts.waiting_secret(session)
    if secret is None:
        raise NotFoundError(_("There is no code to show."))
    return Response(secret.svg(), media_type="image/svg+xml", headers={"cache-control": "no-store"})


async def _session(request: Request) -> Session:
    """The session that asks, also of who has to set up a second factor first, or, on its page, choose a password.

    Raises AuthenticationError, PasswordChangeRequiredError.
    """
    session = await services(request).accounts.session(request.cookies.get(COOKIE))
    if services(request).accounts.must_change_password(session) and request.url.path != "/account/password":
        raise PasswordChangeRequiredError
    await person(request)
    return session


async def _settled(request: Request) -> Session:
    """The session that asks. Raises AuthenticationError, SecondFactorRequiredError."""
    await signed_in(request)
    return await _session(request)


async def _account(
    request: Request, session: Session, error: GuardError | None = None, *, place: str = "", note: str = ""
) -> Response:
    account = await services(request).accounts.shown(session)
    oidc = services(request).oidc
    context: dict[str, Any] = {
        "user": session.user,
        "tenant": session.user.tenant,
        "sessions": [_shown(each, session) for each in account.sessions],
        "recovery_codes": account.recovery_codes,
        "provider": oidc.label if oidc else _("your organisation"),
        "note": note,
        "place": place,
    }
    return refused(request, "account.html", error, **context)


async def _not_changed(request: Request, session: Session, error: GuardError) -> Response:
    """The form of the password once more, on the page that it was on."""
    if services(request).accounts.must_change_password(session):
        return refused(request, "new_password.html", error, user=session.user)
    return await _account(request, session, error, place="password")


async def _second_factor(request: Request, session: Session, error: GuardError | None = None) -> Response:
    accounts = services(request).accounts
    secret = await accounts.waiting_secret(session)
    context = {
        "user": session.user,
        "secret": " ".join(secret.text[at : at + 4] for at in range(0, len(secret.text), 4)) if secret else None,
        "must": accounts.must_set_up(session),
        "left": (await accounts.shown(session)).recovery_codes,
        # Without the navigation that would lead nowhere yet, one can still sign out.
        "who": session.user.name,
    }
    return refused(request, "second_factor.html", error, **context)


def _shown(session: Session, current: Session) -> dict[str, Any]:
    methods = {
        "password": _("password"),
        "totp": _("password and code"),
        "oidc": _("your organisation"),
    }
    return {
        "id": session.id,
        "is_current": session.id == current.id,
        "browser": browser_name(session.facts.get("browser", "")),
        "address": session.facts.get("address", ""),
        "created": minute(session.created),
        "last_used": minute(session.last_used),
        "method": methods.get(session.method, session.method),
    }


def _note(done: str) -> str:
    notes = {
        "password": _("Your password is changed, and all other sessions are ended."),
        "ended": _("Ended."),
        "removed": _("The second factor is off. Your password alone signs you in."),
    }
    return notes.get(done, "")
