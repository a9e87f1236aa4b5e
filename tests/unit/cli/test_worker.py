"""How the server is set up: whose word it takes for where a request came from."""

from __future__ import annotations

import json
import pickle
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from guard.cli.worker import AnnouncingServer, Application, server_config
from guard.config import ServerSettings, Settings
from guard.errors import ConfigurationError
from guard.model import Credential, Principal
from tests.unit.serving import KEY, House, Ring, chat

FORWARDED = "203.0.113.77"


class Noting(Ring):
    """Notes the address of each credential."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str | None] = []

    async def __call__(self, credential: Credential) -> Principal:
        self.addresses.append(credential.address)
        return await super().__call__(credential)


class HouseApplication(Application):
    """The house of fakes in the place of the product."""

    def __init__(self, settings: Settings, house: House) -> None:
        super().__init__(settings)
        self._house = house

    def __call__(self) -> Any:
        self._app = self._house.app()
        return self._app


@contextmanager
def serving(house: House, host: str, *proxies: str) -> Iterator[str]:
    application = HouseApplication(Settings(server=ServerSettings(trusted_proxies=proxies)), house)
    ready = threading.Event()
    server = AnnouncingServer(server_config(application), ready.set)
    bound = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    bound.bind((host, 0))
    thread = threading.Thread(target=application.run, args=(lambda: server.run(sockets=[bound]),), daemon=True)
    thread.start()
    assert ready.wait(20)
    try:
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(20)
        bound.close()


def _has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as tried:
            tried.bind(("::1", 0))
    except OSError:
        return False
    return True


@pytest.mark.parametrize(
    ("host", "proxies", "address"),
    [
        ("127.0.0.1", (), "127.0.0.1"),
        ("127.0.0.1", ("10.0.0.0/8", "::1"), "127.0.0.1"),
        ("127.0.0.1", ("127.0.0.1",), FORWARDED),
        ("127.0.0.1", ("127.0.0.0/30",), FORWARDED),
        ("::", ("127.0.0.0/30",), FORWARDED),
        ("::", (), "::ffff:127.0.0.1"),
    ],
)
def test_only_a_trusted_proxy_says_where_a_request_came_from(
    host: str, proxies: tuple[str, ...], address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What uvicorn would otherwise take its trust from.
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "*")
    if ":" in host and not _has_ipv6():
        pytest.skip("this machine has no IPv6")
    ring = Noting()
    house = House(ring=ring, stages={"authenticate": ring})
    with serving(house, host, *proxies) as url:
        headers = KEY | {"x-forwarded-for": f"198.51.100.1, {FORWARDED}", "x-forwarded-proto": "https"}
        answer = httpx.post(f"{url}/v1/chat/completions", json=chat(), headers=headers, trust_env=False)
        assert answer.status_code == 200
        page = httpx.post(f"{url}/login", data={"name": "ada", "password": "right"}, headers=headers, trust_env=False)
        assert ("Secure" in page.headers["set-cookie"]) == (address == FORWARDED)
        cookies = {"guard_session": page.cookies["guard_session"]}
        shown = httpx.get(f"{url}/chat", headers={"x-forwarded-for": FORWARDED}, cookies=cookies, trust_env=False)
        assert shown.status_code == 200
    assert set(ring.addresses) == {address}
    assert address not in json.dumps(house.audit.records, default=str)


@pytest.mark.parametrize("proxy", ["*", "proxy.example", "10.0.0.1/8", "10.0.0.300", "", "10.0.0.1 "])
def test_what_is_no_address_is_no_trusted_proxy(proxy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from guard.config import load

    monkeypatch.setenv("GUARD_SERVER__TRUSTED_PROXIES", json.dumps(["10.0.0.1", proxy]))
    with pytest.raises(ConfigurationError, match=r"server\.trusted_proxies .*entry 2"):
        load()


def test_a_worker_has_the_settings_of_its_parent() -> None:
    settings = Settings(server=ServerSettings(trusted_proxies=("10.0.0.0/24",), max_body_bytes=2048))
    assert pickle.loads(pickle.dumps(Application(settings))).settings == settings


def test_a_server_that_could_not_start_says_why() -> None:
    class Broken(House):
        def app(self) -> Any:
            app = super().app()
            app.state.failure = ConfigurationError("No.")
            return app

    application = HouseApplication(Settings(), Broken())
    with pytest.raises(ConfigurationError, match="No"):
        application.run(application)
