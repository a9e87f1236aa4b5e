"""`guard policy replay`: which recorded requests would have gone differently under a draft."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Protocol

import typer

from guard.cli import context
from guard.cli.output import JsonOption, print_json, print_table

if TYPE_CHECKING:
    from guard.policy.bundle import Bundle
    from guard.policy.tally import Replay
    from guard.wiring import Opened

EVENT = "policy.replayed"


class _Advance(Protocol):
    def __call__(self, read: int, records: int) -> None: ...


def replay(
    folder: Annotated[Path | None, typer.Option("--dir", help="A folder of policy files.")] = None,
    revision: Annotated[
        int | None, typer.Option("--revision", help="A stored revision; else the one in force.")
    ] = None,
    since: Annotated[datetime | None, typer.Option("--since", help="In UTC.")] = None,
    until: Annotated[datetime | None, typer.Option("--until", help="In UTC.")] = None,
    rows: Annotated[
        int, typer.Option("--limit-rows", min=1, max=100_000, help="Rows of each table, samples of each change.")
    ] = 20,
    as_json: JsonOption = False,
) -> None:
    """Decide by a policy on the recorded requests and say which would have gone differently."""
    if folder is not None and revision is not None:
        raise typer.BadParameter("Give a folder or a revision, not both.")

    async def work(parts: Opened) -> Replay:
        bundle = await _draft(parts, folder, revision)
        return await _replayed(parts, bundle, _ms(since), _ms(until), rows)

    answer = context.on_installation(work)
    if as_json:
        print_json(answer.as_json(rows))
    else:
        _print(answer)


async def _draft(parts: Opened, folder: Path | None, revision: int | None) -> Bundle:
    from guard.policy import bundle

    if folder is not None:
        return bundle.load(folder)
    return (await context.revision(parts, revision)).bundle()


async def _replayed(parts: Opened, bundle: Bundle, since: int | None, until: int | None, rows: int) -> Replay:
    """Replay a window of the log and record that it was done."""
    from guard.policy.snapshot import Snapshot

    with _progress() as advance:
        answer = await parts.replayed(Snapshot(bundle), since, until, samples=rows, advance=advance)
    await parts.database.write(parts.audit.record(EVENT, context.local(), answer.counts()))
    return answer


@contextmanager
def _progress() -> Iterator[_Advance]:
    """A bar on stderr for people; nothing where a script reads."""
    if not sys.stderr.isatty():
        yield lambda read, records: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("Records", total=None)
        yield lambda read, records: progress.update(task, completed=read, total=records)


def _print(answer: Replay) -> None:
    changes = [
        {"change": name, "requests": tally.count, "people": len(tally.by_actor), "most by": _most(tally.by_rule)}
        for name, tally in answer.changes.items()
        if tally.count
    ]
    print_table(changes, ["change", "requests", "people", "most by"], "changes")
    if samples := [_row(sample.as_json()) for sample in answer.samples]:
        print_table(samples, ["change", "record", "request_id", "actor", "rules"], "samples")
    if unknown := [{"unknown": name, "count": count} for name, count in answer.unknown.items() if count]:
        print_table(unknown, ["unknown", "count"])
    print(f"{answer.requests} requests replayed, {answer.changed} would have gone differently.")
    print(f"Policy {answer.policy}, replay {answer.hash}.")


def _row(sample: dict[str, Any]) -> dict[str, Any]:
    return {name: sample[name] for name in ("change", "record", "request_id", "actor", "rules")}


def _most(counts: dict[str, int]) -> str:
    return max(counts, key=lambda name: counts[name], default="")


def _ms(moment: datetime | None) -> int | None:
    return int(moment.replace(tzinfo=UTC).timestamp() * 1000) if moment else None
