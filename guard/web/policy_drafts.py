"""What the editors of a change set share: what is edited, what was written, checking it and keeping it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from fastapi import Request
from starlette.responses import RedirectResponse, Response

from guard.errors import ConflictError, GuardError, InvalidRequestError, NotFoundError
from guard.policy.bundle import Bundle, Problem
from guard.policy.changes import Change
from guard.policy.merged import merged
from guard.web.desk import status_of
from guard.web.policy_desk import Desk, desk
from guard.web.texts import gettext as _

Files = Mapping[str, str]
_LONGEST_TITLE = 200


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

    @property
    def editors(self) -> str:
        """What the addresses of this change set's editors begin with."""
        return f"/policies/changes/{self.change.id if self.change else 'new'}"


@dataclass(frozen=True, slots=True)
class Written:
    """What a form holds: the files as they are to be, those that are taken away, the title, and what was shown.

    What was shown stays what it was: a text that is refused because of a newer one is not saved over it the next time.
    """

    files: Files
    gone: Files = field(default_factory=dict)
    title: str = ""
    seen: str | None = None


class Show(Protocol):
    """An editor's page."""

    async def __call__(self, at: Desk, opened: Opened, written: Written, status: int = 200, **shows: Any) -> Response:
        """The page, with `problems`, `report` and `problem` among what it shows."""
        ...


async def editing(request: Request) -> Desk:
    """The desk of somebody who may edit the policy. Raises PermissionDeniedError, which is on record."""
    at = await desk(request)
    await at.admin.permits.allowed(at.actor, "edit")
    return at


async def opened(at: Desk, change_id: str, seen: str | None = None) -> Opened:
    """What an editor is opened on: a change set or, for `new`, the policy in force.

    Args:
        seen: the revision that a form of a new change set was made from; `None`: the one in force.

    Raises NotFoundError, InvalidRequestError.
    """
    if change_id == "new":
        return await _new(at, str(at.active.head.id) if seen is None else seen)
    change = await at.admin.changes.get(change_id)
    base = await at.files(await at.admin.revisions.get(change.base.id))
    return Opened((await at.admin.permits.compiled(change)).bundle, base, change.hash, change)


async def _new(at: Desk, seen: str) -> Opened:
    if not seen.isdecimal() or len(seen) > 10:
        raise InvalidRequestError(_("The page was damaged. Begin a new change set."))
    origin = (await at.admin.permits.compiled(await at.admin.revisions.get(int(seen)))).bundle
    return Opened(origin, origin.files, seen)


def unchanged(found: Opened) -> Written:
    """A form in which nothing was written yet."""
    return Written(found.origin.files, title=found.change.title if found.change else "")


async def answered(at: Desk, found: Opened, written: Written, show: Show, *, save: bool) -> Response:
    """Take what was written, or show the editor again with what is wrong with it."""
    try:
        if save:
            change = await _saved(at, found, written)
            return RedirectResponse(f"/policies/changes/{change.id}", 303)
        return await checked(at, found, written, show)
    except NotFoundError:
        raise
    except GuardError as error:
        return await checked(at, found, written, show, status_of(error), str(error))


async def checked(
    at: Desk, found: Opened, written: Written, show: Show, status: int = 200, problem: str | None = None
) -> Response:
    """The editor with everything that is wrong, or else with the report."""
    problems: list[Problem] = []
    report = None
    try:
        edits = _edits(at, found, written)
        problems = await at.admin.problems(at.actor, edits)
        if not problems:
            report = await asyncio.to_thread((await at.admin.preview(at.actor, edits)).shown)
    except ConflictError as error:
        status, problem = status_of(error), problem or str(error)
    return await show(at, found, written, status, problems=problems, report=report, problem=problem)


async def _saved(at: Desk, found: Opened, written: Written) -> Change:
    if not 0 < len(written.title) <= _LONGEST_TITLE:
        raise InvalidRequestError(_("Give it a title of at most %(most)d characters.") % {"most": _LONGEST_TITLE})
    if found.change is None:
        edits = _edits(at, found, written)
        if not edits:
            raise InvalidRequestError(_("Nothing is changed yet: the files are those in force."))
        return await at.admin.draft(at.actor, edits, written.title)
    if written.seen != found.seen:
        text = _(
            "Somebody else has revised this change set since you opened it. Keep a copy of what you wrote, and open it again."
        )
        raise ConflictError(text, reason_id="policy_change_moved")
    edits = difference(written.files, found.origin.files)
    return await at.admin.revise(at.actor, found.change.id, edits, written.title)


def _edits(at: Desk, found: Opened, written: Written) -> dict[str, str | None]:
    """What was written, as edits of the policy in force. Raises ConflictError where both changed a file."""
    in_force = at.active.snapshot.bundle.files
    return difference(merged(found.base, written.files, in_force), in_force)


def difference(mine: Files, origin: Files) -> dict[str, str | None]:
    """The files of `mine` that are not the same in `origin`; `None` for those that it has not."""
    return {path: mine.get(path) for path in {*mine, *origin} if mine.get(path) != origin.get(path)}


def lines(text: str) -> str:
    """A text of a form. Browsers send every line with CR LF."""
    return text.replace("\r\n", "\n").replace("\r", "\n")
