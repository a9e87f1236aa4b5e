"""`/api/reveals`: ask to see what stands behind placeholders, decide, look. `docs/reference/reveals-api.md` has the shapes."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import APIRouter, Request
from pydantic import Field
from starlette.responses import JSONResponse, Response

from guard.api.caller import Caller, services
from guard.api.forms import Form, body_of, read_form
from guard.model import JSON, Principal
from guard.review.reveal_rows import Reveal
from guard.review.reveals import Reveals, Wish

router = APIRouter(prefix="/api/reveals", tags=["reveals"])


class Asked(Form):
    """A reveal: what stands behind a placeholder, or behind all of the transcript where there is none."""

    record: int = Field(ge=0, lt=2**53)
    placeholder: str | None = Field(default=None, max_length=64)
    reason: str = Field(max_length=32)
    text: str = Field(max_length=10_000)
    minutes: int


class Said(Form):
    """Why it is granted or refused."""

    text: str = Field(max_length=10_000)


@router.post("", summary="Ask for a reveal", openapi_extra=body_of(Asked))
async def ask(request: Request) -> Response:
    """Another person has to grant it."""
    actor, form = await _actor(request), await read_form(request, Asked)
    wish = Wish(form.record, form.placeholder, form.reason, form.text, form.minutes)
    return await _json(_whole(await _reveals(request).ask(actor, wish)))


@router.get("", summary="The reveals that concern you")
async def listing(request: Request) -> Response:
    """Your own, those that you may decide, and those that were decided."""
    found = await _reveals(request).listing(await _actor(request))
    named = {"mine": found.mine, "waiting": found.waiting, "decided": found.decided}
    return await _json({name: [_row(each) for each in rows] for name, rows in named.items()})


@router.get("/{reveal_id}", summary="One reveal, without its values")
async def reveal(request: Request, reveal_id: str) -> Response:
    """With what was written."""
    seen = await _reveals(request).read(await _actor(request), reveal_id)
    may = {"may_decide": seen.may_decide, "may_withdraw": seen.may_withdraw}
    return await _json(_whole(seen.reveal) | may)


@router.post("/{reveal_id}/grant", summary="Let its asker see it", openapi_extra=body_of(Said))
async def grant(request: Request, reveal_id: str) -> Response:
    """From now on, for as long as was asked."""
    actor, form = await _actor(request), await read_form(request, Said)
    await Caller(request).fresh()
    return await _json(_whole(await _reveals(request).grant(actor, reveal_id, form.text)))


@router.post("/{reveal_id}/refuse", summary="Do not let its asker see it", openapi_extra=body_of(Said))
async def refuse(request: Request, reveal_id: str) -> Response:
    """With a reason."""
    actor, form = await _actor(request), await read_form(request, Said)
    await Caller(request).fresh()
    return await _json(_whole(await _reveals(request).refuse(actor, reveal_id, form.text)))


@router.post("/{reveal_id}/withdraw", summary="End it before its time")
async def withdraw(request: Request, reveal_id: str) -> Response:
    """By its asker, or by who may grant."""
    return await _json(_whole(await _reveals(request).withdraw(await _actor(request), reveal_id)))


@router.post("/{reveal_id}/show", summary="See what was granted")
async def show(request: Request, reveal_id: str) -> Response:
    """Each look is a record. Its asker alone sees it."""
    actor = await _actor(request)
    await Caller(request).fresh()
    shown = await _reveals(request).show(actor, reveal_id)
    values = {name: {"type": each.entity_type, "value": each.value} for name, each in shown.values.items()}
    return await _json(_row(shown.reveal) | {"values": values, "messages": shown.messages})


async def _actor(request: Request) -> Principal:
    return await services(request).authenticate(Caller(request).credential())


def _reveals(request: Request) -> Reveals:
    return services(request).reveals


def _row(reveal: Reveal) -> dict[str, JSON]:
    names = ("id", "actor", "conversation_id", "placeholder", "record", "reason", "created", "minutes", "decider",
             "decided", "expires", "looks")  # fmt: skip
    return {name: getattr(reveal, name) for name in names} | {
        "state": reveal.state,
        "entity_type": reveal.entity_type,
        "alone": reveal.is_alone,
    }


def _whole(reveal: Reveal) -> dict[str, JSON]:
    return _row(reveal) | {"text": reveal.text, "answer": reveal.answer}


async def _json(content: Any) -> Response:
    return await asyncio.to_thread(JSONResponse, content, headers={"cache-control": "no-store"})
