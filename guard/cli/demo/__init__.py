"""`guard demo`: real conversations through every stage, on a real server, side by side, each claim checked."""

from __future__ import annotations

import typer

from guard.cli.output import JsonOption


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="demo")(demo)


def demo(
    as_json: JsonOption = False,
    svg: str = typer.Option("", "--svg", help="Also write the terminal picture to this file.", metavar="FILE"),
) -> None:
    """Start a server in a temporary folder, send it conversations, show what each stage did, verify the log.

    Exit code 1 if anything that is shown as true did not hold.
    """
    from guard.cli.demo.run import run

    raise typer.Exit(run(as_json=as_json, svg=svg))
