"""`guard policy`: lint, test and explain. `guard.cli.policy_files` adds what is about files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from guard.cli import context, policy_changes, policy_diff, policy_files, policy_lint, policy_replay
from guard.cli.output import JsonOption, fail, print_json, print_table

if TYPE_CHECKING:
    from guard.policy.bundle import Bundle
    from guard.wiring import Opened

app = typer.Typer(no_args_is_help=True, help="The policy.")
policy_changes.register(app)
policy_diff.register(app)
policy_files.register(app)
app.command()(policy_replay.replay)
Dir = Annotated[Path | None, typer.Option("--dir", help="A folder of policy files; else the policy in force.")]
Days = Annotated[int, typer.Option("--days", min=1, max=3650, help="Report rules that decided nothing for so long.")]


@app.command()
def lint(folder: Dir = None, days: Days = 30, as_json: JsonOption = False) -> None:
    """Report what is odd about a policy. Exit code 1 when there are errors."""
    from guard.policy import views

    findings = policy_lint.findings(folder, days)
    rows = [views.finding(each) for each in findings]
    if as_json:
        print_json(rows)
    else:
        print_table(rows, ["severity", "place", "code", "message"], "findings")
    if any(each.severity == "error" for each in findings):
        raise fail("the policy has errors.")


@app.command()
def test(folder: Dir = None, as_json: JsonOption = False) -> None:
    """Run the decision tables beside a policy. Exit code 1 when one does not hold."""
    from guard.policy import views
    from guard.policy.decision_tables import run
    from guard.policy.snapshot import Snapshot

    bundle = _bundle(folder)
    results = list(run(bundle, Snapshot(bundle)))
    failed = [views.result(each) for each in results if not each.passed]
    if as_json:
        print_json({"policy": bundle.hash, "questions": len(results), "failed": failed})
    else:
        print_table(failed, ["place", "question", "expected", "actual", "rule"], "failures")
        print(f"{len(results)} questions asked, {len(failed)} answered differently than expected.")
    if failed:
        raise fail("the policy does not answer as its tables expect.")


@app.command()
def explain(
    obj: Annotated[str, typer.Argument(metavar="OBJECT", help="For example generator/local.")],
    act: Annotated[str, typer.Argument(help="For example use.")],
    roles: Annotated[
        list[str] | None, typer.Option("--role", help="A role of the caller; may be given several times.")
    ] = None,
    user: Annotated[str | None, typer.Option("--user", help="Name of a user, in place of roles.")] = None,
    tenant: Annotated[str, typer.Option("--tenant")] = "default",
    address: Annotated[str | None, typer.Option("--address", help="Of the caller, for rules with a condition.")] = None,
    folder: Dir = None,
    as_json: JsonOption = False,
) -> None:
    """Say whether somebody may do something, and why. Exit code 1 when it may not."""
    from guard.errors import InvalidRequestError
    from guard.policy import views
    from guard.policy.snapshot import Snapshot

    if (user is None) == (not roles):
        raise InvalidRequestError("Name a --user, or one --role or more.")
    held = list(roles or ()) if user is None else _roles_of(user, tenant)
    bundle = _bundle(folder)
    found = Snapshot(bundle).explain(held, tenant, obj, act, address)
    if as_json:
        print_json(views.explanation(found, bundle.hash))
    else:
        path = f", as {' > '.join(found.path)}" if found.path else ""
        place = f" ({found.place}{path})" if found.place else ""
        print(f"{'allowed' if found.rule.allowed else 'denied'} by {found.rule.text}{place}")
        for miss in found.misses:
            print(f"  it would be allowed with the {miss.differs} {miss.needs}: {miss.rule} ({miss.place})")
    if not found.rule.allowed:
        raise typer.Exit(1)


def _roles_of(name: str, tenant: str) -> list[str]:
    """The roles of a user of this installation. Raises NotFoundError."""

    async def work(parts: Opened) -> list[str]:
        return list((await parts.users.find(name, tenant)).roles)

    return context.on_installation(work)


def _bundle(folder: Path | None) -> Bundle:
    """The bundle of a folder, of the installation, or the shipped one where nothing was installed yet."""
    from guard.policy import bundle, shipped

    if folder is not None:
        return bundle.load(folder)

    async def active(parts: Opened) -> Bundle:
        return (await context.revision(parts, None)).bundle()

    return context.on_installation(active, otherwise=shipped.load)
