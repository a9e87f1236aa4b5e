"""Sign-in through a real OpenID provider, as a browser without script does it, and its access tokens for the API."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import httpx
import pytest

from tests.functional.server import Server
from tests.oidc.running import AUDIENCE, OpenIdProvider, running, secret


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, OpenIdProvider]]:
    """Guard and a provider that know each other."""
    port = free_port()
    with running(f"http://127.0.0.1:{port}") as provider:
        settings = provider.settings(GUARD_SERVER__PORT=str(port))
        server = Server(tmp_path_factory.mktemp("oidc"), **settings).init().start()
        yield server, provider
        server.stop()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as bound:
        return int(bound.getsockname()[1])


class Browser:
    """A browser without script; each host has its own cookies, as ports share them here."""

    def __init__(self) -> None:
        self.jars: dict[str, httpx.Cookies] = {}

    def go(self, url: str, data: dict[str, str] | None = None) -> httpx.Response:
        """Open an address and follow redirects."""
        for _ in range(12):
            answer = self.one(url, data)
            if not answer.is_redirect:
                return answer
            url, data = urljoin(url, answer.headers["location"]), None
        raise AssertionError("too many redirects")

    def one(self, url: str, data: dict[str, str] | None = None) -> httpx.Response:
        """Open an address, and do no more."""
        jar = self.jars.setdefault(urlsplit(url).netloc, httpx.Cookies())
        with httpx.Client(trust_env=False, cookies=jar, headers={"sec-fetch-site": "same-origin"}) as client:
            answer = client.get(url) if data is None else client.post(url, data=data)
            self.jars[urlsplit(url).netloc] = client.cookies
        return answer

    def sign_in(self, server: Server, login: str, path: str = "/login/oidc") -> httpx.Response:
        form = self.go(server.url + path)
        if "Login" not in form.text:
            return form  # the provider knows them already
        return self.go(str(form.url), {"login": login, "secret": secret(login)})


def events(server: Server) -> list[str]:
    return [row["event"] for row in server.json("audit", "search", "--limit", "100")]


def test_the_first_sign_in_makes_the_user_and_each_sets_the_roles(place: tuple[Server, OpenIdProvider]) -> None:
    server, provider = place
    browser = Browser()
    landed = browser.sign_in(server, "ada")
    assert (landed.status_code, urlsplit(str(landed.url)).path) == (200, "/chat")
    assert "ada" in landed.text
    assert 'href="/review"' not in landed.text
    found = {user["name"]: user for user in server.json("user", "list")}
    assert found["ada"]["roles"] == ["employee"]

    provider.say("ada", "staff", "audit")
    landed = Browser().sign_in(server, "ada", "/login/oidc?next=/review")
    assert (landed.status_code, urlsplit(str(landed.url)).path) == (200, "/review")
    again = {user["name"]: user for user in server.json("user", "list")}
    assert again["ada"]["id"] == found["ada"]["id"]
    assert again["ada"]["roles"] == ["employee", "auditor"]
    assert "user.roles_set" in events(server)

    provider.say("ada", "visitors")
    refused = Browser().sign_in(server, "ada")
    assert refused.status_code == 403
    assert "none of your groups has a role here" in refused.text
    # What they had before is gone with it.
    assert urlsplit(str(browser.go(server.url + "/chat").url)).path == "/login"
    provider.say("ada", "staff")


def test_who_has_no_role_or_somebody_elses_name_is_refused(place: tuple[Server, OpenIdProvider]) -> None:
    server, _ = place
    for login, said in (("nobody", "none of your groups"), ("admin", "belongs to another account")):
        browser = Browser()
        refused = browser.sign_in(server, login)
        assert refused.status_code == 403
        assert said in refused.text
        assert urlsplit(str(browser.go(server.url + "/chat").url)).path == "/login"
    assert "nobody" not in [user["name"] for user in server.json("user", "list")]


def test_a_return_is_good_once_in_its_own_browser(place: tuple[Server, OpenIdProvider]) -> None:
    server, _ = place
    browser = Browser()
    form = browser.go(server.url + "/login/oidc")
    answer = browser.one(str(form.url), {"login": "otto", "secret": secret("otto")})
    while urlsplit(answer.headers["location"]).path != "/login/oidc/callback":
        answer = browser.one(urljoin(str(answer.url), answer.headers["location"]))
    back = answer.headers["location"]
    stranger = Browser()
    assert stranger.one(back).status_code == 401, "another browser, which began nothing"
    stranger.one(server.url + "/login/oidc")
    assert stranger.one(back).status_code == 401, "another browser, which began something else"
    for changed in (re.sub("state=[^&]+", "state=x", back), re.sub("iss=[^&]+", "iss=https%3A%2F%2Fevil.test", back)):
        other = Browser()
        other.jars = {host: httpx.Cookies(jar) for host, jar in browser.jars.items()}
        assert other.one(changed).status_code == 401
    kept = {host: httpx.Cookies(jar) for host, jar in browser.jars.items()}
    assert browser.one(back).headers["location"] == "/chat"
    assert browser.one(back).status_code == 401, "a second time"
    browser.jars = kept
    assert browser.one(back).status_code == 401, "a second time, with the cookie from before"


def test_signing_out_ends_the_providers_session_too(place: tuple[Server, OpenIdProvider]) -> None:
    server, provider = place
    browser = Browser()
    browser.sign_in(server, "otto")
    left = browser.go(server.url + "/logout", {})
    found = re.search(r'http-equiv="refresh" content="0; url=([^"]+)"', left.text)
    assert found
    there = browser.go(found[1].replace("&amp;", "&"))
    assert str(there.url).startswith(provider.issuer)
    hidden = dict(re.findall(r'name="(\w+)" value="([^"]*)"', there.text))
    back = browser.go(f"{provider.issuer}/session/end/confirm", hidden)
    assert urlsplit(str(back.url))[1:3] == (urlsplit(server.url).netloc, "/login")
    assert "The provider" in browser.go(server.url + "/login/oidc").text, "it asks again who one is"


def test_step_up_asks_at_the_provider_and_checks_the_time(place: tuple[Server, OpenIdProvider]) -> None:
    server, _ = place
    browser = Browser()
    browser.sign_in(server, "otto")
    assert 'href="/login/oidc?again=1&amp;next=/review"' in browser.go(server.url + "/login/again?next=/review").text
    asked = browser.go(server.url + "/login/oidc?again=1&next=/review")
    assert "The provider" in asked.text, "though it knows them"
    landed = browser.go(str(asked.url), {"login": "otto", "secret": secret("otto")})
    assert urlsplit(str(landed.url)).path == "/review"
    assert "session.proved" in events(server)


def tokens_of(provider: OpenIdProvider, login: str) -> tuple[str, str]:
    """What an application of somebody's gets for Guard's API: access token and ID token."""
    browser, verifier, back = Browser(), secrets.token_urlsafe(40), "http://127.0.0.1:9/done"
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    query = httpx.QueryParams(
        client_id="notebook", response_type="code", redirect_uri=back, scope="openid profile groups chat",
        resource=AUDIENCE, code_challenge=challenge, code_challenge_method="S256", nonce="n",
    )  # fmt: skip
    form = browser.go(f"{provider.issuer}/auth?{query}")
    answer = browser.one(str(form.url), {"login": login, "secret": secret(login)})
    while not answer.headers["location"].startswith(back):
        answer = browser.one(urljoin(str(answer.url), answer.headers["location"]))
    code = parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]
    sent = {"grant_type": "authorization_code", "client_id": "notebook", "code": code, "redirect_uri": back}
    tokens = httpx.post(f"{provider.issuer}/token", data=sent | {"code_verifier": verifier, "resource": AUDIENCE})
    return tokens.json()["access_token"], tokens.json()["id_token"]


def test_access_tokens_open_the_api_and_id_tokens_do_not(place: tuple[Server, OpenIdProvider]) -> None:
    server, provider = place
    token, id_token = tokens_of(provider, "ann")
    answer: Any = server.chat("Hello.", token)
    assert answer.status_code == 200, answer.text
    assert {user["name"]: user["roles"] for user in server.json("user", "list")}["ann"] == ["admin"]
    for wrong in (id_token, token[:-4] + "AAAA", token.rsplit(".", 1)[0] + "."):
        refused = server.chat("Hello.", wrong)
        assert (refused.status_code, refused.json()["error"]["code"][:7]) == (401, "invalid")
    sent = {"grant_type": "client_credentials", "scope": "chat", "resource": AUDIENCE}
    robot = httpx.post(f"{provider.issuer}/token", data=sent, auth=("robot", "robot-secret")).json()["access_token"]
    assert server.chat("Hello.", robot).status_code == 200
    assert {user["name"]: user["kind"] for user in server.json("user", "list")}["robot"] == "service"


def test_without_the_provider_local_accounts_sign_in(tmp_path: Any) -> None:
    with running("http://127.0.0.1:1") as provider:
        settings = provider.settings()
    server = Server(tmp_path, **settings).init().start()
    try:
        browser = Browser()
        down = browser.go(server.url + "/login/oidc")
        assert down.status_code == 503
        assert "does not answer" in down.text
        form = {"name": "admin", "password": server.admin["password"], "next": "/policies"}
        landed = browser.go(server.url + "/login", form)
        assert urlsplit(str(landed.url)).path == "/policies"
        assert server.chat("Hello.").status_code == 200
        token = "eyJhbGciOiJSUzI1NiJ9.e30.AAAA"
        assert server.chat("Hello.", token).status_code == 503
    finally:
        server.stop()
