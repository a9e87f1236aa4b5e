"""Profiles and scenarios: what stands behind the names that Casbin allows."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field

from guard.model import Budget, EntityAction, LimitProfile, ModerationProfile, Operator
from guard.policy.schema import BudgetForm, LimitFile, LimitsForm, ModerationFile, RedactionFile, ScenariosFile
from guard.policy.source import parse, wrong_at, wrong_string

ENTITIES = "entities.toml"
SCENARIOS = "scenarios.toml"
STRICTNESS: tuple[EntityAction, ...] = ("block", "redact", "clear")
"""The actions on an entity type, the strictest first."""

Groups = Mapping[str, tuple[str, ...]]
Thresholds = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class RedactionProfile:
    """Entity type to action; a type that is not listed takes `other`. `operators`: what redacted types become."""

    name: str
    actions: Mapping[str, EntityAction]
    other: EntityAction = "redact"
    operators: Mapping[str, Operator] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Scenario:
    """The profiles of a scenario, by kind, in order of preference."""

    name: str
    redaction: tuple[str, ...]
    moderation: tuple[str, ...]
    limit: tuple[str, ...]


def groups(file: str, text: str, read: Mapping[str, Sequence[str]]) -> Groups:
    """Check that no type is in two groups. Raises PolicyError."""
    seen: set[str] = set()
    for group, types in read.items():
        for index, entity_type in enumerate(types):
            if entity_type in seen:
                raise wrong_at(file, text, [group, index], f"{entity_type} is listed twice.")
            seen.add(entity_type)
    return {group: tuple(types) for group, types in read.items()}


def spread(
    file: str, text: str, listed: Sequence[str], known: Groups, path: Sequence[str | int] = ()
) -> tuple[str, ...]:
    """Replace groups by their types. Raises PolicyError for a type or group that entities.toml does not have.

    Args:
        path: where in the file the list stands; without it, an unknown name is looked for in all of the file.
    """
    types = {entity_type for group in known.values() for entity_type in group}
    result: list[str] = []
    for index, name in enumerate(listed):
        if name not in known and name not in types:
            message = f"{name} is not in {ENTITIES}."
            raise wrong_at(file, text, [*path, index], message) if path else wrong_string(file, text, name, message)
        result += known.get(name, (name,))
    return tuple(result)


def redaction(name: str, file: str, text: str, known: Groups) -> RedactionProfile:
    """Read a redaction profile. Raises PolicyError, also for a type with two actions."""
    form = parse(file, text, RedactionFile)
    actions: dict[str, EntityAction] = {}
    by_action: dict[EntityAction, list[str]] = {"block": form.block, "redact": form.redact, "clear": form.clear}
    for action, listed in by_action.items():
        for index, name_or_group in enumerate(listed):
            for entity_type in spread(file, text, [name_or_group], known, [action, index]):
                if entity_type in actions:
                    raise wrong_at(file, text, [action, index], f"{entity_type} is listed twice.")
                actions[entity_type] = action
    return RedactionProfile(name, actions, form.other, _operators(file, text, form, known))


def _operators(file: str, text: str, form: RedactionFile, known: Groups) -> dict[str, Operator]:
    """The operators by type. A type that is named itself has its own, whatever its group has. Raises PolicyError."""
    named: dict[str, Operator] = {}
    of_groups: dict[str, Operator] = {}
    for name, chosen in form.operators.items():
        if name not in known and not any(name in types for types in known.values()):
            raise wrong_at(file, text, ["operators", name], f"{name} is not in {ENTITIES}.", key=True)
        into = of_groups if name in known else named
        into |= dict.fromkeys(known.get(name, (name,)), Operator(chosen.operator, chosen.keep))
    return of_groups | named


def moderation(name: str, file: str, text: str, known: Groups, thresholds: Thresholds) -> ModerationProfile:
    """Read a moderation profile and put numbers in place of levels. Raises PolicyError."""
    form = parse(file, text, ModerationFile)

    def numbers(table: str, levels: Mapping[str, str]) -> dict[str, float]:
        for category, level in levels.items():
            if level not in thresholds.get(category, {}):
                message = f"thresholds.toml has no level {level} of {category}."
                raise wrong_at(file, text, [table, category], message, key=category not in thresholds)
        return {category: thresholds[category][level] for category, level in levels.items()}

    return ModerationProfile(
        name,
        numbers("withhold", form.withhold),
        numbers("flag", form.flag),
        numbers("prompt", form.prompt),
        form.whole_reply,
        frozenset(spread(file, text, form.masked, known, ["masked"])),
    )


def limit(name: str, file: str, text: str, roles: Container[str]) -> LimitProfile:
    """Read a limit profile. Raises PolicyError, also for a role that is none of `roles`."""
    form = parse(file, text, LimitFile)
    for role in form.role:
        if role not in roles:
            raise wrong_at(file, text, ["role", role], f"roles.toml has no role {role}.", key=True)
    return limits(name, form)


def limits(name: str, form: LimitFile | LimitsForm) -> LimitProfile:
    """The budgets of a form, scope by scope."""

    def budget(numbers: LimitFile | LimitsForm | BudgetForm | None) -> Budget:
        if numbers is None:
            return Budget()
        return Budget(numbers.requests_per_minute, numbers.tokens_per_day, numbers.concurrent)

    roles = {role: budget(numbers) for role, numbers in form.role.items()}
    return LimitProfile(name, budget(form), budget(form.key), budget(form.tenant), roles)


def scenarios(text: str, profiles: Mapping[str, Mapping[str, object]]) -> tuple[str, dict[str, Scenario]]:
    """Read the scenarios: the default one's name, and all. Raises PolicyError for an unknown profile or default.

    Args:
        profiles: the profiles there are, by kind (`redaction`, `moderation`, `limit`) and name.
    """
    form = parse(SCENARIOS, text, ScenariosFile)
    if form.default not in form.scenarios:
        raise wrong_at(SCENARIOS, text, ["default"], f"there is no scenario {form.default}.")
    result = {}
    for name, entry in form.scenarios.items():
        lists = {"redaction": entry.redaction, "moderation": entry.moderation, "limit": entry.limit}
        for kind, candidates in lists.items():
            for index, candidate in enumerate(candidates):
                if candidate not in profiles[kind]:
                    message = f"there is no {kind} profile {candidate}."
                    raise wrong_at(SCENARIOS, text, ["scenarios", name, kind, index], message)
        result[name] = Scenario(name, *(tuple(lists[kind]) for kind in ("redaction", "moderation", "limit")))
    return form.default, result
