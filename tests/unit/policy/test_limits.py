"""The form of a limit profile: a mistake is named with its line."""

from __future__ import annotations

import pytest

from guard.errors import PolicyError
from guard.model import Budget, LimitProfile
from guard.policy import bundle, shipped

SHIPPED = shipped.load()
USER = "requests_per_minute = 60\nconcurrent = 4\n"


def build(text: str) -> LimitProfile:
    return bundle.build({**SHIPPED.files, "limits/default.toml": text}).limits["default"]


def test_each_table_is_a_scope() -> None:
    tables = "[key]\nrequests_per_minute = 30\n[tenant]\nconcurrent = 9\n[role.employee]\ntokens_per_day = 7\n"
    assert build(USER + "tokens_per_day = 5\n" + tables).budgets == {
        "user": Budget(60, 5, 4),
        "key": Budget(30),
        "tenant": Budget(None, None, 9),
        "role/employee": Budget(None, 7),
    }


def test_a_profile_may_have_the_two_numbers_of_a_user_alone() -> None:
    assert build(USER) == LimitProfile("default", Budget(60, None, 4))


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("concurrent = 4\n", r":1:.* requests_per_minute"),
        ("requests_per_minute = 60\n", r":1:.* concurrent"),
        (USER + "tokens_per_day = 0\n", r":3:.* tokens_per_day: Input should be greater"),
        (USER + "tokens_per_day = 1e6\n", r":3:.* tokens_per_day: Input should be a valid integer"),
        (USER + "tokens_per_hour = 5\n", r":3:.* tokens_per_hour: there is no such key"),
        (USER + "[group]\nconcurrent = 1\n", r":3:.* group: there is no such key"),
        (USER + "[tenant]\nconcurent = 1\n", r":4:.* tenant\.concurent: there is no such key"),
        (USER + "[key]\n[tenant]\nconcurrent = 1\n", r":3:.* key: Input should have a number"),
        (USER + "[role.Employee]\nconcurrent = 1\n", r":3:.* role\.Employee"),
        (USER + "[role.employee]\nconcurrent = 1\n[role.employe]\nconcurrent = 1\n", r":5:.* has no role employe\."),
    ],
)
def test_a_mistake_is_named_with_its_line(text: str, complaint: str) -> None:
    with pytest.raises(PolicyError, match=rf"^limits/default\.toml{complaint}"):
        build(text)
