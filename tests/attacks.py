"""Texts on which a pattern is slow, made from the pattern itself.

A pattern that backtracks does so on what almost matches: many beginnings, long middles, an end that fails. From the
parsed pattern a sample match is drawn; attacks are runs of it, of its beginnings, and of each class of characters.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Iterator, Sequence
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

SIZES = (25_000, 50_000, 100_000)
_COMMON = (
    "a",
    "A",
    "1",
    "a1",
    "1 ",
    "a ",
    "A ",
    "1-",
    "a.",
    "a-",
    "1.",
    ":",
    "a:",
    "<",
    "/",
    "(1) ",
    "\n",
    " ",
    "\t",
    "+",
)


def sample(pattern: re.Pattern[str], seed: int) -> str:
    """A string that, look-arounds aside, the pattern matches."""
    try:
        tree = parser.parse(pattern.pattern, pattern.flags & ~re.DEBUG)
    except re.error:
        return ""
    return _drawn(tree, random.Random(seed), {})


def _drawn(tree: Sequence[tuple[Any, Any]], rng: random.Random, groups: dict[int, str]) -> str:
    out = ""
    for kind, value in tree:
        if kind is op.LITERAL:
            out += chr(value)
        elif kind is op.NOT_LITERAL or kind is op.ANY:
            out += "x"
        elif kind is op.IN:
            out += _member(value, rng)
        elif kind in (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT):
            low, high, sub = value
            for _ in range(rng.choice((low, min(high, low + 3), min(high, 40)))):
                out += _drawn(sub, rng, groups)
        elif kind is op.SUBPATTERN:
            inner = _drawn(value[3], rng, groups)
            if value[0]:
                groups[value[0]] = inner
            out += inner
        elif kind is op.ATOMIC_GROUP:
            out += _drawn(value, rng, groups)
        elif kind is op.BRANCH:
            out += _drawn(rng.choice(value[1]), rng, groups)
        elif kind is op.GROUPREF:
            out += groups.get(value, "")
    return out


def _member(members: Sequence[tuple[Any, Any]], rng: random.Random) -> str:
    if members[0][0] is op.NEGATE:
        return rng.choice("a1 x")
    kind, value = rng.choice(members)
    if kind is op.LITERAL:
        return chr(value)
    if kind is op.RANGE:
        return chr(rng.randint(value[0], min(value[1], value[0] + 25)))
    return {op.CATEGORY_DIGIT: "7", op.CATEGORY_WORD: "w", op.CATEGORY_SPACE: " "}.get(value, "-")


def attacks(pattern: re.Pattern[str]) -> Iterator[str]:
    """Pieces: a text that is one of them over and over is an attack."""
    yield from _COMMON
    for seed in range(3):
        drawn = sample(pattern, seed)
        if not drawn:
            continue
        yield drawn
        yield drawn + " "
        yield drawn + "!"
        yield drawn[:-1]
        yield drawn[: len(drawn) // 2]
        yield drawn[: max(len(drawn) // 2, 1)] + " "
        yield drawn[0]


def seconds(pattern: re.Pattern[str], text: str) -> float:
    """How long the pattern takes for all its matches in the text: the least of two, in time of this process alone."""
    best = float("inf")
    for _ in range(2):
        begun = time.process_time()
        for _match in pattern.finditer(text):
            pass
        best = min(best, time.process_time() - begun)
        if best < 0.02:
            break
    return best


def worst(pattern: re.Pattern[str], size: int = SIZES[-1]) -> tuple[float, str]:
    """The longest time over all attacks of a size, and the piece that the attack is made of."""
    pieces = filter(None, dict.fromkeys(attacks(pattern)))
    return max((seconds(pattern, piece * (size // len(piece) + 1)), piece) for piece in pieces)
