"""What a text has to hold before a pattern can match in it, read off the pattern: so that most patterns never run."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from re import _constants as op  # type: ignore[attr-defined]  # the parser of `re` has no public name
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

_MOST = 16
"""Alternatives of a literal that are worth looking for one by one."""

_REPEATS = (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT)


@dataclass(frozen=True, slots=True)
class Needs:
    """Args:
    digits: how many digits a match has at least. width: how many characters at most.
    literals: one of these (lower case) is in every match; none: nothing is known.
    """

    digits: int = 0
    width: int = 1 << 30
    literals: tuple[str, ...] = ()


def needs(pattern: re.Pattern[str]) -> Needs:
    """What every match of the pattern has. A pattern that only the `regex` module can read needs nothing."""
    try:
        tree = parser.parse(pattern.pattern, pattern.flags & ~re.DEBUG)
    except (re.error, ValueError):
        return Needs()
    return Needs(_digits(tree), min(int(tree.getwidth()[1]), 1 << 30), _literals(tree))


def _digits(tree: Iterable[tuple[Any, Any]]) -> int:
    total = 0
    for kind, value in tree:
        if kind is op.LITERAL:
            total += 48 <= value <= 57
        elif kind is op.IN:
            total += all(_is_digit(each) for each in value)
        elif kind in _REPEATS:
            total += value[0] * _digits(value[2])
        elif kind is op.SUBPATTERN:
            total += _digits(value[3])
        elif kind is op.ATOMIC_GROUP:
            total += _digits(value)
        elif kind is op.BRANCH:
            total += min(_digits(branch) for branch in value[1])
    return total


def _is_digit(member: tuple[Any, Any]) -> bool:
    kind, value = member
    if kind is op.RANGE:
        return bool(value[0] >= 48 and value[1] <= 57)
    return bool((kind is op.LITERAL and 48 <= value <= 57) or (kind is op.CATEGORY and value is op.CATEGORY_DIGIT))


def _literals(tree: Sequence[tuple[Any, Any]]) -> tuple[str, ...]:
    """The best of the sets of strings of which each match holds one: the one whose shortest string is longest."""
    found: list[tuple[str, ...]] = []
    run = ""
    for kind, value in [*tree, (None, None)]:
        # `ſ` and `K` fold to ASCII letters that are not their lower case: such a match would be missed, and is let go.
        if kind is op.LITERAL:
            run += chr(value).lower()
            continue
        if run:
            found.append((run,))
            run = ""
        if kind is op.SUBPATTERN:
            found.append(_literals(value[3]))
        elif kind is op.ATOMIC_GROUP:
            found.append(_literals(value))
        elif kind in _REPEATS and value[0] > 0:
            found.append(_literals(value[2]))
        elif kind is op.BRANCH:
            found.append(_of_branches([_literals(branch) for branch in value[1]]))
        elif kind is op.IN and len(value) <= 3 and all(each[0] is op.LITERAL for each in value):
            found.append(tuple(chr(each[1]).lower() for each in value))
    usable = [each for each in found if each and not any(len(one) == 1 and one.isalnum() for one in each)]
    return max(usable, key=lambda each: (min(map(len, each)), -len(each)), default=())


def _of_branches(branches: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    every = tuple(dict.fromkeys(each for branch in branches for each in branch))
    return every if all(branches) and len(every) <= _MOST else ()
