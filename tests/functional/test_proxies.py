"""Who may say where a request came from, and that nobody reads it afterwards."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from tests.functional.server import Server

ADDRESS = "203.0.113.77"
HEADERS = {"x-forwarded-for": ADDRESS, "x-forwarded-proto": "https"}


@pytest.mark.parametrize(("workers", "trusted"), [("1", "[]"), ("2", '["127.0.0.1"]')])
def test_forwarded_headers_count_from_a_trusted_proxy_alone(tmp_path: Path, workers: str, trusted: str) -> None:
    server = Server(tmp_path, GUARD_SERVER__WORKERS=workers, GUARD_SERVER__TRUSTED_PROXIES=trusted).init()
    server.start()
    form = {"name": "admin", "password": server.admin["password"]}
    signed_in = httpx.post(f"{server.url}/login", data=form, headers=HEADERS, trust_env=False)
    assert signed_in.status_code == 303
    # A session that came over https is one for https alone: what the server believes of the proxy shows there.
    assert ("Secure" in signed_in.headers["set-cookie"]) == (trusted != "[]")
    message = {"model": "echo", "messages": [{"role": "user", "content": "Hello."}]}
    assert server.post(message, **HEADERS).status_code == 200
    assert server.post(message, key="gk_wrong", **HEADERS).status_code == 401
    assert server.post(message | {"model": "nothing"}, **HEADERS).status_code == 404
    server.json("audit", "search")
    server.stop()
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) > 2
    assert [path for path in files if ADDRESS.encode() in path.read_bytes()] == []
    assert ADDRESS not in "".join(server.output)
