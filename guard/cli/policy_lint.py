"""What `guard policy lint` looks at: a policy and, where there is one, the installation that it is for."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from guard.cli import context

if TYPE_CHECKING:
    from guard.policy.bundle import Bundle
    from guard.policy.lint import Finding, LintContext
    from guard.wiring import Opened

DAY_MS = 86_400_000


def findings(folder: Path | None, days: int) -> list[Finding]:
    """Lint a folder, else the policy in force, else the shipped one where nothing was installed yet.

    Args:
        days: how long a rule may decide nothing before it is reported. A log that is younger says nothing about that.
    """
    from guard.policy import bundle, shipped
    from guard.policy.lint import lint

    policy = bundle.load(folder) if folder is not None else None
    found = context.on_installation(lambda parts: _known(parts, days), otherwise=lambda: None)
    if found is None:
        return lint(policy or shipped.load())
    in_force, known = found
    if known.used is None:
        print(f"guard: the records do not reach back {days} days, so no rule is called unused.", file=sys.stderr)
    return lint(policy or in_force, known)


async def _known(parts: Opened, days: int) -> tuple[Bundle, LintContext] | None:
    from guard.policy.lint import LintContext
    from guard.policy.snapshot import Snapshot

    in_force = (await parts.revisions.active()).bundle()
    since = time.time_ns() // 1_000_000 - days * DAY_MS
    people, used = await parts.people(), await parts.used_rules(since)
    return in_force, LintContext(before=Snapshot(in_force), principals=people, used=used, since=since)
