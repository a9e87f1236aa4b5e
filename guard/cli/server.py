"""`guard init` and `guard serve`."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING, Annotated, Any

import typer

from guard.cli import context
from guard.cli.output import JsonOption, print_json
from guard.errors import ConfigurationError

if TYPE_CHECKING:
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


def serve(
    workers: Annotated[
        int | None, typer.Option("--workers", min=1, help="Processes that serve; `server.workers` if not given.")
    ] = None,
) -> None:
    """Serve the gateway and its pages until stopped."""
    from guard.cli.worker import AnnouncingServer, Application, server_config
    from guard.telemetry.logging import configure

    settings = context.settings()
    application = Application(settings)
    workers = workers or settings.server.workers
    if workers == 1:
        application.check()
    bound = _bound(settings)
    ready = f"Guard is ready on http://{settings.server.host}:{bound.getsockname()[1]}"
    config = server_config(application, workers)
    configure()
    if workers > 1:
        from guard.cli.workers import Supervisor

        Supervisor(config, application, bound, ready).run()
        return
    server = AnnouncingServer(config, lambda: print(ready, flush=True))
    application.run(lambda: server.run(sockets=[bound]))


def _bound(settings: Settings) -> socket.socket:
    """The socket to listen on. Raises ConfigurationError."""
    bound = socket.socket(socket.AF_INET6 if ":" in settings.server.host else socket.AF_INET)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((settings.server.host, settings.server.port))
    except OSError:
        raise ConfigurationError(
            f"Port {settings.server.port} on {settings.server.host} is taken. Set `server.port` to another one."
        ) from None
    return bound
