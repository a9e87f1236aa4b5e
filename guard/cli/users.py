"""`guard user`: people and services."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from guard.cli import context
from guard.cli.output import JsonOption, print_json, print_table

if TYPE_CHECKING:
    from guard.wiring import Opened

app = typer.Typer(no_args_is_help=True, help="People and services that may use the gateway.")


@app.command()
def add(
    name: str,
    role: Annotated[list[str], typer.Option("--role", help="A role of the policy; may be given several times.")],
    tenant: Annotated[str, typer.Option("--tenant")] = "default",
    service: Annotated[bool, typer.Option("--service", help="An application: API keys only.")] = False,
    password: Annotated[bool, typer.Option("--password", help="Make a password for the pages; shown once.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Add a user."""
    import secrets

    secret = secrets.token_urlsafe(15) if password else None

    async def work(parts: Opened) -> dict[str, Any]:
        await _check_roles(parts, role)
        user, write = await parts.users.new(
            name, tuple(role), tenant=tenant, kind="service" if service else "user", password=secret
        )
        fields = {"user_id": user.id, "user_tenant": user.tenant, "user_roles": list(user.roles)}
        await parts.database.write(write, parts.audit.record("user.added", context.local(), fields))
        return {"id": user.id, "name": user.name, "tenant": user.tenant, "roles": list(user.roles), "kind": user.kind}

    made = context.on_installation(work) | ({"password": secret} if secret else {})
    if as_json:
        print_json(made)
    else:
        print_table([made], list(made))


@app.command(name="list")
def list_users(as_json: JsonOption = False) -> None:
    """List users."""

    async def work(parts: Opened) -> list[dict[str, Any]]:
        return [
            {
                "id": user.id,
                "name": user.name,
                "tenant": user.tenant,
                "roles": list(user.roles),
                "kind": user.kind,
                "disabled": user.disabled,
            }
            for user in await parts.users.list()
        ]

    rows = context.on_installation(work)
    if as_json:
        print_json(rows)
    else:
        print_table(rows, ["name", "tenant", "roles", "kind", "disabled", "id"], "users")


@app.command()
def disable(
    name: str, tenant: Annotated[str, typer.Option("--tenant")] = "default", as_json: JsonOption = False
) -> None:
    """Disable a user: keys and sessions stop working at once."""

    async def work(parts: Opened) -> dict[str, Any]:
        user = await parts.users.find(name, tenant)
        await parts.database.write(
            parts.users.disabled(user), parts.audit.record("user.disabled", context.local(), {"user_id": user.id})
        )
        return {"id": user.id, "disabled": True}

    done = context.on_installation(work)
    print_json(done) if as_json else print(f"{done['id']} is disabled.")


@app.command()
def unlock(
    name: str, tenant: Annotated[str, typer.Option("--tenant")] = "default", as_json: JsonOption = False
) -> None:
    """Let a user sign in again who was locked out by wrong passwords or codes."""

    async def work(parts: Opened) -> dict[str, Any]:
        user = await parts.users.find(name, tenant)
        await parts.database.write(
            parts.users.unlocked(user), parts.audit.record("user.unlocked", context.local(), {"user_id": user.id})
        )
        return {"id": user.id, "locked": False}

    done = context.on_installation(work)
    print_json(done) if as_json else print(f"{done['id']} can sign in.")


@app.command(name="reset-totp")
def reset_totp(
    name: str, tenant: Annotated[str, typer.Option("--tenant")] = "default", as_json: JsonOption = False
) -> None:
    """Take the second factor of a user away, for who has lost phone and recovery codes; sessions end."""

    async def work(parts: Opened) -> dict[str, Any]:
        user = await parts.users.find(name, tenant)
        await parts.database.write(
            parts.second_factors.removed(user),
            parts.sessions.ended_others(user, None),
            parts.audit.record("second_factor.reset", context.local(), {"user_id": user.id}),
        )
        return {"id": user.id, "second_factor": False}

    done = context.on_installation(work)
    print_json(done) if as_json else print(f"{done['id']} has no second factor.")


async def _check_roles(parts: Opened, roles: list[str]) -> None:
    """Raises NotFoundError for a role that the policy in force does not have."""
    from guard.errors import NotFoundError

    known = (await parts.revisions.active()).bundle().roles
    if any(role not in known for role in roles):
        raise NotFoundError(f"There is no such role. The policy has: {', '.join(sorted(known))}.")
