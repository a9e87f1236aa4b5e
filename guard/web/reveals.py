"""`/review/reveals`: ask to see what stands behind placeholders, decide what others asked for, see what was granted.

Every form is sent to the address of its own page: what is refused is said there, beside what was written.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from guard.clock import now
from guard.errors import AuthenticationError, GuardError, InvalidRequestError, NotFoundError, StepUpRequiredError
from guard.model import Principal
from guard.placeholders import PLACEHOLDER
from guard.review.reveals import Revealed, Wish
from guard.web import review_words as words
from guard.web import told
from guard.web.desk import Pages, again_address, fresh, not_fresh, read_form, services, signed_in, status_of
from guard.web.review_words import number, review_page
from guard.web.texts import gettext as _

router = APIRouter(include_in_schema=False, prefix="/review/reveals", route_class=Pages)


@router.get("")
async def listing(request: Request) -> Response:
    """One's own reveals, those to decide, and those that were decided."""
    actor, built = await signed_in(request), services(request)
    found = await built.reveals.listing(actor)
    ids = [each.actor for each in (*found.waiting, *found.decided)] + [each.decider for each in found.mine]
    return review_page(
        request,
        actor,
        "reveals.html",
        found=found,
        names=await built.review.names(actor, [*ids, *(each.decider for each in found.decided)]),
        reasons=words.reasons(),
        states=words.states(),
        may_ask=built.reveals.may(actor, "ask"),
        may_grant=built.reveals.may(actor, "grant"),
        may_read=built.review.may(actor, "audit"),
    )


@router.get("/new")
async def form(request: Request) -> Response:
    """The form to ask with, from a record."""
    return await _form(request, await signed_in(request))


@router.post("/new")
async def ask(request: Request) -> Response:
    """Ask."""
    actor, written = await signed_in(request), await read_form(request)
    record, placeholder = _asked(request)
    try:
        minutes = number(written.get("minutes", "")) or 0
        wish = Wish(record, placeholder, written.get("reason", ""), written.get("text", ""), minutes)
        reveal = await services(request).reveals.ask(actor, wish)
    except AuthenticationError:
        raise
    except GuardError as error:
        return await _form(request, actor, status_of(error), written=written, problem=str(error))
    return RedirectResponse(f"/review/reveals/{reveal.id}", 303)


@router.get("/{reveal_id}")
async def reveal(request: Request, reveal_id: str) -> Response:
    """One reveal: its state, what was written, what can be done."""
    return await _reveal(request, await signed_in(request), reveal_id)


@router.post("/{reveal_id}")
async def step(request: Request, reveal_id: str) -> Response:
    """Grant, refuse, withdraw, or look."""
    actor, written, reveals = await signed_in(request), await read_form(request), services(request).reveals
    taken, text = written.get("step", ""), written.get("text", "")
    try:
        if taken in ("grant", "refuse", "show"):
            await fresh(request)
        if taken == "show":
            return await _reveal(request, actor, reveal_id, shown=await reveals.show(actor, reveal_id))
        if taken == "grant":
            await reveals.grant(actor, reveal_id, text)
        elif taken == "refuse":
            await reveals.refuse(actor, reveal_id, text)
        elif taken == "withdraw":
            await reveals.withdraw(actor, reveal_id)
        else:
            raise InvalidRequestError(_("Choose one of the steps."))
    except AuthenticationError:
        raise
    except GuardError as error:
        again = again_address(request) if isinstance(error, StepUpRequiredError) else None
        problem = not_fresh() if again else str(error)
        return await _reveal(request, actor, reveal_id, status_of(error), problem=problem, again=again, written=written)
    return RedirectResponse(f"/review/reveals/{reveal_id}", 303)


def _asked(request: Request) -> tuple[int, str | None]:
    """The record and the placeholder that the address names. Raises NotFoundError."""
    record = number(request.query_params.get("record", ""))
    placeholder = request.query_params.get("placeholder") or None
    if record is None:
        raise NotFoundError(_("There is no record of that index."))
    if placeholder is not None and not PLACEHOLDER.fullmatch(placeholder):
        raise NotFoundError(_("There is no such placeholder in this conversation."))
    return record, placeholder


async def _form(
    request: Request,
    actor: Principal,
    status: int = 200,
    *,
    written: Mapping[str, str] | None = None,
    problem: str = "",
) -> Response:
    record, placeholder = _asked(request)
    reveals = services(request).reveals
    await reveals.require_ask(actor)
    found = PLACEHOLDER.fullmatch(placeholder or "")
    return review_page(
        request,
        actor,
        "reveal_new.html",
        status,
        record=record,
        placeholder=placeholder,
        entity_type=found[1] if found else None,
        reasons=words.reasons(),
        durations=words.durations(),
        written={"reason": "", "minutes": "60", "text": ""} | dict(written or {}),
        deciders=await reveals.deciders(actor),
        alone=reveals.may(actor, "alone"),
        problem=problem,
    )


async def _reveal(
    request: Request,
    actor: Principal,
    reveal_id: str,
    status: int = 200,
    *,
    shown: Revealed | None = None,
    written: Mapping[str, str] | None = None,
    **context: Any,
) -> Response:
    built = services(request)
    seen = await built.reveals.read(actor, reveal_id)
    found = seen.reveal
    facts = seen.facts
    chatted = facts.actor if facts else None
    messages = (shown.messages if shown else seen.messages) or []
    answer = review_page(
        request,
        actor,
        "reveal.html",
        status,
        **{"again": None}
        | context
        | {
            "seen": seen,
            "reveal": found,
            "facts": facts,
            "names": await built.review.names(actor, [found.actor, found.decider, chatted]),
            "reason": words.reasons().get(found.reason, found.reason),
            "lasts": words.duration(found.minutes),
            "left": words.duration(max(1, (found.expires or 0) - now()) // 60_000 + 1),
            "state": words.states()[found.state],
            "mine": found.actor == actor.id,
            "alone": built.reveals.may(actor, "alone"),
            "values": {name: each.value for name, each in shown.values.items()} if shown else None,
            "messages": [_in_parts(each) for each in messages],
            "may_read": built.review.may(actor, "audit"),
            "written": (written or {}).get("text", ""),
        },
    )
    if shown and found.expires:
        # What is on the screen goes with its time, also where there is no script.
        seconds = max(1, (found.expires - now()) // 1000 + 1)
        answer.headers["refresh"] = f"{seconds};url=/review/reveals/{found.id}"
    return answer


def _in_parts(message: Mapping[str, Any]) -> dict[str, Any]:
    return {**message, **told.message_parts(message)}
