"""Administration of users: list, add, change roles, disable and enable, reset what they sign in with.

Everybody manages the people of their own tenant alone: no role crosses tenants. The first user of a tenant is added on
the machine (`guard user add --tenant`). Every act and every look is a record, committed with what it changes.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from guard.authenticate.directory import Directory, Entry, OpenSession, OwnedKey
from guard.authenticate.users import Kind, User, Users
from guard.authorize.required import Required
from guard.errors import ConflictError, InvalidRequestError
from guard.model import Principal
from guard.people import guards
from guard.policy.duties import held_together
from guard.policy.separation import Pair
from guard.policy.snapshot import Snapshot

State = Literal["", "active", "disabled", "locked"]
PAGE = 50


@dataclass(frozen=True, slots=True)
class Wanted:
    """A search. An empty field asks for nothing.

    Args:
        name: a part of the name, in whatever case.
        page: from 1.
    """

    name: str = field(default="", repr=False)
    role: str = ""
    kind: str = ""
    state: str = ""
    page: int = 1

    def given(self) -> list[str]:
        """The names of the fields that ask for something."""
        return [name for name in ("name", "role", "kind", "state") if getattr(self, name)]


@dataclass(frozen=True, slots=True)
class Found:
    """A page of people. `total`: how many there are altogether."""

    entries: Sequence[Entry]
    total: int
    page: int
    pages: int


@dataclass(frozen=True, slots=True)
class Shown:
    """One person with sessions and keys."""

    entry: Entry
    sessions: Sequence[OpenSession]
    keys: Sequence[OwnedKey]


@dataclass(frozen=True, slots=True)
class Added:
    """Somebody who was added. `password`: shown this once; `None`: a service, which has none."""

    user: User
    password: str | None = field(repr=False)


class People:
    """What administrators may do with users.

    Args:
        required: asks for rights and commits acts.
        policy: the policy in force.
    """

    def __init__(self, required: Required, directory: Directory, users: Users, policy: Callable[[], Snapshot]) -> None:
        self._required, self._directory, self._users, self._policy = required, directory, users, policy

    def may(self, actor: Principal, act: str) -> bool:
        """Whether somebody may `read` or `edit` users."""
        return self._required.may(actor, "user", act)

    def roles(self) -> dict[str, str]:
        """The roles of the policy in force, each with what it is for."""
        return dict(self._policy().bundle.roles)

    def together(self, actor: Principal, roles: Sequence[str]) -> tuple[Pair, ...]:
        """What these roles would put into one hand though the policy keeps it apart."""
        return held_together(self._policy(), actor.tenant, roles)

    async def search(self, actor: Principal, wanted: Wanted) -> Found:
        """The people of one's tenant, by name. Raises PermissionDeniedError, which is on record; StorageError."""
        await self._required(actor, "user", "read", "read users")
        if wanted.state not in ("", "active", "disabled", "locked"):
            raise InvalidRequestError("A state is `active`, `disabled` or `locked`.", param="state")
        found = await self._directory.ids(
            actor.tenant, wanted.name, role=wanted.role, kind=wanted.kind, state=wanted.state
        )
        pages = max(1, -(-len(found) // PAGE))
        page = min(max(1, wanted.page), pages)
        # Names of filters and no values: what somebody types there may be anything.
        await self._required.done("user.listed", actor, {"filters": wanted.given(), "count": len(found)})
        entries = await self._directory.entries(found[(page - 1) * PAGE : page * PAGE])
        return Found(entries, len(found), page, pages)

    async def show(self, actor: Principal, user_id: str) -> Shown:
        """One person. Raises NotFoundError, also for somebody of another tenant; else as `search` does."""
        await self._required(actor, "user", "read", "read users")
        entry = await self._directory.entry(user_id, actor.tenant)
        keys: list[OwnedKey] = []
        if self._required.may(actor, "apikey", "read"):
            keys = await self._directory.keys(actor.tenant, user_id)
        await self._required.done("user.read", actor, {"user_id": user_id})
        return Shown(entry, await self._directory.sessions(entry.user), keys)

    async def require_edit(self, actor: Principal) -> None:
        """Raises PermissionDeniedError, which is on record, for who may not edit users."""
        await self._required(actor, "user", "edit", "edit users")

    async def looked_at(self, actor: Principal, user_id: str) -> Entry:
        """One person, for who is about to change them. Raises as `show` does; it makes no record of its own."""
        await self.require_edit(actor)
        return await self._directory.entry(user_id, actor.tenant)

    async def add(
        self, actor: Principal, name: str, roles: Sequence[str], kind: Kind = "user", *, is_accepted: bool = False
    ) -> Added:
        """Add somebody to one's tenant.

        Args:
            is_accepted: the actor has seen which duties the roles put into one hand.

        Raises:
            PermissionDeniedError: on record.
            InvalidRequestError: a malformed name, no role, an unknown one; `user_exists`.
            ConflictError: `separation_of_duties`.
        """
        await self.require_edit(actor)
        wanted = self._known(roles)
        together = self.together(actor, wanted)
        guards.accepted(together, is_accepted)
        password = _password() if kind == "user" else None
        user, write = await self._users.new(
            name, wanted, tenant=actor.tenant, kind=kind, password=password, password_by=actor.id if password else None
        )
        fields = {"user_id": user.id, "user_tenant": user.tenant, "user_roles": list(user.roles), "user_kind": kind}
        await self._required.done("user.added", actor, fields | _noted(together), write)
        return Added(user, password)

    async def change_roles(
        self,
        actor: Principal,
        user_id: str,
        roles: Sequence[str],
        before: Sequence[str] | None = None,
        *,
        is_accepted: bool = False,
    ) -> User:
        """Give somebody other roles in the place of those that they have.

        Args:
            before: the roles that the actor has seen; `None`: whatever they are.
            is_accepted: the actor has seen which duties the roles put into one hand.

        Raises:
            PermissionDeniedError: on record; `own_roles` while somebody else could do it.
            NotFoundError: also for somebody of another tenant.
            ConflictError: `last_admin`, `separation_of_duties`, or somebody else was first.
        """
        user = (await self.looked_at(actor, user_id)).user
        if before is not None and sorted(before) != sorted(user.roles):
            raise ConflictError("Somebody else changed this user first. Look again and repeat what is still right.")
        wanted = self._known(roles)
        together = self.together(actor, wanted)
        guards.accepted(together, is_accepted)
        check = guards.Change(self._policy(), actor, user)
        if user.id == actor.id:
            # Whether there is nobody else is known in the transaction, and again there; here it is for the record.
            members = await self._directory.members(actor.tenant)
            check(members, members)
        fields = {"user_id": user.id, "user_roles": list(wanted), "roles_before": list(user.roles)}
        alone = {"single_admin": True} if user.id == actor.id and check.alone else {}
        write = self._directory.roles_changed(user, wanted, check)
        await self._required.done("user.roles_changed", actor, fields | alone | _noted(together), write)
        return (await self._directory.entry(user_id, actor.tenant)).user

    async def disable(self, actor: Principal, user_id: str) -> None:
        """Let somebody in no more: sessions end at once, keys are refused.

        Raises as `change_roles` does; PermissionDeniedError (`own_account`).
        """
        user = (await self.looked_at(actor, user_id)).user
        guards.not_oneself(actor, user, "Another person who may edit users can disable it.")
        if user.disabled is not None:
            raise ConflictError("This user is disabled already.")
        check = guards.Change(self._policy(), actor, user)
        write = self._directory.disabled(user, check)
        await self._required.done("user.disabled", actor, {"user_id": user.id}, write)

    async def enable(self, actor: Principal, user_id: str) -> None:
        """Let somebody in again, with the roles and the keys of before. Raises as `looked_at`; ConflictError."""
        user = (await self.looked_at(actor, user_id)).user
        fields = {"user_id": user.id, "user_roles": list(user.roles)}
        await self._required.done("user.enabled", actor, fields, self._directory.enabled(user))

    async def reset_password(self, actor: Principal, user_id: str) -> str:
        """Give somebody a new password, to be shown this once; sessions end. The second factor stays.

        Raises as `looked_at`; PermissionDeniedError (`own_account`), ConflictError for a service or a disabled user.
        """
        entry = await self.looked_at(actor, user_id)
        user = entry.user
        guards.not_oneself(actor, user, "Change your password on the page of your account.")
        if user.kind != "user" or user.disabled is not None:
            raise ConflictError("Only people who are not disabled have a password.")
        if entry.from_provider:
            raise ConflictError("This user signs in at your organisation's provider, and has no password here.")
        password = _password()
        write = await self._directory.password_set(user, password, actor.id)
        await self._required.done("user.password_reset", actor, {"user_id": user.id}, write)
        return password

    async def end_sessions(self, actor: Principal, user_id: str) -> None:
        """Sign somebody out everywhere. Raises as `looked_at` does."""
        user = (await self.looked_at(actor, user_id)).user
        write = self._directory.sessions_ended(user)
        await self._required.done("user.sessions_ended", actor, {"user_id": user.id}, write)

    async def remove_second_factor(self, actor: Principal, user_id: str) -> None:
        """Take somebody's second factor away, who has lost it; sessions end. Raises as `reset_password` does."""
        entry = await self.looked_at(actor, user_id)
        guards.not_oneself(actor, entry.user, "Change your second factor on the page of your account.")
        if entry.second_factor is None:
            raise ConflictError("This user has no second factor.")
        write = self._directory.second_factor_removed(entry.user)
        await self._required.done("second_factor.reset", actor, {"user_id": user_id}, write)

    async def unlock(self, actor: Principal, user_id: str) -> None:
        """End a lock-out after wrong passwords. Raises as `looked_at` does."""
        user = (await self.looked_at(actor, user_id)).user
        await self._required.done("user.unlocked", actor, {"user_id": user.id}, self._directory.unlocked(user))

    def _known(self, roles: Sequence[str]) -> tuple[str, ...]:
        """The roles, each once, in the order of the policy. Raises InvalidRequestError."""
        known = self.roles()
        if not roles or any(role not in known for role in roles):
            raise InvalidRequestError(f"Choose at least one role of: {', '.join(known)}.", param="roles")
        return tuple(role for role in known if role in roles)


def state_of(entry: Entry) -> State:
    """Whether somebody can sign in."""
    if entry.user.disabled is not None:
        return "disabled"
    return "locked" if entry.locked is not None else "active"


def _password() -> str:
    return secrets.token_urlsafe(15)


def _noted(together: Sequence[Pair]) -> dict[str, int]:
    """For the record: how many pairs of duties were put into one hand knowingly."""
    return {"separation": len(together)} if together else {}
