"""Sign-in and the chat page. Without script a message is a form and its answer a page; with script it streams."""

from __future__ import annotations

import json
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from guard.errors import AuthenticationError, GuardError, InvalidRequestError
from guard.model import ChatRequest, Credential, Principal
from guard.services import Services
from guard.web.assets import static, templates

router = APIRouter(include_in_schema=False)
COOKIE = "guard_session"
_MOST_HISTORY = 1_000_000


def services(request: Request) -> Services:
    """The built product."""
    built: Services = request.app.state.services
    return built


@router.get("/static/{name}")
async def static_file(name: str) -> Response:
    """A style sheet, a script or a picture."""
    return static(name)


@router.get("/")
async def home() -> Response:
    """There is one page so far."""
    return RedirectResponse("/chat", 303)


@router.get("/login")
async def login_page(request: Request) -> Response:
    """The sign-in form."""
    return _page(request, "login.html", problem=None)


@router.post("/login")
async def login(request: Request) -> Response:
    """Sign in with `name` and `password`."""
    form = await request.form()
    name, password = form.get("name"), form.get("password")
    try:
        if not isinstance(name, str) or not isinstance(password, str):
            raise AuthenticationError("Give a name and a password.", reason_id="invalid_login")
        session = await services(request).login.login(name, password)
    except GuardError as error:
        return _page(request, "login.html", 401, problem=str(error))
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


@router.get("/chat")
async def chat_page(request: Request) -> Response:
    """An empty chat."""
    principal = await _person(request)
    if principal is None:
        return RedirectResponse("/login", 303)
    return _chat(request, principal, [], conversation="", model="", scenario="")


@router.post("/chat")
async def chat(request: Request) -> Response:
    """A message sent without script: answer it whole and show the chat so far."""
    principal = await _person(request)
    if principal is None:
        return RedirectResponse("/login", 303)
    form = {name: value for name, value in (await request.form()).items() if isinstance(value, str)}
    shown: list[dict[str, Any]] = []
    conversation, problem, note = form.get("conversation", ""), None, None
    try:
        shown = _history(form.get("history", "[]"))
        shown.append({"role": "user", "content": form.get("message", "")})
        reply = await services(request).pipeline.complete(_asked(request, form, shown))
        shown.append({"role": "assistant", "content": reply.choices[0].text})
        conversation, note = reply.conversation, _note(dict(reply.redactions), reply.choices[0].withheld)
    except GuardError as error:
        problem = str(error)
    return _chat(
        request,
        principal,
        shown,
        conversation=conversation,
        model=form.get("model", ""),
        scenario=form.get("scenario", ""),
        problem=problem,
        note=note,
    )


def _asked(request: Request, form: dict[str, str], shown: list[dict[str, Any]]) -> ChatRequest:
    if not shown[-1]["content"].strip():
        raise InvalidRequestError("Write a message first.")
    return ChatRequest(
        id=request.scope["guard.request_id"],
        credential=Credential(session=request.cookies.get(COOKIE)),
        body={"model": form.get("model", ""), "messages": shown},
        conversation=form.get("conversation") or None,
        scenario=form.get("scenario") or None,
    )


def _history(text: str) -> list[dict[str, Any]]:
    """The chat so far, as the page kept it. It is the caller's own and checked like any request's messages."""
    try:
        history = json.loads(text[:_MOST_HISTORY])
        return [{"role": str(each["role"]), "content": str(each["content"])} for each in history]
    except (ValueError, TypeError, KeyError):
        raise InvalidRequestError("The page's history was damaged. Start a new chat.") from None


def _note(redactions: dict[str, int], withheld: str | None) -> str:
    taken = ", ".join(f"{count} × {name}" for name, count in redactions.items())
    parts = [f"Taken out before the model saw it: {taken}." if taken else "Nothing had to be taken out."]
    if withheld:
        parts.append(f"Part of the answer was withheld: {withheld}.")
    return " ".join(parts)


async def _person(request: Request) -> Principal | None:
    """Who is signed in; `None`: nobody, or not any more."""
    session = request.cookies.get(COOKIE)
    if not session:
        return None
    try:
        return await services(request).authenticate(Credential(session=session))
    except AuthenticationError:
        return None


def _chat(request: Request, principal: Principal, messages: list[dict[str, Any]], **shown: Any) -> Response:
    built = services(request)
    models = [
        name
        for name in built.generators.names()
        if built.authorize.decide(principal, f"generator/{name}", "use").allowed
    ]
    fields = {"problem": None, "note": None} | shown
    return _page(
        request,
        "chat.html",
        name=principal.name,
        models=models,
        scenarios=built.scenarios,
        messages=messages,
        history=json.dumps(messages),
        **fields,
    )


def _page(request: Request, template: str, status: int = 200, **context: Any) -> Response:
    return templates.TemplateResponse(
        request, template, context, status_code=status, headers={"cache-control": "no-store"}
    )
