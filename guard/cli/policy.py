"""`guard policy`: lint, test and explain."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from guard.cli import context, policy_diff, policy_lint
from guard.cli.output import JsonOption, fail, print_json, print_table

if TYPE_CHECKING:
    from guard.policy.bundle import Bundle
    from guard.wiring import Opened

app = typer.Typer(no_args_is_help=True, help="The policy.")
policy_diff.register(app)
Dir = Annotated[Path | None, typer.Option("--dir", help="A folder of policy files; else the policy in force.")]


Days = Annotated[int, typer.Option("--days", min=1, max=3650, help="Report rules that decided nothing for so long.")]


@app.command()
def lint(folder: Dir = None, days: Days = 30, as_json: JsonOption = False) -> None:
    """Report what is odd about a policy. Exit code 1 when there are errors."""
    findings = policy_lint.findings(folder, days)
    rows = [
        {"severity": each.severity, "code": each.code, "place": each.place, "message": each.message}
        for each in findings
    ]
    if as_json:
        print_json(rows)
    else:
        print_table(rows, ["severity", "place", "code", "message"], "findings")
    if any(each.severity == "error" for each in findings):
        raise fail("the policy has errors.")


@app.command()
def test(folder: Dir = None, as_json: JsonOption = False) -> None:
    """Run the decision tables beside a policy. Exit code 1 when one does not hold."""
    from guard.policy.decision_tables import run
    from guard.policy.snapshot import Snapshot

    bundle = _bundle(folder)
    results = list(run(bundle, Snapshot(bundle)))
    failed = [
        {"place": r.place, "question": r.question, "expected": r.expected, "actual": r.actual, "rule": r.rule}
        for r in results
        if not r.passed
    ]
    if as_json:
        print_json({"policy": bundle.hash, "questions": len(results), "failed": failed})
    else:
        print_table(failed, ["place", "question", "expected", "actual", "rule"], "failures")
        print(f"{len(results)} questions asked, {len(failed)} answered differently than expected.")
    if failed:
        raise fail("the policy does not answer as its tables expect.")


@app.command()
def explain(
    roles: Annotated[list[str], typer.Option("--role", help="A role of the caller; may be given several times.")],
    obj: Annotated[str, typer.Argument(metavar="OBJECT", help="For example generator/local.")],
    act: Annotated[str, typer.Argument(help="For example use.")],
    tenant: Annotated[str, typer.Option("--tenant")] = "default",
    folder: Dir = None,
    as_json: JsonOption = False,
) -> None:
    """Say whether a role may do something, by which rule. Exit code 1 when it may not."""
    from guard.policy.snapshot import Snapshot

    bundle = _bundle(folder)
    found = Snapshot(bundle).explain(roles, tenant, obj, act)
    answer: dict[str, Any] = {
        "allowed": found.rule.allowed,
        "rule": found.rule.text,
        "place": found.place,
        "path": list(found.path),
        "policy": bundle.hash,
    }
    if as_json:
        print_json(answer)
    else:
        print("allowed" if found.rule.allowed else "denied", "by", found.rule.text, found.place, *found.path)
    if not found.rule.allowed:
        raise typer.Exit(1)


def _bundle(folder: Path | None) -> Bundle:
    """The bundle of a folder, of the installation, or the shipped one where nothing was installed yet."""
    from guard.errors import ConfigurationError
    from guard.policy import bundle, shipped

    if folder is not None:
        return bundle.load(folder)

    async def active(parts: Opened) -> Bundle:
        return (await parts.revisions.active()).bundle()

    try:
        return context.on_installation(active)
    except ConfigurationError:
        return shipped.load()
