"""The exact diff of two policies: who gains and who loses what, by which rule.

Every person and every single role is asked every question, under both policies. Rules with conditions on the address
make an answer one of three: allowed from everywhere, from nowhere, or depending on the address.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal

from guard.model import Principal
from guard.policy import names
from guard.policy.addresses import Addresses, Answer
from guard.policy.diff_files import file_changes
from guard.policy.diff_profiles import profile_changes
from guard.policy.diff_questions import questions
from guard.policy.diff_result import Cause, Change, Diff, Row, Side
from guard.policy.diff_rights import Bucket, Masks, Rights, apart
from guard.policy.diff_subjects import Mask, Subjects
from guard.policy.index import NOBODY
from guard.policy.rules import RULES, PolicyRule
from guard.policy.snapshot import Snapshot

_Buckets = tuple[Bucket, ...]
_Found = tuple[Change, Side, Side, Mask]
_CHANGES: Mapping[tuple[Answer, Answer], Change] = {("deny", "allow"): "gain", ("allow", "deny"): "loss"}


def diff(before: Snapshot, after: Snapshot, principals: Sequence[Principal], objects: Sequence[str] = ()) -> Diff:
    """Compare two policies.

    Args:
        principals: the people and services. Each role of either policy is asked about besides.
        objects: names of the configured generators.
    """
    bundles = (before.bundle, after.bundle)
    subjects = Subjects(principals, bundles)
    asked = questions(bundles, objects)
    sides = (Rights(before, subjects), Rights(after, subjects))
    comparison = _Comparison(*sides)
    rows = tuple(
        Row(question, *found) for question in asked for found in comparison.changes(question.obj, question.act)
    )
    return Diff(
        before=before.policy,
        after=after.policy,
        subjects=subjects,
        questions=tuple(asked),
        rows=rows,
        profiles=profile_changes(before, after, sides, subjects),
        files=file_changes(before.bundle.files, after.bundle.files),
        conditional=_conditional(sides, rows),
    )


class _Comparison:
    """Answers under two policies. Questions that the same rules are about have the same changes."""

    def __init__(self, before: Rights, after: Rights) -> None:
        self._before, self._after = before, after
        self._causes: tuple[dict[int, Cause], dict[int, Cause]] = ({}, {})
        self._found: dict[tuple[_Buckets, _Buckets], list[_Found]] = {}

    def changes(self, obj: str, act: str) -> list[_Found]:
        """What changes in the answer to one question: kind, both sides, for whom."""
        key = (self._before.buckets(obj, act), self._after.buckets(obj, act))
        if key not in self._found:
            self._found[key] = [*self._certain(*key), *self._depending(*key)]
        return self._found[key]

    def _certain(self, old: _Buckets, new: _Buckets) -> Iterator[_Found]:
        """Where no address matters."""
        before, after = self._before.masks(old), self._after.masks(new)
        unsure = before.unsure | after.unsure
        for first, second, decided in self._decided(old, new, after.always & ~before.always & ~unsure):
            yield "gain", self._side(0, "deny", first), self._side(1, "allow", second), decided
        for first, second, decided in self._decided(old, new, before.always & ~after.always & ~unsure):
            yield "loss", self._side(0, "allow", first), self._side(1, "deny", second), decided

    def _depending(self, old: _Buckets, new: _Buckets) -> Iterator[_Found]:
        """Where the address may matter: those whom the same rules are about have the same addresses."""
        masks = (self._before.masks(old), self._after.masks(new))
        unsure = masks[0].unsure | masks[1].unsure
        if not unsure:
            return
        rules = (self._before.conditional(old), self._after.conditional(new))
        splits = [mask for each in masks for mask in (each.allow, each.deny)]
        splits += [*rules[0].values(), *rules[1].values()]
        parts: dict[tuple[Change, Side, Side], Mask] = defaultdict(int)
        for group in apart(unsure, splits):
            one = group & -group
            reaches = (self._before.reach(masks[0], rules[0], one), self._after.reach(masks[1], rules[1], one))
            answers = (_answer(masks[0], one, reaches[0]), _answer(masks[1], one, reaches[1]))
            if answers[0] == answers[1] and reaches[0] == reaches[1]:
                continue
            change = _CHANGES.get(answers, "depends")
            for first, second, decided in self._decided(old, new, group):
                sides = (
                    self._side(0, answers[0], first, _about(one, rules[0])),
                    self._side(1, answers[1], second, _about(one, rules[1])),
                )
                parts[change, *sides] |= decided
        yield from ((*key, mask) for key, mask in parts.items())

    def _decided(self, old: _Buckets, new: _Buckets, mask: Mask) -> Iterator[tuple[int, int, Mask]]:
        for first, part in self._before.deciding(old, mask):
            for second, decided in self._after.deciding(new, part):
                yield first, second, decided

    def _side(self, side: int, answer: Answer, deciding: int, conditional: Iterable[int] = ()) -> Side:
        orders = [deciding, *conditional] if answer == "depends" else [deciding]
        return Side(answer, tuple(self._cause(side, order) for order in dict.fromkeys(orders)))

    def _cause(self, side: int, order: int) -> Cause:
        known = self._causes[side]
        if order not in known:
            rules = (self._before, self._after)[side].rules
            known[order] = cause(rules[order]) if order != NOBODY else Cause(names.DEFAULT_DENY)
        return known[order]


def cause(rule: PolicyRule) -> Cause:
    """A rule of a policy by its text and place."""
    return Cause(rule.text, f"{RULES}:{rule.line}")


def _about(subject: Mask, conditional: Mapping[int, Mask]) -> list[int]:
    return sorted(order for order, reached in conditional.items() if subject & reached)


def _answer(masks: Masks, subject: Mask, reach: Addresses) -> Answer:
    if subject & masks.always:
        return "allow"
    return "depends" if reach else "deny"


def _conditional(
    sides: tuple[Rights, Rights], rows: Iterable[Row]
) -> tuple[tuple[Literal["before", "after"], Cause], ...]:
    """The rules with conditions that a changed answer depends on, or that are themselves new or gone."""
    named: tuple[set[Cause], set[Cause]] = (set(), set())
    for row in rows:
        for at, side in enumerate((row.before, row.after)):
            named[at].update(side.rules if side.answer == "depends" else ())
    there = [{side.rules[order].values for order in side.networks} for side in sides]
    found: list[tuple[Literal["before", "after"], Cause]] = []
    policies: tuple[Literal["before", "after"], ...] = ("before", "after")
    for at, policy in enumerate(policies):
        for order in sides[at].networks:
            rule = sides[at].rules[order]
            if cause(rule) in named[at] or rule.values not in there[1 - at]:
                found.append((policy, cause(rule)))
    return tuple(found)
