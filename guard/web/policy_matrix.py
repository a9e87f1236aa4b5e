"""The rules of a change set as a matrix of rights and roles, as one form: only cells that were changed are written."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.datastructures import QueryParams
from starlette.responses import Response

from guard.errors import InvalidRequestError
from guard.policy import names, vocabulary
from guard.policy.bundle import ROLES, Bundle
from guard.policy.matrix import Cell, Effect, Matrix, edited, matrix, writes
from guard.policy.rules import MODEL_GRAMMAR, RULES, PolicyRule
from guard.web.desk import Pages, read_form, status_of
from guard.web.policy_desk import Desk
from guard.web.policy_drafts import Opened, Written, answered, checked, editing, lines, opened, unchanged
from guard.web.shown import limits
from guard.web.texts import gettext as _

router = APIRouter(prefix="/policies", include_in_schema=False, route_class=Pages)
ROWS, COLUMNS = 40, 8
"""Rights and roles of one page."""

_MOST_ADDED = 20
_MOST_LINKS = 500
_CELL, _ROW, _ROLE = "cell:", "row:", "role:"
_EFFECTS: dict[str, Effect] = {"allow": "allow", "deny": "deny", "": ""}


@dataclass(frozen=True, slots=True)
class _Part:
    """Which part of the matrix is looked at: parts of names, and pages from 0."""

    role: str = ""
    object: str = ""
    rows: int = 0
    roles: int = 0

    def address(self, **other: int) -> str:
        """The query of this part, or of the one beside it."""
        values = {"role": self.role, "object": self.object, "rows": self.rows, "roles": self.roles} | other
        return "?" + urlencode({name: value for name, value in values.items() if value})


@dataclass(slots=True)
class _Filled:
    """What a form holds: cells, rights and roles that were added, and the rows of inclusions, if they are text here."""

    cells: dict[Cell, Effect] = field(default_factory=dict)
    rows: list[tuple[str, str]] = field(default_factory=list)
    roles: dict[str, str] = field(default_factory=dict)
    links: str | None = None
    new: Mapping[str, str] = field(default_factory=dict)


@router.get("/changes/{change_id}/rules")
async def rules(request: Request, change_id: str) -> Response:
    """The matrix of a change set or, for `new`, of the policy in force."""
    at = await editing(request)
    found = await opened(at, change_id)
    return await _matrix(at, found, unchanged(found), part=_part(request.query_params), filled=_Filled())


@router.post("/changes/{change_id}/rules")
async def fill(request: Request, change_id: str) -> Response:
    """Add a row or a column, check what was chosen, or keep it."""
    at, form = await editing(request), await read_form(request)
    found = await opened(at, change_id, form.get("seen", ""))
    filled, do = _filled(form), form.get("do", "")
    show = partial(_matrix, part=_part(request.query_params), filled=filled)
    try:
        if do in ("row", "role"):
            _add(do, filled, found.origin)
            return await show(at, found, _written(form, found.origin, filled))
        written = _written(form, found.origin, filled)
    except InvalidRequestError as error:
        kept = Written(found.origin.files, title=form.get("title", ""), seen=form.get("seen", ""))
        return await show(at, found, kept, status_of(error), problem=str(error))
    if do != "save":
        return await checked(at, found, written, show)
    return await answered(at, found, written, show, save=True)


async def _matrix(
    at: Desk, opened: Opened, written: Written, status: int = 200, *, part: _Part, filled: _Filled, **shows: Any
) -> Response:
    found = shows.pop("problems", [])
    around = {
        "opened": opened,
        "title": written.title,
        "seen": opened.seen if written.seen is None else written.seen,
        "problems": found,
        "lines": written.files.get(RULES, "").split("\n") if found else [],
        "report": None,
        "filled": filled,
        "writes": writes(opened.origin.model),
        "denies": opened.origin.model.denies,
        "objects": sorted({obj for obj, _act in vocabulary.questions(opened.origin)}),
        "acts": sorted({act for _obj, act in vocabulary.questions(opened.origin)} | vocabulary.ENTITY_ACTS),
    }
    around |= await asyncio.to_thread(_table, opened.origin, part, filled)
    return await at.page("policy_matrix.html", status, **around | shows)


def _table(bundle: Bundle, part: _Part, filled: _Filled) -> dict[str, Any]:
    """The part of the matrix that is looked at, what was added always among it."""
    whole = matrix(bundle)
    roles = [role for role in dict.fromkeys((*bundle.roles, *(rule.sub for rule in bundle.rules))) if part.role in role]
    rights = [(obj, act) for obj, act in whole.rows if part.object in f"{obj} {act}"]
    row_pages, role_pages = -(-len(rights) // ROWS), -(-len(roles) // COLUMNS)
    part = replace(part, rows=_up_to(part.rows, row_pages), roles=_up_to(part.roles, role_pages))
    columns = [*roles[part.roles * COLUMNS :][:COLUMNS], *filled.roles]
    # A right that is there already has one row, or its cells would be sent twice.
    rows = list(dict.fromkeys([*rights[part.rows * ROWS :][:ROWS], *filled.rows]))
    links = [link.text for link in bundle.links]
    return {
        "part": part,
        "columns": columns,
        "rows": [(obj, act, [_shown(whole, Cell(role, obj, act), filled) for role in columns]) for obj, act in rows],
        "row_count": len(rights),
        "role_count": len(roles),
        "row_pages": row_pages,
        "role_pages": role_pages,
        "links": "\n".join(links) if filled.links is None else filled.links,
        "link_count": len(links) if len(links) > _MOST_LINKS else 0,
    }


def _up_to(page: int, pages: int) -> int:
    return min(page, max(0, pages - 1))


def _shown(whole: Matrix, cell: Cell, filled: _Filled) -> dict[str, Any]:
    standing = whole.at(cell)
    return {
        "name": _CELL + "|".join(cell),
        "label": f"{cell.role}: {cell.obj} {cell.act}",
        "effect": standing.effect if standing.effect is None else filled.cells.get(cell, standing.effect),
        "rules": [_said(rule) for rule in standing.rules],
    }


def _said(rule: PolicyRule) -> str:
    return ", ".join([rule.eft, *limits(rule)])


def _part(query: QueryParams) -> _Part:
    def number(name: str) -> int:
        text = query.get(name, "0")
        return int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else 0

    return _Part(query.get("role", "").strip(), query.get("object", "").strip(), number("rows"), number("roles"))


def _filled(form: Mapping[str, str]) -> _Filled:
    """What the form holds; a name that no page of ours has is ignored."""
    filled = _Filled(links=lines(form["links"]) if "links" in form else None)
    for name, value in form.items():
        if name.startswith(_CELL) and name.count("|") == 2:
            filled.cells[Cell(*name.removeprefix(_CELL).split("|"))] = _EFFECTS.get(value, "")
        elif name.startswith(_ROW) and name.count(" ") == 1 and len(filled.rows) < _MOST_ADDED:
            obj, act = name.removeprefix(_ROW).split(" ")
            filled.rows.append((obj, act))
        elif name.startswith(_ROLE) and len(filled.roles) < _MOST_ADDED:
            filled.roles[name.removeprefix(_ROLE)] = value
    filled.new = {name: form.get(name, "").strip() for name in ("new-object", "new-act", "new-role", "new-about")}
    return filled


def _add(kind: str, filled: _Filled, bundle: Bundle) -> None:
    """Add a row or a column. Raises InvalidRequestError."""
    new = filled.new
    if kind == "role":
        role, about = new["new-role"], new["new-about"]
        if not names.ROLE.fullmatch(role):
            raise InvalidRequestError(_("A role is a lower-case word, such as support_lead."))
        if not about:
            raise InvalidRequestError(_("Say in a few words what the role is for."))
        if role in bundle.roles or role in filled.roles:
            raise InvalidRequestError(_("There is a role of that name already."))
        filled.roles[role] = about
    else:
        right = new["new-object"], new["new-act"]
        acts = MODEL_GRAMMAR if bundle.model.terms["act"] == "star" else {"act": ("act", names.ACT)}
        if not names.OBJECT_PATTERN.fullmatch(right[0]) or not acts["act"][1].fullmatch(right[1]):
            raise InvalidRequestError(_("Give an object, such as generator/secret, and an act, such as use."))
        if right not in filled.rows:
            filled.rows.append(right)
    if len(filled.rows) > _MOST_ADDED or len(filled.roles) > _MOST_ADDED:
        raise InvalidRequestError(_("Save what you added before you add more."))
    filled.new = {}


def _written(form: Mapping[str, str], bundle: Bundle, filled: _Filled) -> Written:
    """The files with what was chosen. Raises InvalidRequestError for a deny under a model that has none, or other rows."""
    if not bundle.model.denies and "deny" in filled.cells.values():
        raise InvalidRequestError(_("The model of this policy has no denies."))
    links = None if filled.links is None else filled.links.split("\n")
    if links and not all(row.strip().startswith("g,") for row in links if row.strip()):
        raise InvalidRequestError(_("Each line of the inclusions begins with g and a comma."))
    changes = {cell: effect for cell, effect in filled.cells.items() if writes(bundle.model)}
    files = dict(bundle.files) | {RULES: edited(bundle, changes, links)}
    for role, about in filled.roles.items():
        text = files[ROLES]
        # A string of JSON is one of TOML as well.
        row = f"{role} = {json.dumps(about, ensure_ascii=False)}\n"
        files[ROLES] = text + ("" if text.endswith("\n") or not text else "\n") + row
    return Written(files, title=form.get("title", "").strip(), seen=form.get("seen", ""))
