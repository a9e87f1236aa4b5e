"""The bundle: every policy file, read strictly, with one content hash.

The canonical form is a JSON object `{"files": {path: text}, "format": 1}` with sorted keys, ASCII-escaped, without
white space, line ends as LF. The hash is SHA-256 over it. Comments count: what is approved is what people read.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from guard.errors import PolicyError
from guard.model import LimitProfile, ModerationProfile
from guard.policy import names, profiles, rules, schema
from guard.policy.profiles import ENTITIES, SCENARIOS, RedactionProfile, Scenario
from guard.policy.rules import MODEL_FILE, RULES, PolicyRule, RoleLink
from guard.policy.source import parse, text_of, wrong

FORMAT = 1
ROLES = "roles.toml"
THRESHOLDS = "thresholds.toml"
NOT_POLICY = ("README.md",)
"""Files that may lie in the folder and are no part of the policy."""

_SINGLE = (MODEL_FILE, ROLES, RULES, ENTITIES, THRESHOLDS, SCENARIOS)
_FOLDERS = ("redaction", "moderation", "limits", "tests")
_PATH = re.compile(rf"(?:{'|'.join(_FOLDERS)})/({names.PROFILE.pattern})\.toml")


@dataclass(frozen=True, slots=True)
class Bundle:
    """A policy, read and consistent: every name that a profile or scenario uses exists.

    Args:
        files: path to text, as read.
        hash: `sha256:` and 64 hexadecimal digits.
        roles: role to what it is for.
        entities: group to entity types.
        tables: decision table by path.
    """

    files: Mapping[str, str] = field(repr=False)
    hash: str
    roles: Mapping[str, str]
    rules: tuple[PolicyRule, ...] = field(repr=False)
    links: tuple[RoleLink, ...] = field(repr=False)
    entities: Mapping[str, tuple[str, ...]] = field(repr=False)
    redaction: Mapping[str, RedactionProfile] = field(repr=False)
    moderation: Mapping[str, ModerationProfile] = field(repr=False)
    limits: Mapping[str, LimitProfile] = field(repr=False)
    default_scenario: str
    scenarios: Mapping[str, Scenario] = field(repr=False)
    tables: Mapping[str, schema.TableFile] = field(repr=False)

    @property
    def canonical(self) -> bytes:
        """The bytes that are hashed, stored and read again by `loads`."""
        return _canonical(self.files)

    @property
    def entity_types(self) -> tuple[str, ...]:
        """Every entity type of the policy."""
        return tuple(entity_type for types in self.entities.values() for entity_type in types)


def load(folder: Path) -> Bundle:
    """Read a folder of policy files. Raises PolicyError that names file and line."""
    files: dict[str, str] = {}
    try:
        for path in sorted(folder.rglob("*")):
            name = path.relative_to(folder).as_posix()
            if path.is_dir() or name in NOT_POLICY:
                continue
            _check_path(name)
            files[name] = text_of(name, path.read_bytes())
    except OSError:
        raise PolicyError(f"The policy folder {folder} cannot be read.") from None
    return build(files)


def loads(canonical: bytes) -> Bundle:
    """Read a canonical form. Raises PolicyError."""
    try:
        content = json.loads(canonical)
        stored, version = dict(content["files"]), content["format"]
    except (ValueError, KeyError, TypeError):
        raise PolicyError("This is no stored policy.") from None
    if version != FORMAT or not all(isinstance(text, str) for text in stored.values()):
        raise PolicyError("The stored policy has a format that this version does not know.")
    return build({name: text_of(name, text.encode("utf-8", "surrogatepass")) for name, text in stored.items()})


def build(files: Mapping[str, str]) -> Bundle:
    """Read texts by path. Raises PolicyError that names file and line."""
    for name in files:
        _check_path(name)
    for name in _SINGLE:
        if name not in files:
            raise PolicyError(f"{name}: the policy has no such file.")
    rules.check_model(files[MODEL_FILE])
    policy_rules, links = rules.read(files[RULES])
    groups = profiles.groups(ENTITIES, files[ENTITIES], parse(ENTITIES, files[ENTITIES], schema.EntitiesFile).root)
    thresholds = parse(THRESHOLDS, files[THRESHOLDS], schema.ThresholdsFile).root
    redaction = {n: profiles.redaction(n, f, files[f], groups) for n, f in _named(files, "redaction")}
    moderation = {n: profiles.moderation(n, f, files[f], groups, thresholds) for n, f in _named(files, "moderation")}
    roles = parse(ROLES, files[ROLES], schema.RolesFile).root
    limits = {n: profiles.limit(n, f, files[f], roles) for n, f in _named(files, "limits")}
    default, scenarios = profiles.scenarios(
        files[SCENARIOS], {"redaction": redaction, "moderation": moderation, "limit": limits}
    )
    return Bundle(
        files=MappingProxyType(dict(files)),
        hash="sha256:" + hashlib.sha256(_canonical(files)).hexdigest(),
        roles=MappingProxyType(roles),
        rules=policy_rules,
        links=links,
        entities=MappingProxyType(dict(groups)),
        redaction=MappingProxyType(redaction),
        moderation=MappingProxyType(moderation),
        limits=MappingProxyType(limits),
        default_scenario=default,
        scenarios=MappingProxyType(scenarios),
        tables=MappingProxyType({f: parse(f, files[f], schema.TableFile) for _, f in _named(files, "tests")}),
    )


def _canonical(files: Mapping[str, str]) -> bytes:
    content = {"files": dict(files), "format": FORMAT}
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode("ascii")


def _named(files: Mapping[str, str], folder: str) -> list[tuple[str, str]]:
    """Name and path of the files of one folder."""
    return [(Path(name).stem, name) for name in sorted(files) if name.startswith(folder + "/")]


def _check_path(name: str) -> None:
    if name not in _SINGLE and not _PATH.fullmatch(name):
        # The name itself may hold anything, so it is escaped.
        raise wrong(ascii(name), 1, "the policy has no place for this file.")
