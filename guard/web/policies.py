"""`/policies`: what is in force and under way, one change set and its steps, and bringing an earlier policy back.

Every form is sent to the address of its own page: what is refused is said there, beside what was written.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from guard.errors import (
    AuthenticationError,
    ConflictError,
    GuardError,
    InvalidRequestError,
    NotFoundError,
    PermissionDeniedError,
    StepUpRequiredError,
)
from guard.policy import views
from guard.policy.changes import OPEN, Change
from guard.policy.diff_files import file_changes
from guard.web import shown
from guard.web.desk import Pages, again_address, fresh, not_fresh, read_form, status_of
from guard.web.policy_desk import Desk, desk
from guard.web.policy_questions import ASKED, explained, may_read_users, suggested
from guard.web.texts import gettext as _

router = APIRouter(prefix="/policies", include_in_schema=False, route_class=Pages)
_REVISIONS = 50
"""Revisions of one page."""

_PATIENCE = 2.0
"""Seconds after which the page of a large change comes without its checks, and looks again."""

_LONG = 120.0


@router.get("")
async def overview(request: Request) -> Response:
    """What is in force, who enforces it, what is under way, and what was; with the answer that the address asks for."""
    at = await desk(request)
    # Nobody's name stands in an address.
    asked = {name: request.query_params.get(name, "") for name in ASKED if name != "user"}
    return await _answered(at, asked) if asked["object"] and asked["act"] else await _overview(at, asked=asked)


@router.post("")
async def ask(request: Request) -> Response:
    """May somebody do something, and why?"""
    at, form = await desk(request), await read_form(request)
    return await _answered(at, form)


async def _answered(at: Desk, asked: Mapping[str, str]) -> Response:
    try:
        answer = await explained(at, asked)
    except (InvalidRequestError, NotFoundError) as error:
        return await _overview(at, status_of(error), asked=asked, problem=str(error))
    return await _overview(at, asked=asked, answer=answer)


async def _overview(at: Desk, status: int = 200, *, asked: Mapping[str, str] | None = None, **context: Any) -> Response:
    head = at.active.head
    history = [views.revision(each) for each in await at.admin.revisions.history()]
    workers = [views.worker(each, head) for each in await at.policies.workers.list()]
    first = _first(at.request.query_params.get("from", ""), len(history))
    return await at.page(
        "policies.html",
        status,
        **{"answer": None}
        | context
        | {
            "asked": {name: (asked or {}).get(name, "") for name in ASKED},
            "head": next(each for each in history if each["revision"] == head.id),
            "workers": workers,
            "behind": sum(not each["current"] for each in workers),
            "approvers": len(await at.admin.permits.approvers(at.active)),
            "changes": [views.change(each, head) for each in await at.admin.changes.list(only_open=True)],
            "history": history[first:][:_REVISIONS],
            "count": len(history),
            "first": first,
            "page_size": _REVISIONS,
            "by_name": may_read_users(at),
            "suggested": await suggested(at),
        },
    )


def _first(text: str, count: int) -> int:
    """The revision that the table begins with."""
    number = int(text) if re.fullmatch("[0-9]{1,9}", text) else 0
    return number if number < count else 0


@router.get("/changes/{change_id}")
async def change_page(request: Request, change_id: str, replay: str = "") -> Response:
    """One change set: checks, difference, what was said of it, and the steps that can be taken."""
    return await _change(await desk(request), change_id, replay=bool(replay))


@router.post("/changes/{change_id}")
async def step(request: Request, change_id: str) -> Response:
    """Take the step that the button names."""
    at, form = await desk(request), await read_form(request)
    taken = _STEPS.get(form.get("step", ""))
    try:
        if taken is None:
            raise InvalidRequestError(_("Choose one of the steps."))
        await taken(at, change_id, form)
    except (AuthenticationError, NotFoundError):
        raise
    except GuardError as error:
        # What was written goes back to its field.
        at = await desk(request)
        again = again_address(request) if isinstance(error, StepUpRequiredError) else None
        problem = not_fresh() if again else str(error)
        return await _change(at, change_id, status_of(error), problem=problem, written=form, again=again)
    return RedirectResponse(f"/policies/changes/{change_id}", 303)


async def _change(
    at: Desk,
    change_id: str,
    status: int = 200,
    *,
    replay: bool = False,
    problem: str | None = None,
    written: Mapping[str, str] | None = None,
    again: str | None = None,
) -> Response:
    found = await at.admin.changes.get(change_id)
    reviews = await at.admin.changes.reviews(change_id)
    is_open = found.status in OPEN
    report, files = None, None
    if is_open:
        # What was written and refused would be lost by a page that looks again by itself.
        patience = _PATIENCE if problem is None else _LONG
        made = await at.admin.report_within(at.actor, change_id, patience, replay=replay)
        report = await asyncio.to_thread(made.shown) if made else None
    else:
        base = await at.admin.revisions.get(found.base.id)
        changed = await asyncio.to_thread(file_changes, await at.files(base), await at.files(found))
        files = [each.as_json() for each in changed]
    return await at.page(
        "policy_change.html",
        status,
        problem=problem,
        again=again,
        written={(written or {}).get("step", ""): (written or {}).get("text", (written or {}).get("at", ""))},
        change=views.change(found, at.active.head, reviews),
        is_open=is_open,
        report=report,
        files=files,
        why_not=await _why_not(at, found),
        alone=len(await at.admin.permits.approvers(at.active)) == 1,
    )


async def _why_not(at: Desk, change: Change) -> str | None:
    """Why this person may not approve this change set, though they may approve others."""
    try:
        await at.admin.permits.is_alone(at.actor, change, at.active)
    except PermissionDeniedError as error:
        return str(error)
    return None


async def _submit(at: Desk, change_id: str, form: Mapping[str, str]) -> None:
    await at.admin.submit(at.actor, change_id)


async def _approve(at: Desk, change_id: str, form: Mapping[str, str]) -> None:
    await fresh(at.request)
    # Never without a hash: what is approved is what was shown.
    await at.admin.approve(at.actor, change_id, form.get("policy", ""), form.get("text", ""))


async def _reject(at: Desk, change_id: str, form: Mapping[str, str]) -> None:
    await at.admin.reject(at.actor, change_id, _said(form, _("Say why, so that its author knows what to change.")))


async def _comment(at: Desk, change_id: str, form: Mapping[str, str]) -> None:
    await at.admin.comment(at.actor, change_id, _said(form, _("Write a comment first.")))


async def _withdraw(at: Desk, change_id: str, form: Mapping[str, str]) -> None:
    await at.admin.withdraw(at.actor, change_id)


async def _update(at: Desk, change_id: str, form: Mapping[str, str]) -> None:
    await at.admin.revise(at.actor, change_id, {})


async def _activate(at: Desk, change_id: str, form: Mapping[str, str]) -> None:
    await at.admin.activate(at.actor, change_id)
    await at.take_up()


async def _schedule(at: Desk, change_id: str, form: Mapping[str, str]) -> None:
    try:
        due = datetime.fromisoformat(form.get("at", ""))
    except ValueError:
        raise InvalidRequestError(_("Give a date and a time, such as 2027-01-31T06:00.")) from None
    # Browsers send none; a zone that is given counts.
    due = due if due.tzinfo else due.replace(tzinfo=UTC)
    if due <= datetime.now(UTC):
        raise InvalidRequestError(_("That time has passed. Choose a later one, or put it in force now."))
    await at.admin.schedule(at.actor, change_id, int(due.timestamp() * 1000))


_STEPS: dict[str, Callable[[Desk, str, Mapping[str, str]], Awaitable[None]]] = {
    "submit": _submit,
    "approve": _approve,
    "reject": _reject,
    "comment": _comment,
    "withdraw": _withdraw,
    "update": _update,
    "activate": _activate,
    "schedule": _schedule,
}


def _said(form: Mapping[str, str], wanted: str) -> str:
    text = form.get("text", "").replace("\r\n", "\n").strip()
    if not text:
        raise InvalidRequestError(wanted)
    return text


@router.get("/revisions/{number}")
async def revision_page(request: Request, number: str) -> Response:
    """What would change if an earlier policy were brought back, and the button that does it."""
    return await _revision(await desk(request), _number(number))


@router.post("/revisions/{number}")
async def rollback(request: Request, number: str) -> Response:
    """Bring it back, in the place of the policy that was shown as in force."""
    at, form, wanted = await desk(request), await read_form(request), _number(number)
    try:
        if form.get("head") != at.active.head.hash:
            raise ConflictError(
                _("Another policy has come into force since you looked."), reason_id="policy_base_changed"
            )
        await at.admin.rollback(at.actor, wanted)
    except NotFoundError:
        raise
    except GuardError as error:
        return await _revision(await desk(request), wanted, status_of(error), problem=str(error))
    await at.take_up()
    return RedirectResponse("/policies", 303)


async def _revision(at: Desk, number: int, status: int = 200, **context: Any) -> Response:
    wanted = await at.admin.revisions.get(number)
    proposed = await at.admin.permits.compiled(wanted)
    report = await at.admin.check(at.active.snapshot, proposed, at.actor, replay=False)
    made = {
        "revision": views.revision(wanted),
        "head": at.active.head,
        "report": await asyncio.to_thread(report.shown),
        "matrix": await asyncio.to_thread(shown.matrix, proposed.bundle),
    }
    return await at.page("policy_revision.html", status, **context | made)


@router.get("/{rest:path}")
async def nothing(request: Request) -> Response:
    """Whatever else is asked for."""
    await desk(request)
    raise NotFoundError(_("There is nothing at this address."))


def _number(text: str) -> int:
    # Longer ones are no revision either, and take their time to read.
    if not re.fullmatch("[0-9]{1,10}", text):
        raise NotFoundError(_("There is no revision of that number."))
    return int(text)
