"""`guard init` and `guard serve`."""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import typer

from guard.cli import context
from guard.cli.output import JsonOption, print_json
from guard.errors import ConfigurationError, GuardError

if TYPE_CHECKING:
    import uvicorn

    from guard.config import Settings

ADMIN = "admin"
FIRST_ROLES = ("admin", "auditor", "privacy_officer")
"""The first admin may do everything until there are others."""


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(name="init")(init)
    app.command(name="serve")(serve)


def init(as_json: JsonOption = False) -> None:
    """Make the data directory, the keys, the policy and the first admin, whose password and key are shown once."""
    made = asyncio.run(initialize(context.settings()))
    if as_json:
        print_json(made)
        return
    admin = made["admin"]
    print(
        f"Data directory  {made['data_dir']}\nKeys            {made['keys_dir']}  (back them up, apart from the data)"
    )
    print(f"First admin     {admin['name']}\nPassword        {admin['password']}\nAPI key         {admin['api_key']}")
    print("They are shown this once. The first admin is admin, auditor and privacy officer until you add others.")


async def initialize(settings: Settings) -> dict[str, Any]:
    """Set up a new installation. Raises ConfigurationError when there is one already."""
    import secrets

    from guard.database import Database
    from guard.engines.sqlite import make_private_folder
    from guard.keys.local_file import LocalKeys, exists
    from guard.policy import shipped
    from guard.wiring import connected

    make_private_folder(settings.data_dir)
    if await Database(settings.database_url).is_made():
        if not exists(settings.key_dir):
            raise ConfigurationError(
                "There is data here, but not its key file: restore that from a backup. New keys could not open the data."
            )
        raise ConfigurationError("There is an installation here already. `guard serve` starts it.")
    keys = LocalKeys.load(settings.key_dir) if exists(settings.key_dir) else LocalKeys.create(settings.key_dir)
    password = secrets.token_urlsafe(15)
    async with connected(settings, keys) as parts:
        bundle = shipped.load()
        user, add_user = await parts.users.new(ADMIN, FIRST_ROLES, password=password)
        new, add_key = parts.api_keys.new(user)
        actor = context.local()
        await parts.database.write(
            parts.revisions.activated(bundle, actor.id),
            parts.audit.record("policy.activated", actor, {"policy": bundle.hash, "revision": 1}),
            add_user,
            parts.audit.record("user.added", actor, {"user_id": user.id, "user_roles": list(user.roles)}),
            add_key,
            parts.audit.record("apikey.created", actor, {"user_id": user.id, "api_key_id": new.key.id}),
        )
    return {
        "data_dir": str(settings.data_dir),
        "keys_dir": str(settings.key_dir),
        "admin": {"name": ADMIN, "password": password, "api_key": new.api_key},
    }


def serve() -> None:
    """Serve the gateway and its pages until stopped."""
    import uvicorn

    from guard.app import create_app
    from guard.telemetry.logging import configure
    from guard.wiring import built, make_generators, opened

    settings = context.settings()
    asyncio.run(_check(settings, opened, make_generators))
    bound = socket.socket(socket.AF_INET6 if ":" in settings.server.host else socket.AF_INET)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((settings.server.host, settings.server.port))
    except OSError:
        raise ConfigurationError(
            f"Port {settings.server.port} on {settings.server.host} is taken. Set `server.port` to another one."
        ) from None
    port = bound.getsockname()[1]
    app = create_app(lambda: built(settings), max_body_bytes=settings.server.max_body_bytes)
    # Only our own log format: uvicorn's would write request paths.
    server = _announcing(
        uvicorn.Config(
            app, log_config=None, access_log=False, server_header=False, lifespan="on", timeout_graceful_shutdown=10
        ),
        f"Guard is ready on http://{settings.server.host}:{port}",
    )
    configure()
    with suppress(SystemExit):  # uvicorn's way to say that the application did not start; ours has a reason.
        server.run(sockets=[bound])
    if isinstance(failure := getattr(app.state, "failure", None), GuardError):
        raise failure
    if failure is not None:
        raise GuardError(f"The server could not start ({type(failure).__name__}).")


async def _check(settings: Settings, opened: Any, make_generators: Any) -> None:
    """Open everything that is quick to open, so that what is wrong is one line and not a traceback of the server."""
    async with opened(settings) as parts:
        authorize = await parts.authorizer()
        make_generators(settings, authorize.snapshot.bundle.scenarios)


def _announcing(config: uvicorn.Config, ready: str) -> uvicorn.Server:
    """uvicorn's server, which says on standard output when it is ready."""
    import uvicorn

    class Announcing(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started:
                print(ready, flush=True)

    return Announcing(config)
