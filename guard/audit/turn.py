"""The record of one chat turn while it goes on: what it will say, and how it is closed however the turn ends."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from guard.errors import (
    AuthenticationError,
    GuardError,
    LimitExceededError,
    PermissionDeniedError,
    PromptBlockedError,
)
from guard.model import JSON, ChatRequest, Grant, Principal, Redacted, Released, Usage, Verdict

Append = Callable[[Mapping[str, JSON], Callable[[], None] | None], Callable[[Any], Awaitable[None]]]
"""Makes the Write of a record; the second argument is called once it is on disk."""

_OPENED_ONLY = frozenset({"coverage", "unknown_members"})


def per_mille(thresholds: Mapping[str, float]) -> dict[str, int]:
    """Thresholds (probabilities) as integers of a thousand, finer ones rounded up."""
    # The inner rounding takes away what multiplying added: 0.57 is 570 and not 571.
    return {name: math.ceil(round(value * 1000, 6)) for name, value in sorted(thresholds.items())}


def reached(scores: Mapping[str, float]) -> dict[str, int]:
    """Scores (probabilities) as the highest threshold of whole per mille that each reaches.

    Rounded, a score just below a threshold would read as one that reached it. So the record tells how any threshold
    with up to three decimals would have decided.
    """
    return {name: _reached(value) for name, value in sorted(scores.items())}


def _reached(score: float) -> int:
    # `score * 1000` is rounded itself: the comparison is made with the threshold as a policy file gives it.
    guess = int(score * 1000)
    return next(each for each in (guess + 1, guess, guess - 1) if each / 1000 <= score)


@dataclass(slots=True)
class ChatTurn:
    """Implements `Turn`. Holds counts, names of rules and scores: no text of anyone.

    Args:
        models: ids of the detectors and classifiers in use.
    """

    request: ChatRequest
    append: Append
    models: Mapping[str, list[str]]
    step: str = "start"
    principal: Principal | None = None
    grant: Grant | None = None
    conversation_id: str | None = None
    usage: Usage = field(default_factory=Usage)
    is_open: bool = False
    is_closed: bool = False
    _started: float = field(default_factory=time.monotonic)
    _prompt: dict[str, JSON] = field(default_factory=dict)
    _choices: dict[int, Released] = field(default_factory=dict)

    def prompt(self, redacted: Redacted, verdict: Verdict) -> None:
        self._prompt = {
            "entities": dict(redacted.counts),
            "cleared": dict(redacted.cleared),
            "found": list(redacted.found),
            # Names of participants are replaced whatever the policy says.
            "pseudonyms": sum(1 for each in redacted.replaced if each.span.detector == "field"),
            "one_way": redacted.one_way,
            "foreign_placeholders": redacted.foreign,
            "coverage": dict(redacted.coverage.scanned),
            "unknown_members": redacted.coverage.unknown,
            "prompt_scores": reached(verdict.scores),
            "prompt_flagged": list(verdict.flagged),
        }

    def released(self, piece: Released) -> None:
        self._choices[piece.choice] = piece

    def opened(self) -> Callable[[Any], Awaitable[None]]:
        fields = self._common("chat.opened") | self._prompt | {"decision": "allow"}
        return self.append(fields, self._now_open)

    def closed(self) -> Callable[[Any], Awaitable[None]]:
        decision = "withheld" if any(piece.withheld for piece in self._choices.values()) else "allow"
        return self.append(self._closing("chat.closed", decision, "completed", None), self._now_closed)

    def ended(self, error: BaseException) -> Callable[[Any], Awaitable[None]]:
        """The record of a turn that an exception ended."""
        decision, outcome, reason_id = classify(error)
        event = "chat.closed" if self.is_open else "chat.refused"
        fields = self._closing(event, decision, outcome, reason_id)
        if isinstance(error, PermissionDeniedError):
            fields["rules"] = {"denied": error.rule}
            fields["object"] = f"generator/{self.request.model}"
            fields["scenario"] = error.scenario
        if isinstance(error, PromptBlockedError):
            fields["prompt_scores"] = reached(error.scores)
            if error.found and self.grant:
                fields["found"] = list(error.found)
                fields["rules"] = _rules(self.grant, error.found)
        if isinstance(error, LimitExceededError) and error.quota:
            quota = error.quota
            fields["limit"] = {"scope": quota.scope, "unit": quota.unit, "amount": quota.amount}
        return self.append(fields, self._now_closed)

    def _now_open(self) -> None:
        self.is_open = True

    def _now_closed(self) -> None:
        self.is_closed = True

    def _common(self, event: str) -> dict[str, JSON]:
        fields: dict[str, JSON] = {
            "event": event,
            "request_id": self.request.id,
            "conversation_id": self.conversation_id,
            "action": "chat",
            "step": self.step,
            "models": dict(self.models),
        }
        if self.principal:
            fields |= who(self.principal)
        if self.grant:
            entities, found = self._prompt.get("entities", ()), self._prompt.get("found", ())
            fields |= _granted(self.grant, [*entities, *found])
            # Only a model that was found and granted: an unknown name is the caller's own text.
            fields["object"] = f"generator/{self.request.model}"
        return fields

    def _closing(self, event: str, decision: str, outcome: str, reason_id: str | None) -> dict[str, JSON]:
        worst: dict[str, int] = {}
        for piece in self._choices.values():
            for name, value in reached(piece.verdict.scores).items():
                worst[name] = max(worst.get(name, 0), value)
        withheld = sorted({piece.withheld for piece in self._choices.values() if piece.withheld})
        # The facts of the prompt stand in the last record too: a replay then reads one record of a request, not two.
        prompt = {name: value for name, value in self._prompt.items() if name not in _OPENED_ONLY}
        return (
            self._common(event)
            | prompt
            | {
                "decision": decision,
                "outcome": outcome,
                "reason_id": reason_id or (f"withheld_{withheld[0]}" if withheld else None),
                "scores": worst,
                "choices": [
                    {
                        "index": index,
                        "action": piece.verdict.action,
                        "flagged": list(piece.verdict.flagged),
                        "withheld": piece.withheld,
                    }
                    for index, piece in sorted(self._choices.items())
                ],
                "usage": {
                    "prompt_tokens": self.usage.prompt_tokens,
                    "completion_tokens": self.usage.completion_tokens,
                },
                "duration_ms": round((time.monotonic() - self._started) * 1000),
            }
        )


def classify(error: BaseException) -> tuple[str, str, str]:
    """Decision, outcome and reason_id of a turn that ended with this exception."""
    if isinstance(error, asyncio.CancelledError | GeneratorExit):
        return "allow", "disconnected", "client_disconnected"
    if not isinstance(error, GuardError):
        return "error", "failed", "internal_error"
    if isinstance(error, PermissionDeniedError | AuthenticationError):
        return "deny", "refused", error.reason_id
    if isinstance(error, PromptBlockedError):
        return "blocked", "refused", error.reason_id
    if isinstance(error, LimitExceededError):
        return "limited", "refused", error.reason_id
    return "error", "failed", error.reason_id


def who(principal: Principal) -> dict[str, JSON]:
    """The fields that say who acted: random ids and roles, never a name."""
    return {
        "actor": principal.id,
        "tenant": principal.tenant,
        "roles": list(principal.roles),
        "credential": principal.api_key_id or principal.kind,
    }


def _rules(grant: Grant, entity_types: Iterable[str]) -> dict[str, JSON]:
    """The rules that decided. Of those on entity types only those for types that were there: the hash of the policy
    tells all others."""
    there = {f"entity/{entity_type}" for entity_type in entity_types}
    return {part: rule.text for part, rule in grant.rules.items() if not part.startswith("entity/") or part in there}


def _granted(grant: Grant, entity_types: Iterable[str]) -> dict[str, JSON]:
    """What the grant was."""
    return {
        "policy": grant.policy,
        "scenario": grant.scenario,
        "profiles": {"redaction": grant.redaction, "moderation": grant.moderation.name, "limit": grant.limit.name},
        "restore": grant.restore,
        "rules": _rules(grant, entity_types),
        "thresholds": {
            "withhold": per_mille(grant.moderation.withhold),
            "flag": per_mille(grant.moderation.flag),
            "prompt": per_mille(grant.moderation.prompt),
        },
    }
