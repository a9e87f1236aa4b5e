"""What all pages of the policy share: who asks, what is in force, and what the people on a page are called."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from fastapi import Request
from starlette.responses import Response

from guard.errors import GuardError
from guard.model import Principal
from guard.policy.administration import Administration
from guard.policy.compiled import Stored
from guard.policy.permits import InForce, rule_for
from guard.services import Policies
from guard.web.desk import page, services, signed_in

_ACTS = ("read", "edit", "approve")
_PEOPLE = frozenset({"author", "authors", "actor", "ids", "by_actor"})
"""Members of what pages show that hold ids of people."""


class Desk:
    """A signed-in person who may read the policy, before the administration."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.policies: Policies
        self.admin: Administration
        self.actor: Principal
        self.active: InForce

    async def open(self) -> Desk:
        """Find out who asks, and what is in force. Raises AuthenticationError, PermissionDeniedError."""
        self.actor = await signed_in(self.request)
        self.policies = services(self.request).policies
        self.admin = self.policies.administration
        self.active = await self.admin.readable(self.actor)
        return self

    def may(self) -> dict[str, bool]:
        """What the person may do with the policy."""
        return {act: rule_for(self.active, self.actor, act).allowed for act in _ACTS}

    async def files(self, stored: Stored) -> Mapping[str, str]:
        """The files of a revision or a change set."""
        return (await self.admin.permits.compiled(stored)).bundle.files

    async def page(self, template: str, status: int = 200, **context: Any) -> Response:
        """A page that knows who looks at it, what they may do, and what people of their tenant are called."""
        names = await self.policies.names(_ids(context), self.actor.tenant)
        around = {"actor": self.actor, "may": self.may(), "problem": None, "names": names}
        return page(self.request, template, status, **around | context)

    async def take_up(self) -> None:
        """Have this process take up what was put in force. It is, even where that fails now: the process looks again."""
        with suppress(GuardError):
            await self.policies.take_up()


async def desk(request: Request) -> Desk:
    """The desk of whoever asks."""
    return await Desk(request).open()


def _ids(shown: Any) -> set[str]:
    """The ids of people in what a page shows."""
    return {each for each in _walk(shown, False) if each.startswith("user_")}


def _walk(shown: Any, is_who: bool) -> Iterator[str]:
    if isinstance(shown, Mapping):
        for name, each in shown.items():
            if is_who:
                yield name
            yield from _walk(each, name in _PEOPLE)
    elif isinstance(shown, list | tuple):
        for each in shown:
            yield from _walk(each, is_who)
    elif is_who and isinstance(shown, str):
        yield shown
