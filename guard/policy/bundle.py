"""The bundle: every policy file, read strictly, with one content hash.

`build` takes a policy or refuses it with the first error; `problems` names all that can be found at once, for an editor.

The canonical form is a JSON object `{"files": {path: text}, "format": 1}` with sorted keys, ASCII-escaped, without
white space, line ends as LF. The hash is SHA-256 over it. Comments count: what is approved is what people read.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from guard.errors import PolicyError
from guard.model import LimitProfile, ModerationProfile
from guard.policy import lists, names, profiles, rules, schema, separation, source
from guard.policy.casbin_model import MODEL_FILE, Model, read_model
from guard.policy.lists import LISTS, TenantLists
from guard.policy.profiles import ENTITIES, SCENARIOS, Groups, RedactionProfile, Scenario, Thresholds
from guard.policy.rules import RULES, PolicyRule, RoleLink
from guard.policy.separation import SEPARATION, Pair
from guard.policy.source import parse, text_of, wrong

FORMAT = 1
ROLES = "roles.toml"
THRESHOLDS = "thresholds.toml"
NOT_POLICY = ("README.md", "schemas")
"""The file and the folder that may lie in the folder and are no part of the policy."""

_SINGLE = (MODEL_FILE, ROLES, RULES, ENTITIES, THRESHOLDS, SCENARIOS)
_OPTIONAL = (SEPARATION, LISTS)
_FOLDERS = ("redaction", "moderation", "limits", "tests")
_Read = TypeVar("_Read")
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
        separation: rights that one person should not hold together.
        lists: values that are always found, and findings that are none, by tenant.
    """

    files: Mapping[str, str] = field(repr=False)
    hash: str
    model: Model = field(repr=False)
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
    separation: tuple[Pair, ...] = field(default=(), repr=False)
    lists: TenantLists = field(default=TenantLists(), repr=False, compare=False)

    @property
    def canonical(self) -> bytes:
        """The bytes that are hashed, stored and read again by `loads`."""
        return _canonical(self.files)

    @property
    def entity_types(self) -> tuple[str, ...]:
        """Every entity type of the policy."""
        return tuple(entity_type for types in self.entities.values() for entity_type in types)

    def role_place(self, role: str) -> str:
        """File and line of a role."""
        return f"{ROLES}:{source.line_of(self.files[ROLES], [role])}"


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a policy, and where. Line and column count from 1, the column in code points."""

    file: str
    line: int
    column: int
    message: str


def load(folder: Path) -> Bundle:
    """Read a folder of policy files. Raises PolicyError that names the place."""
    return build(read_files(folder))


def read_files(folder: Path) -> dict[str, str]:
    """The texts of a folder of policy files, by path. Raises PolicyError for what is no such file, or no text."""
    files: dict[str, str] = {}
    try:
        for path in sorted(folder.rglob("*")):
            name = path.relative_to(folder).as_posix()
            if path.is_dir() or name.split("/")[0] in NOT_POLICY:
                continue
            _check_path(name)
            files[name] = text_of(name, path.read_bytes())
    except OSError:
        raise PolicyError(f"The policy folder {folder} cannot be read.") from None
    return files


def save(bundle: Bundle, folder: Path) -> None:
    """Write the files to a folder, from which `load` reads the same policy.

    Raises PolicyError when the folder is neither new nor empty, or cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise PolicyError(f"The folder {folder} is not empty. Name a new or an empty one.")
        for name, text in bundle.files.items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_bytes(text.encode())
    except OSError:
        raise PolicyError(f"The folder {folder} cannot be written. Name one that can be.") from None


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
    """Read texts by path. Raises PolicyError that names the place, for the first error."""
    reading = _Reading(files)
    read = reading.bundle()
    if reading.errors:
        raise reading.errors[0]
    assert read is not None
    return read


def problems(files: Mapping[str, str]) -> list[Problem]:
    """All that is wrong and can be found at once, by file and place; empty for what `build` takes.

    Of `rules.csv` that is every broken line, of a TOML file the first error. Whether a profile fits other files is asked
    where those can be read.
    """
    reading = _Reading(files)
    reading.bundle()
    found = []
    for error in reading.errors:
        file, line, column = error.file or "", error.line or 1, error.column or 1
        message = str(error).removeprefix(f"{file}:").removeprefix(f"{line}:{column}:").lstrip()
        found.append(Problem(file, line, column, message))
    return sorted(found, key=lambda problem: (problem.file, problem.line, problem.column))


class _Reading:
    """One reading of a policy, which goes on behind an error as far as that makes sense."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self.errors: list[PolicyError] = []
        self.files: dict[str, str] = {}
        for name, text in files.items():
            if self._take(_check_path, name) is not None:
                self.files[name] = text.replace("\r\n", "\n")
        for name in _SINGLE:
            if name not in files:
                error = PolicyError(f"{name}: the policy has no such file.")
                error.file = name
                self.errors.append(error)
        hidden = [error for name, text in self.files.items() for error in source.refused(name, text)]
        self.errors += hidden
        self._hidden = {(error.file, error.line) for error in hidden}
        self._unreadable = {error.file for error in hidden}

    def bundle(self) -> Bundle | None:
        """Read everything. `None` when there are errors."""
        model = self._file(MODEL_FILE, lambda file, text: read_model(text))
        policy_rules, links = self._rules(model)
        roles = self._file(ROLES, lambda file, text: parse(file, text, schema.RolesFile).root)
        groups = self._file(ENTITIES, _groups)
        thresholds = self._file(THRESHOLDS, lambda file, text: parse(file, text, schema.ThresholdsFile).root)
        pairs = self._file(SEPARATION, lambda file, text: separation.read(text)) or ()
        listed = self._file(LISTS, lambda file, text: lists.read(text, groups or {})) or TenantLists()
        redaction = self._redaction(groups)
        moderation = self._moderation(groups, thresholds)
        limits = self._limits(roles)
        tables = self._folder("tests", lambda name, file, text: parse(file, text, schema.TableFile))
        # A profile that is broken is there all the same.
        folders = {"redaction": "redaction", "moderation": "moderation", "limit": "limits"}
        there_are = {kind: dict(_named(self.files, folder)) for kind, folder in folders.items()}
        scenarios = self._file(SCENARIOS, lambda file, text: profiles.scenarios(text, there_are))
        if self.errors or model is None or roles is None or groups is None or scenarios is None:
            return None
        return Bundle(
            files=MappingProxyType(dict(self.files)),
            hash="sha256:" + hashlib.sha256(_canonical(self.files)).hexdigest(),
            model=model,
            roles=MappingProxyType(roles),
            rules=policy_rules,
            links=links,
            entities=MappingProxyType(dict(groups)),
            redaction=MappingProxyType(redaction),
            moderation=MappingProxyType(moderation),
            limits=MappingProxyType(limits),
            default_scenario=scenarios[0],
            scenarios=MappingProxyType(scenarios[1]),
            tables=MappingProxyType({f"tests/{name}.toml": table for name, table in tables.items()}),
            separation=pairs,
            lists=listed,
        )

    def _rules(self, model: Model | None) -> tuple[tuple[PolicyRule, ...], tuple[RoleLink, ...]]:
        text = self.files.get(RULES, "")
        if model is None or len(text) > source.MAX_BYTES:
            return (), ()  # How a row looks is for the model to say.
        policy_rules, links, errors = rules.scan(text, *rules.form_of(model))
        self.errors += [error for error in errors if (error.file, error.line) not in self._hidden]
        return policy_rules, links

    def _redaction(self, groups: Groups | None) -> dict[str, RedactionProfile]:
        if groups is None:
            self._folder("redaction", lambda name, file, text: parse(file, text, schema.RedactionFile))
            return {}
        return self._folder("redaction", lambda name, file, text: profiles.redaction(name, file, text, groups))

    def _moderation(self, groups: Groups | None, thresholds: Thresholds | None) -> dict[str, ModerationProfile]:
        if groups is None or thresholds is None:
            self._folder("moderation", lambda name, file, text: parse(file, text, schema.ModerationFile))
            return {}
        return self._folder(
            "moderation", lambda name, file, text: profiles.moderation(name, file, text, groups, thresholds)
        )

    def _limits(self, roles: Mapping[str, str] | None) -> dict[str, LimitProfile]:
        if roles is None:
            self._folder("limits", lambda name, file, text: parse(file, text, schema.LimitFile))
            return {}
        return self._folder("limits", lambda name, file, text: profiles.limit(name, file, text, roles))

    def _file(self, file: str, read: Callable[[str, str], _Read]) -> _Read | None:
        """Read a file that is there and holds no character that is refused."""
        if file not in self.files or file in self._unreadable:
            return None
        return self._take(read, file, self.files[file])

    def _folder(self, folder: str, read: Callable[[str, str, str], _Read]) -> dict[str, _Read]:
        """Read the files of a folder, by name."""
        result = {}
        for name, file in _named(self.files, folder):
            found = self._file(file, partial(read, name))
            if found is not None:
                result[name] = found
        return result

    def _take(self, read: Callable[..., _Read], *args: str) -> _Read | None:
        try:
            return read(*args)
        except PolicyError as error:
            self.errors.append(error)
            return None


def _groups(file: str, text: str) -> Groups:
    return profiles.groups(file, text, parse(file, text, schema.EntitiesFile).root)


def _canonical(files: Mapping[str, str]) -> bytes:
    content = {"files": dict(files), "format": FORMAT}
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode("ascii")


def _named(files: Mapping[str, str], folder: str) -> list[tuple[str, str]]:
    """Name and path of the files of one folder."""
    return [(Path(name).stem, name) for name in sorted(files) if name.startswith(folder + "/")]


def _check_path(name: str) -> str:
    """Return a path of the policy. Raises PolicyError for one that it has no place for."""
    if name not in _SINGLE and name not in _OPTIONAL and not _PATH.fullmatch(name):
        # The name itself may hold anything, of any length, so it is escaped and cut.
        shown = name if re.fullmatch(r"[\w./-]{1,100}", name, re.ASCII) else ascii(name[:100])
        raise wrong(shown, 1, "the policy has no place for this file.")
    return name
