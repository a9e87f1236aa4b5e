"""The rules as a matrix of rights and roles, and changes of its cells written into `rules.csv`.

A change touches the line that it is about and no other: comments, order and layout stay. A cell that holds several rules,
or one with a limit (a tenant, an address), says more than one word and is changed as text.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from guard.policy.bundle import Bundle
from guard.policy.casbin_model import Model
from guard.policy.rules import RULES, PolicyRule, RoleLink

Effect = Literal["allow", "deny", ""]
"""What a cell says; nothing where no rule stands in it."""


class Cell(NamedTuple):
    """A role's right."""

    role: str
    obj: str
    act: str


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands in a cell: its rules, in the order of the file."""

    rules: tuple[PolicyRule, ...] = ()

    @property
    def effect(self) -> Effect | None:
        """What it says, if one word says it: there is no rule, or a single one without limits."""
        if not self.rules:
            return ""
        (rule, *more) = self.rules
        if more or (rule.dom, rule.ip) != ("*", "*"):
            return None
        return "deny" if rule.eft == "deny" else "allow"


@dataclass(frozen=True, slots=True)
class Matrix:
    """The rules by right and role. `rows`: object and act, each once, in the order of the file."""

    rows: tuple[tuple[str, str], ...]
    cells: Mapping[Cell, Standing]

    def at(self, cell: Cell) -> Standing:
        """What stands in a cell."""
        return self.cells.get(cell, Standing())


def matrix(bundle: Bundle) -> Matrix:
    """The rules of a policy as a matrix."""
    found: dict[Cell, list[PolicyRule]] = {}
    for rule in bundle.rules:
        found.setdefault(Cell(rule.sub, rule.obj, rule.act), []).append(rule)
    rows = dict.fromkeys((cell.obj, cell.act) for cell in found)
    return Matrix(tuple(rows), {cell: Standing(tuple(rules)) for cell, rules in found.items()})


def writes(model: Model) -> bool:
    """Whether a rule without limits can be written under this model: where tenants are compared literally, none can."""
    return model.terms.get("dom") != "same"


def edited(bundle: Bundle, changes: Mapping[Cell, Effect], links: Iterable[str] | None = None) -> str:
    """The text of `rules.csv` with some cells changed.

    Args:
        changes: cells that say it already, or that no one word can say, stay as they are.
        links: the inclusions of roles as they are to be: rows, `g` included, as somebody wrote them; `None`: as they are.
    """
    text = bundle.files[RULES]
    lines = text.split("\n")
    standing = matrix(bundle)
    kept: dict[int, str | None] = {}
    behind: dict[int, list[str]] = {}
    for cell, wanted in changes.items():
        found = standing.at(cell)
        if found.effect is None or found.effect == wanted:
            continue
        if found.rules:
            number = found.rules[0].line
            kept[number] = _with_effect(lines[number - 1], bundle.model, wanted) if wanted else None
        else:
            behind.setdefault(_place(bundle.rules, cell, _end(lines)), []).append(_row(cell, wanted, bundle.model))
    if links is not None:
        gone, new = _changed_links(bundle.links, links)
        kept |= dict.fromkeys(gone)
        behind.setdefault(max((link.line for link in bundle.links), default=_end(lines)), []).extend(new)
    return _put_together(lines, kept, behind)


def _changed_links(links: Sequence[RoleLink], wanted: Iterable[str]) -> tuple[list[int], list[str]]:
    """The lines of the inclusions that are not wanted any more, and the rows that are new."""
    rows = {row: ",".join(part.strip() for part in row.split(",")) for each in wanted if (row := each.strip())}
    there_are = {link.text.replace(", ", ",") for link in links}
    gone = [link.line for link in links if link.text.replace(", ", ",") not in rows.values()]
    return gone, [row for row, plain in rows.items() if plain not in there_are]


def _put_together(lines: Sequence[str], kept: Mapping[int, str | None], behind: Mapping[int, Sequence[str]]) -> str:
    """Lines with some replaced or (`None`) left out, and new ones behind others. Numbers count from 1; 0 is the beginning."""
    result = [*behind.get(0, ())]
    for number, line in enumerate(lines, 1):
        now = kept.get(number, line)
        if now is not None:
            result.append(now)
        result += behind.get(number, ())
    # A file whose last line had no end gets one only where something new comes behind it.
    return "\n".join([*result, ""] if behind.get(len(lines)) else result)


def _end(lines: Sequence[str]) -> int:
    """The last line that is not empty."""
    return next((number for number in range(len(lines), 0, -1) if lines[number - 1].strip()), 0)


def _place(rules: Sequence[PolicyRule], cell: Cell, end: int) -> int:
    """The line that a new rule comes behind: the last of its role on such objects, or else of its role, or of all."""
    kind = cell.obj.partition("/")[0]
    own = [rule for rule in rules if rule.sub == cell.role]
    alike = [rule for rule in own if rule.obj.partition("/")[0] == kind]
    return max((rule.line for rule in alike or own or rules), default=end)


def _row(cell: Cell, effect: Effect, model: Model) -> str:
    values = {"sub": cell.role, "dom": "*", "obj": cell.obj, "act": cell.act, "ip": "*", "eft": effect}
    return ", ".join(("p", *(values[name] for name in model.fields)))


def _with_effect(line: str, model: Model, effect: Effect) -> str:
    """The line with another effect, its layout kept."""
    parts = line.split(",")
    at = model.fields.index("eft") + 1
    parts[at] = parts[at].replace(parts[at].strip(), effect)
    return ",".join(parts)
