"""An OpenID provider of a test: documents and tokens as one likes, without a network."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from guard.authenticate.provider import Client, Provider, Started

ISSUER = "https://id.example"
AUDIENCE = "https://guard.example/api"
BACK = "https://guard.example/login/oidc/callback"


KEY: Any = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})


class Scripted:
    """What the provider answers; a test changes what it likes."""

    def __init__(self, **client: Any) -> None:
        self.key: Any = KEY
        self.published: list[Any] = [self.key]
        self.metadata: dict[str, Any] = {
            "issuer": ISSUER,
            "authorization_endpoint": f"{ISSUER}/auth",
            "token_endpoint": f"{ISSUER}/token",
            "jwks_uri": f"{ISSUER}/keys",
            "userinfo_endpoint": f"{ISSUER}/me",
            "end_session_endpoint": f"{ISSUER}/end",
            "authorization_response_iss_parameter_supported": True,
        }
        self.userinfo: dict[str, Any] = {}
        self.id_token: str | None = None
        self.asked: list[httpx.Request] = []
        self.broken: Callable[[httpx.Request], httpx.Response | None] = lambda request: None
        settings = {"issuer": ISSUER, "client_id": "guard", "audience": AUDIENCE, "client_secret": "s"} | client
        self.provider = Provider(Client(**settings), httpx.MockTransport(self._answer))

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        if (broken := self.broken(request)) is not None:
            return broken
        match request.url.path:
            case "/.well-known/openid-configuration":
                return httpx.Response(200, json=self.metadata)
            case "/keys":
                return httpx.Response(200, json={"keys": [key.as_dict(private=False) for key in self.published]})
            case "/token":
                return httpx.Response(200, json={"access_token": "opaque", "id_token": self.id_token})
            case "/me":
                return httpx.Response(200, json=self.userinfo)
        return httpx.Response(404)

    def claims(self, started: Started | None = None, **changed: Any) -> dict[str, Any]:
        """The claims of an ID token, or of an access token where nothing was started."""
        at = int(time.time())
        made = {"iss": ISSUER, "sub": "s-1", "aud": "guard", "exp": at + 300, "iat": at, "auth_time": at}
        made |= {"nonce": started.nonce} if started else {"aud": AUDIENCE}
        made |= changed
        return {name: value for name, value in made.items() if value is not None}

    def signed(self, claims: dict[str, Any], key: Any = None, **header: Any) -> str:
        """A token with these claims."""
        key = key or self.key
        alg = "ES256" if isinstance(key, ECKey) else "RS256"
        return jwt.encode({"alg": alg, "kid": key.kid, **header}, claims, key, algorithms=["RS256", "ES256", "HS256"])

    def unsigned(self, claims: dict[str, Any]) -> str:
        """A token that says that it needs no signature."""
        parts = (json.dumps(part).encode() for part in ({"alg": "none", "typ": "at+jwt"}, claims))
        return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts) + "."

    def returned(self, started: Started, **changed: str) -> dict[str, str]:
        """What the browser brings back."""
        answer = {"state": started.state, "code": "c-1", "iss": ISSUER} | changed
        return {name: value for name, value in answer.items() if value}


def query(url: str) -> dict[str, str]:
    """The parameters of an address."""
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
