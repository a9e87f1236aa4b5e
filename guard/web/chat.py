"""The chat pages: conversations, a conversation with its branches, and what is sent by forms. Scripts only improve it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from guard.conversations.model import Opened, Preview, Step, Summary
from guard.errors import ConversationNotFoundError, GuardError, InvalidRequestError, NotFoundError
from guard.model import Principal
from guard.web import chat_form, talk
from guard.web import shown as _filters
from guard.web.attachments import FIELD, MOST_FILES, Sent, read_message
from guard.web.desk import Pages, credential, page, person, read_form, services, signed_in, status_of
from guard.web.marks import Piece, pieces, types
from guard.web.texts import gettext as _

router = APIRouter(include_in_schema=False, prefix="/chat", route_class=Pages)

PAGE = 30
"""Conversations in the list at a time."""

TURNS = 40
"""Turns of a conversation that are shown at once; the earlier ones are a link away."""

_ACCEPTED = (
    "text/*,.md,.csv,.tsv,.json,.jsonl,.log,.xml,.yaml,.yml,.toml,.ini,.sql,.py,.js,.ts,.java,.c,.h,.cpp,.go,.rs,.sh"
)


@dataclass(frozen=True, slots=True)
class Listed:
    """The conversations beside a page. `more`: the query that has the older ones; `home`: where the search goes to."""

    items: Sequence[Summary]
    current: str
    search: str
    more: str
    home: str
    is_open: bool


@dataclass(frozen=True, slots=True)
class Previewed:
    """What would be taken out of a draft."""

    pieces: Sequence[Piece] = field(repr=False)
    seen: Sequence[Piece] = field(repr=False)
    counts: Mapping[str, int]
    blocked: Sequence[str]


@dataclass(frozen=True, slots=True)
class Draft:
    """What stands in the form. `edit`: the turn whose message it takes the place of."""

    text: str = field(default="", repr=False)
    model: str = ""
    scenario: str = ""
    choices: str = "1"
    edit: str = ""

    @classmethod
    def of(cls, fields: Mapping[str, str], text: str) -> Draft:
        """What was sent goes back into the form, to be changed."""
        return cls(
            text, fields.get("model", ""), fields.get("scenario", ""), fields.get("n", "1"), fields.get("edit", "")
        )


@router.get("")
async def new(request: Request) -> Response:
    """A new chat."""
    principal = await signed_in(request)
    return await _page(request, principal, None, ())


@router.get("/{conversation}")
async def opened(request: Request, conversation: str) -> Response:
    """A conversation up to a place in it (`at`), by default up to its newest answer."""
    principal = await signed_in(request)
    found, path = await _opened(request, principal, conversation, request.query_params.get("at", ""))
    return await _page(request, principal, found, path)


@router.get("/{conversation}/turn")
async def turn(request: Request, conversation: str) -> Response:
    """The last turn of a path with the list of conversations: what the script puts into the page."""
    principal = await signed_in(request)
    found, path = await _opened(request, principal, conversation, request.query_params.get("at", ""))
    if not path:
        raise NotFoundError(_("Nothing has been said in this conversation."))
    return page(request, "chat_turn.html", **await _talk(request, principal, found, path[-1:], noted=path))


@router.post("")
async def send(request: Request) -> Response:
    """A message, sent without script: answer it whole and lead to the conversation."""
    principal = await person(request)
    if principal is None:
        return RedirectResponse("/login", 303)
    sent = await read_message(request)
    try:
        asked = await chat_form.asked(request, principal, sent)
        reply = await services(request).pipeline.complete(asked)
    except GuardError as error:
        return await _refused(request, principal, sent, error)
    at = talk.written_place((reply.request_id, reply.choices[0].index if reply.choices else None))
    # The field has the focus again, and with it the end of the page is in view.
    return RedirectResponse(f"/chat/{reply.conversation}?{urlencode({'at': at})}#message", 303)


@router.post("/preview")
async def preview(request: Request) -> Response:
    """What would be taken out of a draft: on the page, or by itself (`alone`) for the script."""
    principal = await signed_in(request)
    sent = await read_message(request)
    try:
        text = sent.message()
        found = await _previewed(request, sent, text)
    except GuardError as error:
        return await _refused(request, principal, sent, error)
    if "alone" in request.query_params:
        return page(request, "chat_preview.html", preview=found)
    opened, path = await _around(request, principal, sent)
    return await _page(request, principal, opened, path, draft=Draft.of(sent.fields, text), preview=found)


@router.post("/{conversation}/title")
async def rename(request: Request, conversation: str) -> Response:
    """Give a conversation another title."""
    principal = await signed_in(request)
    form = await read_form(request)
    await services(request).conversations.rename(principal, conversation, form.get("title", ""))
    return _back(conversation, form.get("at", ""))


@router.post("/{conversation}/feedback")
async def feedback(request: Request, conversation: str) -> Response:
    """Say of an answer whether it was good (`rating` 1 or -1; 0 takes it back), with a comment."""
    principal = await signed_in(request)
    form = await read_form(request)
    place = talk.read_place(form.get("answer", ""))
    if place is None or place[1] is None or form.get("rating") not in ("1", "-1", "0"):
        raise InvalidRequestError(_("The form could not be read."))
    rating, comment = int(form["rating"]), form.get("comment", "").strip()
    await services(request).conversations.feedback(principal, place[0], place[1], rating, comment)
    return _back(conversation, form.get("at", ""), f"#turn-{place[0]}")


def _back(conversation: str, at: str, fragment: str = "") -> Response:
    query = f"?{urlencode({'at': at})}" if talk.read_place(at) else ""
    return RedirectResponse(f"/chat/{conversation}{query}{fragment}", 303)


async def _opened(request: Request, principal: Principal, conversation: str, at: str) -> tuple[Opened, Sequence[Step]]:
    found = await services(request).conversations.open(principal, conversation)
    return found, found.path(talk.read_place(at))


async def _around(request: Request, principal: Principal, sent: Sent) -> tuple[Opened | None, Sequence[Step]]:
    """The conversation that a form came from; none where it is not there."""
    fields = sent.fields
    if not fields.get("conversation"):
        return None, ()
    try:
        return await _opened(request, principal, fields["conversation"], fields.get("shown") or fields.get("at", ""))
    except ConversationNotFoundError:
        return None, ()


async def _previewed(request: Request, sent: Sent, text: str) -> Previewed:
    fields = sent.fields
    found: Preview = await services(request).conversations.preview(
        credential(request),
        text,
        fields.get("model", ""),
        fields.get("scenario") or None,
        fields.get("conversation") or None,
    )
    return Previewed(pieces(text, found.marks), talk.seen_pieces(found.seen), types(found.marks), found.blocked)


async def _refused(request: Request, principal: Principal, sent: Sent, error: GuardError) -> Response:
    """The page as it was, with what is wrong, and with what was written: to be changed, and sent again."""
    status_of(error)
    why = await chat_form.explained(request, principal, error, sent.fields)
    if "alone" in request.query_params:
        return page(request, "chat_preview.html", preview=None, problem=str(error), why=why)
    try:
        text = sent.message()
    except GuardError:
        text = sent.fields.get("message", "")
    opened, path = await _around(request, principal, sent)
    draft = Draft.of(sent.fields, text)
    return await _page(request, principal, opened, path, draft=draft, problem=str(error), why=why)


async def _talk(
    request: Request, principal: Principal, opened: Opened | None, path: Sequence[Step], noted: Sequence[Step]
) -> dict[str, Any]:
    """What the templates of a conversation and of a turn share. Trees are made beside the loop: answers are long."""
    shown = path if "earlier" in request.query_params else path[-TURNS:]
    views = await asyncio.to_thread(talk.turns, opened, shown) if opened else []
    at = talk.written_place((noted[-1].turn.request_id, noted[-1].choice)) if noted else ""
    may_read = services(request).authorize.decide(principal, "audit", "read").allowed
    return {
        "conversation": opened.summary if opened else None,
        "at": at,
        "turns": views,
        "earlier": len(path) - len(shown),
        "note": talk.noted(noted),
        "may_read": may_read,
        "listed": await _listed(request, principal, opened),
        "probability": lambda per_mille: "–" if per_mille is None else f"{per_mille / 1000:.3f}",
    }


async def _listed(request: Request, principal: Principal, opened: Opened | None) -> Listed:
    query = request.query_params
    search, before = query.get("q", "").strip(), query.get("before", "")
    until = int(before) if before.isascii() and before.isdecimal() and len(before) < 16 else None
    items = await services(request).conversations.list(principal, search, until, PAGE)
    given = {"q": search} if search else {}
    more = urlencode({**given, "before": items[-1].last_used}) if len(items) >= PAGE else ""
    current = opened.summary.id if opened else ""
    home = f"/chat/{current}" if current else "/chat"
    return Listed(items, current, search, more, home, bool(search or until))


async def _page(
    request: Request,
    principal: Principal,
    opened: Opened | None,
    path: Sequence[Step],
    *,
    draft: Draft | None = None,
    problem: str = "",
    why: Sequence[str] = (),
    preview: Previewed | None = None,
) -> Response:
    built = services(request)
    models = [
        name
        for name in built.generators.names()
        if built.authorize.decide(principal, f"generator/{name}", "use").allowed
    ]
    last = path[-1].turn if path else None
    remembered = Draft(model=last.model, scenario=last.scenario) if last else Draft()
    return page(
        request,
        "chat.html",
        **await _talk(request, principal, opened, path, noted=path),
        models=models,
        scenarios=built.scenarios(),
        draft=draft or remembered,
        problem=problem or ("" if models else _("Your role may not use any model. Ask an administrator.")),
        why=why,
        preview=preview,
        most_choices=chat_form.MOST_CHOICES,
        most_files=MOST_FILES,
        files=FIELD,
        accepted=_ACCEPTED,
    )


assert _filters  # The filters of times are registered by it.
