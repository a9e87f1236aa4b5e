"""Values as people read them: times, hashes, differences of files, rules as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from guard.policy.bundle import THRESHOLDS, Bundle
from guard.policy.rules import PolicyRule
from guard.web.assets import templates
from guard.web.times import moment

MOST_LINES = 2000
"""Lines of one file's difference on a page, and rows of a table: what a browser shows at once."""

_KINDS = {"+": "added", "-": "removed", "@": "place"}


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a unified diff: `added`, `removed`, `place` (a hunk's head) or `same`."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Matrix:
    """The rules as a table. `rows`: object and act, and what each role's rules say of it; `more`: rows left out."""

    roles: tuple[str, ...]
    rows: tuple[tuple[str, str, tuple[tuple[str, ...], ...]], ...]
    links: tuple[str, ...]
    more: int


def iso(milliseconds: int) -> str:
    """A time for programs."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat()


def short(hash_: str) -> str:
    """The beginning of a hash, as people compare it."""
    return hash_.removeprefix("sha256:")[:12]


def diff_lines(diff: str) -> Sequence[Line]:
    """The lines of a unified diff of one file, without the names at its head."""
    return [Line(_KINDS.get(line[:1], "same"), line) for line in diff.split("\n")[2:] if line]


def limits(rule: PolicyRule) -> list[str]:
    """In which tenant and from where a rule holds, if not everywhere."""
    return [text for text in (f"tenant {rule.dom}", f"from {rule.ip}") if not text.endswith(" *")]


def matrix(bundle: Bundle) -> Matrix:
    """The rules of a policy by object and act, and by role. Inclusions of roles stand in `links`, not in the cells."""
    roles = tuple(bundle.roles)
    cells: dict[tuple[str, str], dict[str, list[str]]] = {}
    for rule in bundle.rules:
        said = ", ".join([rule.eft, *limits(rule)])
        cells.setdefault((rule.obj, rule.act), {}).setdefault(rule.sub, []).append(said)
    rows = [(obj, act, tuple(tuple(by_role.get(role, ())) for role in roles)) for (obj, act), by_role in cells.items()]
    links = tuple(link.text for link in bundle.links)
    return Matrix(roles, tuple(rows[:MOST_LINES]), links[:MOST_LINES], max(0, len(rows) - MOST_LINES))


def concerning(failed: Sequence[Mapping[str, str]], file: Mapping[str, str]) -> Sequence[Mapping[str, str]]:
    """The failed questions that a file of a diff is about: those it asks, or that a row which it adds or takes away decides."""
    path, rows = file["path"], {line[1:] for line in file["diff"].split("\n") if line[:1] in ("+", "-")}
    # The numbers of moderation profiles stand in the file of thresholds.
    about = "moderation/" if path == THRESHOLDS else f"{path}:"
    return [
        each
        for each in failed
        if each["rule"] in rows or each["rule"].startswith(about) or each["place"].rpartition(":")[0] == path
    ]


for _filter in (moment, iso, short, diff_lines, concerning):
    templates.env.filters[_filter.__name__] = _filter
