"""What a diff found. The sets of people are whole; only what is printed may be cut off, with the true count beside it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from guard.model import JSON
from guard.policy.addresses import Answer
from guard.policy.diff_files import FileChange
from guard.policy.diff_questions import Question
from guard.policy.diff_subjects import Mask, Subjects

FORMAT = 1
Change = Literal["gain", "loss", "depends"]

CONDITIONS = (
    "Some rules have a condition on the caller's address. The diff does not enumerate addresses: it says where an answer "
    "depends on one, and compares profiles and deciding rules as for a caller whose address is not known."
)


@dataclass(frozen=True, slots=True)
class Cause:
    """A rule: its text, `default deny` included, and file and line, which the default deny has not."""

    text: str
    place: str = ""


@dataclass(frozen=True, slots=True)
class Side:
    """An answer under one policy and the rule that decides without a known address; where the answer depends on the
    address, the rules with conditions behind it."""

    answer: Answer
    rules: tuple[Cause, ...]

    def as_json(self) -> JSON:
        """The answer and its rules."""
        return {"answer": self.answer, "rules": [{"rule": each.text, "place": each.place} for each in self.rules]}


@dataclass(frozen=True, slots=True)
class Row:
    """One question whose answer changes in one way, by the same rules, for everybody in `subjects`.

    A `gain` is allowed afterwards and was not before, a `loss` the reverse. Where either answer depends on the address,
    or the addresses change, it is `depends`.
    """

    question: Question
    change: Change
    before: Side
    after: Side
    subjects: Mask


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A part of a grant, such as `entity/PERSON` or `limit/user/concurrent`; `None` where there is no such part."""

    what: str
    before: JSON
    after: JSON


@dataclass(frozen=True, slots=True)
class ProfileChange:
    """What changes in chats of some scenarios. `None` among them is a chat for which nobody names a scenario."""

    scenarios: tuple[str | None, ...]
    changes: tuple[FieldChange, ...]
    subjects: Mask


@dataclass(frozen=True, slots=True)
class Counts:
    """Rights gained, lost and made to depend on the address, each person and question counted once, and how many people
    (or roles) any of it touches, a change of profiles included."""

    gains: int
    losses: int
    depends: int
    touched: int


@dataclass(frozen=True)
class Diff:
    """Who gains and who loses what between two policies.

    Args:
        before, after: hashes of the bundles.
        subjects: who was asked about; names the members of the sets in `rows` and `profiles`.
        questions: what was asked.
        conditional: rules with conditions on the address that are concerned, with the policy they are in.
    """

    before: str
    after: str
    subjects: Subjects
    questions: tuple[Question, ...]
    rows: tuple[Row, ...]
    profiles: tuple[ProfileChange, ...]
    files: tuple[FileChange, ...]
    conditional: tuple[tuple[Literal["before", "after"], Cause], ...]

    @cached_property
    def people(self) -> Counts:
        """The exact counts for people and services."""
        return self._count(self.subjects.are_people)

    @cached_property
    def roles(self) -> Counts:
        """The exact counts for single roles."""
        return self._count(~self.subjects.are_people)

    @cached_property
    def hash(self) -> str:
        """`sha256:` and 64 hexadecimal digits over the canonical JSON of the whole result, nothing cut off.

        It does not depend on people whom nothing touches, nor on the order in which anything was given.
        """
        content = json.dumps(self._content(None, None), sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        return "sha256:" + hashlib.sha256(content.encode("ascii")).hexdigest()

    def counts(self) -> dict[str, int]:
        """What a change set and its record remember of it."""
        return {
            "gains": self.people.gains,
            "losses": self.people.losses,
            "depends": self.people.depends,
            "people": self.people.touched,
            "role_gains": self.roles.gains,
            "role_losses": self.roles.losses,
            "rows": len(self.rows),
            "profiles": len(self.profiles),
            "files": len(self.files),
        }

    def as_json(self, most: int | None = 20, most_rows: int | None = None) -> dict[str, JSON]:
        """The result for a script or a page.

        Args:
            most: ids that are listed for each row; `None`: all. The count beside them is exact.
            most_rows: rows that are listed; `None`: all.
        """
        return {"hash": self.hash, **self._compared(), **self._content(most, most_rows)}

    def shown(self, most: int = 20, most_rows: int = 500) -> dict[str, JSON]:
        """The result without its hash, which takes as long as the whole of a large diff."""
        return {**self._compared(), **self._content(most, most_rows)}

    def _compared(self) -> dict[str, JSON]:
        numbers = {"people": self.subjects.people, "roles": self.subjects.roles, "questions": self.questions}
        return {"compared": {name: len(each) for name, each in numbers.items()}}

    def _content(self, most: int | None, most_rows: int | None) -> dict[str, JSON]:
        return {
            "format": FORMAT,
            "before": self.before,
            "after": self.after,
            "people": _counts(self.people),
            "roles": _counts(self.roles),
            "row_count": len(self.rows),
            "rows": [self._row(row, most) for row in self.rows[:most_rows]],
            "profiles": [self._profile(each, most) for each in self.profiles],
            "files": [each.as_json() for each in self.files],
            "conditional": {
                "note": CONDITIONS if self.conditional else "",
                "rules": [{"policy": side, "rule": c.text, "place": c.place} for side, c in self.conditional],
            },
        }

    def _row(self, row: Row, most: int | None) -> JSON:
        return {
            "object": row.question.obj,
            "act": row.question.act,
            "stands_for": row.question.stands_for or None,
            "change": row.change,
            "before": row.before.as_json(),
            "after": row.after.as_json(),
            **self._who(row.subjects, most),
        }

    def _profile(self, profile: ProfileChange, most: int | None) -> JSON:
        changes = [{"what": each.what, "before": each.before, "after": each.after} for each in profile.changes]
        return {"scenarios": list(profile.scenarios), "changes": changes, **self._who(profile.subjects, most)}

    def _who(self, mask: Mask, most: int | None) -> dict[str, JSON]:
        people = mask & self.subjects.are_people
        return {
            kind: {"count": each.bit_count(), "ids": [who.id for who in self.subjects.members(each, most)]}
            for kind, each in (("people", people), ("roles", mask ^ people))
        }

    def _count(self, among: Mask) -> Counts:
        counts = {"gain": 0, "loss": 0, "depends": 0}
        for row in self.rows:
            counts[row.change] += (row.subjects & among).bit_count()
        touched = _union(row.subjects for row in self.rows) | _union(each.subjects for each in self.profiles)
        return Counts(counts["gain"], counts["loss"], counts["depends"], (touched & among).bit_count())


def _counts(counts: Counts) -> JSON:
    return {
        "gains": counts.gains,
        "losses": counts.losses,
        "depends": counts.depends,
        "touched": counts.touched,
    }


def _union(masks: Iterable[Mask]) -> Mask:
    total = 0
    for mask in masks:
        total |= mask
    return total
