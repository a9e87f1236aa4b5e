"""Argon2id with the same work for every answer, and a bound on the work."""

from __future__ import annotations

import asyncio

import pytest
from argon2 import PasswordHasher

from guard.authenticate.passwords import MAX_LENGTH, WAITING, Passwords
from guard.errors import InvalidRequestError, OverloadedError
from tests.unit.authenticate.conftest import CHEAP, PASSWORD


class Counting:
    """Counts the comparisons of a real hasher."""

    def __init__(self) -> None:
        self.verified = 0

    def hash(self, password: str) -> str:
        return CHEAP.hash(password)

    def verify(self, stored: str, password: str) -> bool:
        self.verified += 1
        return CHEAP.verify(stored, password)


async def test_the_hash_is_argon2id_and_salted() -> None:
    passwords = Passwords(CHEAP)
    first, second = await passwords.hash(PASSWORD), await passwords.hash(PASSWORD)
    assert first.startswith("$argon2id$")
    assert first != second
    assert PASSWORD not in first
    assert await passwords.verify(first, PASSWORD)
    assert not await passwords.verify(first, PASSWORD + " ")


def test_the_defaults_are_those_of_rfc_9106() -> None:
    hasher = PasswordHasher()
    assert (hasher.time_cost, hasher.memory_cost, hasher.parallelism) == (3, 65536, 4)


async def test_an_unknown_user_costs_what_a_known_one_costs() -> None:
    counting = Counting()
    passwords = Passwords(counting)  # type: ignore[arg-type]
    assert not await passwords.verify(None, PASSWORD)
    assert counting.verified == 1
    assert not await passwords.verify("damaged", PASSWORD)
    assert counting.verified == 2


@pytest.mark.parametrize("password", ["", "short", "x" * (MAX_LENGTH + 1)])
async def test_a_password_too_short_or_too_long_is_refused(password: str) -> None:
    with pytest.raises(InvalidRequestError) as weak:
        await Passwords(CHEAP).hash(password)
    assert weak.value.reason_id == "weak_password"


async def test_an_overlong_password_does_not_match_its_beginning() -> None:
    passwords = Passwords(CHEAP)
    stored = await passwords.hash("x" * MAX_LENGTH)
    assert await passwords.verify(stored, "x" * MAX_LENGTH)
    assert not await passwords.verify(stored, "x" * (MAX_LENGTH + 1))


async def test_more_attempts_than_may_wait_are_refused() -> None:
    passwords = Passwords(CHEAP)
    stored = await passwords.hash(PASSWORD)
    attempts = [passwords.verify(stored, PASSWORD) for _ in range(WAITING + 10)]
    results = await asyncio.gather(*attempts, return_exceptions=True)
    assert {type(each) for each in results} == {bool, OverloadedError}
    assert await passwords.verify(stored, PASSWORD)
