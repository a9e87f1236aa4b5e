"""A server that counts in Redis: shared counts, and no request while it is down."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
import redis

from tests.functional.server import Server
from tests.unit.limit.redis import URL, needs_redis


@pytest.fixture
def database() -> str:
    """The URL of an empty database of the Redis, emptied again at the end."""
    needs_redis()
    for number in range(15, 0, -1):
        url = URL.rpartition("/")[0] + f"/{number}"
        with redis.Redis.from_url(url) as client:
            if not client.dbsize():
                return url
    pytest.skip("every database of the Redis at 127.0.0.1:6379 is in use")


def test_requests_and_attempts_to_sign_in_are_counted_in_redis(tmp_path: Path, database: str) -> None:
    server = Server(tmp_path, GUARD_LIMITS__STORAGE=database).init()
    with redis.Redis.from_url(database) as client:
        try:
            key = server.user("quokka", "employee")
            server.start()
            assert server.chat("One two three.", key).status_code == 200
            form = {"name": "quokka", "password": "wrong wrong wrong"}
            assert httpx.post(server.url + "/login", data=form, trust_env=False).status_code == 401
            assert httpx.get(server.url + "/readyz", trust_env=False).json()["parts"]["limits"] is True
            keys = {name.decode() for name in client.scan_iter("*")}
            assert {name.split("/")[0] for name in keys} == {"guard:requests", "guard:tokens", "guard:sign-in"}
            assert "quokka" not in "".join(keys)
        finally:
            server.stop()
            for name in client.scan_iter("guard:*"):
                client.delete(name)


def test_while_redis_is_down_nobody_is_let_in_and_its_password_is_not_told(tmp_path: Path) -> None:
    server = Server(tmp_path, GUARD_LIMITS__STORAGE="redis://:quokka7741@127.0.0.1:9/0").init()
    try:
        server.start()
        answer = server.chat("One two three.")
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, "limiter_failed")
        assert httpx.get(server.url + "/readyz", trust_env=False).status_code == 503
        rows = server.json("audit", "search", "--limit", "1")
        assert (rows[0]["event"], rows[0]["reason_id"]) == ("chat.refused", "limiter_failed")
    finally:
        server.stop()
    assert "quokka7741" not in "".join(server.output) + answer.text
