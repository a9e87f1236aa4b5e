"""Each error has its HTTP status, its code and OpenAI's shape; of a bug nothing is told."""

from __future__ import annotations

import inspect
import json

import pytest

from guard import errors
from guard.api.errors import describe, quota_headers, response

ROWS: list[tuple[errors.GuardError, int]] = [
    (errors.InvalidRequestError(), 400),
    (errors.UnsupportedContentError(), 400),
    (errors.PersonalDataInNameError(), 400),
    (errors.PromptBlockedError(), 400),
    (errors.AuthenticationError(), 401),
    (errors.SecondFactorRequiredError(), 401),
    (errors.PasswordChangeRequiredError(), 401),
    (errors.PermissionDeniedError(), 403),
    (errors.StepUpRequiredError(), 403),
    (errors.NotFoundError(), 404),
    (errors.ModelNotFoundError(), 404),
    (errors.ConversationNotFoundError(), 404),
    (errors.RequestTooLargeError(), 413),
    (errors.PolicyRefusedError(), 400),
    (errors.ConflictError(), 409),
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
    (errors.NotInstalledError(), 500),
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


@pytest.mark.parametrize(
    ("quota", "expected"),
    [
        (
            errors.Quota("user", "requests", 600, 11.2, 60),
            {
                "ratelimit-policy": '"user";q=600;w=60',
                "ratelimit": '"user";r=0;t=12',
                "x-ratelimit-limit-requests": "600",
                "x-ratelimit-remaining-requests": "0",
                "x-ratelimit-reset-requests": "12s",
            },
        ),
        (
            errors.Quota("role/employee", "tokens", 2_000_000, 86_399.5, 86_400),
            {
                "ratelimit-policy": '"role/employee-tokens";q=2000000;w=86400',
                "ratelimit": '"role/employee-tokens";r=0;t=86400',
                "x-ratelimit-limit-tokens": "2000000",
                "x-ratelimit-remaining-tokens": "0",
                "x-ratelimit-reset-tokens": "24h0m0s",
            },
        ),
        (
            errors.Quota("tenant", "concurrent", 32, 0.2),
            {
                "ratelimit-policy": '"tenant-concurrent";q=32;qu="concurrent-requests"',
                "ratelimit": '"tenant-concurrent";r=0;t=1',
                "x-ratelimit-limit-requests": "32",
                "x-ratelimit-remaining-requests": "0",
                "x-ratelimit-reset-requests": "1s",
            },
        ),
    ],
    ids=lambda value: getattr(value, "unit", ""),
)
def test_a_budget_that_is_used_up_is_told(quota: errors.Quota, expected: dict[str, str]) -> None:
    error = errors.LimitExceededError(retry_after=quota.reset)
    error.quota = quota
    headers = response(error).headers
    assert {name: value for name, value in headers.items() if "ratelimit" in name} == expected
    assert headers["retry-after"] == expected["ratelimit"].rpartition("=")[2]


@pytest.mark.parametrize(("seconds", "said"), [(59, "59s"), (60, "1m0s"), (360, "6m0s"), (3600, "1h0m0s")])
def test_a_reset_reads_as_openai_writes_it(seconds: int, said: str) -> None:
    quota = errors.Quota("user", "tokens", 1, float(seconds), 86_400)
    assert quota_headers(quota)["x-ratelimit-reset-tokens"] == said


def test_what_is_full_without_a_budget_names_none() -> None:
    headers = response(errors.OverloadedError()).headers
    assert headers["retry-after"] == "1"
    assert not [name for name in headers if "ratelimit" in name]


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
