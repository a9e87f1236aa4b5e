"""People whom an OpenID provider knows: whose account a token means, and which roles its groups give."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from guard.authenticate.keyed_hash import check_key, keyed_hash
from guard.authenticate.recording import Commit, Record
from guard.authenticate.session import Sessions
from guard.authenticate.users import Kind, User, Users, user_of
from guard.clock import now
from guard.database import Database, Write
from guard.errors import InvalidRequestError, PermissionDeniedError
from guard.policy.names import DEFAULT_TENANT
from guard.tables import identities, users

_PURPOSE = "identity"
_NO_ROLE = (
    "Your organisation's provider knows you, but none of your groups has a role here. Ask who runs Guard for one."
)
_TAKEN = "Your name belongs to another account here. Ask who runs Guard to give that account another name."
_OTHER_TENANT = "Your account belongs to another tenant than the provider says now. Ask who runs Guard."
_NAMELESS = "The provider did not say a name that Guard can use. Ask who runs Guard to check `oidc.name_claim`."
_TENANTLESS = "The provider did not say your tenant. Ask who runs Guard to check `oidc.tenant_claim`."


@dataclass(frozen=True, slots=True)
class Claimed:
    """Who somebody is, as a provider says.

    Args:
        name: empty when it says none, which matters at the first sign-in alone.
        roles: `None` when it says nothing of groups.
    """

    issuer: str
    subject: str = field(repr=False)
    name: str = field(repr=False)
    tenant: str
    roles: tuple[str, ...] | None
    kind: Kind = "user"


@dataclass(frozen=True, slots=True)
class Reading:
    """How claims become a name, a tenant and roles.

    Args:
        roles: roles of each group. default_roles: what everybody has besides.
        tenant_claim: the claim that holds the tenant; `None`: all are of `tenant`.
    """

    roles: Mapping[str, tuple[str, ...]]
    default_roles: tuple[str, ...] = ()
    groups_claim: str = "groups"
    name_claim: str = "preferred_username"
    tenant: str = DEFAULT_TENANT
    tenant_claim: str | None = None

    def __call__(self, claims: Mapping[str, Any], kind: Kind = "user") -> Claimed:
        """Read claims that were verified. Raises PermissionDeniedError (`identity_incomplete`)."""
        name, tenant = claims.get(self.name_claim), self.tenant
        if kind == "service":
            name = name or claims.get("client_id")
        if self.tenant_claim is not None:
            tenant = claims.get(self.tenant_claim)  # type: ignore[assignment]
            if not isinstance(tenant, str):
                raise PermissionDeniedError(_TENANTLESS, reason_id="identity_incomplete")
        return Claimed(
            claims["iss"],
            claims["sub"],
            name if isinstance(name, str) else "",
            tenant,
            self._roles(claims.get(self.groups_claim)),
            kind,
        )

    def _roles(self, groups: Any) -> tuple[str, ...] | None:
        if groups is None:
            return None
        listed = [groups] if isinstance(groups, str) else groups if isinstance(groups, list) else []
        found = [role for group in listed if isinstance(group, str) for role in self.roles.get(group, ())]
        return tuple(dict.fromkeys([*found, *self.default_roles]))


class Identities:
    """The identities of one database.

    Args:
        key: key of the keyed hash of issuer and subject, 32 bytes or more.
        default_roles: of somebody of whose groups the provider says nothing.
    """

    def __init__(
        self,
        database: Database,
        people: Users,
        sessions: Sessions,
        key: bytes,
        commit: Commit,
        record: Record,
        default_roles: tuple[str, ...] = (),
    ) -> None:
        self._database = database
        self._users = people
        self._sessions = sessions
        self._key = check_key(key)
        self._commit = commit
        self._record = record
        self._default_roles = default_roles

    async def user(self, claimed: Claimed, *, signs_in: bool) -> User:
        """The account of somebody, made if there is none, with the roles that their groups give.

        Args:
            signs_in: of a sign-in groups that are missing are none; of a token they are as before.

        Raises:
            PermissionDeniedError: `no_role`, `identity_name_taken`, `identity_tenant_changed`, `identity_incomplete`.
            AuthenticationError: `user_disabled`.
            StorageError, AuditError.
        """
        digest = keyed_hash(self._key, _PURPOSE, f"{claimed.issuer}\0{claimed.subject}")
        user = await self._known(digest)
        roles = claimed.roles
        if roles is None and (user is None or signs_in):
            roles = self._default_roles
        if user is None:
            return await self._added(claimed, roles or (), digest)
        user.principal()
        if user.tenant != claimed.tenant:
            raise PermissionDeniedError(_OTHER_TENANT, reason_id="identity_tenant_changed")
        return await self._with_roles(user, user.roles if roles is None else roles, digest if signs_in else None)

    async def _known(self, digest: bytes) -> User | None:
        query = select(users).join(identities, identities.c.user_id == users.c.id).where(identities.c.hash == digest)
        async with self._database.read() as connection:
            row = (await connection.execute(query)).first()
        return user_of(row) if row else None

    async def _added(self, claimed: Claimed, roles: tuple[str, ...], digest: bytes) -> User:
        if not roles:
            raise PermissionDeniedError(_NO_ROLE, reason_id="no_role")
        try:
            user, write = await self._users.new(claimed.name, roles, tenant=claimed.tenant, kind=claimed.kind)
            at = now()

            async def known(connection: AsyncConnection) -> None:
                row = {"hash": digest, "user_id": user.id, "created": at, "last_used": at}
                await connection.execute(insert(identities).values(**row))

            fields = {"user_id": user.id, "user_roles": list(roles), "method": "oidc"}
            await self._commit(write, known, self._record("user.added", user.principal(), fields))
        except InvalidRequestError as error:
            if error.reason_id != "user_exists":
                raise PermissionDeniedError(_NAMELESS, reason_id="identity_incomplete") from None
            # Two first sign-ins at once are one account.
            if (other := await self._known(digest)) is not None:
                return other
            raise PermissionDeniedError(_TAKEN, reason_id="identity_name_taken") from None
        return user

    async def _with_roles(self, user: User, roles: tuple[str, ...], digest: bytes | None) -> User:
        """The user with these roles; who has none any more loses the sessions too. Raises PermissionDeniedError."""
        writes: list[Write] = []
        if set(roles) != set(user.roles):
            fields = {"user_id": user.id, "user_roles": list(roles), "before": list(user.roles), "method": "oidc"}
            writes = [self._roles_set(user, roles), self._record("user.roles_set", user.principal(), fields)]
            if not roles:
                writes.append(self._sessions.ended_others(user, None))
        if digest is not None and roles:
            writes.append(_seen(digest))
        if writes:
            await self._commit(*writes)
        if not roles:
            raise PermissionDeniedError(_NO_ROLE, reason_id="no_role")
        return user if set(roles) == set(user.roles) else await self._users.get(user.id)

    def _roles_set(self, user: User, roles: tuple[str, ...]) -> Write:
        async def write(connection: AsyncConnection) -> None:
            await connection.execute(update(users).where(users.c.id == user.id).values(roles=json.dumps(roles)))

        return write


def _seen(digest: bytes) -> Write:
    async def write(connection: AsyncConnection) -> None:
        await connection.execute(update(identities).where(identities.c.hash == digest).values(last_used=now()))

    return write
