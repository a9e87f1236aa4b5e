"""Administration of API keys.

Who has a key has its owner's rights. So over the pages and the API a key is made for a service, or for oneself; for
another person never. A service whose roles would put duties into the maker's hand that the policy keeps apart gets its
key on the machine (`guard apikey create`), where another person looks after it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, Literal

from guard.authenticate.api_key import ApiKeys, NewApiKey
from guard.authenticate.directory import Directory, OwnedKey
from guard.authenticate.users import User
from guard.authorize.required import Required
from guard.clock import now
from guard.errors import ConflictError, InvalidRequestError, PermissionDeniedError
from guard.model import Principal
from guard.people.guards import told
from guard.policy.duties import held_together
from guard.policy.snapshot import Snapshot

State = Literal["valid", "expired", "revoked"]
_MOST: Final = 1_000
"""Services that are offered as owners."""

LONGEST: Final = 10 * 366 * 86_400_000
"""Milliseconds ahead that an end of validity may lie."""


class Keys:
    """What administrators may do with API keys.

    Args:
        required: asks for rights and commits acts.
        policy: the policy in force.
    """

    def __init__(
        self, required: Required, directory: Directory, api_keys: ApiKeys, policy: Callable[[], Snapshot]
    ) -> None:
        self._required, self._directory, self._api_keys, self._policy = required, directory, api_keys, policy

    def may(self, actor: Principal, act: str) -> bool:
        """Whether somebody may `read` or `edit` API keys."""
        return self._required.may(actor, "apikey", act)

    async def list(self, actor: Principal) -> Sequence[OwnedKey]:
        """The API keys of one's tenant, the newest first. Raises PermissionDeniedError, which is on record."""
        await self._required(actor, "apikey", "read", "read API keys")
        found = await self._directory.keys(actor.tenant)
        await self._required.done("apikey.listed", actor, {"count": len(found)})
        return found

    async def find(self, actor: Principal, key_id: str) -> OwnedKey:
        """One key, for who is about to revoke it. Raises NotFoundError, also for one of another tenant."""
        await self._required(actor, "apikey", "edit", "edit API keys")
        return await self._directory.key(key_id, actor.tenant)

    async def owners(self, actor: Principal) -> Sequence[User]:
        """For whom somebody may make a key: services, and themselves. Raises PermissionDeniedError, StorageError."""
        await self._required(actor, "apikey", "edit", "edit API keys")
        services = await self._directory.ids(actor.tenant, kind="service", state="active")
        found = [each.user for each in await self._directory.entries([actor.id, *services[:_MOST]])]
        return [each for each in found if each.disabled is None and each.tenant == actor.tenant]

    async def create(self, actor: Principal, user_id: str, expires: int | None = None) -> NewApiKey:
        """Make a key, to be shown this once.

        Args:
            expires: end of validity in milliseconds since 1970; `None`: never.

        Raises:
            PermissionDeniedError: on record; `key_of_another`, `separation_of_duties`.
            NotFoundError: also for an owner of another tenant.
            ConflictError: the owner is disabled. InvalidRequestError: the end has passed, or is too far.
        """
        await self._required(actor, "apikey", "edit", "edit API keys")
        owner = (await self._directory.entry(user_id, actor.tenant)).user
        self._check_owner(actor, owner)
        at = now()
        if expires is not None and not at < expires <= at + LONGEST:
            raise InvalidRequestError("The end of validity lies in the next ten years.", param="expires")
        made, write = self._api_keys.new(owner, expires)
        fields = {"user_id": owner.id, "api_key_id": made.key.id, "expires": expires}
        await self._required.done("apikey.created", actor, fields, write)
        return made

    async def revoke(self, actor: Principal, key_id: str) -> None:
        """Have a key work no more, from now on. Raises as `find`; ConflictError when it was revoked already."""
        found = await self.find(actor, key_id)
        if found.key.revoked is not None:
            raise ConflictError("This key is revoked already.")
        fields = {"api_key_id": found.key.id, "user_id": found.owner.id}
        await self._required.done("apikey.revoked", actor, fields, self._api_keys.revoked(found.key))

    def _check_owner(self, actor: Principal, owner: User) -> None:
        if owner.disabled is not None:
            raise ConflictError("This user is disabled. Enable them first.")
        if owner.id == actor.id:
            return
        if owner.kind != "service":
            raise PermissionDeniedError(
                "A key for another person would let you act as them. Make keys for services, or for yourself.",
                reason_id="key_of_another",
            )
        mine = held_together(self._policy(), actor.tenant, actor.roles)
        ours = held_together(self._policy(), actor.tenant, actor.roles, owner.roles)
        if more := [pair for pair in ours if pair not in mine]:
            raise PermissionDeniedError(
                f"With this key you would hold {told(more)}, which the policy keeps apart. Have it made on the machine "
                "(`guard apikey create`) by somebody else.",
                reason_id="separation_of_duties",
            )


def state_of(owned: OwnedKey) -> State:
    """Whether a key works, its owner's state apart."""
    key = owned.key
    if key.revoked is not None:
        return "revoked"
    return "expired" if key.expires is not None and key.expires <= now() else "valid"
