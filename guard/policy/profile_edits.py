"""Changes of profiles as forms make them, written into the files where the values stand."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from typing import Any

from guard.policy.bundle import THRESHOLDS, Bundle
from guard.policy.toml_edits import with_list, with_value

TABLES = ("withhold", "flag", "prompt")
ACTIONS = ("clear", "redact", "block")

Numbers = Mapping[tuple[str, str], float]
Levels = Mapping[tuple[str, str], str]


def levels(bundle: Bundle, profile: str, numbers: Numbers, chosen: Levels) -> dict[str, str]:
    """The files with other thresholds, and with other levels in one moderation profile.

    Args:
        numbers: category and level to probability; a level that is not there is ignored.
        chosen: table and category to level; nothing takes the category out of the table.

    Raises CannotPlaceError.
    """
    files, path = dict(bundle.files), f"moderation/{profile}.toml"
    known = tomllib.loads(files[THRESHOLDS])
    for (category, level), number in numbers.items():
        if known.get(category, {}).get(level, number) != number:
            files[THRESHOLDS] = with_value(THRESHOLDS, files[THRESHOLDS], [category, level], number)
    now = tomllib.loads(files[path])
    for (table, category), level in chosen.items():
        if table in TABLES and now.get(table, {}).get(category, "") != level:
            files[path] = with_value(path, files[path], [table, category], level or None)
    return files


def actions(bundle: Bundle, profile: str, wanted: Mapping[str, str]) -> dict[str, str]:
    """The files with other actions on entity types in one redaction profile.

    Args:
        wanted: type to action; nothing takes the type out of the lists. Types that the policy has not are ignored.

    A type that is listed by its group has the rest of the group named in the group's place. Raises CannotPlaceError.
    """
    files, path = dict(bundle.files), f"redaction/{profile}.toml"
    read: dict[str, Any] = tomllib.loads(files[path])
    before = {action: list(read.get(action, [])) for action in ACTIONS}
    lists = {action: list(names) for action, names in before.items()}
    for entity_type in bundle.entity_types:
        had = bundle.redaction[profile].actions.get(entity_type, "")
        to = wanted.get(entity_type, had)
        if to == had or to not in ("", *ACTIONS):
            continue
        if had:
            lists[had] = _without(lists[had], entity_type, bundle.entities)
        if to:
            lists[to].append(entity_type)
    for action in ACTIONS:
        if lists[action] != before[action]:
            files[path] = with_list(path, files[path], action, lists[action])
    return files


def _without(names: list[str], entity_type: str, groups: Mapping[str, tuple[str, ...]]) -> list[str]:
    result: list[str] = []
    for name in names:
        if entity_type in groups.get(name, ()):
            result += [each for each in groups[name] if each != entity_type]
        elif name != entity_type:
            result.append(name)
    return result
