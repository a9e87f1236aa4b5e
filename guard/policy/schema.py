"""The form of the TOML files. Unknown keys, wrong types, empty and malformed names are refused."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, RootModel, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from guard.model import OperatorName
from guard.policy import names
from guard.policy.source import REFUSED


def _name(pattern: str) -> StringConstraints:
    return StringConstraints(pattern=rf"^(?:{pattern})$", min_length=1)


Role = Annotated[str, _name(names.ROLE.pattern)]
Tenant = Annotated[str, _name(names.TENANT.pattern)]
Profile = Annotated[str, _name(names.PROFILE.pattern)]
EntityType = Annotated[str, _name(names.ENTITY_TYPE.pattern)]
Group = Annotated[str, _name(names.GROUP.pattern)]
TypeOrGroup = Annotated[str, _name(f"{names.ENTITY_TYPE.pattern}|{names.GROUP.pattern}")]
AnyTenant = Annotated[str, _name(rf"\*|{names.TENANT.pattern}")]
AnyType = Annotated[str, _name(rf"\*|{names.ENTITY_TYPE.pattern}")]
Category = Annotated[str, _name(names.ACT.pattern)]
Level = Annotated[str, _name(names.PROFILE.pattern)]
Probability = Annotated[float, Field(gt=0.0, le=1.0, allow_inf_nan=False)]
Right = Annotated[str, _name(f"{names.OBJECT.pattern} {names.ACT.pattern}")]
RightPattern = Annotated[str, _name(f"(?:{names.OBJECT_PATTERN.pattern}) {names.ACT.pattern}")]


def _visible(text: str) -> str:
    """A TOML escape could bring in what `source.text_of` refuses, and the line ends and tabs of TOML besides."""
    if REFUSED.search(text) or "\n" in text or "\t" in text or not text.strip():
        raise PydanticCustomError("line_of_text", "Input should be a line of text without invisible characters")
    return text


# Editors know no classes of Unicode in patterns, so the schema names the characters that are met most.
_HIDDEN = "\\u0000-\\u001f\\u007f-\\u009f\\u00ad\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufeff"
Text = Annotated[
    str,
    Field(min_length=1, max_length=1000, json_schema_extra={"pattern": f"^(?=.*\\S)[^{_HIDDEN}]+$"}),
    AfterValidator(_visible),
]


class Form(BaseModel):
    """Frozen, nothing unknown, nothing converted."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class RolesFile(RootModel[dict[Role, Text]]):
    """`roles.toml`: role to what it is for."""

    model_config = ConfigDict(strict=True)


class EntitiesFile(RootModel[dict[Group, list[EntityType]]]):
    """`entities.toml`: group to entity types."""

    model_config = ConfigDict(strict=True)


class ThresholdsFile(RootModel[dict[Category, dict[Level, Probability]]]):
    """`thresholds.toml`: category to level to probability."""

    model_config = ConfigDict(strict=True)


class ScenarioForm(Form):
    """One scenario: candidates, in order."""

    about: Text
    redaction: list[Profile] = Field(min_length=1)
    moderation: list[Profile] = Field(min_length=1)
    limit: list[Profile] = Field(min_length=1)


class ScenariosFile(Form):
    """`scenarios.toml`."""

    default: Profile
    scenarios: dict[Profile, ScenarioForm]


class OperatorForm(Form):
    """What a redacted value becomes. `keep` is for `mask`: letters and digits at the end that stay."""

    operator: OperatorName
    keep: Annotated[int, Field(ge=0, le=8)] = 0

    @model_validator(mode="after")
    def _keeps_of_a_mask(self) -> OperatorForm:
        if self.keep and self.operator != "mask":
            raise PydanticCustomError("keep_without_mask", "Input should have keep with the operator mask alone")
        return self


class RedactionFile(Form):
    """`redaction/<name>.toml`: entity types and groups by action. `other` is for types that no list names; `operators`
    says what redacted types become, where that is no placeholder."""

    clear: list[TypeOrGroup] = []
    redact: list[TypeOrGroup] = []
    block: list[TypeOrGroup] = []
    other: Literal["redact", "block"] = "redact"
    operators: dict[TypeOrGroup, OperatorForm] = {}


class ModerationFile(Form):
    """`moderation/<name>.toml`: category to a level of `thresholds.toml`."""

    withhold: dict[Category, Level] = Field(min_length=1)
    flag: dict[Category, Level] = {}
    prompt: dict[Category, Level] = {}
    whole_reply: bool = False
    masked: list[TypeOrGroup] = []


PerMinute = Annotated[int, Field(ge=1, le=10_000_000)]
PerDay = Annotated[int, Field(ge=1, le=1_000_000_000_000)]
AtOnce = Annotated[int, Field(ge=1, le=100_000)]


class BudgetForm(Form):
    """A table of a limit profile: at least one number."""

    requests_per_minute: PerMinute | None = None
    tokens_per_day: PerDay | None = None
    concurrent: AtOnce | None = None

    @model_validator(mode="after")
    def _limits_something(self) -> BudgetForm:
        if not self.model_fields_set:
            raise PydanticCustomError("no_number", "Input should have a number")
        return self


class ScopesForm(Form):
    """The budgets that are not a user's own."""

    key: BudgetForm | None = None
    tenant: BudgetForm | None = None
    role: dict[Role, BudgetForm] = {}


class LimitFile(ScopesForm):
    """`limits/<name>.toml`: at the top what each user may use."""

    requests_per_minute: PerMinute
    tokens_per_day: PerDay | None = None
    concurrent: AtOnce


class LimitsForm(ScopesForm):
    """All numbers of a limit profile, in its own form, as a decision table expects them."""

    requests_per_minute: PerMinute | None = None
    tokens_per_day: PerDay | None = None
    concurrent: AtOnce | None = None


class Case(Form):
    """One question and the answer that is expected; `rule` is the text of the rule that must have decided."""

    roles: list[Role]
    tenant: Tenant = names.DEFAULT_TENANT
    obj: Annotated[str, _name(names.OBJECT.pattern)]
    act: Annotated[str, _name(names.ACT.pattern)]
    expect: Literal["allow", "deny"]
    rule: Text | None = None


class Matrix(Form):
    """All that these roles may do. Whatever any table or the vocabulary asks and is not listed must be denied."""

    roles: list[Role]
    tenant: Tenant = names.DEFAULT_TENANT
    allow: list[Right]


class Chat(Form):
    """A chat and what it is granted. Entity types that are not listed must be redacted, and where `operators` is there,
    those that it does not list must become placeholders."""

    roles: list[Role]
    tenant: Tenant = names.DEFAULT_TENANT
    model: Annotated[str, _name(names.OBJECT.pattern)] = "any"
    scenario: Profile | None = None
    refused: bool = False
    redaction: Profile | None = None
    moderation: Profile | None = None
    limit: Profile | None = None
    restore: bool = True
    clear: list[TypeOrGroup] = []
    block: list[TypeOrGroup] = []
    other: Literal["redact", "block"] = "redact"
    # Exact numbers, for the tables that watch over a profile.
    withhold: dict[Category, Probability] | None = None
    flag: dict[Category, Probability] | None = None
    prompt: dict[Category, Probability] | None = None
    masked: list[TypeOrGroup] | None = None
    operators: dict[EntityType, OperatorName] | None = None
    requests_per_minute: int | None = None
    concurrent: int | None = None
    limits: LimitsForm | None = None


class TableFile(Form):
    """`tests/<name>.toml`: a decision table."""

    case: list[Case] = []
    matrix: list[Matrix] = []
    chat: list[Chat] = []


class PairForm(Form):
    """Two rights, `object act`, that one person should not hold together; objects may end in `*`, as in rules."""

    rights: list[RightPattern] = Field(min_length=2, max_length=2, json_schema_extra={"uniqueItems": True})
    reason: Text


class SeparationFile(Form):
    """`separation.toml`."""

    pair: list[PairForm] = []


ListedText = Annotated[str, Field(min_length=2, max_length=200), AfterValidator(_visible)]


class ListForm(Form):
    """Values of one type, or of one tenant."""

    tenant: AnyTenant = "*"
    type: EntityType
    case: Literal["fold", "exact"] = "fold"
    values: list[ListedText] = Field(min_length=1)


class AllowForm(Form):
    """Values that are nobody's: of one type, or of every type that is found by context."""

    tenant: AnyTenant = "*"
    type: AnyType = "*"
    case: Literal["fold", "exact"] = "exact"
    values: list[ListedText] = Field(min_length=1)


class ListsFile(Form):
    """`lists.toml`."""

    deny: list[ListForm] = []
    allow: list[AllowForm] = []
