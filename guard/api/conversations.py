"""`/api/conversations`: a person's own conversations. `docs/reference/conversations-api.md` has the shapes."""

from __future__ import annotations

import asyncio
import re
from dataclasses import asdict
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from pydantic import Field
from starlette.responses import JSONResponse, Response

from guard.api.caller import Caller, services
from guard.api.forms import Form, body_of, read_form
from guard.conversations.model import Answer, Opened, Said, Turn
from guard.errors import ConversationNotFoundError, InvalidRequestError
from guard.model import JSON, Principal

router = APIRouter(tags=["conversations"])
_CONVERSATION = re.compile(r"conv_[0-9a-f]{1,64}")
_TURN = re.compile(r"req_[0-9A-Za-z_-]{1,36}")
_NUMBER = re.compile(r"[0-9]{1,15}")
MOST = 200
"""Conversations of one page."""


class Title(Form):
    """Another title of a conversation."""

    title: Annotated[str, Field(max_length=1_000)]


class Feedback(Form):
    """What somebody says of an answer."""

    request_id: str
    choice: Annotated[int, Field(ge=0, le=1_000)] = 0
    rating: Annotated[int, Field(ge=-1, le=1)]
    text: str = ""


class Draft(Form):
    """A message that is not sent yet."""

    text: str
    model: Annotated[str, Field(max_length=128)]
    conversation: str | None = None


def _parameters(**kinds: str) -> dict[str, Any]:
    return {"parameters": [{"name": name, "in": "query", "schema": {"type": kind}} for name, kind in kinds.items()]}


@router.get(
    "/api/conversations",
    summary="The caller's conversations, the one used last first",
    openapi_extra=_parameters(search="string", before="integer", limit="integer"),
)
async def listing(request: Request) -> Response:
    """A page; `next` is the address of the following one."""
    actor = await _actor(request)
    search = request.query_params.get("search", "")
    before, limit = _number(request, "before"), _number(request, "limit") or 50
    if limit > MOST:
        raise InvalidRequestError(f"`limit` is 1 to {MOST}.", param="limit")
    found = await services(request).conversations.list(actor, search, before, limit)
    more = {"search": search} if search else {}
    following = urlencode(more | {"before": found[-1].last_used, "limit": limit}) if len(found) >= limit else None
    return await _json(
        {"conversations": [asdict(each) for each in found], "next": following and f"/api/conversations?{following}"}
    )


@router.post("/api/conversations/preview", summary="What would be taken out of a draft", openapi_extra=body_of(Draft))
async def preview(request: Request) -> Response:
    """`{"seen", "marks", "blocked"}`; nothing is stored."""
    caller, draft = Caller(request), await read_form(request, Draft)
    named = None if draft.conversation is None else _conversation(draft.conversation)
    found = await services(request).conversations.preview(
        caller.credential(), draft.text, draft.model, caller.scenario(), named
    )
    return await _json(asdict(found))


@router.post("/api/conversations/feedback", summary="Say whether an answer was good", openapi_extra=body_of(Feedback))
async def feedback(request: Request) -> Response:
    """A rating of 1 or -1, with a text or without; 0 takes it back."""
    actor, given = await _actor(request), await read_form(request, Feedback)
    if not _TURN.fullmatch(given.request_id):
        raise ConversationNotFoundError("You have no answer of that id.")
    await services(request).conversations.feedback(actor, given.request_id, given.choice, given.rating, given.text)
    return await _json({"request_id": given.request_id, "choice": given.choice, "rating": given.rating})


@router.get("/api/conversations/{conversation}", summary="One of the caller's conversations")
async def opened(request: Request, conversation: str) -> Response:
    """All its turns; each says from which answer it goes on."""
    actor = await _actor(request)
    found = await services(request).conversations.open(actor, _conversation(conversation))
    may_audit = services(request).authorize.decide(actor, "audit", "read").allowed
    return await _json(conversation_json(found, with_records=may_audit))


@router.patch(
    "/api/conversations/{conversation}", summary="Give a conversation another title", openapi_extra=body_of(Title)
)
async def rename(request: Request, conversation: str) -> Response:
    """The title as it is kept."""
    actor, form = await _actor(request), await read_form(request, Title)
    await services(request).conversations.rename(actor, _conversation(conversation), form.title)
    return await _json({"id": conversation, "title": " ".join(form.title.split())})


@router.get(
    "/api/conversations/{conversation}/messages",
    summary="The messages of a branch, for a request that goes on from there",
    openapi_extra=_parameters(parent="string", choice="integer"),
)
async def messages(request: Request, conversation: str) -> Response:
    """`{"messages"}` in OpenAI's shape, as the caller sent and got them."""
    actor, parent = await _actor(request), request.query_params.get("parent")
    if parent is not None and not _TURN.fullmatch(parent):
        raise ConversationNotFoundError("There is no such message in this conversation.")
    found = await services(request).conversations.messages(
        actor, _conversation(conversation), parent, _number(request, "choice")
    )
    return await _json({"conversation": conversation, "messages": found})


def conversation_json(opened: Opened, *, with_records: bool = False) -> dict[str, JSON]:
    """A conversation as JSON; with the index of each turn's record for who may read records."""
    turns = [_turn(each) for each in opened.turns]
    if not with_records:
        turns = [each | {"record": None} for each in turns]
    return asdict(opened.summary) | {"turns": turns}


def _turn(turn: Turn) -> dict[str, JSON]:
    return {
        "request_id": turn.request_id,
        "parent": turn.parent,
        "parent_choice": turn.parent_choice,
        "created": turn.created,
        "model": turn.model,
        "scenario": turn.scenario,
        "said": [_text(each) | {"role": each.role} for each in turn.said],
        "answers": [_answer(each) for each in turn.answers],
        "record": turn.record,
        "explained": [asdict(each) for each in turn.explained],
    }


def _answer(answer: Answer) -> dict[str, JSON]:
    return _text(answer) | {
        "choice": answer.choice,
        "withheld": answer.withheld,
        "flagged": list(answer.flagged),
        "whole": answer.is_whole,
        "feedback": answer.feedback,
    }


def _text(each: Said | Answer) -> dict[str, JSON]:
    found: dict[str, JSON] = {"text": each.text, "seen": each.seen, "marks": [asdict(mark) for mark in each.marks]}
    return found | ({"tool_calls": [asdict(call) for call in each.calls]} if each.calls else {})


async def _actor(request: Request) -> Principal:
    return await services(request).authenticate(Caller(request).credential())


def _conversation(named: str) -> str:
    # What cannot be an id is somebody's text: it goes into no record.
    if not _CONVERSATION.fullmatch(named):
        raise ConversationNotFoundError
    return named


def _number(request: Request, name: str) -> int | None:
    given = request.query_params.get(name)
    if given is None:
        return None
    if not _NUMBER.fullmatch(given):
        raise InvalidRequestError(f"`{name}` must be a whole number.", param=name)
    return int(given)


async def _json(content: Any) -> Response:
    return await asyncio.to_thread(JSONResponse, content, headers={"cache-control": "no-store"})
