"""Policy administration as JSON: one form for `/api/policies` and for `guard policy --json`. Ids, never names."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from guard.policy.bundle import Problem
from guard.policy.changes import Change, Review
from guard.policy.decision_tables import Result
from guard.policy.distribution import Worker
from guard.policy.lint import Finding
from guard.policy.revisions import Head, Revision
from guard.policy.snapshot import Explanation


def revision(found: Revision) -> dict[str, Any]:
    """A revision without its files."""
    return {
        "revision": found.id,
        "policy": found.hash,
        "author": found.author,
        "created": found.created,
        "active": found.active,
        "change": found.change_id,
        "restores": found.restores,
    }


def change(found: Change, active: Head, reviews: Sequence[Review] = ()) -> dict[str, Any]:
    """A change set. `up_to_date`: the policy that it changes is the one in force."""
    return {
        "change": found.id,
        "status": found.status,
        "title": found.title,
        "policy": found.hash,
        "base": {"revision": found.base.id, "policy": found.base.hash},
        "up_to_date": found.base == active,
        "authors": list(found.authors),
        "created": found.created,
        "updated": found.updated,
        "due": found.due,
        "revision": found.revision,
        "evidence": dict(found.evidence),
        "reviews": [review(each) for each in reviews],
    }


def review(found: Review) -> dict[str, Any]:
    """A step or a comment."""
    return {
        "step": found.step,
        "actor": found.actor,
        "time": found.time,
        "policy": found.hash,
        "single_admin": found.single_admin,
        "text": found.text,
    }


def worker(found: Worker, active: Head) -> dict[str, Any]:
    """A process and what it enforces."""
    return {
        "worker": found.id,
        "pid": found.pid,
        "revision": found.revision,
        "policy": found.hash,
        "current": Head(found.revision, found.hash) == active,
        "started": found.started,
        "seen": found.seen,
    }


def explanation(found: Explanation, policy: str) -> dict[str, Any]:
    """A decision with its reasons."""
    return {
        "allowed": found.rule.allowed,
        "rule": found.rule.text,
        "place": found.place,
        "path": list(found.path),
        "misses": [dataclasses.asdict(miss) for miss in found.misses],
        "policy": policy,
    }


def problem(found: Problem) -> dict[str, Any]:
    """Something that is wrong with a file, with its place."""
    return dataclasses.asdict(found)


def finding(found: Finding) -> dict[str, Any]:
    """A finding of lint."""
    return dataclasses.asdict(found)


def result(found: Result) -> dict[str, Any]:
    """A question of a decision table and what came of it."""
    return {
        "place": found.place,
        "question": found.question,
        "expected": found.expected,
        "actual": found.actual,
        "rule": found.rule,
    }


def files(found: Mapping[str, str]) -> dict[str, str]:
    """The files of a policy, by path."""
    return dict(sorted(found.items()))
