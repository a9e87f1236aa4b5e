"""What a rule for one kind of secret is, and how all of them are asked at little cost.

No pattern reads a whole text. Each rule has needles, literal parts of which every secret of the kind has one. They are
looked for with `str.find`, and the pattern is tried where one stands, or in a window around it where it may begin earlier.
The windows hold every match that contains the needle whole, so that what is found does not depend on them.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from re import _parser as parser  # type: ignore[attr-defined]  # the parser of `re` has no public name

from guard.model import Explanation, Span

DETECTOR = "secrets"
_WORDS = re.compile(r"[A-Za-z]+(?:[-_./ ][A-Za-z]+)*")
_AHEAD = 16
"""Characters behind a match that its look-aheads may read."""

_READ = 256
"""Characters of a value that tell whether it is random: more would cost much where many values overlap."""

_BEFORE = 96
"""Characters before a match that `Rule.before` reads."""


@dataclass(frozen=True, slots=True)
class Label:
    """Words that say that a secret follows; many rules share one label, so that it is looked for once.

    Args:
        needles: in lower case; one of them begins every label.
        pattern: the whole label, tried where a needle stands.
    """

    needles: tuple[str, ...]
    pattern: re.Pattern[str]

    def hits(self, text: str, folded: str) -> list[int]:
        """Where labels begin."""
        return [at for at in _found(self.needles, folded) if self.pattern.match(text, at)]


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of secret.

    Args:
        name: of the vendor or the kind, for the explanation.
        entity_type: `API_KEY`, `PASSWORD`, `PRIVATE_KEY`, `JWT` or `SEED_PHRASE`.
        needles: one of them is in every match; lower case where `fold` is set. A `Label` says more than words do.
        pattern: linear-time expression; the group `v`, where there is one, is the secret, the group `k` the word that
            says so.
        score: of a match that passes `check`, or that has none.
        check: whether the value is such a secret. `check_name` is what the explanation calls it.
        failed: score of a match that fails `check`; 0: it is none.
        fold: the needles are looked for in the text in lower case.
        offset: characters between the begin of every match and its needle.
        lead: characters between the begin of a match and its needle, at most.
        reach: characters from the needle to the end of the window; 0: as many as a match can have.
        before: what has to stand right before the match; ends with `\\Z`.
    """

    name: str
    entity_type: str
    needles: tuple[str, ...] | Label
    pattern: re.Pattern[str]
    score: float = 1.0
    check: Callable[[str], bool] | None = None
    check_name: str = ""
    failed: float = 0.0
    fold: bool = False
    offset: int = 0
    lead: int = 0
    reach: int = 0
    before: re.Pattern[str] | None = None
    named: frozenset[str] = field(init=False, default=frozenset())

    def __post_init__(self) -> None:
        object.__setattr__(self, "named", frozenset(self.pattern.groupindex))
        if self.lead and not self.reach:
            tree = parser.parse(self.pattern.pattern, self.pattern.flags & ~re.DEBUG)
            object.__setattr__(self, "reach", int(tree.getwidth()[1]) + _AHEAD)

    def find(self, text: str, hits: Sequence[int]) -> Iterator[Span]:
        """The matches at the needles, which stand at `hits` in order."""
        end = 0
        for match in self._windows(text, hits) if self.lead else self._anchored(text, hits):
            if match.start() >= end and (span := self._span(text, match)):
                end = match.end()
                yield span

    def _anchored(self, text: str, hits: Sequence[int]) -> Iterator[re.Match[str]]:
        tried = self.pattern.match
        for at in hits:
            if at >= self.offset and (match := tried(text, at - self.offset)):
                yield match

    def _windows(self, text: str, hits: Sequence[int]) -> Iterator[re.Match[str]]:
        start, end = -1, -1
        for at in hits:
            if at - self.lead > end:
                if end > 0:
                    yield from self.pattern.finditer(text, start, end)
                start = max(0, at - self.lead)
            end = at + self.reach
        if end > 0:
            yield from self.pattern.finditer(text, start, end)

    def _span(self, text: str, match: re.Match[str]) -> Span | None:
        start, end = match.span("v") if "v" in self.named else match.span()
        if start >= end:
            return None
        passed = self.check is None or self.check(text[start:end])
        score = self.score if passed else self.failed
        if score <= 0:
            return None
        context = (match["k"] or "").strip() if "k" in self.named else ""
        if self.before:
            said = self.before.search(text, max(0, match.start() - _BEFORE), match.start())
            if not said:
                return None
            context = said[0].lstrip() + context
        check = "" if not self.check_name else self.check_name if passed else f"!{self.check_name}"
        why = Explanation(self.name, self.score, check, context)
        return Span(start, end, self.entity_type, score, f"{DETECTOR}/{self.entity_type}", why)


class Rules:
    """Rules that are asked together, each where its needles are."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.rules = tuple(rules)
        self._labels = tuple({id(r.needles): r.needles for r in rules if isinstance(r.needles, Label)}.values())

    def find(self, text: str) -> Iterator[Span]:
        """All matches of all rules in the text."""
        folded = _fold(text)
        labels = {id(label): label.hits(text, folded) for label in self._labels}
        for rule in self.rules:
            if isinstance(rule.needles, Label):
                hits = labels[id(rule.needles)]
            else:
                hits = _found(rule.needles, folded if rule.fold else text)
            if hits:
                yield from rule.find(text, hits)


def _fold(text: str) -> str:
    """Lower case of the same length: `İ` has two characters in lower case."""
    folded = text.lower()
    if len(folded) == len(text):
        return folded
    return "".join(low if len(low := each.lower()) == 1 else each for each in text)


def _found(needles: tuple[str, ...], text: str) -> list[int]:
    """Where the needles are, in order."""
    hits: list[int] = []
    for needle in needles:
        at = text.find(needle)
        while at >= 0:
            hits.append(at)
            at = text.find(needle, at + 1)
    return sorted(set(hits)) if len(hits) > 1 else hits


def entropy(value: str) -> float:
    """Bits of each character (Shannon), by how often the characters of the value itself stand in it."""
    size = len(value)
    return -sum(n / size * math.log2(n / size) for n in Counter(value).values()) if size else 0.0


def is_random(value: str) -> bool:
    """Whether a value looks made by a machine: letters and digits mixed, or no words, and hardly any repetition."""
    value = value[:_READ]
    if len(value) < 8 or (_WORDS.fullmatch(value) and not _is_jumbled(value)):
        return False
    digits = sum(c.isdigit() for c in value)
    letters = sum(c.isalpha() for c in value)
    return letters > 0 and (digits > 0 or letters >= 20) and entropy(value) >= min(3.0, 0.8 * math.log2(len(value)))


def _is_jumbled(value: str) -> bool:
    """Whether upper and lower case change inside words more than names in code do."""
    changes = sum(a.islower() and b.isupper() for a, b in pairwise(value))
    return len(value) >= 20 and changes >= len(value) / 6
