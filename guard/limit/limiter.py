"""The limiter: places first, then the tokens of the day, then the requests of the minute.

A request is counted only when every budget that applies has room: all are looked at before any is counted, so that a
request that one of them refuses costs nothing in the others. In one process nothing comes between the look and the
count. Where several processes share a Redis, another may take the last of a budget in that moment: then the request is
refused, and may stay counted in the budgets before. Counts never go over a budget either way.

Requests are counted in a moving window of 60 seconds. The tokens of a day begin with the first that is charged and are
forgotten 24 hours later; what a turn costs is known at its end only, so that the turns under way when a budget is used
up come to their end and go over it.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, nullcontext

from limits import RateLimitItem, RateLimitItemPerDay, RateLimitItemPerMinute
from limits.aio.strategies import FixedWindowRateLimiter, MovingWindowRateLimiter, RateLimiter

from guard.errors import GuardError, LimitExceededError, Quota, UnavailableError
from guard.limit.meter import Meter
from guard.limit.scopes import Scope, applying
from guard.limit.storage import Counting
from guard.limit.used import Used
from guard.model import LimitProfile, Principal
from guard.shield import shielded

BUSY_RETRY = 1.0
"""Seconds after which a caller with too many requests under way may try again."""

log = logging.getLogger(__name__)


class _Tokens(RateLimitItemPerDay):
    """The number is no part of the key: a budget that is raised does not forget what was used."""

    def key_for(self, *identifiers: bytes | str | float) -> str:
        return "/".join(("tokens", *map(str, identifiers)))


class CountingLimiter:
    """Implements Limiter: the `limits` library counts requests and tokens, `Places` what is under way."""

    def __init__(self, counting: Counting) -> None:
        self._places, self._storage = counting.places, counting.storage
        self._minute = MovingWindowRateLimiter(counting.storage)
        self._day = FixedWindowRateLimiter(counting.storage)
        # A storage that is shared is slower, and its other users would not see the lock.
        self._between: AbstractAsyncContextManager[object] = nullcontext() if counting.shared else asyncio.Lock()

    @asynccontextmanager
    async def __call__(self, principal: Principal, limit: LimitProfile) -> AsyncIterator[Meter]:
        scopes, lease, meter = applying(principal, limit), secrets.token_hex(8), Meter()
        try:
            with _refusing():
                await self._enter(scopes, lease)
            yield meter
        finally:
            await shielded(self._leave(scopes, lease, meter))

    async def used(self, principal: Principal, limit: LimitProfile, is_own: bool = False) -> list[Used]:
        """How much of each budget that applies to somebody is used now. It counts nothing.

        Args:
            is_own: the user's own budgets alone, not those shared with others.

        Raises UnavailableError (`limiter_failed`).
        """
        found: list[Used] = []
        with _refusing():
            for scope in applying(principal, limit):
                if not is_own or scope.name == "user":
                    found += [each async for each in self._looked_at(scope)]
        return found

    async def _looked_at(self, scope: Scope) -> AsyncIterator[Used]:
        profile, holder, budget = scope.key[0], scope.key[-1], scope.budget
        if amount := budget.requests_per_minute:
            _, left = await self._minute.get_window_stats(_requests(amount), *scope.key)
            yield Used(profile, scope.name, holder, "requests", amount - left, amount)
        if amount := budget.tokens_per_day:
            # What is left never is below zero, though more may have been charged.
            charged = await self._storage.get(_Tokens(amount).key_for(*scope.key))
            yield Used(profile, scope.name, holder, "tokens", charged, amount)
        if amount := budget.concurrent:
            held = await self._places.held("/".join(scope.key))
            yield Used(profile, scope.name, holder, "concurrent", held, amount)

    async def _enter(self, scopes: Sequence[Scope], lease: str) -> None:
        narrow = [(scope, number) for scope in scopes if (number := scope.budget.concurrent)]
        full = await self._places.take(lease, [("/".join(scope.key), number) for scope, number in narrow])
        if full is not None:
            scope, number = narrow[full]
            raise _exceeded(scope, Quota(scope.name, "concurrent", number, BUSY_RETRY))
        for scope, tokens in _token_budgets(scopes):
            if not await self._day.test(tokens, *scope.key):
                raise await self._used_up(self._day, tokens, scope)
        async with self._between:
            requests = [(scope, _requests(number)) for scope in scopes if (number := scope.budget.requests_per_minute)]
            for count in (self._minute.test, self._minute.hit):
                for scope, item in requests:
                    if not await count(item, *scope.key):
                        raise await self._used_up(self._minute, item, scope)

    async def _leave(self, scopes: Sequence[Scope], lease: str, meter: Meter) -> None:
        """Charge the tokens and give the places back.

        A storage that fails now fails no turn: its answer has left. It lets nobody in until it is back, and the places
        come back by themselves.
        """
        done = await asyncio.gather(
            self._charge(scopes, meter.tokens), self._places.give_back(lease), return_exceptions=True
        )
        if any(isinstance(each, Exception) for each in done):
            log.warning("What a turn used could not be counted.", extra={"reason_id": "limiter_failed"})

    async def _charge(self, scopes: Sequence[Scope], tokens: int) -> None:
        if tokens <= 0:
            return
        for scope, item in _token_budgets(scopes):
            await self._day.hit(item, *scope.key, cost=tokens)

    async def _used_up(self, limiter: RateLimiter, item: RateLimitItem, scope: Scope) -> LimitExceededError:
        free_at, _ = await limiter.get_window_stats(item, *scope.key)
        reset = max(0.0, free_at - time.time())
        window = item.get_expiry()
        if isinstance(item, _Tokens):
            return _exceeded(scope, Quota(scope.name, "tokens", item.amount, reset, window))
        return _exceeded(scope, Quota(scope.name, "requests", item.amount, reset, window))


def _requests(number: int) -> RateLimitItemPerMinute:
    return RateLimitItemPerMinute(number, namespace="requests")


def _token_budgets(scopes: Sequence[Scope]) -> list[tuple[Scope, _Tokens]]:
    return [(scope, _Tokens(number)) for scope in scopes if (number := scope.budget.tokens_per_day)]


def _exceeded(scope: Scope, quota: Quota) -> LimitExceededError:
    reason_id, sentence = {
        "concurrent": ("too_many_concurrent", "Too many requests of {} are under way. Wait for one to end."),
        "tokens": ("token_limit_exceeded", "The tokens of the day of {} are used up."),
        "requests": ("rate_limit_exceeded", "Too many requests of {} in a minute. Wait a moment and try again."),
    }[quota.unit]
    error = LimitExceededError(sentence.format(scope.whose), reason_id=reason_id, retry_after=quota.reset)
    error.quota = quota
    return error


@contextmanager
def _refusing() -> Iterator[None]:
    """What cannot be counted is not let in. The storage's own message may name its address and is not passed on."""
    try:
        yield
    except GuardError:
        raise
    except Exception:  # noqa: BLE001  (whatever it is)
        raise UnavailableError("Requests could not be counted.", reason_id="limiter_failed") from None
