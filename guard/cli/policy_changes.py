"""`guard policy`: propose, review, activate and roll back.

Acts as the person of `GUARD_API_KEY` if it is set, else as the operating system's user; approving, rejecting and rolling
back take a person.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from guard.cli import context
from guard.cli.output import JsonOption, fail, print_json, print_table

if TYPE_CHECKING:
    from guard.model import Principal
    from guard.policy.administration import Administration
    from guard.policy.bundle import Problem
    from guard.policy.changes import Change
    from guard.policy.reports import Report
    from guard.wiring import Opened

ChangeId = Annotated[str, typer.Argument(metavar="CHANGE", help="Its id, as `guard policy history` shows it.")]
Text = Annotated[str, typer.Option("--text", help="What to say about it; sealed in the database.")]
_TIMES = ["%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d"]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (propose, show, approve, reject, withdraw, activate, rollback, history):
        app.command()(command)


def propose(
    folder: Annotated[Path, typer.Option("--from", help="A folder of policy files.", exists=True, file_okay=False)],
    title: Annotated[str, typer.Option("--title", help="What it is for.")] = "",
    change: Annotated[
        str | None, typer.Option("--change", help="Revise this change set in place of a new one.")
    ] = None,
    draft: Annotated[bool, typer.Option("--draft", help="Keep it as a draft, whatever its checks say.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Propose a policy: check it and hand it in for review. Exit code 1 when a check says no; then nothing is kept."""
    from guard.policy import bundle

    files: dict[str, str | None] = dict(bundle.read_files(folder))
    problems = bundle.problems({name: text for name, text in files.items() if text is not None})
    if problems:
        _print_problems(problems, as_json=as_json)
        raise fail("the files are no policy.")

    async def work(parts: Opened) -> tuple[Change | None, Report | None]:
        actor, admin = await _actor(parts), parts.administration()
        edits = await _replacing(admin, files, change)
        if not draft:
            report = await admin.preview(actor, edits)
            if not report.passed:
                return None, report
        if change is None:
            made = await admin.draft(actor, edits, title or f"From {folder.name}")
        else:
            made = await admin.revise(actor, change, edits, title or None)
        return (made if draft else await admin.submit(actor, made.id)), None

    made, report = context.on_installation(work)
    if made is None:
        assert report is not None
        _print_report(report, as_json=as_json)
        raise fail("the policy does not pass its checks. With --draft it is kept all the same.")
    _print_change(made, as_json=as_json)


def show(
    change: ChangeId,
    replay: Annotated[bool, typer.Option("--replay", help="Decide the last 30 days anew, too.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Show a change set: what was said of it, what its checks say, who gains and who loses."""
    from guard.policy import views

    async def work(parts: Opened) -> tuple[dict[str, Any], Report]:
        admin = parts.administration()
        actor = await _actor(parts)
        report = await admin.report(actor, change, replay=replay)
        found = await admin.changes.get(change)
        reviews = await admin.changes.reviews(change)
        return views.change(found, await admin.revisions.head(), reviews), report

    shown, report = context.on_installation(work)
    if as_json:
        print_json(shown | {"report": report.as_json()})
        return
    for name in ("change", "status", "title", "policy", "up_to_date", "authors", "revision"):
        print(f"{name:<12}{shown[name]}")
    print_table(shown["reviews"], ["step", "actor", "policy", "single_admin", "text"], "steps")
    _print_report(report, as_json=False)


def approve(
    change: ChangeId,
    policy: Annotated[
        str | None,
        typer.Option("--policy", metavar="HASH", help="Of the text that you looked at; refused if another is there."),
    ] = None,
    text: Text = "",
    as_json: JsonOption = False,
) -> None:
    """Approve a change set. Its authors cannot, unless nobody else could."""
    _step(lambda admin, actor: admin.approve(actor, change, policy, text), as_json=as_json)


def reject(change: ChangeId, text: Text = "", as_json: JsonOption = False) -> None:
    """Send a change set back to its authors."""
    _step(lambda admin, actor: admin.reject(actor, change, text), as_json=as_json)


def withdraw(change: ChangeId, as_json: JsonOption = False) -> None:
    """Give a change set up."""
    _step(lambda admin, actor: admin.withdraw(actor, change), as_json=as_json)


def activate(
    change: ChangeId,
    at: Annotated[datetime | None, typer.Option("--at", formats=_TIMES, help="Later, at this time in UTC.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Put an approved change set in force. Running servers take it up within a second."""
    if at is None:
        _step(lambda admin, actor: admin.activate(actor, change), as_json=as_json)
        return
    due = int(at.replace(tzinfo=UTC).timestamp() * 1000)
    _step(lambda admin, actor: admin.schedule(actor, change, due), as_json=as_json)


def rollback(
    revision: Annotated[int | None, typer.Argument(help="Its number; else the one before.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Bring an earlier policy back, as a new revision, after the same checks."""
    from guard.policy import views

    async def work(parts: Opened) -> dict[str, Any]:
        return views.revision(await parts.administration().rollback(await _actor(parts), revision))

    made = context.on_installation(work)
    if as_json:
        print_json(made)
    else:
        print(f"Revision {made['revision']} is in force. It is the policy of revision {made['restores']}.")


def history(
    limit: Annotated[int, typer.Option("--limit", min=1, max=100_000)] = 100, as_json: JsonOption = False
) -> None:
    """List revisions, change sets, and what each running process enforces."""
    from guard.policy import views
    from guard.policy.distribution import Workers

    async def work(parts: Opened) -> dict[str, list[dict[str, Any]]]:
        admin, head = parts.administration(), await parts.revisions.head()
        return {
            "revisions": [views.revision(each) for each in await parts.revisions.history(limit)],
            "changes": [views.change(each, head) for each in await admin.changes.list(limit)],
            "workers": [views.worker(each, head) for each in await Workers(parts.database).list()],
        }

    found = context.on_installation(work)
    if as_json:
        print_json(found)
        return
    print_table(found["revisions"], ["revision", "policy", "active", "author", "change", "restores"], "revisions")
    print_table(found["changes"], ["change", "status", "title", "up_to_date", "policy"], "change sets")
    print_table(found["workers"], ["worker", "pid", "revision", "current"], "running processes")


def _step(take: Callable[[Administration, Principal], Awaitable[Change]], *, as_json: bool) -> None:
    async def work(parts: Opened) -> Change:
        return await take(parts.administration(), await _actor(parts))

    _print_change(context.on_installation(work), as_json=as_json)


async def _actor(parts: Opened) -> Principal:
    """The person of `GUARD_API_KEY`, else the operating system's user. Raises AuthenticationError."""
    from guard.model import Credential

    if key := os.environ.get("GUARD_API_KEY"):
        return await parts.authenticator()(Credential(api_key=key))
    return context.local()


async def _replacing(admin: Administration, files: dict[str, str | None], change: str | None) -> dict[str, str | None]:
    """Edits that leave exactly these files: others of the policy in force, or of the change set, are taken away."""
    stored = {**(await admin.revisions.active()).bundle().files}
    if change is not None:
        stored |= (await admin.changes.get(change)).bundle().files
    return {**dict.fromkeys(stored), **files}


def _print_change(change: Change, *, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "change": change.id,
                "status": change.status,
                "policy": change.hash,
                "base": change.base.id,
                "revision": change.revision,
                "due": change.due,
            }
        )
        return
    following = {
        "draft": "`guard policy propose --change` goes on with it",
        "review": "another person runs `guard policy approve` with it",
        "approved": "`guard policy activate` puts it in force",
    }
    print(
        f"{change.id} is {change.status}: {change.hash}",
        f"({following[change.status]})" if change.status in following else "",
    )


def _print_problems(problems: list[Problem], *, as_json: bool) -> None:
    from guard.policy import views

    rows = [views.problem(each) for each in problems]
    if as_json:
        print_json({"problems": rows})
    else:
        print_table(rows, ["file", "line", "column", "message"], "problems")


def _print_report(report: Report, *, as_json: bool) -> None:
    shown = report.as_json()
    if as_json:
        print_json({"problems": [], "report": shown})
        return
    print_table(shown["lint"], ["severity", "place", "code", "message"], "findings")
    print_table(shown["tests"]["failed"], ["place", "question", "expected", "actual", "rule"], "failed tests")
    print(f"{report.questions} questions asked. Who gains and who loses: {report.diff.counts()}.")
    if report.replay is not None:
        print(f"Of the requests of the last 30 days: {report.replay.counts()}.")
