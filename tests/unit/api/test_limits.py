"""What the official `openai` client sees of a budget that is used up, over a real connection."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import openai
import pytest
from openai import OpenAI

from guard.generate import scripted
from guard.limit import storage
from guard.limit.limiter import CountingLimiter
from guard.model import Budget, LimitProfile
from guard.testing.fakes import GrantAll, grant
from tests.unit.serving import House, Stuck

PROMPT: Any = [{"role": "user", "content": "One two three."}]


def house(limit: LimitProfile, **generators: Any) -> House:
    stages = {"limit": CountingLimiter(storage.in_memory()), "authorize": GrantAll(grant(limit=limit))}
    return House(generators=generators, stages=stages)


@contextmanager
def client(at: House) -> Iterator[OpenAI]:
    with at.server() as url, OpenAI(base_url=url + "/v1", api_key="key-ada", max_retries=0) as made:
        yield made


def replies(*texts: str) -> Any:
    return scripted.create({"replies": list(texts)}, cache_dir=Path("unused"))


@pytest.mark.parametrize("stream", [False, True])
def test_too_many_requests(stream: bool) -> None:
    at = house(LimitProfile("p", Budget(600), tenant=Budget(1)), echo=replies("Fine."))
    with client(at) as ask:
        ask.chat.completions.create(model="echo", messages=PROMPT)
        with pytest.raises(openai.RateLimitError) as limited:
            ask.chat.completions.create(model="echo", messages=PROMPT, stream=stream)
    error = limited.value
    assert error.code == "rate_limit_exceeded"
    headers = error.response.headers
    seconds = int(headers["retry-after"])
    assert 50 <= seconds <= 60
    assert headers["RateLimit-Policy"] == '"tenant";q=1;w=60'
    assert headers["RateLimit"] == f'"tenant";r=0;t={seconds}'
    assert headers["x-ratelimit-limit-requests"] == "1"
    assert headers["x-ratelimit-remaining-requests"] == "0"
    record = at.audit.records[-1]
    assert (record["event"], record["decision"], record["reason_id"]) == (
        "chat.refused",
        "limited",
        "rate_limit_exceeded",
    )
    assert record["limit"] == {"scope": "tenant", "unit": "requests", "amount": 1}


def test_the_tokens_of_the_day() -> None:
    # The prompt is three words and the answer two: the scripted generator counts words.
    at = house(LimitProfile("p", Budget(tokens_per_day=6)), echo=replies("Four five."))
    with client(at) as ask:
        first = ask.chat.completions.create(model="echo", messages=PROMPT)
        assert first.usage
        assert first.usage.total_tokens == 5
        # One is left: the second request may go over it, the third is refused.
        ask.chat.completions.create(model="echo", messages=PROMPT)
        with pytest.raises(openai.RateLimitError) as limited:
            ask.chat.completions.create(model="echo", messages=PROMPT)
    assert limited.value.code == "token_limit_exceeded"
    headers = limited.value.response.headers
    assert headers["RateLimit-Policy"] == '"user-tokens";q=6;w=86400'
    assert headers["x-ratelimit-limit-tokens"] == "6"
    assert headers["x-ratelimit-remaining-tokens"] == "0"
    assert headers["x-ratelimit-reset-tokens"].startswith(("23h59m", "24h"))
    assert "x-ratelimit-limit-requests" not in headers
    assert at.audit.records[-1]["limit"] == {"scope": "user", "unit": "tokens", "amount": 6}


def test_a_client_that_leaves_is_charged_and_gives_its_place_back() -> None:
    stuck = Stuck()
    at = house(LimitProfile("p", Budget(tokens_per_day=5, concurrent=1)), echo=replies("Fine."), stuck=stuck)
    with client(at) as ask:
        stream = ask.chat.completions.create(model="stuck", messages=PROMPT, stream=True)
        next(iter(stream))
        with pytest.raises(openai.RateLimitError) as limited:
            ask.chat.completions.create(model="echo", messages=PROMPT)
        assert limited.value.code == "too_many_concurrent"
        stream.close()
        assert stuck.closed.wait(10)
        reasons = set()
        for _ in range(50):
            with pytest.raises(openai.RateLimitError) as limited:
                ask.chat.completions.create(model="echo", messages=PROMPT)
            reasons.add(str(limited.value.code))
            if "token_limit_exceeded" in reasons:
                break
    assert "token_limit_exceeded" in reasons
