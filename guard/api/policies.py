"""`/api/policies`: see, check, propose, review and activate policies. `docs/reference/policies-api.md` has the shapes."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import Field
from starlette.responses import JSONResponse, Response

from guard.api.caller import Caller, services
from guard.api.forms import Form, body_of, read_form
from guard.errors import GuardError
from guard.model import Principal
from guard.policy import views
from guard.policy.administration import Administration
from guard.policy.changes import Change
from guard.policy.compiled import Stored
from guard.policy.names import DEFAULT_TENANT
from guard.policy.revisions import Head

router = APIRouter(prefix="/api/policies", tags=["policies"])

Files = dict[str, str | None]
_Short = Annotated[str, Field(max_length=1000)]
"""Longer than any name that a policy may hold."""


class Draft(Form):
    """A new change set. `files`: path to its new text, or to null to take the file away."""

    title: str = Field(min_length=1, max_length=200)
    files: Files


class Edit(Form):
    """What becomes of a change set."""

    files: Files = Field(default_factory=dict)
    title: str | None = Field(default=None, min_length=1, max_length=200)


class Checked(Form):
    """Files to check without keeping them, on top of the policy in force."""

    files: Files


class Said(Form):
    """A comment, or the reason of a rejection."""

    text: str = Field(default="", max_length=10_000)


class Approval(Form):
    """`policy` is the hash of what was looked at."""

    policy: str
    text: str = Field(default="", max_length=10_000)


class Activation(Form):
    """`at`: milliseconds since 1970; without it: now."""

    at: int | None = Field(default=None, ge=0, lt=2**53)


class Rollback(Form):
    """The revision to bring back; without it the one before the one in force."""

    revision: int | None = Field(default=None, ge=1, lt=2**31)


class Question(Form):
    """May somebody with these roles do this?"""

    roles: list[_Short] = Field(max_length=100)
    tenant: _Short = DEFAULT_TENANT
    object: _Short
    act: _Short
    address: _Short | None = None


class _Desk:
    """The caller of one request, before the administration."""

    def __init__(self, request: Request, actor: Principal) -> None:
        self.policies = services(request).policies
        self.admin: Administration = self.policies.administration
        self.actor = actor

    async def shown(self, change: Change) -> Response:
        active = await self.admin.revisions.head()
        return await _json(views.change(change, active, await self.admin.changes.reviews(change.id)))

    async def take_up(self) -> None:
        """Have this process take up what was put in force. It is in force, even if that fails now: the process looks
        again at once, and says in its log what is wrong."""
        with suppress(GuardError):
            await self.policies.take_up()

    async def files(self, stored: Stored) -> dict[str, str]:
        return views.files((await self.admin.permits.compiled(stored)).bundle.files)

    async def head(self) -> Head:
        """The revision in force, for whoever may read the policy."""
        return (await self.admin.readable(self.actor)).head


async def _desk(request: Request) -> _Desk:
    return _Desk(request, await services(request).authenticate(Caller(request).credential()))


@router.get("", summary="The policy in force, who enforces it, and what is under way")
async def overview(request: Request) -> Response:
    """Revision and hash in force, processes, open change sets, who could approve."""
    desk = await _desk(request)
    active = await desk.admin.readable(desk.actor)
    head = active.head
    workers = [views.worker(each, head) for each in await desk.policies.workers.list()]
    approvers = await desk.admin.permits.approvers(active)
    return await _json(
        {
            **views.revision(await desk.admin.revisions.get(head.id)),
            "converged": all(each["current"] for each in workers),
            "workers": workers,
            "approvers": len(approvers),
            "single_admin": len(approvers) == 1,
            "changes": [views.change(each, head) for each in await desk.admin.changes.list(only_open=True)],
        }
    )


@router.get("/revisions", summary="All revisions, the newest first")
async def revisions(request: Request) -> Response:
    """Without their files."""
    desk = await _desk(request)
    await desk.head()
    return await _json({"revisions": [views.revision(each) for each in await desk.admin.revisions.history()]})


@router.get("/revisions/{number}", summary="One revision with its files")
async def one_revision(request: Request, number: int) -> Response:
    """The files are as they were approved."""
    desk = await _desk(request)
    await desk.head()
    found = await desk.admin.revisions.get(number)
    return await _json({**views.revision(found), "files": await desk.files(found)})


@router.post("/check", summary="Check files while they are being written", openapi_extra=body_of(Checked))
async def check(request: Request) -> Response:
    """Errors with line and column; when there are none lint, decision tables and diff. Nothing is kept."""
    desk, form = await _desk(request), await read_form(request, Checked)
    problems = await desk.admin.problems(desk.actor, form.files)
    shown = None
    if not problems:
        found = await desk.admin.preview(desk.actor, form.files)
        shown = await asyncio.to_thread(found.as_json)
    return await _json({"problems": [views.problem(each) for each in problems], "report": shown})


@router.post("/explain", summary="May somebody do something, and why", openapi_extra=body_of(Question))
async def explain(request: Request) -> Response:
    """The rule and role path of an allow, the deciding deny, or the nearest misses."""
    desk, form = await _desk(request), await read_form(request, Question)
    await desk.head()
    snapshot = desk.policies.snapshot()
    found = snapshot.explain(form.roles, form.tenant, form.object, form.act, form.address)
    return await _json(views.explanation(found, snapshot.policy))


@router.post("/rollback", summary="Bring an earlier policy back", openapi_extra=body_of(Rollback))
async def rollback(request: Request) -> Response:
    """It becomes a new revision, after the same checks."""
    desk, form = await _desk(request), await read_form(request, Rollback)
    made = await desk.admin.rollback(desk.actor, form.revision)
    await desk.take_up()
    return await _json(views.revision(made))


@router.get("/changes", summary="Change sets, the newest first")
async def changes(request: Request) -> Response:
    """Those that are over too."""
    desk = await _desk(request)
    head = await desk.head()
    return await _json({"changes": [views.change(each, head) for each in await desk.admin.changes.list()]})


@router.post("/changes", summary="Begin a change set", openapi_extra=body_of(Draft), status_code=201)
async def draft(request: Request) -> Response:
    """Only the files that change need be sent."""
    desk, form = await _desk(request), await read_form(request, Draft)
    made = await desk.shown(await desk.admin.draft(desk.actor, form.files, form.title))
    made.status_code = 201
    return made


@router.get("/changes/{change_id}", summary="One change set with its files and reviews")
async def one_change(request: Request, change_id: str) -> Response:
    """`base_files` are those that it changes."""
    desk = await _desk(request)
    head = await desk.head()
    found = await desk.admin.changes.get(change_id)
    shown = views.change(found, head, await desk.admin.changes.reviews(change_id))
    base = await desk.admin.revisions.get(found.base.id)
    return await _json({**shown, "files": await desk.files(found), "base_files": await desk.files(base)})


@router.put("/changes/{change_id}", summary="Revise a change set", openapi_extra=body_of(Edit))
async def revise(request: Request, change_id: str) -> Response:
    """It is a draft again, on the policy now in force; approvals are void."""
    desk, form = await _desk(request), await read_form(request, Edit)
    return await desk.shown(await desk.admin.revise(desk.actor, change_id, form.files, form.title))


@router.get("/changes/{change_id}/report", summary="Lint, decision tables, diff; with ?replay=true the past too")
async def report(request: Request, change_id: str, replay: bool = False) -> Response:
    """Against the policy in force."""
    desk = await _desk(request)
    found = await desk.admin.report(desk.actor, change_id, replay=replay)
    return await _json(await asyncio.to_thread(found.as_json))


@router.post("/changes/{change_id}/submit", summary="Hand in for review")
async def submit(request: Request, change_id: str) -> Response:
    """Lint without errors and all decision tables are needed."""
    desk = await _desk(request)
    return await desk.shown(await desk.admin.submit(desk.actor, change_id))


@router.post("/changes/{change_id}/comments", summary="Say something", openapi_extra=body_of(Said))
async def comment(request: Request, change_id: str) -> Response:
    """Anybody who may read the policy."""
    desk, form = await _desk(request), await read_form(request, Said)
    await desk.admin.comment(desk.actor, change_id, form.text)
    return await desk.shown(await desk.admin.changes.get(change_id))


@router.post("/changes/{change_id}/approve", summary="Approve exactly this text", openapi_extra=body_of(Approval))
async def approve(request: Request, change_id: str) -> Response:
    """By a person who did not write on it; by the author only while nobody else could."""
    desk, form = await _desk(request), await read_form(request, Approval)
    await Caller(request).fresh()
    return await desk.shown(await desk.admin.approve(desk.actor, change_id, form.policy, form.text))


@router.post("/changes/{change_id}/reject", summary="Send back", openapi_extra=body_of(Said))
async def reject(request: Request, change_id: str) -> Response:
    """The author may revise it."""
    desk, form = await _desk(request), await read_form(request, Said)
    return await desk.shown(await desk.admin.reject(desk.actor, change_id, form.text))


@router.post("/changes/{change_id}/withdraw", summary="Give up")
async def withdraw(request: Request, change_id: str) -> Response:
    """It stays in the history."""
    desk = await _desk(request)
    return await desk.shown(await desk.admin.withdraw(desk.actor, change_id))


@router.post("/changes/{change_id}/activate", summary="Put in force, now or later", openapi_extra=body_of(Activation))
async def activate(request: Request, change_id: str) -> Response:
    """What was approved, on the policy that it changes."""
    desk, form = await _desk(request), await read_form(request, Activation)
    if form.at is not None:
        return await desk.shown(await desk.admin.schedule(desk.actor, change_id, form.at))
    made = await desk.admin.activate(desk.actor, change_id)
    await desk.take_up()
    return await desk.shown(made)


async def _json(content: Any) -> Response:
    # A policy may have megabytes, and a report more.
    return await asyncio.to_thread(JSONResponse, content, headers={"cache-control": "no-store"})
