"""`guard scan`: what is personal in a data set, and a copy without it."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from guard.cli import context
from guard.cli.output import JsonOption, fail, print_json, print_table, printable
from guard.errors import InvalidRequestError, StorageError

if TYPE_CHECKING:
    from guard.cleaning.cleaner import Cleaning
    from guard.cleaning.model import Result, Skipped
    from guard.cleaning.state import State
    from guard.wiring import Opened

MOST_PROCESSES = 4
"""Processes that are started unless more are asked for: each holds the detectors, some hundred megabytes."""

_SHOWN = 20
"""Skipped files that are told one by one."""

Patterns = list[str] | None


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="scan")(scan)


def scan(
    paths: Annotated[list[Path], typer.Argument(help="Files and folders: txt, md, csv, tsv, json, jsonl.")],
    out: Annotated[Path | None, typer.Option("--out", help="Write a copy without personal data here.")] = None,
    profile: Annotated[str, typer.Option("--profile", help="A redaction profile of the policy.")] = "all",
    report: Annotated[Path | None, typer.Option("--report", help="Write the report as an HTML page.")] = None,
    processes: Annotated[
        int | None, typer.Option("--processes", min=1, help=f"Processors, {MOST_PROCESSES} at most, if not given.")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the copy in --out.")] = False,
    keep_key: Annotated[bool, typer.Option("--keep-key", help="Keep the key, to add files to the copy later.")] = False,
    include: Annotated[Patterns, typer.Option("--include", help="Only files like this (`*.csv`); repeatable.")] = None,
    exclude: Annotated[Patterns, typer.Option("--exclude", help="No files like this; repeatable.")] = None,
    skip_columns: Annotated[
        Patterns, typer.Option("--skip-columns", help="Columns that stay as they are (`id,*.role`); repeatable.")
    ] = None,
    fail_on_findings: Annotated[
        bool, typer.Option("--fail-on-findings", help="Exit code 1 if there is personal data.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Report the personal data in files, or write a copy without it."""
    from guard.cleaning.finding import find
    from guard.cleaning.state import State

    if out is None and (resume or keep_key):
        raise InvalidRequestError("--resume and --keep-key are about a copy: give its folder with --out.")
    if report is not None and not report.absolute().parent.is_dir():
        raise InvalidRequestError(f"There is no folder {report.absolute().parent} for the report.")
    cleaning = _cleaning(profile, skip_columns or [])
    sources, skipped = find(paths, out, include or (), exclude or ())
    number = processes or min(os.cpu_count() or 1, MOST_PROCESSES)
    with _writing("The copy"):
        state = State.open(out, resume=resume) if out else None
    is_done = False
    try:
        with _progress(sum(each.size for each in sources), is_quiet=as_json) as told:
            result = _run(cleaning, sources, skipped, number, state, told)
        is_done = True
    finally:
        if state:
            state.close(forget_key=is_done and not keep_key)
    _told(result, report, profile, as_json=as_json)
    _record(result, cleaning, is_copy=out is not None)
    if fail_on_findings and result.counts.found:
        raise fail(f"there is personal data in {result.counts.found_records:,} records.")


def _cleaning(profile: str, skip_columns: list[str]) -> Cleaning:
    from guard.cleaning.cleaner import Cleaning
    from guard.policy import local, shipped

    skip = tuple(name.strip() for each in skip_columns for name in each.split(",") if name.strip())
    return Cleaning.of(local.grant(shipped.load(), redaction=profile), skip)


def _run(
    cleaning: Cleaning,
    sources: list[Any],
    skipped: list[Skipped],
    number: int,
    state: State | None,
    told: Callable[[int], None],
) -> Result:
    import dataclasses

    from guard.cleaning.run import Run, settings_hash
    from guard.cleaning.worker import workers
    from guard.wiring.cleaning import scanning

    if state:
        # Without a key a run that is done can still be looked at again: nothing is written then.
        cleaning = dataclasses.replace(cleaning, key=state.key)
    begun = time.monotonic()
    with workers(number, scanning, cleaning) as started:
        if state:
            state.settings = settings_hash(cleaning, started.model_ids())
        result = Run(started, state, told)(sources, skipped)
    result.seconds = time.monotonic() - begun
    return result


@contextmanager
def _writing(what: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StorageError(f"{what} cannot be written: {error.strerror}.") from None


@contextmanager
def _progress(size: int, *, is_quiet: bool) -> Iterator[Callable[[int], None]]:
    """A bar on a terminal, on standard error; nothing elsewhere."""
    if is_quiet or not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

    columns = (TextColumn("Scanning"), BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task("", total=size)
        yield lambda done: progress.update(bar, advance=done)


def _told(result: Result, report: Path | None, profile: str, *, as_json: bool) -> None:
    if report is not None:
        from guard.cleaning.report import html

        with _writing("The report"):
            report.write_text(html(result, profile=profile, made=_today()), encoding="utf-8", errors="replace")
    shown = result.as_json()
    if as_json:
        print_json(shown)
        return
    kept = f" ({result.kept:,} of them done before)" if result.kept else ""
    print(
        f"{result.files:,} files{kept}, {result.bytes:,} bytes, {result.counts.records:,} records,"
        f" {result.counts.found_records:,} of them with findings, {result.seconds:.1f} s"
    )
    if result.counts.broken:
        print(f"{result.counts.broken:,} records were not of their format and were scanned as plain text.")
    print_table([{"type": name, "findings": f"{n:,}"} for name, n in result.counts.found.items()],
                ["type", "findings"], "findings")  # fmt: skip
    rows = [
        {
            "column": each["column"],
            "rows": f"{each['rows']:,}",
            "with findings": f"{each['rows_with_findings']:,}",
            "share": f"{each['share']:.1%}",
            "types": "not scanned" if each["skipped"] else ", ".join(each["findings"]),
        }
        for each in shown["columns"]
    ]
    if rows:
        print_table(rows, ["column", "rows", "with findings", "share", "types"], "columns")
    for skipped in result.skipped[:_SHOWN]:
        print(f"Skipped ({skipped.reason}): {printable(skipped.path)}")
    if len(result.skipped) > _SHOWN:
        print(f"Skipped: {len(result.skipped) - _SHOWN:,} more; --json has them all.")


def _today() -> str:
    from datetime import UTC, datetime

    return datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")


def _record(result: Result, cleaning: Cleaning, *, is_copy: bool) -> None:
    """An audit record where there is an installation: how much, never what or where."""
    fields: dict[str, Any] = {
        "profile": cleaning.grant.redaction,
        "policy": cleaning.grant.policy,
        "files": result.files,
        "records": result.counts.records,
        "findings": {**result.counts.found},
        "is_copy": is_copy,
    }

    async def recorded(parts: Opened) -> None:
        await parts.database.write(parts.audit.record("data.scanned", context.local(), fields))

    context.on_installation(recorded, lambda: None)
