"""The `guard` command, one file a command group. Start-up imports no model and no framework: `--help` is instant.

Exit codes: 0 done; 1 the check said no; 2 wrong use or broken set-up, with one line on stderr that says what to do.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from guard import __version__
from guard.cli import audit, bench, chat, checks, demo, doctor, eval, keys, policy, scan, server, transcripts, users  # noqa: A004
from guard.errors import GuardError

app = typer.Typer(
    name="guard",
    help="Privacy and safety gateway for chat with language models.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
server.register(app)
demo.register(app)
doctor.register(app)
chat.register(app)
checks.register(app)
scan.register(app)
app.add_typer(users.app, name="user")
app.add_typer(keys.app, name="apikey")
app.add_typer(policy.app, name="policy")
app.add_typer(transcripts.app, name="transcript")
app.add_typer(audit.app, name="audit")
app.add_typer(bench.app, name="bench")
app.add_typer(eval.app, name="eval")


def _show_version(value: bool) -> None:
    if value:
        print(f"guard {__version__}")
        raise typer.Exit


@app.callback()
def options(
    config: Annotated[
        Path | None, typer.Option("--config", envvar="GUARD_CONFIG", help="Settings file (TOML).", dir_okay=False)
    ] = None,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_show_version, is_eager=True)
    ] = False,
) -> None:
    """Remember the options that every command takes."""
    from guard.cli import context

    context.config_file = config


def main() -> None:
    """Run the command; errors become one line on stderr and an exit code."""
    try:
        app()
    except GuardError as error:
        print(f"guard: {error} ({error.reason_id})", file=sys.stderr)
        raise SystemExit(2) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    except BrokenPipeError:
        # The reader of our output has what it wanted (`guard audit tail | head`).
        sys.stderr.close()
        raise SystemExit(0) from None
