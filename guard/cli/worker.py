"""A process that serves: what it checks first, its application and its server, and why it could not start."""

from __future__ import annotations

import asyncio
import ipaddress
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from uvicorn import Config, Server

from guard.errors import GuardError

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from guard.config import Settings

GRACE_S = 10
"""Seconds that requests under way have to end when the server stops."""


class Application:
    """Makes the application in the process that serves it, and knows why it could not start.

    It travels to a worker, settings and all, so that every worker, a later one too, has those that the first ones had.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._app: Any = None

    def __call__(self) -> Any:
        from guard.app import create_app
        from guard.wiring import built

        self._app = create_app(lambda: built(self.settings), max_body_bytes=self.settings.server.max_body_bytes)
        return self._app

    def check(self) -> None:
        """Open all that is quick to open, so that what is wrong is one line and not a traceback of the server.

        Raises GuardError, which says what to do.
        """
        asyncio.run(self._check())

    def run(self, serving: Callable[[], None]) -> None:
        """Serve until stopped. Raises GuardError when the application did not start."""
        with suppress(SystemExit):  # uvicorn's way to say so; ours has a reason.
            serving()
        failure = getattr(self._app.state, "failure", None) if self._app else None
        if isinstance(failure, GuardError):
            raise failure
        if failure is not None:
            raise GuardError(f"The server could not start ({type(failure).__name__}).")

    async def _check(self) -> None:
        from guard.wiring import make_generators, opened

        async with opened(self.settings) as parts:
            authorize = await parts.authorizer()
            make_generators(self.settings, authorize.snapshot.bundle.scenarios)


class AnnouncingServer(Server):
    """uvicorn's server, which calls `ready` once it answers."""

    def __init__(self, config: Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._ready()


def server_config(application: Application, workers: int = 1) -> Config:
    """How uvicorn serves it."""
    proxies = application.settings.server.trusted_proxies
    return Config(
        application,
        factory=True,
        workers=workers,
        lifespan="on",
        # Only our own log format: uvicorn's would write request paths.
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_S,
        # By default uvicorn believes whoever comes from this host where it came from.
        proxy_headers=bool(proxies),
        forwarded_allow_ips=[form for proxy in proxies for form in _forms(proxy)],
    )


def _forms(proxy: str) -> list[str]:
    """The address or network, and how a server that listens on IPv6 sees one of IPv4."""
    network = ipaddress.ip_network(proxy)
    if network.version == 6:
        return [str(network)]
    return [str(network), f"::ffff:{network.network_address}/{96 + network.prefixlen}"]
