"""`/policies/try`: what a redaction profile takes out of a text, and what made each finding. Nothing of it is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from guard.errors import AuthenticationError, GuardError, InvalidRequestError, NotFoundError
from guard.model import Grant, Redacted
from guard.policy import local
from guard.policy.bundle import Bundle
from guard.redact.explained import Explained, explained
from guard.web.desk import Pages, read_form, services, status_of
from guard.web.marks import Piece, pieces
from guard.web.policy_desk import Desk, desk
from guard.web.texts import gettext as _

router = APIRouter(prefix="/policies", include_in_schema=False, route_class=Pages)
LONGEST = 20_000
"""Characters of a text: a page is for trying out, `guard redact` for the rest."""


@dataclass(frozen=True, slots=True)
class Found:
    """A span that was taken out, as the page shows it."""

    why: Explained
    placeholder: str
    is_blocked: bool

    @property
    def start(self) -> int:
        return self.why.start

    @property
    def end(self) -> int:
        return self.why.end

    @property
    def entity_type(self) -> str:
        return self.why.entity_type


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of a text. `seen`: what the generator would see."""

    pieces: Sequence[Piece] = field(repr=False)
    seen: str = field(repr=False)
    found: Sequence[Found]
    blocked: Sequence[str]
    cleared: Mapping[str, int]


@router.get("/try")
async def empty(request: Request) -> Response:
    """The form."""
    return await _page(await desk(request))


@router.post("/try")
async def tried(request: Request) -> Response:
    """The form with what came of it."""
    at, form = await desk(request), await read_form(request)
    # Browsers send CR LF for each line break of a field.
    text, profile = form.get("text", "").replace("\r\n", "\n"), form.get("profile", "")
    try:
        return await _page(at, text=text, profile=profile, tried=await _tried(at, text, profile))
    except AuthenticationError:
        raise
    except GuardError as error:
        return await _page(at, status_of(error), text=text, profile=profile, problem=str(error))


async def _tried(at: Desk, text: str, profile: str) -> Tried:
    """Raises GuardError, as the stages do."""
    if not text.strip():
        raise InvalidRequestError(_("Write a text first."))
    if len(text) > LONGEST:
        raise InvalidRequestError(
            _("The text is too long: up to %(count)d characters. guard redact takes any length.") % {"count": LONGEST}
        )
    grant = _grant(at.active.snapshot.bundle, profile)
    passing = replace(grant, entities={name: _passing(action) for name, action in grant.entities.items()},
                      other_entities=_passing(grant.other_entities))  # fmt: skip
    return _shown(text, await services(at.request).checks.try_out(at.actor, passing, text), grant)


def _grant(bundle: Bundle, profile: str) -> Grant:
    """The profile for whoever tries it, under the limits that hold by default."""
    if profile not in bundle.redaction:
        raise NotFoundError(_("There is no redaction profile of that name."))
    usual = bundle.scenarios[bundle.default_scenario]
    return replace(local.grant(bundle, profile, usual.moderation[0]), limit=bundle.limits[usual.limit[0]])


def _passing(action: Any) -> Any:
    """A prompt that would be blocked is shown like one that is redacted: one sees why."""
    return "redact" if action == "block" else action


def _shown(text: str, result: Redacted, grant: Grant) -> Tried:
    found = [
        Found(explained(each.span), each.replacement, grant.action_for(each.span.entity_type) == "block")
        for each in result.replaced
    ]
    blocked = sorted({each for each in result.found if grant.action_for(each) == "block"})
    return Tried(pieces(text, found), result.body["messages"][0]["content"], found, blocked, result.cleared)


async def _page(at: Desk, status: int = 200, **context: Any) -> Response:
    profiles = sorted(at.active.snapshot.bundle.redaction)
    usual = at.active.snapshot.bundle.scenarios[at.active.snapshot.bundle.default_scenario]
    shown = {"text": "", "profile": usual.redaction[0], "tried": None} | context
    return await at.page("policy_try.html", status, profiles=profiles, **shown)
