"""An OpenID provider (OpenID Connect Core 1.0): its documents, the authorization code flow with PKCE, and its tokens.

Nothing that a provider says is believed before its signature, issuer, audience and time were checked against the keys that
it publishes. Authlib and joserfc are imported by this module, and this module only where a provider is configured.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode

import httpx
from authlib.common.urls import add_params_to_uri
from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from guard.authenticate.addresses import is_secure
from guard.errors import AuthenticationError, UnavailableError

LEEWAY: Final = 60
"""Seconds that its clock and ours may differ."""

KEPT: Final = 3600.0
"""Seconds for which its documents are kept."""

REFETCH: Final = 10.0
"""A key that nobody knows has its keys fetched anew, at most once in so many seconds."""

MOST_BYTES: Final = 1_000_000
ALGORITHMS: Final = (
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "Ed25519",
    "EdDSA",
)
"""None with a shared secret, and not `none`."""

_ACCESS_TYPES: Final = ("at+jwt", "application/at+jwt")
_TIMEOUT: Final = httpx.Timeout(10.0, connect=5.0)
_ALTOGETHER: Final = 15.0
"""Seconds for a whole answer, however slowly it comes."""

_DOWN = "The sign-in provider does not answer as it should. Try again later; local accounts can still sign in."
_REFUSED = "The provider did not let you in, or the sign-in was cancelled."
_NOT_GENUINE = "What came back from the provider does not belong to this sign-in. Begin again."


@dataclass(frozen=True, slots=True)
class Client:
    """What Guard is to its provider.

    Args:
        wanted: claims that are asked for elsewhere when the ID token does not have them.
        audience: what access tokens for the API are made for; `None`: none are taken.
        plain_access_tokens: whether access tokens may lack the type `at+jwt` of RFC 9068.
    """

    issuer: str
    client_id: str
    client_secret: str | None = field(default=None, repr=False)
    scopes: tuple[str, ...] = ("openid", "profile")
    wanted: tuple[str, ...] = ()
    audience: str | None = None
    plain_access_tokens: bool = False


@dataclass(frozen=True, slots=True)
class Started:
    """A sign-in that was begun: where to send the browser, and what its return is checked against."""

    url: str = field(repr=False)
    state: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Proof:
    """A sign-in that was completed: verified claims, and the ID token that says them."""

    claims: Mapping[str, Any] = field(repr=False)
    id_token: str = field(repr=False)


class Provider:
    """One provider.

    Args:
        transport: how it is reached; `None`: over the network.
    """

    def __init__(self, client: Client, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._client = client
        self._http = httpx.AsyncClient(timeout=_TIMEOUT, transport=transport, follow_redirects=False, trust_env=False)
        self._metadata: tuple[float, Mapping[str, Any]] | None = None
        self._keys: tuple[float, KeySet] | None = None

    async def start(self, redirect_uri: str, *, again: bool = False) -> Started:
        """Begin a sign-in.

        Args:
            again: the person has to prove now who they are, even if the provider knows them already.

        Raises UnavailableError (`provider_unavailable`).
        """
        metadata = await self.metadata()
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        extra = {"prompt": "login", "max_age": "0"} if again else {}
        url = prepare_grant_uri(
            metadata["authorization_endpoint"],
            self._client.client_id,
            "code",
            redirect_uri=redirect_uri,
            scope=" ".join(self._client.scopes),
            state=state,
            nonce=nonce,
            code_challenge=create_s256_code_challenge(verifier),
            code_challenge_method="S256",
            **extra,
        )
        return Started(url, state, nonce, verifier)

    async def finish(self, answer: Mapping[str, str], started: Started, redirect_uri: str) -> Proof:
        """Complete a sign-in with what the browser brought back.

        Raises AuthenticationError (`login_refused`, `login_expired`, `invalid_token`), UnavailableError.
        """
        metadata = await self.metadata()
        if not secrets.compare_digest(answer.get("state", "").encode(), started.state.encode()):
            raise AuthenticationError(_NOT_GENUINE, reason_id="login_expired")
        issuer = answer.get("iss")
        if issuer is None and metadata.get("authorization_response_iss_parameter_supported"):
            raise AuthenticationError(_NOT_GENUINE, reason_id="invalid_token")
        if issuer is not None and issuer != self._client.issuer:
            raise AuthenticationError(_NOT_GENUINE, reason_id="invalid_token")
        if answer.get("error") or not answer.get("code"):
            raise AuthenticationError(_REFUSED, reason_id="login_refused")
        tokens = await self._exchange(metadata, answer["code"], started.verifier, redirect_uri)
        claims = await self._id_claims(tokens, started.nonce)
        return Proof(await self._with_userinfo(metadata, claims, tokens.get("access_token")), tokens["id_token"])

    async def access_claims(self, token: str) -> Mapping[str, Any]:
        """The claims of an access token for the API (RFC 9068).

        Raises AuthenticationError (`invalid_token`), UnavailableError.
        """
        if self._client.audience is None:
            raise AuthenticationError("The API takes no tokens of a provider.", reason_id="invalid_token")
        decoded = await self._decoded(token)
        kind = str(decoded.header.get("typ", "JWT")).lower()
        if kind not in _ACCESS_TYPES and not (self._client.plain_access_tokens and kind == "jwt"):
            raise _invalid()
        claims = dict(decoded.claims)
        self._check(claims, self._client.audience)
        if "nonce" in claims:  # An ID token, which says who somebody is to Guard and gives no right to use it.
            raise _invalid()
        return claims

    async def logout_url(self, id_token: str | None, back: str) -> str | None:
        """Where a browser is sent to end the provider's session too; `None`: the provider has no such place.

        Raises UnavailableError.
        """
        end = (await self.metadata()).get("end_session_endpoint")
        if not end:
            return None
        hint = {"id_token_hint": id_token} if id_token else {}
        sent = {**hint, "client_id": self._client.client_id, "post_logout_redirect_uri": back}
        return str(add_params_to_uri(_secure(end), list(sent.items())))

    async def metadata(self) -> Mapping[str, Any]:
        """The discovery document. Raises UnavailableError."""
        if self._metadata is not None and time.monotonic() < self._metadata[0] + KEPT:
            return self._metadata[1]
        found = await self._json("GET", self._client.issuer.rstrip("/") + "/.well-known/openid-configuration")
        if found.get("issuer") != self._client.issuer:
            raise _down("The discovery document is of another issuer.")
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            _secure(found.get(name))
        if "S256" not in found.get("code_challenge_methods_supported", ["S256"]):
            raise _down("The provider does not take PKCE with S256.")
        self._metadata = time.monotonic(), found
        return found

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def _exchange(
        self, metadata: Mapping[str, Any], code: str, verifier: str, redirect_uri: str
    ) -> Mapping[str, Any]:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": verifier,
        }
        headers = {"content-type": "application/x-www-form-urlencoded", "accept": "application/json"}
        offered = metadata.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        method = "none"
        if self._client.client_secret:
            method = "client_secret_basic" if "client_secret_basic" in offered else "client_secret_post"
        auth = ClientAuth(self._client.client_id, self._client.client_secret, method)
        # `none` puts the client's id into the body as well.
        uri, headers, body = auth.prepare("POST", _secure(metadata["token_endpoint"]), headers, urlencode(form))
        tokens = await self._json("POST", uri, headers=headers, content=body, refused=True)
        if not isinstance(tokens.get("id_token"), str):
            raise _down("The provider gave no ID token.")
        return tokens

    async def _id_claims(self, tokens: Mapping[str, Any], nonce: str) -> Mapping[str, Any]:
        decoded = await self._decoded(tokens["id_token"])
        params = {"nonce": nonce, "client_id": self._client.client_id, "access_token": tokens.get("access_token")}
        claims = CodeIDToken(dict(decoded.claims), decoded.header, params=params)
        try:
            claims.validate(leeway=LEEWAY)
        except (JoseError, ValueError, TypeError):
            raise _invalid() from None
        self._check(claims, self._client.client_id)
        return dict(claims)

    async def _with_userinfo(
        self, metadata: Mapping[str, Any], claims: Mapping[str, Any], access_token: Any
    ) -> Mapping[str, Any]:
        """Further claims: of many providers the ID token says little. What it says stands."""
        endpoint = metadata.get("userinfo_endpoint")
        if all(name in claims for name in self._client.wanted):
            return claims
        if not endpoint or not isinstance(access_token, str):
            return claims
        headers = {"authorization": f"Bearer {access_token}", "accept": "application/json"}
        more = await self._json("GET", _secure(endpoint), headers=headers)
        if more.get("sub") != claims["sub"]:
            raise _invalid()
        return {**more, **claims}

    async def _decoded(self, token: str) -> jwt.Token:
        for keys in (await self._key_set(), None):
            try:
                return jwt.decode(token, keys or await self._key_set(anew=True), algorithms=list(ALGORITHMS))
            except (JoseError, ValueError, TypeError, KeyError):
                if keys is None or not self._may_refetch():
                    break
        raise _invalid()

    def _may_refetch(self) -> bool:
        return self._keys is None or time.monotonic() >= self._keys[0] + REFETCH

    async def _key_set(self, *, anew: bool = False) -> KeySet:
        if self._keys is not None and not anew and time.monotonic() < self._keys[0] + KEPT:
            return self._keys[1]
        found = await self._json("GET", _secure((await self.metadata())["jwks_uri"]))
        listed = found.get("keys", [])
        usable = [key for key in listed if key.get("kty") in ("RSA", "EC", "OKP") and key.get("use", "sig") == "sig"]
        try:
            keys = KeySet.import_key_set({"keys": usable})
        except (JoseError, ValueError, TypeError, KeyError):
            raise _down("The provider's keys cannot be read.") from None
        self._keys = time.monotonic(), keys
        return keys

    def _check(self, claims: Mapping[str, Any], audience: str) -> None:
        """What every token of this provider for this audience holds."""
        listed = claims.get("aud")
        audiences = listed if isinstance(listed, list) else [listed]
        if claims.get("iss") != self._client.issuer or audience not in audiences:
            raise _invalid()
        if not isinstance(claims.get("sub"), str) or not claims["sub"]:
            raise _invalid()
        at = time.time()
        expires, not_before, issued = (_number(claims.get(name)) for name in ("exp", "nbf", "iat"))
        if expires is None or issued is None or expires <= at - LEEWAY or issued > at + LEEWAY:
            raise _invalid()
        if ("nbf" in claims and not_before is None) or (not_before or 0.0) > at + LEEWAY:
            raise _invalid()

    async def _json(self, method: str, url: str, *, refused: bool = False, **options: Any) -> dict[str, Any]:
        """The object that an endpoint answers with.

        Args:
            refused: an answer of 400 means that the code is not valid any more.
        """
        try:
            async with asyncio.timeout(_ALTOGETHER), self._http.stream(method, url, **options) as answer:
                body = bytearray()
                async for piece in answer.aiter_bytes():
                    body += piece
                    if len(body) > MOST_BYTES:
                        raise _down("An answer of the provider is too large.")
            found = json.loads(body) if body else {}
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, ValueError, RecursionError):
            raise _down("The provider cannot be reached or gives no JSON.") from None
        if refused and answer.status_code == 400 and isinstance(found, dict) and found.get("error") == "invalid_grant":
            raise AuthenticationError(_NOT_GENUINE, reason_id="login_expired")
        if answer.status_code != 200 or not isinstance(found, dict):
            raise _down("The provider refused a request of Guard's.")
        return found


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _secure(url: Any) -> str:
    if not isinstance(url, str) or not is_secure(url):
        raise _down("An address of the provider is not https.")
    return url


def _down(why: str) -> UnavailableError:
    error = UnavailableError(_DOWN, reason_id="provider_unavailable")
    error.add_note(why)
    return error


def _invalid() -> AuthenticationError:
    return AuthenticationError("The provider's token is not valid here, or not any more.", reason_id="invalid_token")
