"""Moderation and redaction profiles beside what recorded requests had: scores and thresholds, entity types and actions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from guard.errors import GuardError, NotFoundError
from guard.policy import profile_edits
from guard.policy.bundle import Bundle
from guard.policy.observed import Observed
from guard.web import picture, scores
from guard.web.desk import Pages, read_form, status_of
from guard.web.policy_desk import Desk, desk
from guard.web.policy_drafts import Opened, Written, answered, checked, editing, opened, unchanged
from guard.web.texts import gettext as _

router = APIRouter(prefix="/policies", include_in_schema=False, route_class=Pages)
KINDS = ("moderation", "redaction")


@dataclass(frozen=True, slots=True)
class _Subject:
    """A profile: `file` is where it is written."""

    kind: str
    name: str

    @property
    def file(self) -> str:
        return f"{self.kind}/{self.name}.toml"

    @property
    def path(self) -> str:
        return f"profiles/{self.kind}/{self.name}"


@router.get("/profiles")
async def in_force(request: Request) -> Response:
    """The profiles of the policy in force."""
    at = await desk(request)
    return await _list(at, at.active.snapshot.bundle, "/policies")


@router.get("/changes/{change_id}/profiles")
async def of_change(request: Request, change_id: str) -> Response:
    """The profiles of a change set or, for `new`, of the policy in force, to be changed."""
    at = await editing(request)
    found = await opened(at, change_id)
    return await _list(at, found.origin, found.editors)


async def _list(at: Desk, bundle: Bundle, base: str) -> Response:
    kinds = [(kind, sorted(getattr(bundle, kind))) for kind in KINDS]
    return await at.page("policy_profiles.html", kinds=kinds, base=base)


@router.get("/profiles/{kind}/{name}")
async def profile(request: Request, kind: str, name: str) -> Response:
    """A profile of the policy in force, to be read."""
    at = await desk(request)
    bundle = at.active.snapshot.bundle
    found = Opened(bundle, bundle.files, str(at.active.head.id))
    return await _profile(at, found, unchanged(found), subject=_subject(bundle, kind, name), form={}, base="/policies")


@router.get("/changes/{change_id}/profiles/{kind}/{name}")
async def edit(request: Request, change_id: str, kind: str, name: str) -> Response:
    """A profile of a change set, with what would come of other thresholds where the address names them."""
    at = await editing(request)
    found = await opened(at, change_id)
    subject, query = _subject(found.origin, kind, name), dict(request.query_params)
    written = unchanged(found)
    if "title" in query:
        written = Written(written.files, title=query["title"], seen=query.get("seen"))
    return await _profile(at, found, written, subject=subject, form=query, base=found.editors)


@router.post("/changes/{change_id}/profiles/{kind}/{name}")
async def save(request: Request, change_id: str, kind: str, name: str) -> Response:
    """Check what was chosen, or keep it."""
    at, form = await editing(request), await read_form(request)
    found = await opened(at, change_id, form.get("seen", ""))
    subject = _subject(found.origin, kind, name)
    show = partial(_profile, subject=subject, form=form, base=found.editors)
    title, seen = form.get("title", "").strip(), form.get("seen", "")
    try:
        files = _files(found.origin, subject, form)
    except GuardError as error:
        kept = Written(found.origin.files, title=title, seen=seen)
        return await show(at, found, kept, status_of(error), problem=str(error))
    written = Written(files, title=title, seen=seen)
    if form.get("do") == "show":
        return await show(at, found, written)
    if form.get("do") != "save":
        return await checked(at, found, written, show)
    return await answered(at, found, written, show, save=True)


@router.get("/scores.svg")
async def drawn(request: Request) -> Response:
    """How the recorded scores of a category are distributed, with lines at thresholds."""
    at, query = await desk(request), request.query_params
    seen = await at.policies.observed()
    part = scores.part_of(query.get("part", ""))
    counts = seen.of(query.get("profile") or None, part, query.get("category", ""))
    lines = [number for text in query.getlist("at")[:10] if (number := scores.number(text)) is not None]
    headers = {"cache-control": "private, max-age=60"}
    return Response(picture.distribution(counts, lines), media_type="image/svg+xml", headers=headers)


async def _profile(
    at: Desk,
    opened: Opened,
    written: Written,
    status: int = 200,
    *,
    subject: _Subject,
    form: Mapping[str, str],
    base: str,
    **shows: Any,
) -> Response:
    seen = await at.policies.observed()
    everywhere = (form or at.request.query_params).get("all") == "1"
    under = None if everywhere else subject.name
    around: dict[str, Any] = {
        "opened": opened,
        "subject": subject,
        "base": base,
        "title": written.title,
        "seen": opened.seen if written.seen is None else written.seen,
        "edits": base != "/policies",
        "everywhere": everywhere,
        "observed": seen,
        "problems": [],
        "lines": [],
        "report": None,
    }
    around |= _shown(opened.origin, subject, seen, under, form)
    if status == 200 and any(row.get("wrong") for row in around["rows"]):
        status, shows["problem"] = 400, scores.wanted()
    return await at.page(f"policy_{subject.kind}.html", status, **around | shows)


def _shown(
    bundle: Bundle, subject: _Subject, seen: Observed, under: str | None, form: Mapping[str, str]
) -> dict[str, Any]:
    if subject.kind == "moderation":
        return scores.moderation(bundle, subject.name, seen, under, form)
    return scores.redaction(bundle, subject.name, seen, under, form)


def _files(bundle: Bundle, subject: _Subject, form: Mapping[str, str]) -> dict[str, str]:
    """The files with what the form says. Raises InvalidRequestError, CannotPlaceError."""
    if subject.kind == "redaction":
        wanted = {name.removeprefix("type:"): value for name, value in form.items() if name.startswith("type:")}
        return profile_edits.actions(bundle, subject.name, wanted)
    numbers = {}
    for name, text in form.items():
        if name.startswith("at:"):
            category, _dot, level = name.removeprefix("at:").partition(".")
            numbers[category, level] = scores.typed(text)
    levels = {}
    for name, level in form.items():
        if name.startswith("level:") and name.count(":") == 2:
            _prefix, table, category = name.split(":")
            levels[table, category] = level
    return profile_edits.levels(bundle, subject.name, numbers, levels)


def _subject(bundle: Bundle, kind: str, name: str) -> _Subject:
    if kind not in KINDS or name not in getattr(bundle, kind):
        raise NotFoundError(_("There is no profile of that name."))
    return _Subject(kind, name)
