"""What a rule for one kind of secret is, and how all of them are asked at little cost."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from guard.model import Explanation, Span

DETECTOR = "secrets"
_WORDS = re.compile(r"[A-Za-z]+(?:[-_./ ][A-Za-z]+)*")


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of secret.

    Args:
        name: of the vendor or the kind, for the explanation.
        entity_type: `API_KEY`, `PASSWORD`, `PRIVATE_KEY`, `JWT` or `SEED_PHRASE`.
        needles: one of them is in every text that the pattern can match; lower case where `fold` is set.
        pattern: linear-time expression; the group `v`, where there is one, is the secret, the group `k` the word that
            says so.
        score: of a match that passes `check`, or that has none.
        check: whether the value is such a secret. `check_name` is what the explanation calls it.
        failed: score of a match that fails `check`; 0: it is none.
        fold: the needles are looked for in the text in lower case.
    """

    name: str
    entity_type: str
    needles: tuple[str, ...]
    pattern: re.Pattern[str]
    score: float = 1.0
    check: Callable[[str], bool] | None = None
    check_name: str = ""
    failed: float = 0.0
    fold: bool = False

    def find(self, text: str) -> Iterator[Span]:
        """All matches in the text, needles or not."""
        named = self.pattern.groupindex
        for match in self.pattern.finditer(text):
            start, end = match.span("v") if "v" in named else match.span()
            if start >= end:
                continue
            passed = self.check is None or self.check(text[start:end])
            score = self.score if passed else self.failed
            if score > 0:
                context = (match["k"] or "").strip() if "k" in named else ""
                check = "" if not self.check_name else self.check_name if passed else f"!{self.check_name}"
                why = Explanation(self.name, self.score, check, context)
                yield Span(start, end, self.entity_type, score, f"{DETECTOR}/{self.entity_type}", why)


class Rules:
    """Rules that are asked together: only those of which a needle is in the text."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.rules = tuple(rules)

    def find(self, text: str) -> Iterator[Span]:
        """All matches of all rules in the text."""
        folded = text.lower()
        for rule in self.rules:
            searched = folded if rule.fold else text
            for needle in rule.needles:
                if needle in searched:
                    yield from rule.find(text)
                    break


def entropy(value: str) -> float:
    """Bits of each character (Shannon), by how often the characters of the value itself stand in it."""
    size = len(value)
    return -sum(n / size * math.log2(n / size) for n in Counter(value).values()) if size else 0.0


def is_random(value: str) -> bool:
    """Whether a value looks made by a machine: letters and digits mixed, or no words, and hardly any repetition."""
    if len(value) < 8 or (_WORDS.fullmatch(value) and not _is_jumbled(value)):
        return False
    digits = sum(c.isdigit() for c in value)
    letters = sum(c.isalpha() for c in value)
    return letters > 0 and (digits > 0 or letters >= 20) and entropy(value) >= min(3.0, 0.8 * math.log2(len(value)))


def _is_jumbled(value: str) -> bool:
    """Whether upper and lower case change inside words more than names in code do."""
    changes = sum(a.islower() and b.isupper() for a, b in pairwise(value))
    return len(value) >= 20 and changes >= len(value) / 6
