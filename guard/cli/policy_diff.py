"""`guard policy diff`: who gains and who loses what between two policies."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from guard.cli import context
from guard.cli.output import JsonOption, print_json, print_table
from guard.errors import InvalidRequestError

if TYPE_CHECKING:
    from guard.model import Principal
    from guard.policy.bundle import Bundle
    from guard.policy.diff_result import Counts, Diff, Side
    from guard.wiring import Opened

Policy = Annotated[str | None, typer.Argument(help="A folder or the number of a revision; none: see above.")]
Dir = Annotated[Path | None, typer.Option("--dir", help="The folder to compare with, in place of AFTER.")]
Most = Annotated[int, typer.Option("--people", min=0, help="How many people, and roles, each row names.")]

OBJECTS = 3
"""Objects that are named in a line of the table."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="diff")(show)


def show(
    before: Policy = None, after: Policy = None, folder: Dir = None, most: Most = 20, as_json: JsonOption = False
) -> None:
    """Say who gains and who loses what, by which rule.

    Without BEFORE it is the policy in force. A single policy without --dir is what that is compared with.
    """
    from guard.policy.diff import diff
    from guard.policy.snapshot import Snapshot

    if after is None and folder is None:
        before, after = None, before
    if (after is None) == (folder is None):
        raise InvalidRequestError("Name what to compare with: a folder or the number of a revision, once.")
    bundles, people = _read(before, str(folder) if after is None else after, is_folder=after is None)
    found = diff(
        Snapshot(bundles[0]), Snapshot(bundles[1]), people, [each.name for each in context.settings().generators]
    )
    if as_json:
        print_json(found.as_json(most))
    else:
        _print(found, most)


def _read(before: str | None, after: str, *, is_folder: bool) -> tuple[tuple[Bundle, Bundle], list[Principal]]:
    """Both policies, and the users who are not disabled; none where nothing was installed yet."""

    async def work(parts: Opened) -> tuple[tuple[Bundle, Bundle], list[Principal]]:
        async def bundle(name: str | None, *, is_folder: bool) -> Bundle:
            if name is None or (name.isdecimal() and not is_folder):
                return (await context.revision(parts, None if name is None else int(name))).bundle()
            return _folder(name)

        pair = (await bundle(before, is_folder=False), await bundle(after, is_folder=is_folder))
        return pair, await parts.people()

    def shipped_one() -> tuple[tuple[Bundle, Bundle], list[Principal]]:
        from guard.policy import shipped

        return (shipped.load() if before is None else _folder(before), _folder(after)), []

    numbered = any(name is not None and name.isdecimal() for name in (before, None if is_folder else after))
    return context.on_installation(work, otherwise=None if numbered else shipped_one)


def _folder(name: str) -> Bundle:
    from guard.policy import bundle

    return bundle.load(Path(name))


def _print(found: Diff, most: int) -> None:
    """Numbers, then rows: people first, then roles."""
    print(f"{_short(found.before)} -> {_short(found.after)}, diff {_short(found.hash)}")
    print(f"People ({len(found.subjects.people)} asked): {_numbers(found.people)}")
    print(f"Single roles ({len(found.subjects.roles)} asked): {_numbers(found.roles)}")
    for kind in ("people", "roles"):
        if rows := list(_rights(found, kind, most)):
            print_table(rows, ["change", "objects", "act", "before", "after", kind], f"rights of {kind}")
        if rows := list(_chats(found, kind, most)):
            print_table(rows, ["scenarios", "what", "before", "after", kind], f"chats of {kind}")
    for change in found.files:
        print(f"{change.change}: {change.path}")
    conditional = found.as_json(0, 0)["conditional"]
    if conditional["rules"]:
        print(conditional["note"])
        print_table(conditional["rules"], ["policy", "rule", "place"], "rules with conditions")


def _numbers(counts: Counts) -> str:
    return f"{counts.touched} touched, {counts.gains} rights gained, {counts.losses} lost, {counts.depends} by address"


def _rights(found: Diff, kind: str, most: int) -> Iterator[dict[str, Any]]:
    """A line for what changes in the same way, by the same rules, for the same people."""
    together: dict[tuple[str, str, Side, Side, tuple[str, ...]], list[str]] = {}
    for row in found.rows:
        if who := _who(found, kind, row.subjects, most):
            obj = f"{row.question.stands_for} (any other)" if row.question.stands_for else row.question.obj
            together.setdefault((row.change, row.question.act, row.before, row.after, who), []).append(obj)
    for (change, act, before, after, who), objects in together.items():
        hidden = [f"and {len(objects) - OBJECTS} more"] if len(objects) > OBJECTS else []
        yield {
            "change": change,
            "objects": objects[:OBJECTS] + hidden,
            "act": act,
            "before": _side(before),
            "after": _side(after),
            kind: who,
        }


def _chats(found: Diff, kind: str, most: int) -> Iterator[dict[str, Any]]:
    """A line for each part of a grant that changes; the chat alone where it is new or gone with all its parts."""
    for profile in found.profiles:
        who = _who(found, kind, profile.subjects, most)
        scenarios = ["the default one" if name is None else name for name in profile.scenarios]
        changes = profile.changes[:1] if profile.changes[0].what == "chat" else profile.changes
        for change in changes if who else ():
            yield {
                "scenarios": scenarios,
                "what": change.what,
                "before": change.before,
                "after": change.after,
                kind: who,
            }


def _who(found: Diff, kind: str, mask: int, most: int) -> tuple[str, ...]:
    """Names, at most so many, and how many there are besides."""
    among = mask & found.subjects.are_people if kind == "people" else mask & ~found.subjects.are_people
    names = [who.name or who.id.removeprefix("role:") for who in found.subjects.members(among, most)]
    hidden = among.bit_count() - len(names)
    return (*names, *([f"and {hidden} more" if names else f"{hidden}"] if hidden else []))


def _side(side: Side) -> str:
    return f"{side.answer}: " + "; ".join(each.text for each in side.rules)


def _short(digest: str) -> str:
    return digest.removeprefix("sha256:")[:12]
