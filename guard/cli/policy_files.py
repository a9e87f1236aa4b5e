"""`guard policy export` and `guard policy schema`: the policy as plain files, and what an editor needs to check them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from guard.cli import context
from guard.cli.output import JsonOption, print_json
from guard.errors import InvalidRequestError

if TYPE_CHECKING:
    from guard.policy.bundle import Bundle
    from guard.wiring import Opened

To = Annotated[Path | None, typer.Option("--to", help="A folder to write to.", file_okay=False)]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(export)
    app.command()(schema)


def export(
    to: To = None,
    revision: Annotated[int | None, typer.Option("--revision", help="Its number; else the policy in force.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Write a policy as a folder of files, new or empty, with their schemas; or print it as JSON."""
    from guard.policy import bundle, schemas

    if to is None and not as_json:
        raise InvalidRequestError("Name a folder with --to, or ask for --json.")
    number, policy = _stored(revision)
    if to is not None:
        bundle.save(policy, to)
        schemas.write(to / "schemas")
    if as_json:
        print_json({"hash": policy.hash, "revision": number, "files": dict(policy.files)})
    else:
        print(f"{len(policy.files)} files of {policy.hash} are in {to}.")


def schema(
    name: Annotated[str | None, typer.Argument(help="Of one file or folder, such as roles; else all of them.")] = None,
    to: To = None,
) -> None:
    """Print the JSON Schemas of the policy files, or write them to a folder."""
    from guard.policy import schemas

    which = schemas.NAMES if name is None else (name,)
    if to is not None:
        for path in schemas.write(to, which):
            print(path)
    elif name is None:
        print_json({each: schemas.of(each) for each in which})
    else:
        print(schemas.text(name), end="")


def _stored(revision: int | None) -> tuple[int | None, Bundle]:
    """A revision and its number; without an installation the shipped policy, which has none."""
    from guard.policy import shipped

    async def stored(parts: Opened) -> tuple[int | None, Bundle]:
        found = await context.revision(parts, revision)
        return found.id, found.bundle()

    return context.on_installation(stored, otherwise=(lambda: (None, shipped.load())) if revision is None else None)
