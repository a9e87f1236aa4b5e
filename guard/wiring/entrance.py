"""How people and programs get in: sign-in, sessions, tokens, and what people do with their own account."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from limits.aio.storage import Storage

from guard.authenticate.account import Accounts
from guard.authenticate.attempts import Attempts
from guard.authenticate.authenticator import KeyAuthenticator
from guard.authenticate.identities import Identities, Reading
from guard.authenticate.lock_out import LockOut
from guard.authenticate.login import PasswordLogin
from guard.authenticate.oidc import OidcLogin
from guard.authenticate.pending import Pending
from guard.authenticate.step_up import StepUp
from guard.config import OidcSettings
from guard.errors import ConfigurationError
from guard.store.envelope import Envelope
from guard.wiring.storage import Opened

if TYPE_CHECKING:
    from guard.authenticate.provider import Provider


@dataclass(frozen=True, slots=True)
class Entrance:
    """The ways in. `oidc`: none where the settings name no provider."""

    authenticate: KeyAuthenticator
    login: PasswordLogin
    accounts: Accounts
    step_up: StepUp
    oidc: OidcLogin | None

    async def aclose(self) -> None:
        """Close the connections to the provider."""
        if self.oidc is not None:
            await self.oidc.aclose()


def entrance(parts: Opened, counted: Storage | None = None) -> Entrance:
    """Make the ways in. Raises ConfigurationError.

    Args:
        counted: where attempts to sign in are counted; `None`: in memory.
    """
    record, commit, settings = parts.audit.record, parts.database.write, parts.settings.sign_in
    lock_out = LockOut(record, settings.lock_after, settings.lock_minutes)
    attempts = Attempts(counted, parts.keys.derive("sign-in"))
    login = PasswordLogin(
        parts.users,
        parts.sessions,
        commit,
        record,
        lock_out=lock_out,
        attempts=attempts,
        second_factors=parts.second_factors,
        pending=Pending(Envelope(parts.keys.derive("pending")), "code"),
        failed=parts.audit.count_failed,
    )
    step_up = StepUp(parts.sessions, settings.step_up_minutes)
    accounts = Accounts(parts.users, parts.sessions, parts.second_factors, login, lock_out, step_up, commit, record)
    oidc = _oidc(parts, parts.settings.oidc, attempts) if parts.settings.oidc else None
    authenticate = replace(parts.authenticator(), tokens=oidc.principal if oidc else None)
    return Entrance(authenticate, login, accounts, step_up, oidc)


def _oidc(parts: Opened, settings: OidcSettings, attempts: Attempts) -> OidcLogin:
    record, commit = parts.audit.record, parts.database.write
    reading = Reading(
        roles=settings.roles,
        default_roles=settings.default_roles,
        groups_claim=settings.groups_claim,
        name_claim=settings.name_claim,
        tenant=settings.tenant,
        tenant_claim=settings.tenant_claim,
    )
    key = parts.keys.derive("identities")
    return OidcLogin(
        provider=provider_of(settings),
        reading=reading,
        identities=Identities(parts.database, parts.users, parts.sessions, key, commit, record, settings.default_roles),
        sessions=parts.sessions,
        pending=Pending(Envelope(parts.keys.derive("pending")), "oidc"),
        attempts=attempts,
        commit=commit,
        record=record,
        failed=parts.audit.count_failed,
        label=settings.label,
        public_url=settings.public_url.rstrip("/"),
    )


def provider_of(settings: OidcSettings) -> Provider:
    """The provider that the settings name. Raises ConfigurationError."""
    # Authlib takes its time to import, and most installations have no provider.
    from guard.authenticate.provider import Client, Provider

    client = Client(
        issuer=settings.issuer,
        client_id=settings.client_id,
        client_secret=_secret(settings),
        scopes=settings.scopes,
        wanted=tuple(filter(None, (settings.groups_claim, settings.name_claim, settings.tenant_claim))),
        audience=settings.audience,
        plain_access_tokens=settings.plain_access_tokens,
    )
    return Provider(client)


def _secret(settings: OidcSettings) -> str | None:
    if settings.client_secret_env is None:
        return None
    secret = os.environ.get(settings.client_secret_env)
    if not secret:
        raise ConfigurationError("`oidc.client_secret_env` names an environment variable that is not set.")
    return secret
