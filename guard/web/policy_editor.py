"""The editor of a change set: its files as text, checked on request and, with script, while somebody types."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from guard.errors import ConflictError, GuardError, InvalidRequestError, NotFoundError
from guard.policy import views
from guard.policy.bundle import Bundle, Problem
from guard.policy.changes import Change
from guard.policy.merged import merged
from guard.policy.rules import RULES
from guard.web import shown
from guard.web.desk import Pages, read_form, status_of
from guard.web.policies import Desk, desk

router = APIRouter(prefix="/policies", include_in_schema=False, route_class=Pages)
_LONGEST_TITLE = 200
_FILE, _GONE = "file:", "gone:"
_FEWEST_ROWS, _MOST_ROWS = 4, 30

Files = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Opened:
    """What somebody began to edit.

    Args:
        origin: the policy whose files were shown.
        base: the files that the change set changes.
        seen: names the origin, so that the form can tell when it is not the same any more.
        change: the change set; `None` for a new one.
    """

    origin: Bundle
    base: Files
    seen: str
    change: Change | None = None

    @property
    def back(self) -> str:
        """Where the editor was opened from."""
        return f"/policies/changes/{self.change.id}" if self.change else "/policies"


@dataclass(frozen=True, slots=True)
class Written:
    """What a form holds: the files as they are to be, those that are taken away, the title, and what was shown.

    What was shown stays what it was: a text that is refused because of a newer one is not saved over it the next time.
    """

    files: Files
    gone: Files = field(default_factory=dict)
    title: str = ""
    seen: str | None = None


@router.get("/changes/new", name="new change")
async def new(request: Request) -> Response:
    """An editor on the policy in force."""
    at = await _editing(request)
    opened = await _new(at, str(at.active.head.id))
    return await _editor(at, opened, Written(opened.origin.files))


@router.post("/changes/new")
async def begin(request: Request) -> Response:
    """Check what was written, or make a change set of it."""
    at, form = await _editing(request), await read_form(request)
    opened = await _new(at, form.get("seen", ""))
    return await _answered(at, opened, form)


@router.get("/changes/{change_id}/edit")
async def edit(request: Request, change_id: str) -> Response:
    """An editor on a change set."""
    at = await _editing(request)
    opened = await _existing(at, change_id)
    assert opened.change is not None
    return await _editor(at, opened, Written(opened.origin.files, title=opened.change.title))


@router.post("/changes/{change_id}/edit")
async def revise(request: Request, change_id: str) -> Response:
    """Check what was written, or revise the change set."""
    at, form = await _editing(request), await read_form(request)
    return await _answered(at, await _existing(at, change_id), form)


async def _editing(request: Request) -> Desk:
    """The desk of somebody who may edit the policy. Raises PermissionDeniedError, which is on record."""
    at = await desk(request)
    await at.admin.permits.allowed(at.actor, "edit")
    return at


async def _new(at: Desk, seen: str) -> Opened:
    if not seen.isdecimal() or len(seen) > 10:
        raise InvalidRequestError("The page was damaged. Begin a new change set.")
    origin = (await at.admin.permits.compiled(await at.admin.revisions.get(int(seen)))).bundle
    return Opened(origin, origin.files, seen)


async def _existing(at: Desk, change_id: str) -> Opened:
    change = await at.admin.changes.get(change_id)
    base = await at.files(await at.admin.revisions.get(change.base.id))
    return Opened((await at.admin.permits.compiled(change)).bundle, base, change.hash, change)


async def _answered(at: Desk, opened: Opened, form: Mapping[str, str]) -> Response:
    """Take what was written, or show the editor again with what is wrong with it."""
    written = _written(form, opened.origin.files)
    try:
        if form.get("do") == "save":
            change = await _saved(at, opened, written)
            return RedirectResponse(f"/policies/changes/{change.id}", 303)
        return await _checked(at, opened, written)
    except NotFoundError:
        raise
    except GuardError as error:
        return await _checked(at, opened, written, status_of(error), str(error))


async def _saved(at: Desk, opened: Opened, written: Written) -> Change:
    if not 0 < len(written.title) <= _LONGEST_TITLE:
        raise InvalidRequestError(f"Give it a title of at most {_LONGEST_TITLE} characters.")
    if opened.change is None:
        edits = _edits(at, opened, written)
        if not edits:
            raise InvalidRequestError("Nothing is changed yet: the files are those in force.")
        return await at.admin.draft(at.actor, edits, written.title)
    if written.seen != opened.seen:
        raise ConflictError(
            "Somebody else has revised this change set since you opened it. Keep a copy of what you wrote, and open it again.",
            reason_id="policy_change_moved",
        )
    edits = _difference(written.files, opened.origin.files)
    return await at.admin.revise(at.actor, opened.change.id, edits, written.title)


async def _checked(
    at: Desk, opened: Opened, written: Written, status: int = 200, problem: str | None = None
) -> Response:
    """The editor with everything that is wrong, or else with the report."""
    problems: list[Problem] = []
    report = None
    try:
        edits = _edits(at, opened, written)
        problems = await at.admin.problems(at.actor, edits)
        if not problems:
            report = await asyncio.to_thread((await at.admin.preview(at.actor, edits)).as_json)
    except ConflictError as error:
        status, problem = status_of(error), problem or str(error)
    return await _editor(at, opened, written, status, problems=problems, report=report, problem=problem)


async def _editor(
    at: Desk,
    opened: Opened,
    written: Written,
    status: int = 200,
    *,
    problems: list[Problem] | None = None,
    **shows: Any,
) -> Response:
    found = [views.problem(each) for each in problems or []]
    files = _listed(at, opened, written, found)
    named = opened.change is not None
    around = {
        "heading": "Edit a change set" if named else "New change set",
        "save": "Save" if named else "Save as a draft",
        "back": opened.back,
        "seen": opened.seen if written.seen is None else written.seen,
        "title": written.title,
        "files": files,
        "anchors": {each["path"]: each["id"] for each in files},
        "problems": found,
        "matrix": await asyncio.to_thread(shown.matrix, opened.origin),
        "report": None,
    }
    return at.page("policy_edit.html", status, **around | shows)


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
                "note": "taken away" if is_gone else "changed" if changed else "",
            }
        )
    return listed


def _written(form: Mapping[str, str], origin: Files) -> Written:
    """The files of a form. Browsers send every line with CR LF: a file that only differs in that is not changed."""
    files = dict(origin)
    for name, text in form.items():
        if name.startswith(_FILE):
            path, sent = name.removeprefix(_FILE), _lines(text)
            if sent != _lines(origin.get(path, "")) or path not in origin:
                files[path] = sent
    if added := form.get("new-path", "").strip():
        files[added] = _lines(form.get("new-text", ""))
    gone = {path: files.pop(path) for path in list(files) if form.get(_GONE + path)}
    return Written(files, gone, form.get("title", "").strip(), form.get("seen", ""))


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _edits(at: Desk, opened: Opened, written: Written) -> dict[str, str | None]:
    """What was written, as edits of the policy in force. Raises ConflictError where both changed a file."""
    in_force = at.active.snapshot.bundle.files
    return _difference(merged(opened.base, written.files, in_force), in_force)


def _difference(mine: Files, origin: Files) -> dict[str, str | None]:
    return {path: mine.get(path) for path in {*mine, *origin} if mine.get(path) != origin.get(path)}
