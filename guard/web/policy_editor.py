"""The editor of a change set: its files as text, checked on request and, with script, while somebody types."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from guard.policy import views
from guard.policy.bundle import Problem
from guard.policy.rules import RULES
from guard.web import shown
from guard.web.desk import Pages, read_form
from guard.web.policy_desk import Desk
from guard.web.policy_drafts import Files, Opened, Written, answered, editing, lines, opened, unchanged
from guard.web.texts import gettext as _

router = APIRouter(prefix="/policies", include_in_schema=False, route_class=Pages)
_FILE, _GONE = "file:", "gone:"
_FEWEST_ROWS, _MOST_ROWS = 4, 30


@router.get("/changes/new", name="new change")
async def new(request: Request) -> Response:
    """An editor on the policy in force."""
    return await _opened(request, "new")


@router.post("/changes/new")
async def begin(request: Request) -> Response:
    """Check what was written, or make a change set of it."""
    return await _written_by(request, "new")


@router.get("/changes/{change_id}/edit")
async def edit(request: Request, change_id: str) -> Response:
    """An editor on a change set."""
    return await _opened(request, change_id)


@router.post("/changes/{change_id}/edit")
async def revise(request: Request, change_id: str) -> Response:
    """Check what was written, or revise the change set."""
    return await _written_by(request, change_id)


async def _opened(request: Request, change_id: str) -> Response:
    at = await editing(request)
    found = await opened(at, change_id)
    return await _editor(at, found, unchanged(found))


async def _written_by(request: Request, change_id: str) -> Response:
    at, form = await editing(request), await read_form(request)
    found = await opened(at, change_id, form.get("seen", ""))
    return await answered(at, found, _written(form, found.origin.files), _editor, save=form.get("do") == "save")


async def _editor(at: Desk, opened: Opened, written: Written, status: int = 200, **shows: Any) -> Response:
    problems: list[Problem] = shows.pop("problems", [])
    found = [views.problem(each) for each in problems]
    files = _listed(at, opened, written, found)
    named = opened.change is not None
    around = {
        "heading": _("Edit a change set") if named else _("New change set"),
        "save": _("Save") if named else _("Save as a draft"),
        "back": opened.back,
        "editors": opened.editors,
        "seen": opened.seen if written.seen is None else written.seen,
        "title": written.title,
        "files": files,
        "anchors": {each["path"]: each["id"] for each in files},
        "problems": found,
        "matrix": await asyncio.to_thread(shown.matrix, opened.origin),
        "report": None,
    }
    return await at.page("policy_edit.html", status, **around | shows)


def _listed(at: Desk, opened: Opened, written: Written, problems: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The files as the page shows them: the rules first, those with problems or changes open."""
    texts = {**written.files, **written.gone}
    in_force = at.active.snapshot.bundle.files
    listed = []
    for number, path in enumerate(sorted(texts, key=lambda path: (path != RULES, path))):
        text, wrong = texts[path], [each for each in problems if each["file"] == path]
        is_gone = path in written.gone
        changed = is_gone or text != opened.base.get(path)
        listed.append(
            {
                "path": path,
                "id": f"file-{number}",
                "text": text,
                "rows": min(_MOST_ROWS, max(_FEWEST_ROWS, text.count("\n") + 2)),
                "gone": is_gone,
                "differs": text != in_force.get(path),
                "problems": wrong,
                "is_open": bool(path == RULES or wrong or changed),
                "note": _("taken away") if is_gone else _("changed") if changed else "",
            }
        )
    return listed


def _written(form: Mapping[str, str], origin: Files) -> Written:
    """The files of a form. A file that only differs in how its lines end is not changed."""
    files = dict(origin)
    for name, text in form.items():
        if name.startswith(_FILE):
            path, sent = name.removeprefix(_FILE), lines(text)
            if sent != lines(origin.get(path, "")) or path not in origin:
                files[path] = sent
    if added := form.get("new-path", "").strip():
        files[added] = lines(form.get("new-text", ""))
    gone = {path: files.pop(path) for path in list(files) if form.get(_GONE + path)}
    return Written(files, gone, form.get("title", "").strip(), form.get("seen", ""))
