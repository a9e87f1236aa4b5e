"""A message sent by the script: the answer streams, block by block, as it is released."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, aclosing

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from guard.asgi.sse import DONE, EventStream, begun, event
from guard.errors import AuthenticationError, GuardError
from guard.events import Delta, Event, Finished, Opened
from guard.web import chat_form
from guard.web.attachments import read_message
from guard.web.desk import services, signed_in, status_of
from guard.web.growing import Change, Growing
from guard.web.markdown import data
from guard.web.texts import gettext as _

router = APIRouter(include_in_schema=False)


@router.post("/chat/turn")
async def turn(request: Request) -> Response:
    """Answer a message of the page's form.

    Events: `{"opened"}` with the conversation and the request; `{"choice", "first", "blocks"}`: from this block on, the
    answer is now so; `{"error"}`. A refusal before that is an error with its reasons.
    """
    try:
        principal = await signed_in(request)
    except AuthenticationError as error:
        ended = _("You are not signed in any more. Sign in in another tab, then send the message again.")
        return JSONResponse({"error": {"message": ended, "code": error.reason_id, "why": []}}, 401)
    sent = await read_message(request)
    try:
        asked = await chat_form.asked(request, principal, sent)
        async with AsyncExitStack() as stack:
            events = await stack.enter_async_context(aclosing(services(request).pipeline.stream(asked)))
            opened = await anext(events)
            assert isinstance(opened, Opened)
            written = await begun(_written(opened, events), stack, _failed)
            kept = stack.pop_all()
    except GuardError as error:
        why = await chat_form.explained(request, principal, error, sent.fields)
        member = {"message": str(error), "code": error.reason_id, "why": why}
        return JSONResponse({"error": member}, status_of(error), {"cache-control": "no-store"})
    return EventStream(written, kept, {"cache-control": "no-store"})


async def _written(opened: Opened, events: AsyncIterator[Event]) -> AsyncIterator[bytes]:
    yield event({"opened": {"conversation": opened.conversation, "request": opened.request_id}})
    growing: dict[int, Growing] = {}
    async for each in events:
        match each:
            case Delta(choice, text):
                change = growing.setdefault(choice, Growing()).feed(text)
            case Finished(choice):
                change = growing.setdefault(choice, Growing()).finish()
            case _:
                continue
        if change:
            yield _blocks(choice, change)
    yield DONE


def _blocks(choice: int, change: Change) -> bytes:
    return event({"choice": choice, "first": change.first, "blocks": data(change.nodes)})


def _failed(error: Exception) -> bytes:
    known = error if isinstance(error, GuardError) else GuardError()
    status_of(known)
    return event({"error": {"message": str(known), "code": known.reason_id, "why": []}})
