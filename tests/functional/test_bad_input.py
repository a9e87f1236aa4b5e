"""Bad input gets a clear error of the API's shape, echoes nothing, and leaves nothing half stored."""

from __future__ import annotations

import json
import os
from typing import Any

import httpx
import pytest

from tests.functional.server import Server

CANARY = "quetzalcanary7741"
USER = {"role": "user", "content": CANARY}


def body(**changes: Any) -> dict[str, Any]:
    return {"model": "echo", "messages": [USER], **changes}


IMAGE = [{"type": "image_url", "image_url": {"url": f"https://{CANARY}.example/cat.png"}}]

BAD: dict[str, tuple[Any, int, str]] = {
    "invalid JSON": (f'{{"model": "echo", "{CANARY}'.encode(), 400, "invalid_json"),
    "not UTF-8": (b'{"model": "echo", "x": "\xff\xfe"}', 400, "invalid_json"),
    "not an object": ([CANARY], 400, "invalid_request"),
    "duplicate member": (b'{"model": "echo", "model": "slow", "messages": []}', 400, "invalid_json"),
    "unknown model": (body(model=CANARY), 404, "model_not_found"),
    "model not a string": (body(model={"a": CANARY}), 400, "invalid_request"),
    "unknown role": (body(messages=[{"role": CANARY, "content": "x"}]), 400, "invalid_request"),
    "empty messages": (body(messages=[]), 400, "invalid_request"),
    "no messages": ({"model": "echo"}, 400, "invalid_request"),
    "content a number": (body(messages=[{"role": "user", "content": 7}]), 400, "invalid_request"),
    "n too large": (body(n=10_000), 400, "invalid_request"),
    "temperature a word": (body(temperature=CANARY), 400, "invalid_request"),
    "an image part": (body(messages=[{"role": "user", "content": IMAGE}]), 400, "content_not_text"),
    "5 MB": (body(messages=[{"role": "user", "content": CANARY * 300_000}]), 413, "request_too_large"),
    "generator down": (body(model="down"), 503, "upstream_unavailable"),
}


def checked(response: httpx.Response, status: int, code: str) -> None:
    assert response.status_code == status, response.text[:300]
    error = response.json()["error"]
    assert error["code"] == code
    assert set(error) == {"message", "type", "param", "code"}
    assert len(error["message"]) > 10
    assert CANARY not in response.text
    assert CANARY not in str(response.headers)
    assert response.headers["x-guard-request-id"].startswith("req_")


@pytest.mark.parametrize("name", BAD)
def test_a_bad_request_is_refused_clearly(server: Server, name: str) -> None:
    sent, status, code = BAD[name]
    checked(server.post(sent), status, code)
    if isinstance(sent, dict) and name != "no messages":
        checked(server.post(sent | {"stream": True}), status, code)


def test_keys(server: Server, auditor: str) -> None:
    checked(server.post(body(), key=f"gk_{CANARY}"), 401, "invalid_api_key")
    checked(httpx.post(server.url + "/v1/chat/completions", json=body()), 401, "api_key_missing")
    expired = server.user("past", "employee", expires="2020-01-01")
    checked(server.post(body(), key=expired), 401, "api_key_expired")
    revoked = server.user("gone", "employee")
    server.cli("apikey", "revoke", revoked.split("_")[1])
    checked(server.post(body(), key=revoked), 401, "api_key_revoked")
    checked(server.post(body(), key=auditor), 403, "permission_denied")


def test_headers(server: Server) -> None:
    checked(server.post(body(), **{"x-guard-conversation": f"conv_{CANARY}"}), 404, "conversation_not_found")
    checked(server.post(body(), **{"x-guard-scenario": f"{CANARY} {CANARY}"}), 400, "invalid_request")
    checked(server.post(body(), **{"x-guard-scenario": CANARY}), 404, "not_found")


def test_unknown_paths_and_methods(server: Server) -> None:
    assert httpx.get(f"{server.url}/v1/{CANARY}?q={CANARY}").status_code == 404
    for method, path in (("GET", f"/v1/{CANARY}"), ("DELETE", "/v1/chat/completions")):
        response = httpx.request(method, server.url + path)
        assert response.status_code in (404, 405)
        assert CANARY not in response.text


def test_a_generator_that_stops_in_mid_stream(server: Server, employee: str) -> None:
    """What was released stands; then one error event, and no [DONE]."""
    response = server.post(body(model="breaks", stream=True), key=employee)
    assert response.status_code == 200
    events = [line[6:] for line in response.text.splitlines() if line.startswith("data: ")]
    assert "[DONE]" not in events
    assert json.loads(events[-1])["error"]["code"] == "generator_failed"
    shown = "".join(
        choice["delta"].get("content") or "" for e in events[:-1] for choice in json.loads(e).get("choices", [])
    )
    assert shown == "One whole sentence. "
    rows = server.json("transcript", "show", response.headers["x-guard-conversation"])["messages"]
    assert rows[-1]["text"] == shown
    checked(server.post(body(model="breaks"), key=employee), 503, "generator_failed")


def test_nothing_was_stored_half(server: Server) -> None:
    """Last in this file: every conversation in the store has its prompt, and the log verifies."""
    for row in server.json("transcript", "list"):
        shown = server.json("transcript", "show", row["conversation_id"])
        assert shown["messages"][0]["role"] == "user"
    assert server.json("audit", "verify")["ok"]


def test_the_key_file_must_be_readable(install: Server) -> None:
    install.init()
    key_file = next(path for path in install.keys.iterdir() if path.suffix != ".pub")
    key_file.write_bytes(b"not a key")
    done = install.cli("serve", check=False)
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1
    assert "key" in done.stderr


def test_a_missing_key_file_is_never_made_anew_over_data(install: Server) -> None:
    install.init()
    for path in install.keys.iterdir():
        path.unlink()
    assert install.cli("serve", check=False).returncode == 2
    assert install.cli("init", check=False).returncode == 2
    assert list(install.keys.iterdir()) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere; the next test covers it for root")
def test_the_data_directory_must_be_writable(install: Server) -> None:
    install.data.mkdir()
    install.data.chmod(0o500)
    done = install.cli("init", check=False)
    assert done.returncode == 2
    assert "data_dir" in done.stderr


def test_a_data_directory_that_cannot_be_made(install: Server) -> None:
    install.data.write_text("a file where the folder should be")
    done = install.cli("init", check=False)
    assert done.returncode == 2
    assert "data directory" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_unknown_settings_are_refused(install: Server) -> None:
    done = install.cli("init", check=False, GUARD_SERVER__POTR="1")
    assert done.returncode == 2
    assert "server.potr" in done.stderr
