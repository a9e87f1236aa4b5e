"""`guard audit`: search, show and verify the log."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from guard.cli import context
from guard.cli.output import JsonOption, fail, print_json, print_table

if TYPE_CHECKING:
    from guard.audit.verify import Report
    from guard.wiring import Opened

app = typer.Typer(no_args_is_help=True, help="The audit log.")
Limit = Annotated[int, typer.Option("--limit", min=1, max=100_000)]
COLUMNS = ["index", "time", "event", "actor", "decision", "reason_id", "request_id"]


@app.command()
def tail(
    limit: Limit = 20,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on until stopped.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Show the newest records."""
    rows = _search(limit)[::-1]
    _print(rows, as_json=as_json)
    while follow:
        time.sleep(1)
        last = rows[-1]["index"] if rows else -1
        if new := [row for row in _search(1000)[::-1] if row["index"] > last]:
            rows = new
            _print(rows, as_json=as_json)


@app.command()
def search(
    event: Annotated[str | None, typer.Option("--event")] = None,
    actor: Annotated[str | None, typer.Option("--actor", help="An id, or the name of a user.")] = None,
    decision: Annotated[str | None, typer.Option("--decision")] = None,
    reason: Annotated[str | None, typer.Option("--reason")] = None,
    request: Annotated[str | None, typer.Option("--request")] = None,
    conversation: Annotated[str | None, typer.Option("--conversation")] = None,
    since: Annotated[datetime | None, typer.Option("--since", help="In UTC.")] = None,
    until: Annotated[datetime | None, typer.Option("--until", help="In UTC; not included.")] = None,
    rule: Annotated[str | None, typer.Option("--rule", help="A part of the text of a rule that decided.")] = None,
    model: Annotated[str | None, typer.Option("--model", help="The name of a generator.")] = None,
    category: Annotated[str | None, typer.Option("--category", help="Was flagged, or has the --score.")] = None,
    score: Annotated[int | None, typer.Option("--score", min=0, max=1000, help="The lowest, per mille.")] = None,
    entity: Annotated[str | None, typer.Option("--entity", help="A type of personal data that was found.")] = None,
    tenant: Annotated[str | None, typer.Option("--tenant")] = None,
    scenario: Annotated[str | None, typer.Option("--scenario")] = None,
    policy: Annotated[str | None, typer.Option("--policy", help="The hash of a policy, or its beginning.")] = None,
    limit: Limit = 100,
    as_json: JsonOption = False,
) -> None:
    """Search the records, the newest first."""
    filters = {
        "event": event,
        "actor": actor,
        "decision": decision,
        "reason_id": reason,
        "request_id": request,
        "conversation_id": conversation,
        "since": _ms(since),
        "until": _ms(until),
        "rule": rule,
        "model": model,
        "category": category,
        "score": score,
        "entity": entity,
        "tenant": tenant,
        "scenario": scenario,
        "policy": policy,
    }
    _print(_filtered(limit, filters), as_json=as_json)


@app.command()
def show(
    which: Annotated[str, typer.Argument(help="An index, a request id or a conversation id.")],
    as_json: JsonOption = False,
) -> None:
    """Show whole records."""

    async def work(parts: Opened) -> list[dict[str, Any]]:
        return await parts.audit.show(which)

    records = context.on_installation(work)
    if as_json:
        print_json(records)
        return
    for record in records:
        print_table([{"field": name, "value": value} for name, value in record.items()], ["field", "value"])


@app.command()
def verify(as_json: JsonOption = False) -> None:
    """Verify every record, the chain and its signed head. Exit code 1 when something does not hold."""
    report = _verified()
    if as_json:
        print_json(report.as_json())
    else:
        print(f"{report.records} records, {report.open_requests} requests without an end.")
        for problem in report.problems:
            print(f"- {problem}")
    if not report.ok:
        raise fail("the audit log does not verify.")
    if not as_json:
        print("The log is whole: every record is there, in its place and unchanged.")


def _verified() -> Report:
    from guard.audit.heads import head_path
    from guard.audit.verify import load_public_key
    from guard.audit.verify import verify as verify_file
    from guard.audit.verify_server import verify_server
    from guard.database import Database
    from guard.keys.local_file import PUBLIC_FILE

    settings = context.settings()
    key, database = load_public_key(settings.key_dir / PUBLIC_FILE), Database(settings.database_url)
    if database.path is None:
        return asyncio.run(verify_server(database, key))
    return verify_file(database.path, head_path(database.path), key)


def _search(limit: int) -> list[dict[str, Any]]:
    async def work(parts: Opened) -> list[dict[str, Any]]:
        return await parts.audit.search(limit=limit)

    return context.on_installation(work)


def _filtered(limit: int, given: dict[str, Any]) -> list[dict[str, Any]]:
    """The newest records that match, however far back: who works on the machine may wait for them."""

    async def work(parts: Opened) -> list[dict[str, Any]]:
        from guard.audit.facts import Filters
        from guard.audit.search import Search
        from guard.policy.names import DEFAULT_TENANT
        from guard.review.names import Names

        if given["actor"] is not None:
            tenant = given["tenant"] or DEFAULT_TENANT
            given["actor"] = await Names(parts.database).id_of(tenant, given["actor"])
        rows: list[dict[str, Any]] = []
        before: int | None = None
        while len(rows) < limit:
            step = min(1000, limit - len(rows))
            page = await Search(parts.database).page(Filters(**given), before=before, limit=step)
            rows += [row.facts.as_json() for row in page.rows]
            if (before := page.older) is None:
                break
        return rows

    return context.on_installation(work)


def _print(rows: list[dict[str, Any]], *, as_json: bool) -> None:
    if as_json:
        print_json(rows)
        return
    readable = [
        row | {"time": datetime.fromtimestamp(row["time"] / 1000, UTC).isoformat(" ", "seconds")} for row in rows
    ]
    print_table(readable, COLUMNS, "records")


def _ms(moment: datetime | None) -> int | None:
    return int(moment.replace(tzinfo=UTC).timestamp() * 1000) if moment else None
