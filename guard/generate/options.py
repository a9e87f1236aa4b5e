"""The options of a generator's kind: a frozen pydantic model each, unknown keys are errors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from guard.errors import ConfigurationError


class Options(BaseModel):
    """Base of the options of every kind."""

    model_config = ConfigDict(extra="forbid", frozen=True)


Kind = TypeVar("Kind", bound=Options)


def parse(model: type[Kind], options: Mapping[str, Any]) -> Kind:
    """The options of a `[[generators]]` table. Raises ConfigurationError, which names the key and never its value."""
    try:
        return model.model_validate(dict(options))
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        key = ".".join(map(str, first["loc"])) or "table"
        raise ConfigurationError(f"The option {key} of a generator is not valid: {first['msg']}.") from None
