"""What changes in chats: the profile that is picked, the action on each entity type, thresholds, limits.

A grant follows from the answers to the questions about one scenario. Whoever gets the same answers, and has been given
the same of the roles with budgets of their own, gets the same grant, so one of them is asked about: there are few such
groups, however many people there are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import cast

from guard.errors import NotFoundError, PermissionDeniedError
from guard.model import JSON, Grant
from guard.policy import vocabulary
from guard.policy.bundle import Bundle
from guard.policy.diff_result import FieldChange, ProfileChange
from guard.policy.diff_rights import Masks, Rights, apart
from guard.policy.diff_subjects import Mask, Subjects
from guard.policy.snapshot import Snapshot
from guard.policy.vocabulary import OTHER

Fields = Mapping[str, JSON]


def profile_changes(
    before: Snapshot, after: Snapshot, rights: tuple[Rights, Rights], subjects: Subjects
) -> tuple[ProfileChange, ...]:
    """What changes for whom, equal changes together, in the order of the scenarios."""
    types = sorted({name for each in (before, after) for name in vocabulary.named_types(each.bundle)})
    by_change: dict[tuple[str | None, tuple[FieldChange, ...]], Mask] = defaultdict(int)
    budgeted = {role for each in (before, after) for limit in each.bundle.limits.values() for role in limit.roles}
    parts = apart(subjects.everybody, map(subjects.given, sorted(budgeted)))
    for scenario in _scenarios(before.bundle, after.bundle):
        asked = [_asked(snapshot.bundle, scenario) for snapshot in (before, after)]
        for group in (group for part in parts for group in _groups(rights, asked, part)):
            one = subjects.first(group)
            old, new = (_granted(each, one.roles, one.tenant, scenario, types) for each in (before, after))
            if changes := _compared(old, new):
                by_change[scenario, changes] |= group
    together: dict[tuple[tuple[FieldChange, ...], Mask], list[str | None]] = defaultdict(list)
    for (scenario, changes), mask in by_change.items():
        together[changes, mask].append(scenario)
    return tuple(ProfileChange(tuple(names), changes, mask) for (changes, mask), names in together.items())


def _scenarios(before: Bundle, after: Bundle) -> Iterator[str | None]:
    """All scenarios, and none, when the scenario that is then taken changes."""
    if before.default_scenario != after.default_scenario:
        yield None
    yield from sorted({*before.scenarios, *after.scenarios})


def _asked(bundle: Bundle, scenario: str | None) -> list[tuple[str, str]]:
    return vocabulary.grant_questions(bundle, bundle.default_scenario if scenario is None else scenario)


def _groups(rights: tuple[Rights, Rights], asked: list[list[tuple[str, str]]], part: Mask) -> list[Mask]:
    """A set, apart where two do not get the same answers from both policies."""
    found: dict[Masks, None] = {}
    for side, questions in zip(rights, asked, strict=True):
        buckets = dict.fromkeys(side.buckets(obj, act) for obj, act in questions)
        found |= dict.fromkeys(side.masks(each) for each in buckets)
    # Without a known address. That a rule denies counts beside that none allows: see how entity types are decided.
    return apart(part, (mask for masks in found for mask in (masks.allow, masks.deny | masks.deny_if)))


def _granted(
    snapshot: Snapshot, roles: Collection[str], tenant: str, scenario: str | None, types: list[str]
) -> dict[str, JSON]:
    """The parts of the grant that somebody gets, whatever generator they use."""
    try:
        grant = snapshot.grant(roles, tenant, None, scenario)
    except PermissionDeniedError:
        return {"chat": "refused"}
    except NotFoundError:
        return {"chat": "no such scenario"}
    # A budget of a role is for those who have been given it, as the limiter counts.
    budgets = {role: budget for role, budget in grant.limit.roles.items() if role in roles}
    return {"chat": "granted", **_parts(replace(grant, limit=replace(grant.limit, roles=budgets)), types)}


def _parts(grant: Grant, types: list[str]) -> dict[str, JSON]:
    entities = {f"entity/{entity_type}": grant.action_for(entity_type) for entity_type in types}
    return {
        "redaction": grant.redaction,
        **entities,
        f"entity/{OTHER}": grant.other_entities,
        **dict(_flat("operators", grant.operators)),
        "restore": grant.restore,
        **dict(_flat("moderation", grant.moderation)),
        **dict(_flat("limit", grant.limit)),
    }


def _flat(name: str, value: object) -> Iterator[tuple[str, JSON]]:
    """Every number, name and list in a profile, with the path to it. Whatever fields a profile has are compared."""
    if is_dataclass(value):
        for field in fields(value):
            yield from _flat(f"{name}/{field.name}", getattr(value, field.name))
    elif isinstance(value, Mapping):
        for key in sorted(value):
            yield from _flat(f"{name}/{key}", value[key])
    elif isinstance(value, frozenset | set | list):
        yield name, tuple(sorted(value))
    else:
        yield name, cast(JSON, value)


def _compared(old: Fields, new: Fields) -> tuple[FieldChange, ...]:
    if "granted" not in (old["chat"], new["chat"]):
        return ()  # Why there is no such chat is no difference to whoever has none.
    return tuple(
        FieldChange(what, old.get(what), new.get(what))
        for what in dict.fromkeys((*old, *new))
        if old.get(what) != new.get(what)
    )
