"""Nothing that a provider, or somebody in its place, says is believed without being checked."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
from joserfc.jwk import ECKey, RSAKey

from guard.authenticate import provider as module
from guard.errors import AuthenticationError, UnavailableError
from tests.unit.authenticate.provider_of import AUDIENCE, BACK, ISSUER, Scripted, query

OTHER = RSAKey.generate_key(2048, {"kid": "one"})


@pytest.fixture
async def scripted() -> AsyncIterator[Scripted]:
    made = Scripted()
    yield made
    await made.provider.aclose()


async def test_a_sign_in_is_bound_to_its_browser_and_its_code(scripted: Scripted) -> None:
    started = await scripted.provider.start(BACK)
    sent = query(started.url)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(started.verifier.encode()).digest()).rstrip(b"=").decode()
    assert sent == {
        "response_type": "code", "client_id": "guard", "redirect_uri": BACK, "scope": "openid profile",
        "state": started.state, "nonce": started.nonce, "code_challenge": challenge, "code_challenge_method": "S256",
    }  # fmt: skip
    scripted.id_token = scripted.signed(scripted.claims(started, groups=["staff"], preferred_username="ada"))
    proof = await scripted.provider.finish(scripted.returned(started), started, BACK)
    assert proof.claims["sub"] == "s-1"
    exchange = next(request for request in scripted.asked if request.url.path == "/token")
    form = parse_qs(exchange.content.decode())
    assert form["code_verifier"] == [started.verifier]
    assert form["code"] == ["c-1"]
    assert exchange.headers["authorization"].startswith("Basic ")
    other = await scripted.provider.start(BACK, again=True)
    assert {query(other.url)["prompt"], query(other.url)["max_age"]} == {"login", "0"}
    assert {other.state, other.nonce, other.verifier}.isdisjoint({started.state, started.nonce, started.verifier})


@pytest.mark.parametrize(
    ("changed", "reason_id"),
    [
        ({"state": "other"}, "login_expired"),
        ({"state": ""}, "login_expired"),
        ({"iss": "https://evil.example"}, "invalid_token"),
        ({"iss": ""}, "invalid_token"),
        ({"error": "access_denied"}, "login_refused"),
        ({"code": ""}, "login_refused"),
    ],
)
async def test_a_return_that_is_not_of_this_sign_in(
    scripted: Scripted, changed: dict[str, str], reason_id: str
) -> None:
    started = await scripted.provider.start(BACK)
    scripted.id_token = scripted.signed(scripted.claims(started))
    with pytest.raises(AuthenticationError) as refused:
        await scripted.provider.finish(scripted.returned(started, **changed), started, BACK)
    assert refused.value.reason_id == reason_id
    assert "/token" not in [request.url.path for request in scripted.asked]


NOW = int(time.time())
WRONG_CLAIMS: list[dict[str, Any]] = [
    {"nonce": "other"},
    {"nonce": None},
    {"iss": "https://evil.example"},
    {"iss": ISSUER + "/"},
    {"aud": "somebody"},
    {"aud": []},
    {"aud": ["guard", "somebody"], "azp": "somebody"},
    {"aud": ["guard", "somebody"]},
    {"azp": "somebody"},
    {"exp": NOW - 3600},
    {"exp": None},
    {"exp": "tomorrow"},
    {"iat": NOW + 3600},
    {"iat": None},
    {"nbf": NOW + 3600},
    {"sub": None},
    {"sub": ""},
    {"sub": 7},
    {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
]


@pytest.mark.parametrize("changed", WRONG_CLAIMS, ids=["-".join(each) for each in WRONG_CLAIMS])
async def test_an_id_token_that_is_not_for_this_sign_in(scripted: Scripted, changed: dict[str, Any]) -> None:
    started = await scripted.provider.start(BACK)
    scripted.id_token = scripted.signed(scripted.claims(started, **changed))
    with pytest.raises(AuthenticationError) as refused:
        await scripted.provider.finish(scripted.returned(started), started, BACK)
    assert refused.value.reason_id == "invalid_token"


def forged(scripted: Scripted, claims: dict[str, Any]) -> dict[str, str]:
    """Tokens that the provider did not sign."""
    public = scripted.key.as_pem(private=False)
    good = scripted.signed(claims, typ="at+jwt")
    head, body, signature = good.split(".")
    return {
        "another key": scripted.signed(claims, OTHER, typ="at+jwt"),
        "no signature": scripted.unsigned(claims),
        "signature left out": f"{head}.{body}.",
        "the public key as a secret": keyed(public, claims),
        "a key of its own": scripted.signed(claims, OTHER, typ="at+jwt", jwk=OTHER.as_dict(private=False)),
        "changed": f"{head}.{body[:-2]}AA.{signature}",
        "not one at all": "a.b.c",
    }


def keyed(secret: bytes, claims: dict[str, Any]) -> str:
    """A token whose MAC was made with what is no secret."""
    parts = [json.dumps(part).encode() for part in ({"alg": "HS256", "kid": "one", "typ": "at+jwt"}, claims)]
    head = ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)
    mac = hmac.digest(secret, head.encode(), "sha256")
    return f"{head}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


FORGERIES = ("another key", "no signature", "signature left out", "the public key as a secret", "a key of its own", "changed",
             "not one at all")  # fmt: skip


@pytest.mark.parametrize("what", FORGERIES)
async def test_a_token_that_the_provider_did_not_sign(scripted: Scripted, what: str) -> None:
    started = await scripted.provider.start(BACK)
    scripted.id_token = forged(scripted, scripted.claims(started))[what]
    with pytest.raises(AuthenticationError):
        await scripted.provider.finish(scripted.returned(started), started, BACK)
    with pytest.raises(AuthenticationError):
        await scripted.provider.access_claims(forged(scripted, scripted.claims())[what])


async def test_access_tokens_are_for_the_api_and_typed() -> None:
    strict, plain = Scripted(), Scripted(plain_access_tokens=True)
    for kind in ("at+jwt", "application/at+jwt", "AT+JWT"):
        assert (await strict.provider.access_claims(strict.signed(strict.claims(), typ=kind)))["sub"] == "s-1"
    for scripted, changed, kind in [
        (strict, {}, "JWT"),
        (strict, {"aud": "guard"}, "at+jwt"),
        (strict, {"exp": NOW - 100}, "at+jwt"),
        (strict, {"nonce": "n"}, "at+jwt"),
        (plain, {"nonce": "n"}, "JWT"),
        (plain, {"aud": "guard"}, "JWT"),
        (plain, {}, "logout+jwt"),
    ]:
        with pytest.raises(AuthenticationError) as refused:
            await scripted.provider.access_claims(scripted.signed(scripted.claims(**changed), typ=kind))
        assert refused.value.reason_id == "invalid_token"
    assert await plain.provider.access_claims(plain.signed(plain.claims(aud=["x", AUDIENCE]), typ="JWT"))
    without = Scripted(audience=None)
    with pytest.raises(AuthenticationError):
        await without.provider.access_claims(without.signed(without.claims(aud=None), typ="at+jwt"))
    for scripted in (strict, plain, without):
        await scripted.provider.aclose()


async def test_new_keys_are_learned_and_old_ones_forgotten(scripted: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    old = scripted.signed(scripted.claims(), typ="at+jwt")
    await scripted.provider.access_claims(old)
    scripted.key = ECKey.generate_key("P-256", {"kid": "two", "use": "sig"})
    scripted.published = [scripted.key]
    new = scripted.signed(scripted.claims(), typ="at+jwt")

    def fetched() -> int:
        return [request.url.path for request in scripted.asked].count("/keys")

    for _ in range(3):  # who shows nonsense does not have the keys fetched each time
        with pytest.raises(AuthenticationError):
            await scripted.provider.access_claims(new)
    assert fetched() == 1
    monkeypatch.setattr(module, "REFETCH", 0.0)
    assert (await scripted.provider.access_claims(new))["sub"] == "s-1"
    assert fetched() == 2
    with pytest.raises(AuthenticationError):
        await scripted.provider.access_claims(old)


async def test_what_the_id_token_leaves_out_the_provider_is_asked_for() -> None:
    scripted = Scripted(wanted=("groups",))
    started = await scripted.provider.start(BACK)
    scripted.id_token = scripted.signed(scripted.claims(started, name="of the token"))
    scripted.userinfo = {"sub": "s-1", "groups": ["staff"], "name": "of the endpoint", "iss": "https://evil.example"}
    proof = await scripted.provider.finish(scripted.returned(started), started, BACK)
    assert (proof.claims["groups"], proof.claims["name"], proof.claims["iss"]) == (["staff"], "of the token", ISSUER)
    scripted.userinfo = {"sub": "s-2", "groups": ["admins"]}
    with pytest.raises(AuthenticationError):
        await scripted.provider.finish(scripted.returned(started), started, BACK)
    await scripted.provider.aclose()


DOWN: dict[str, Any] = {
    "an error": lambda request: httpx.Response(500),
    "a redirect": lambda request: httpx.Response(302, headers={"location": "http://127.0.0.1/"}),
    "no JSON": lambda request: httpx.Response(200, text="<html>"),
    "a list": lambda request: httpx.Response(200, json=[]),
    "too much": lambda request: httpx.Response(200, content=b" " * (module.MOST_BYTES + 1)),
}


@pytest.mark.parametrize("how", DOWN)
async def test_a_provider_that_does_not_answer_as_it_should(scripted: Scripted, how: str) -> None:
    scripted.broken = DOWN[how]
    for attempt in (scripted.provider.start(BACK), scripted.provider.access_claims("a.b.c")):
        with pytest.raises(UnavailableError) as down:
            await attempt
        assert down.value.reason_id == "provider_unavailable"


@pytest.mark.parametrize(
    "changed",
    [
        {"issuer": "https://evil.example"},
        {"token_endpoint": "http://id.example/token"},
        {"jwks_uri": "http://127.0.0.1.evil.example/keys"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"jwks_uri": None},
        {"code_challenge_methods_supported": ["plain"]},
    ],
    ids=str,
)
async def test_documents_that_lead_somewhere_else(scripted: Scripted, changed: dict[str, Any]) -> None:
    scripted.metadata |= changed
    with pytest.raises(UnavailableError):
        await scripted.provider.start(BACK)


async def test_signing_out_there(scripted: Scripted) -> None:
    url = await scripted.provider.logout_url("token", "https://guard.example/login")
    assert url
    assert query(url) == {
        "id_token_hint": "token", "client_id": "guard", "post_logout_redirect_uri": "https://guard.example/login"
    }  # fmt: skip
