"""Bring a change set up to date: file by file, what its author changed onto the policy now in force."""

from __future__ import annotations

from collections.abc import Mapping

from guard.errors import ConflictError


def edited(files: Mapping[str, str], edits: Mapping[str, str | None]) -> dict[str, str]:
    """Files with some replaced, added or (`None`) taken away."""
    result = {**files, **{name: text for name, text in edits.items() if text is not None}}
    for name, text in edits.items():
        if text is None:
            result.pop(name, None)
    return result


def merged(base: Mapping[str, str], mine: Mapping[str, str], theirs: Mapping[str, str]) -> dict[str, str]:
    """`theirs` with what `mine` changed since `base`.

    Raises ConflictError (`policy_files_conflict`) that names the files which both changed, each in its own way.
    """
    changed = {name: mine.get(name) for name in {*base, *mine} if mine.get(name) != base.get(name)}
    both = [name for name in changed if theirs.get(name) not in (base.get(name), mine.get(name))]
    if both:
        raise ConflictError(
            f"Both this change set and the policy now in force changed {', '.join(sorted(both))}. Put the change into "
            "the new text by hand.",
            reason_id="policy_files_conflict",
        )
    return edited(theirs, changed)
