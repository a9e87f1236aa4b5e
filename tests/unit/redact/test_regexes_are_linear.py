"""Every pattern that runs takes time in proportion to the text, on texts made to be slow for it.

Only growth is judged, of the slowest attack at three sizes, and only where it takes long enough to be measured.
"""

from __future__ import annotations

import itertools
import re

import pytest

from guard.redact import presidio
from guard.redact.recognizers import SHAPES
from guard.redact.recognizers.secret import RULES
from guard.redact.recognizers.secret_rule import Label
from guard.redact.scanner import _DIGITS, _WORD
from tests.attacks import SIZES, seconds, worst

_MEASURABLE = 0.03
_CAP = 5.0
_ALL = (*SHAPES, *presidio.shapes(("all",)))
_SECRETS = [("secrets", p) for rule in RULES.rules for p in (rule.pattern, rule.before) if p] + [
    ("secrets", rule.needles.pattern) for rule in RULES.rules if isinstance(rule.needles, Label)
]
_PATTERNS = dict.fromkeys(
    _SECRETS
    + [(shape.entity_type, p) for shape in _ALL for p in (shape.pattern, shape.words) if p]
    + [("scanner", _DIGITS), ("scanner", _WORD)]
)
_KINDS = sorted({kind for kind, _ in _PATTERNS})


def growth(pattern: re.Pattern[str], sizes: tuple[int, int, int] = SIZES, least: float = _MEASURABLE) -> list[float]:
    """How many times longer the slowest attack takes at each size than at the one before; empty: it takes no time."""
    first, piece = worst(pattern, sizes[0])
    if first < least:
        return []
    times = [first] + [seconds(pattern, piece * (size // len(piece) + 1)) for size in sizes[1:]]
    assert times[-1] < _CAP
    return [later / earlier for earlier, later in itertools.pairwise(times)]


@pytest.mark.parametrize("kind", _KINDS)
def test_every_pattern_is_linear(kind: str) -> None:
    slow = [p.pattern for of, p in _PATTERNS if of == kind and max(growth(p), default=1) > 3]
    assert slow == []


@pytest.mark.parametrize("expression", [r"\w+@", r"(?:[a-z]+ )+!", r"\d+(?:-\d+)*x"])
def test_one_that_is_not_would_be_noticed(expression: str) -> None:
    assert max(growth(re.compile(expression), (1_000, 2_000, 4_000), 0.001), default=1) > 3
