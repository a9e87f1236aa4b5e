"""A JSON Schema (2020-12) for every file of a policy, for editors: made from the forms that read the files.

A TOML file is checked as the object that it is. `rules.csv` is checked as a list of rows, `model.conf` as an object of
sections; `json_form` gives both. A schema knows one file and no other: whether a profile exists is for `bundle.problems`.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from guard.errors import NotFoundError, PolicyError
from guard.policy import casbin_model, rules, schema, source
from guard.policy.casbin_model import MODEL_FILE

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

_FORMS: Final[dict[str, type[BaseModel]]] = {
    "roles": schema.RolesFile,
    "entities": schema.EntitiesFile,
    "thresholds": schema.ThresholdsFile,
    "scenarios": schema.ScenariosFile,
    "separation": schema.SeparationFile,
    "lists": schema.ListsFile,
    "redaction": schema.RedactionFile,
    "moderation": schema.ModerationFile,
    "limits": schema.LimitFile,
    "tests": schema.TableFile,
}
NAMES: Final = (*_FORMS, "rules", "model")
"""The schemas there are: a file's name without its ending, or the name of its folder."""


def of(name: str) -> dict[str, Any]:
    """The schema of that name. Raises NotFoundError."""
    if name in _FORMS:
        made = _untitled(_FORMS[name].model_json_schema(schema_generator=_Strict))
    elif name == "rules":
        made = _rules()
    elif name == "model":
        made = _model()
    else:
        raise NotFoundError(f"There is no schema of that name. There are: {', '.join(NAMES)}.")
    return {"$schema": DIALECT, "title": f"Guard policy: {name}", **made}


def name_of(file: str) -> str:
    """The name of the schema for a file of a policy."""
    return file.split("/")[0].split(".")[0]


def text(name: str) -> str:
    """The schema as its file holds it. Raises NotFoundError."""
    return json.dumps(of(name), indent=2, sort_keys=True) + "\n"


def write(folder: Path, which: Iterable[str] = NAMES) -> list[Path]:
    """Write schemas to a folder as `NAME.schema.json`. Raises NotFoundError, PolicyError when it cannot be written."""
    written = {folder / f"{name}.schema.json": text(name) for name in which}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, content in written.items():
            path.write_bytes(content.encode())
    except OSError:
        raise PolicyError(f"The folder {folder} cannot be written. Name one that can be.") from None
    return list(written)


def json_form(file: str, content: str) -> Any:
    """A file as the JSON that its schema describes. Raises PolicyError for what is no TOML or no Casbin model."""
    if file == rules.RULES:
        rows = (line for line in content.split("\n") if line.strip() and not line.lstrip().startswith("#"))
        return [[value.strip(" ") for value in row.split(",")] for row in rows]
    if file == MODEL_FILE:
        parser = casbin_model.parsed(content)
        return {section: dict(parser[section]) for section in parser.sections()}
    return source.document(file, content)


class _Strict(GenerateJsonSchema):
    """A key that fits no pattern is refused, as pydantic refuses it when it reads."""

    def dict_schema(self, schema: core_schema.DictSchema) -> JsonSchemaValue:
        made = super().dict_schema(schema)
        if "patternProperties" in made:
            made.pop("propertyNames", None)
            made["additionalProperties"] = False
        return made


def _untitled(made: Any) -> Any:
    """Without the titles that pydantic makes of names: an editor would show them in place of the name."""
    if isinstance(made, dict):
        return {key: _untitled(value) for key, value in made.items() if not (key == "title" and isinstance(value, str))}
    return [_untitled(value) for value in made] if isinstance(made, list) else made


def _rules() -> dict[str, Any]:
    """All `p` rows have the fields of one model, and all `g` rows too: any model that Guard takes."""
    optional = ("dom", "ip", "eft")
    models = []
    for present in itertools.product((True, False), repeat=len(optional)):
        absent = {name for name, there in zip(optional, present, strict=True) if not there}
        fields = [name for name in ("sub", "dom", "obj", "act", "ip", "eft") if name not in absent]
        models += [(fields, ["role", "included", "dom"]), (fields, ["role", "included"])]
    return {
        "description": "`rules.csv` as a list of rows, comments and empty lines left out.",
        "type": "array",
        "anyOf": [{"items": {"anyOf": [_row("p", fields), _row("g", link)]}} for fields, link in models],
        "$defs": {
            name: {"type": "string", "pattern": f"^(?:{pattern.pattern})$", "description": called}
            for name, (called, pattern) in {**rules.GRAMMAR, **rules.MODEL_GRAMMAR}.items()
        },
    }


def _row(kind: str, fields: list[str]) -> dict[str, Any]:
    size = len(fields) + 1
    first: dict[str, Any] = {"const": kind}
    return {
        "type": "array",
        "prefixItems": [first, *({"$ref": f"#/$defs/{name}"} for name in fields)],
        "items": False,
        "minItems": size,
        "maxItems": size,
    }


def _model() -> dict[str, Any]:
    sections: dict[str, tuple[str, dict[str, Any]]] = {
        "request_definition": ("r", {"pattern": "^sub(?:, dom)?, obj, act(?:, ip)?$"}),
        "policy_definition": ("p", {"pattern": "^sub(?:, dom)?, obj, act(?:, ip)?(?:, eft)?$"}),
        "role_definition": ("g", {"enum": ["_, _", "_, _, _"]}),
        "policy_effect": ("e", {"enum": [casbin_model.ALLOW_AND_DENY, casbin_model.ALLOW_OVERRIDE]}),
        "matchers": ("m", {"minLength": 1}),
    }
    return {
        "description": "`model.conf` as an object of sections.",
        "type": "object",
        "properties": {
            section: {
                "type": "object",
                "properties": {key: {"type": "string", **form}},
                "required": [key],
                "additionalProperties": False,
            }
            for section, (key, form) in sections.items()
        },
        "required": [section for section in sections if section != "role_definition"],
        "additionalProperties": False,
    }
