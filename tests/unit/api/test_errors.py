"""Each error has its HTTP status, its code and OpenAI's shape; of a bug nothing is told."""

from __future__ import annotations

import inspect
import json

import pytest

from guard import errors
from guard.api.errors import describe, response

ROWS: list[tuple[errors.GuardError, int]] = [
    (errors.InvalidRequestError(), 400),
    (errors.UnsupportedContentError(), 400),
    (errors.PersonalDataInNameError(), 400),
    (errors.PromptBlockedError(), 400),
    (errors.AuthenticationError(), 401),
    (errors.PermissionDeniedError(), 403),
    (errors.NotFoundError(), 404),
    (errors.ModelNotFoundError(), 404),
    (errors.ConversationNotFoundError(), 404),
    (errors.RequestTooLargeError(), 413),
    (errors.LimitExceededError(), 429),
    (errors.OverloadedError(), 429),
    (errors.UnavailableError(), 503),
    (errors.DetectorError(), 503),
    (errors.ClassifierError(), 503),
    (errors.GeneratorError(), 503),
    (errors.StorageError(), 503),
    (errors.KeyUnavailableError(), 503),
    (errors.AuditError(), 503),
    (errors.ConfigurationError(), 500),
    (errors.PolicyError(), 500),
    (errors.TamperedError(), 500),
    (errors.GuardError(), 500),
]


@pytest.mark.parametrize(("error", "status"), ROWS, ids=lambda value: getattr(value, "reason_id", str(value)))
def test_each_error_has_its_status_and_shape(error: errors.GuardError, status: int) -> None:
    answer = response(error)
    assert answer.status_code == status
    shown = json.loads(bytes(answer.body))["error"]
    assert set(shown) == {"message", "type", "param", "code"}
    assert shown["code"] == error.reason_id
    assert shown["message"] == type(error).sentence
    assert answer.headers["cache-control"] == "no-store"


def test_no_error_is_left_out() -> None:
    classes = {cls for cls in vars(errors).values() if inspect.isclass(cls) and issubclass(cls, errors.GuardError)}
    assert classes == {type(error) for error, _ in ROWS}


def test_a_missing_credential_says_how_to_show_one() -> None:
    assert response(errors.AuthenticationError()).headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(("seconds", "header"), [(0.2, "1"), (1.0, "1"), (1.2, "2"), (59.6, "60"), (None, "1")])
def test_when_to_try_again(seconds: float | None, header: str | None) -> None:
    assert response(errors.LimitExceededError(retry_after=seconds)).headers.get("retry-after") == header


def test_param_and_a_more_exact_code_are_told() -> None:
    _, shown = describe(errors.InvalidRequestError("Wrong.", reason_id="invalid_json", param="messages"))
    assert (shown["message"], shown["code"], shown["param"]) == ("Wrong.", "invalid_json", "messages")


@pytest.mark.parametrize(
    "error", [RuntimeError("quokka7741"), KeyError("quokka7741"), ExceptionGroup("quokka7741", [ValueError()])]
)
def test_of_a_bug_nothing_is_told(error: Exception) -> None:
    status, shown = describe(error)
    assert status == 500
    assert shown["code"] == "internal_error"
    assert "quokka7741" not in json.dumps(shown)
