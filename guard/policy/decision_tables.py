"""Decision tables: what a policy is expected to answer, written beside it and run against it.

Three forms (`guard.policy.schema` has their keys). `[[case]]` is one question. `[[matrix]]` lists all that some roles
may do: every other question that Guard asks, or that any table asks, must be denied, so a rule that allows too much
fails a table that never heard of it. `[[chat]]` is a chat and its grant: profiles, and the action on every entity type,
where types that are not listed must be redacted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from guard.errors import GuardError, PolicyError
from guard.model import Budget, Grant, LimitProfile, Rule
from guard.policy import profiles, vocabulary
from guard.policy.bundle import Bundle
from guard.policy.schema import Case, Chat, Matrix
from guard.policy.source import line_of


class Decisions(Protocol):
    """What decides: a snapshot of the policy."""

    def decide(self, roles: Iterable[str], tenant: str, obj: str, act: str) -> Rule:
        """Decide one question."""
        ...

    def grant(self, roles: Iterable[str], tenant: str, model: str | None, scenario: str | None = None) -> Grant:
        """Decide a chat. Raises GuardError."""
        ...


@dataclass(frozen=True, slots=True)
class Result:
    """One expectation and what came of it. `rule` is the text of the rule that decided."""

    place: str
    question: str
    expected: str
    actual: str
    rule: str

    @property
    def passed(self) -> bool:
        """Whether the policy answered as expected."""
        return self.expected == self.actual


def run(bundle: Bundle, decisions: Decisions) -> Iterator[Result]:
    """Run all tables of the bundle, one result for each question."""
    universe = _universe(bundle)
    for file, table in bundle.tables.items():
        for index, case in enumerate(table.case):
            yield from _case(_place(bundle, file, "case", index), case, decisions)
        for index, matrix in enumerate(table.matrix):
            yield from _matrix(_place(bundle, file, "matrix", index), matrix, universe, decisions)
        for index, chat in enumerate(table.chat):
            yield from _chat(_place(bundle, file, "chat", index), chat, bundle, decisions)


def check(bundle: Bundle, decisions: Decisions) -> int:
    """Run all tables; return how many questions were asked. Raises PolicyError that names the first failure."""
    count = 0
    for result in run(bundle, decisions):
        if not result.passed:
            raise PolicyError(
                f"{result.place}: {result.question}: expected {result.expected}, got {result.actual} ({result.rule})."
            )
        count += 1
    return count


def _universe(bundle: Bundle) -> list[str]:
    """Every question that Guard or any table asks, as `object act`."""
    asked = {f"{obj} {act}" for obj, act in vocabulary.questions(bundle)}
    for table in bundle.tables.values():
        asked.update(f"{case.obj} {case.act}" for case in table.case)
        asked.update(right for matrix in table.matrix for right in matrix.allow)
    return sorted(asked)


def _case(place: str, case: Case, decisions: Decisions) -> Iterator[Result]:
    rule = decisions.decide(case.roles, case.tenant, case.obj, case.act)
    question = _question(case.roles, case.tenant, f"{case.obj} {case.act}")
    yield Result(place, question, case.expect, _answer(rule), rule.text)
    if case.rule is not None:
        yield Result(place, question + " by the rule", case.rule, rule.text, rule.text)


def _matrix(place: str, matrix: Matrix, universe: list[str], decisions: Decisions) -> Iterator[Result]:
    for right in universe:
        rule = decisions.decide(matrix.roles, matrix.tenant, *right.split(" "))
        expected = "allow" if right in matrix.allow else "deny"
        yield Result(place, _question(matrix.roles, matrix.tenant, right), expected, _answer(rule), rule.text)


def _chat(place: str, chat: Chat, bundle: Bundle, decisions: Decisions) -> Iterator[Result]:
    what = f"chat with {chat.model}" + (f" in {chat.scenario}" if chat.scenario else "")
    question = _question(chat.roles, chat.tenant, what)
    try:
        grant = decisions.grant(chat.roles, chat.tenant, chat.model, chat.scenario)
    except GuardError as error:
        rule = getattr(error, "rule", error.reason_id)
        yield Result(place, question, "refused" if chat.refused else "granted", "refused", rule)
        return
    yield Result(place, question, "refused" if chat.refused else "granted", "granted", "")
    if chat.refused:
        return
    for part, expected, actual in _expected(chat, bundle, grant, place.partition(":")[0]):
        if expected is not None:
            decided = grant.rules.get(part)
            yield Result(place, f"{question}: {part}", str(expected), str(actual), decided.text if decided else "")


def _expected(chat: Chat, bundle: Bundle, grant: Grant, file: str) -> Iterator[tuple[str, Any, Any]]:
    """Part of the grant, what is expected of it (`None`: anything), what it is."""
    text = bundle.files.get(file, "")
    yield "redaction", chat.redaction, grant.redaction
    yield "moderation", chat.moderation, grant.moderation.name
    yield "limit", chat.limit, grant.limit.name
    yield "restore", chat.restore, grant.restore
    listed = dict.fromkeys(profiles.spread(file, text, chat.clear, bundle.entities), "clear")
    listed |= dict.fromkeys(profiles.spread(file, text, chat.block, bundle.entities), "block")
    for entity_type in sorted({*bundle.entity_types, *grant.entities}):
        yield f"entity/{entity_type}", listed.get(entity_type, "redact"), grant.action_for(entity_type)
    yield f"entity/{vocabulary.OTHER}", chat.other, grant.other_entities
    for entity_type in sorted({*bundle.entity_types, *grant.operators}) if chat.operators is not None else ():
        wanted = (chat.operators or {}).get(entity_type, "placeholder")
        yield f"operator/{entity_type}", wanted, grant.operator_for(entity_type).name
    for table in ("withhold", "flag", "prompt"):
        yield table, getattr(chat, table), dict(getattr(grant.moderation, table))
    masked = None if chat.masked is None else sorted(profiles.spread(file, text, chat.masked, bundle.entities))
    yield "masked", masked, sorted(grant.moderation.masked)
    yield "requests_per_minute", chat.requests_per_minute, grant.limit.user.requests_per_minute
    yield "concurrent", chat.concurrent, grant.limit.user.concurrent
    if chat.limits is not None:
        yield from _limits(profiles.limits(grant.limit.name, chat.limits), grant.limit)


def _limits(expected: LimitProfile, actual: LimitProfile) -> Iterator[tuple[str, Any, Any]]:
    """Number by number; one that is not listed must not be there."""
    none = Budget()
    for scope in dict.fromkeys((*expected.budgets, *actual.budgets)):
        for number in ("requests_per_minute", "tokens_per_day", "concurrent"):
            listed, found = (getattr(limit.budgets.get(scope, none), number) for limit in (expected, actual))
            yield f"limits of {scope}, {number}", listed or "none", found or "none"


def _place(bundle: Bundle, file: str, form: str, index: int) -> str:
    return f"{file}:{line_of(bundle.files[file], [form, index])}"


def _question(roles: list[str], tenant: str, what: str) -> str:
    return f"{'+'.join(roles) or 'nobody'} in {tenant}, {what}"


def _answer(rule: Rule) -> str:
    return "allow" if rule.allowed else "deny"
