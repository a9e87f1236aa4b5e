"""May somebody do this, and why? Asked by roles or by a person's name, answered by the policy that this process enforces."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from guard.errors import InvalidRequestError, NotFoundError
from guard.policy import views, vocabulary
from guard.web.desk import services
from guard.web.policy_desk import Desk
from guard.web.texts import gettext as _

ASKED = ("roles", "user", "tenant", "object", "act", "address")
_MOST_ROLES = 100
_MOST_NAMES = 500
_SEPARATORS = re.compile(r"[\s,]+")


def may_read_users(at: Desk) -> bool:
    """Whether people may be named."""
    return services(at.request).authorize.decide(at.actor, "user", "read").allowed


async def suggested(at: Desk) -> dict[str, list[str]]:
    """What the form offers: names of people, for whoever may read users; roles; objects and acts that Guard asks about."""
    bundle = at.policies.snapshot().bundle
    questions = list(vocabulary.questions(bundle))
    people = await at.admin.permits.people() if may_read_users(at) else []
    return {
        "names": sorted(who.name for who in people if who.tenant == at.actor.tenant)[:_MOST_NAMES],
        "roles": list(bundle.roles)[:_MOST_NAMES],
        "objects": list(dict.fromkeys(obj for obj, _act in questions)),
        "acts": sorted({act for _obj, act in questions}),
    }


async def explained(at: Desk, form: Mapping[str, str]) -> dict[str, Any]:
    """The answer with its reasons. Raises InvalidRequestError, NotFoundError."""
    obj, act = form.get("object", "").strip(), form.get("act", "").strip()
    if not obj or not act:
        raise InvalidRequestError(_("Say an object and an act."))
    roles = [role for role in _SEPARATORS.split(form.get("roles", "")) if role]
    if len(roles) > _MOST_ROLES:
        raise InvalidRequestError(_("Ask for at most %(most)d roles.") % {"most": _MOST_ROLES})
    tenant, name = form.get("tenant", "").strip() or at.actor.tenant, form.get("user", "").strip()
    if name:
        roles, tenant = await _of(at, name), at.actor.tenant
    snapshot = at.policies.snapshot()
    address = form.get("address", "").strip() or None
    answer = snapshot.explain(roles, tenant, obj, act, address)
    return {**views.explanation(answer, snapshot.policy), "roles": roles, "tenant": tenant, "name": name}


async def _of(at: Desk, name: str) -> list[str]:
    """The roles of a person of the same tenant."""
    if not may_read_users(at):
        raise InvalidRequestError(
            _("Your roles do not include the right to read users. Ask for roles in place of a name.")
        )
    people = await at.admin.permits.people()
    found = next((who for who in people if who.name == name and who.tenant == at.actor.tenant), None)
    if found is None:
        raise NotFoundError(_("Nobody of your tenant who is not disabled has that name."))
    return list(found.roles)
