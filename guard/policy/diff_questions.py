"""Which questions a diff asks: enough of them that no difference between two policies is without one.

What Guard itself asks, the configured generators, every object and act that a rule names, and for a pattern `x*` that
fits further objects one that stands for all those. The act `*` stands for the acts that Guard asks of an object: others
give nobody anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from string import ascii_lowercase, digits

from guard.policy import names, vocabulary
from guard.policy.bundle import Bundle

_ALL_GENERATORS = "generator/*"
_SAMPLE = "any"


@dataclass(frozen=True, slots=True, order=True)
class Question:
    """An object and an act. `stands_for` is the pattern whose further objects this one stands for, if it does."""

    obj: str
    act: str
    stands_for: str = ""


def questions(bundles: Sequence[Bundle], generators: Iterable[str] = ()) -> list[Question]:
    """All questions about these policies, in order.

    Args:
        generators: names of the configured generators.
    """
    asked = {question: "" for bundle in bundles for question in _guards(bundle)}
    asked[vocabulary.GENERATOR, "use"] = _ALL_GENERATORS
    asked |= {(f"generator/{name}", "use"): "" for name in generators}
    known = vocabulary.Asked(asked)
    rules = {
        (rule.obj, act): "" for bundle in bundles for rule in bundle.rules for act in _acts(rule.obj, rule.act, known)
    }
    asked |= {(obj, act): "" for obj, act in rules if not obj.endswith("*")}
    asked |= _samples(rules, asked)
    return sorted(Question(obj, act, kind) for (obj, act), kind in asked.items() if names.OBJECT.fullmatch(obj))


def _guards(bundle: Bundle) -> Iterator[tuple[str, str]]:
    yield from vocabulary.questions(bundle)
    yield from vocabulary.entity_questions(bundle)


def _acts(pattern: str, act: str, known: vocabulary.Asked) -> Iterable[str]:
    """The acts of a rule; for `*` those that Guard asks of its objects, or else of objects of the same kind."""
    if act != "*":
        return (act,)
    return known.acts(pattern) or known.acts(pattern.split("/")[0] + "/*") or ("use",)


def _samples(rules: Iterable[tuple[str, str]], asked: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """For each pattern and act an object that no longer pattern and no exact rule is about, where none is asked yet."""
    patterns = _Patterns(obj for obj, _ in rules)
    covered = {(patterns.longest(obj), act) for obj, act in asked if obj not in patterns.exact}
    open_ = [(pattern, act) for pattern, act in rules if pattern.endswith("*") and (pattern, act) not in covered]
    return {(sample, act): pattern for pattern, act in open_ if (sample := patterns.sample(pattern)) is not None}


class _Patterns:
    """The objects and patterns of rules."""

    def __init__(self, objects: Iterable[str]) -> None:
        everything = set(objects)
        self.exact = {obj for obj in everything if not obj.endswith("*")}
        self._prefixes = {obj[:-1] for obj in everything if obj.endswith("*")}
        self._lengths = sorted({len(prefix) for prefix in self._prefixes}, reverse=True)
        self._samples: dict[str, str | None] = {}

    def longest(self, obj: str) -> str | None:
        """The longest pattern that matches."""
        for length in self._lengths:
            if length <= len(obj) and obj[:length] in self._prefixes:
                return obj[:length] + "*"
        return None

    def sample(self, pattern: str) -> str | None:
        """An object whose longest pattern this is; `None` when longer ones are about all that were tried."""
        if pattern not in self._samples:
            ends = (_SAMPLE, *(_SAMPLE + digit for digit in digits), *ascii_lowercase, *digits, "")
            candidates = (pattern[:-1] + end for end in ends)
            self._samples[pattern] = next((each for each in candidates if self._fits(each, pattern)), None)
        return self._samples[pattern]

    def _fits(self, obj: str, pattern: str) -> bool:
        return bool(names.OBJECT.fullmatch(obj)) and obj not in self.exact and self.longest(obj) == pattern
