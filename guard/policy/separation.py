"""Separation of duties: pairs of rights that one person should not hold together. The file may be missing."""

from __future__ import annotations

from dataclasses import dataclass

from guard.policy.schema import SeparationFile
from guard.policy.source import line_of, parse, wrong_at

SEPARATION = "separation.toml"


@dataclass(frozen=True, slots=True)
class Pair:
    """Two rights that do not belong into one hand.

    Args:
        rights: each an object, or a pattern of objects as in rules, and an act: `policy edit`.
        reason: why, for whoever reads a finding.
        line: from 1.
    """

    rights: tuple[str, str]
    reason: str
    line: int


def read(text: str) -> tuple[Pair, ...]:
    """Read the file. Raises PolicyError that names the place, also for a pair of one right or one that stands twice."""
    pairs: list[Pair] = []
    for index, form in enumerate(parse(SEPARATION, text, SeparationFile).pair):
        one, other = form.rights
        if one == other:
            raise wrong_at(SEPARATION, text, ["pair", index, "rights", 1], "a pair has two different rights.")
        if any({one, other} == set(pair.rights) for pair in pairs):
            raise wrong_at(SEPARATION, text, ["pair", index, "rights"], "this pair is listed twice.")
        pairs.append(Pair((one, other), form.reason, line_of(text, ["pair", index])))
    return tuple(pairs)
