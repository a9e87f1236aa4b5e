"""`guard apikey`: keys for API clients."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from guard.cli import context
from guard.cli.output import JsonOption, print_json, print_table

if TYPE_CHECKING:
    from guard.wiring import Opened

app = typer.Typer(no_args_is_help=True, help="API keys.")
_DATES = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]


@app.command()
def create(
    user: Annotated[str, typer.Option("--user", help="Name of the user.")],
    tenant: Annotated[str, typer.Option("--tenant")] = "default",
    expires: Annotated[
        datetime | None, typer.Option("--expires", formats=_DATES, help="End of validity, in UTC.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Create an API key; it is shown this once."""
    until = int(expires.replace(tzinfo=UTC).timestamp() * 1000) if expires else None

    async def work(parts: Opened) -> dict[str, Any]:
        owner = await parts.users.find(user, tenant)
        new, write = parts.api_keys.new(owner, until)
        fields = {"user_id": owner.id, "api_key_id": new.key.id, "expires": until}
        await parts.database.write(write, parts.audit.record("apikey.created", context.local(), fields))
        return {"id": new.key.id, "api_key": new.api_key, "expires": until}

    made = context.on_installation(work)
    if as_json:
        print_json(made)
    else:
        print(f"{made['api_key']}\nIt is shown this once. Its id is {made['id']}.")


@app.command(name="list")
def list_keys(as_json: JsonOption = False) -> None:
    """List API keys: never the keys themselves."""

    async def work(parts: Opened) -> list[dict[str, Any]]:
        names = {user.id: user.name for user in await parts.users.list()}
        return [
            {
                "id": key.id,
                "prefix": key.prefix,
                "user": names.get(key.user_id),
                "created": key.created,
                "expires": key.expires,
                "revoked": key.revoked,
            }
            for key in await parts.api_keys.list()
        ]

    rows = context.on_installation(work)
    if as_json:
        print_json(rows)
    else:
        print_table(rows, ["prefix", "user", "expires", "revoked", "id"], "API keys")


@app.command()
def revoke(
    key: Annotated[str, typer.Argument(help="Its id, or the eight letters after `gk_`.")], as_json: JsonOption = False
) -> None:
    """Revoke an API key; it stops working at once."""

    async def work(parts: Opened) -> dict[str, Any]:
        found = await parts.api_keys.find(key)
        fields = {"api_key_id": found.id, "user_id": found.user_id}
        await parts.database.write(
            parts.api_keys.revoked(found), parts.audit.record("apikey.revoked", context.local(), fields)
        )
        return {"id": found.id, "revoked": True}

    done = context.on_installation(work)
    print_json(done) if as_json else print(f"{done['id']} is revoked.")
