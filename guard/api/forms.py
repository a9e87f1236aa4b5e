"""Bodies of the administration's requests: strict forms, in the OpenAPI document, refused without an echo."""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.requests import Request

from guard.api.body import read_json
from guard.errors import InvalidRequestError


class Form(BaseModel):
    """A body: nothing unknown, nothing converted."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


Body = TypeVar("Body", bound=Form)


async def read_form(request: Request, form: type[Body]) -> Body:
    """The body as a form. Raises InvalidRequestError that names the member, never its value."""
    body = await read_json(request)
    try:
        return form.model_validate(body)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        # Of the path only what the form itself has: a member that the caller made up is his text.
        known = next((str(part) for part in first["loc"] if part in form.model_fields), None)
        if known is not None:
            message = f"`{known}` is missing." if first["type"] == "missing" else f"`{known}` is not valid."
        elif first["type"] == "extra_forbidden":
            message = "There is a member that this does not take."
        else:
            message = "The body is not valid."
        raise InvalidRequestError(message, param=known) from None


def body_of(form: type[Form]) -> dict[str, Any]:
    """The `openapi_extra` of a route that reads this form."""
    schema = form.model_json_schema(ref_template="#/components/schemas/{model}")
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}
