"""Sign-in through an OpenID provider, and its access tokens for the API."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from guard.authenticate.attempts import Attempts
from guard.authenticate.identities import Identities, Reading
from guard.authenticate.pending import Pending
from guard.authenticate.recording import Commit, Record
from guard.authenticate.session import Session, Sessions
from guard.authenticate.users import Kind
from guard.clock import now
from guard.errors import AuthenticationError, PermissionDeniedError, UnavailableError
from guard.model import Principal

if TYPE_CHECKING:
    from guard.authenticate.provider import Provider

_OLD_PROOF = "The provider did not ask you again who you are, so nothing was confirmed."
_SOMEBODY_ELSE = "The provider knows you as somebody else than this session does. Sign out first."
_AUTH_TIME_SKEW = 30
"""Seconds that the provider's clock may be behind ours, where it says that somebody has just proved who they are."""


@dataclass(frozen=True, slots=True)
class Done:
    """A sign-in that was completed. `token` is a new session's; `None`: the one that was there was proved again."""

    token: str | None = field(repr=False)
    next: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class OidcLogin:
    """Sign-in through a provider.

    Args:
        failed: counts a failure by its reason_id, for the log.
        label: what the button says.
        public_url: Guard's own address as browsers see it; empty: as they say it.
    """

    provider: Provider
    reading: Reading
    identities: Identities
    sessions: Sessions
    pending: Pending
    attempts: Attempts
    commit: Commit
    record: Record
    failed: Callable[[str], Awaitable[None]]
    label: str
    public_url: str = ""

    async def start(self, redirect_uri: str, next_page: str, again: Session | None = None) -> tuple[str, str]:
        """Begin: the provider's address for the browser, and what to keep in a cookie.

        Args:
            again: the session whose person is to prove once more who they are.

        Raises UnavailableError (`provider_unavailable`).
        """
        started = await self.provider.start(redirect_uri, again=again is not None)
        kept = {"state": started.state, "nonce": started.nonce, "verifier": started.verifier, "next": next_page}
        more = {"again": again.id if again else "", "began": str(now())}
        return started.url, self.pending.seal(kept | more)

    async def finish(
        self,
        pending: str | None,
        answer: Mapping[str, str],
        redirect_uri: str,
        facts: Mapping[str, str],
        current: Session | None,
    ) -> Done:
        """Complete a sign-in with what the browser brought back.

        Args:
            pending: what was kept in the cookie. answer: the parameters of the provider's answer.
            current: the session of the browser, if it has one.

        Raises:
            AuthenticationError: `login_expired`, `login_refused`, `invalid_token`, `user_disabled`.
            PermissionDeniedError: `no_role`, `identity_name_taken`, `identity_tenant_changed`, `identity_incomplete`.
            LimitExceededError, UnavailableError, StorageError, AuditError.
        """
        try:
            return await self._finished(pending, answer, redirect_uri, facts, current)
        except (AuthenticationError, PermissionDeniedError) as error:
            await self.failed(error.reason_id)
            raise

    async def _finished(
        self,
        pending: str | None,
        answer: Mapping[str, str],
        redirect_uri: str,
        facts: Mapping[str, str],
        current: Session | None,
    ) -> Done:
        from guard.authenticate.provider import Started

        kept = self.pending.open(pending)
        await self.attempts.count()
        started = Started("", kept["state"], kept["nonce"], kept["verifier"])
        proof = await self.provider.finish(answer, started, redirect_uri)
        user = await self.identities.user(self.reading(proof.claims), signs_in=True)
        proved = _proved(proof.claims)
        if kept["again"]:
            await self._proved_again(kept, current, user.id, proved, proof.id_token)
            return Done(None, kept["next"])
        token, write = self.sessions.new(user, "oidc", {**facts, "id_token": proof.id_token}, proved=proved)
        await self.commit(write, self.record("session.opened", user.principal(), {"method": "oidc"}))
        return Done(token, kept["next"])

    async def _proved_again(
        self, kept: Mapping[str, str], current: Session | None, user_id: str, proved: int, id_token: str
    ) -> None:
        if current is None or current.id != kept["again"]:
            raise AuthenticationError("The session has ended. Sign in again.", reason_id="invalid_session")
        if current.user.id != user_id:
            raise AuthenticationError(_SOMEBODY_ELSE, reason_id="login_refused")
        if proved < int(kept["began"]) - _AUTH_TIME_SKEW * 1000:
            raise AuthenticationError(_OLD_PROOF, reason_id="login_refused")
        record = self.record("session.proved", current.user.principal(), {"session_id": current.id})
        await self.commit(self.sessions.proved(current, {"id_token": id_token}), record)

    async def logout_url(self, session: Session, back: str) -> str | None:
        """Where a browser is sent to end the provider's session too; `None`: nowhere, or the provider is down."""
        if session.method != "oidc":
            return None
        try:
            return await self.provider.logout_url(session.facts.get("id_token"), back)
        except UnavailableError:
            return None

    async def principal(self, token: str) -> Principal:
        """Whose access token this is.

        Raises AuthenticationError (`invalid_token`, `user_disabled`, `no_role` and the like), UnavailableError.
        """
        claims = await self.provider.access_claims(token)
        # The subject of a token that an application got for itself is the application (RFC 9068, 2.2).
        kind: Kind = "service" if claims.get("client_id", claims.get("azp")) == claims["sub"] else "user"
        try:
            user = await self.identities.user(self.reading(claims, kind), signs_in=False)
        except PermissionDeniedError as error:
            # To the API it is a credential that is good for nothing.
            raise AuthenticationError(str(error), reason_id=error.reason_id) from None
        return user.principal()

    async def aclose(self) -> None:
        """Close the connections to the provider."""
        await self.provider.aclose()


def _proved(claims: Mapping[str, Any]) -> int:
    """When the person showed the provider who they are, in milliseconds; long ago, where it does not say."""
    at = claims.get("auth_time")
    return int(at * 1000) if isinstance(at, int | float) else 0
