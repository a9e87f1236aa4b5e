"""The chat page. Without script a message is a form and its answer a page; with script it streams."""

from __future__ import annotations

import json
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from guard.errors import GuardError, InvalidRequestError
from guard.model import ChatRequest, Principal, Reply
from guard.web.desk import credential, page, person, read_form, services

router = APIRouter(include_in_schema=False)
_MOST_HISTORY = 1_000_000


@router.get("/chat")
async def chat_page(request: Request) -> Response:
    """An empty chat."""
    principal = await person(request)
    if principal is None:
        return RedirectResponse("/login", 303)
    return _chat(request, principal, [], conversation="", model="", scenario="")


@router.post("/chat")
async def chat(request: Request) -> Response:
    """A message sent without script: answer it whole and show the chat so far."""
    principal = await person(request)
    if principal is None:
        return RedirectResponse("/login", 303)
    form = await read_form(request)
    shown: list[dict[str, Any]] = []
    conversation, problem, note, draft = form.get("conversation", ""), None, None, form.get("message", "")
    try:
        shown = _history(form.get("history", "[]"))
        asked = [*shown, {"role": "user", "content": draft}]
        reply = await services(request).pipeline.complete(_asked(request, form, asked))
        shown = [*asked, {"role": "assistant", "content": reply.choices[0].text}]
        conversation, note, draft = reply.conversation, _note(reply), ""
    except GuardError as error:
        # The message goes back to be changed: in the history it would be refused again with every later one.
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
        draft=draft,
    )


def _asked(request: Request, form: dict[str, str], shown: list[dict[str, Any]]) -> ChatRequest:
    if not shown[-1]["content"].strip():
        raise InvalidRequestError("Write a message first.")
    return ChatRequest(
        id=request.scope["guard.request_id"],
        credential=credential(request),
        body={"model": form.get("model", ""), "messages": shown},
        conversation=form.get("conversation") or None,
        scenario=form.get("scenario") or None,
    )


def _history(text: str) -> list[dict[str, Any]]:
    """The chat so far, as the page kept it. It is the caller's own and checked like any request's messages."""
    try:
        history = json.loads(text[:_MOST_HISTORY])
        messages = [{"role": str(each["role"]), "content": str(each["content"])} for each in history]
        json.dumps(messages, ensure_ascii=False).encode()  # Unpaired surrogates cannot be written as UTF-8.
    except (ValueError, TypeError, KeyError, RecursionError):
        raise InvalidRequestError("The page's history was damaged. Start a new chat.") from None
    return messages


def _note(reply: Reply) -> str:
    taken = ", ".join(f"{count} × {name}" for name, count in reply.redactions.items())
    choice = reply.choices[0]
    parts = [f"Taken out before the model saw it: {taken}." if taken else "Nothing had to be taken out."]
    if choice.withheld:
        parts.append(f"Part of the answer was withheld: {choice.withheld}.")
    if choice.verdict.action == "flag":
        parts.append(f"Flagged: {', '.join(choice.verdict.flagged)}.")
    return " ".join(parts)


def _chat(request: Request, principal: Principal, messages: list[dict[str, Any]], **shown: Any) -> Response:
    built = services(request)
    models = [
        name
        for name in built.generators.names()
        if built.authorize.decide(principal, f"generator/{name}", "use").allowed
    ]
    none = None if models else "Your role may not use any model. Ask an administrator."
    fields = {"note": None, "draft": ""} | shown | {"problem": shown.get("problem") or none}
    return page(
        request,
        "chat.html",
        models=models,
        scenarios=built.scenarios(),
        messages=messages,
        history=json.dumps(messages),
        **fields,
    )
