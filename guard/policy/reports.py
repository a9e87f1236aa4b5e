"""What is known about a proposal before anybody decides: findings, failed tables, who gains and loses, what would change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from guard.errors import PolicyRefusedError
from guard.model import JSON
from guard.policy import views
from guard.policy.decision_tables import Result
from guard.policy.lint import Finding


class Evidence(Protocol):
    """A diff or a replay."""

    @property
    def hash(self) -> str:
        """Over the whole of it."""
        ...

    def as_json(self) -> dict[str, Any]:
        """For people and programs."""
        ...

    def counts(self) -> Mapping[str, Any]:
        """What is remembered with the change set and its record."""
        ...


class Difference(Evidence, Protocol):
    """A diff."""

    def as_json(self, most: int | None = 20) -> dict[str, Any]:
        """The whole of it; of whom each row is about `most` ids, `None`: all."""
        ...

    def shown(self) -> dict[str, Any]:
        """As much of it as a page shows."""
        ...


@dataclass(frozen=True, slots=True)
class Report:
    """The checks of one proposal.

    Args:
        policy: hash of the proposal; `base`: of the policy in force.
        findings: of lint, errors first.
        questions: how many the decision tables asked; `failed`: those answered differently than expected.
        diff: who gains and who loses what.
        replay: what of the past would have been different; `None` when it was not asked for.
    """

    policy: str
    base: str
    findings: Sequence[Finding]
    questions: int
    failed: Sequence[Result]
    diff: Difference
    replay: Evidence | None = None

    @property
    def errors(self) -> list[Finding]:
        """Findings that keep a policy from being activated."""
        return [finding for finding in self.findings if finding.severity == "error"]

    @property
    def passed(self) -> bool:
        """Whether neither lint nor a table keeps the policy out."""
        return not self.errors and not self.failed

    def require(self) -> None:
        """Raises PolicyRefusedError (`policy_checks_failed`) that names the first thing which keeps the policy out."""
        if self.errors:
            first = self.errors[0]
            raise PolicyRefusedError(f"{first.place}: {first.message}", reason_id="policy_checks_failed")
        if self.failed:
            table = self.failed[0]
            raise PolicyRefusedError(
                f"{table.place}: {table.question}: expected {table.expected}, got {table.actual} ({table.rule}).",
                reason_id="policy_checks_failed",
            )

    def evidence(self) -> dict[str, JSON]:
        """Hashes and counts: what approvals are bound to and records say."""
        found: dict[str, JSON] = {
            "warnings": len(self.findings) - len(self.errors),
            "questions": self.questions,
            "diff": self.diff.hash,
            "diff_counts": dict(self.diff.counts()),
        }
        if self.replay is not None:
            found |= {"replay": self.replay.hash, "replay_counts": dict(self.replay.counts())}
        return found

    def as_json(self, most: int | None = 20) -> dict[str, Any]:
        """The members that `/api/policies` promises.

        Args:
            most: ids that are listed for each row of the diff, beside their count; `None`: all.
        """
        return self._members(self.diff.as_json(most))

    def shown(self) -> dict[str, Any]:
        """The same for a page, which shows the beginning of a long diff and needs no hash over the whole of it."""
        return self._members(self.diff.shown())

    def _members(self, diff: dict[str, Any]) -> dict[str, Any]:
        return {
            "policy": self.policy,
            "base": self.base,
            "passed": self.passed,
            "lint": [views.finding(found) for found in self.findings],
            "tests": {"questions": self.questions, "failed": [views.result(found) for found in self.failed]},
            "diff": diff,
            "replay": None if self.replay is None else self.replay.as_json(),
        }
