"""Printing: tables for people, JSON for scripts. Values are escaped: nothing stored can drive a terminal."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

_WIDE = 160
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def print_json(value: Any) -> None:
    """One JSON document, ASCII-escaped, on standard output."""
    json.dump(value, sys.stdout, indent=2, default=str)
    sys.stdout.write("\n")


def print_table(
    rows: Sequence[Mapping[str, Any]], columns: Sequence[str], title: str = "", *, stderr: bool = False
) -> None:
    """A table of the given columns; without rows it says so."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    # Beside a text in a pipe nobody knows how wide the reader's terminal is.
    console = Console(stderr=stderr, width=_WIDE if stderr and not sys.stderr.isatty() else None)
    if not rows:
        console.print(f"No {title or 'rows'}.")
        return
    table = Table(title=title or None, show_edge=False, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text(printable(row.get(column))) for column in columns))
    console.print(table)


def printable(value: Any) -> str:
    """The value as text, control characters escaped."""
    if value is None:
        return ""
    text = ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def fail(message: str) -> typer.Exit:
    """Say on stderr why the check said no; raise what it returns (exit code 1)."""
    print(f"guard: {message}", file=sys.stderr)
    return typer.Exit(1)
