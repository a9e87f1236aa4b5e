"""What a person typed is readable nowhere: not in a file, before or after shutdown, not in any output."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import quote

import httpx
import pytest

from tests.functional.server import ECHO, Server

NAME, MAIL, CARD = "Marguerite Ellisonby", "m.ellisonby.8842@canary-mail.example", "5105 1051 0510 5100"
FREE = "zanthoxylumquasar"
TYPED = f"My name is {NAME}, write to {MAIL}, my card is {CARD}. Remember the word {FREE}."

# Each value whole and in parts that would still tell who it was.
PARTS = [
    NAME,
    "Marguerite",
    "Ellisonby",
    MAIL,
    "ellisonby.8842",
    "canary-mail",
    CARD,
    "51051051",
    "0510 5100",
    FREE,
    "xylumquas",
]


def forms(value: str) -> Iterator[bytes]:
    """The value as it might lie in a file."""
    raw = value.encode()
    yield raw
    yield raw.lower()
    yield value.replace(" ", "").encode()
    yield quote(value).encode()
    yield quote(value, safe="").encode()
    yield value.encode("utf-16-le")
    yield value.encode("utf-16-be")
    yield raw.hex().encode()
    for shift in range(3):
        # The middle of the base64 text, which is the same at this alignment whatever stands around it.
        yield base64.b64encode(b"\0" * shift + raw)[4:-4]


NEEDLES = {part: [form for form in set(forms(part)) if len(form) >= 6] for part in PARTS}


def search(data: bytes, where: str) -> list[str]:
    return [f"{part!r} in {where}" for part, needles in NEEDLES.items() if any(needle in data for needle in needles)]


def search_files(*roots: Path) -> list[str]:
    found: list[str] = []
    for root in roots:
        for path in root.rglob("*"):
            if path.is_file():
                found += search(path.read_bytes(), path.name) + search(str(path).encode(), "a file name")
    return found


class Upstream(BaseHTTPRequestHandler):
    """An OpenAI-compatible server that keeps what it was sent and answers with the prompt."""

    seen: ClassVar[list[bytes]] = []

    def do_POST(self) -> None:
        data = self.rfile.read(int(self.headers["content-length"]))
        type(self).seen += [data, str(self.headers).encode(), self.path.encode()]
        content = json.loads(data)["messages"][-1]["content"]
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.end_headers()
        base = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m"}
        for text in content.split(" "):
            choice = {"index": 0, "delta": {"content": text + " "}, "finish_reason": None}
            self.wfile.write(b"data: " + json.dumps({**base, "choices": [choice]}).encode() + b"\n\n")
        end = {"index": 0, "delta": {}, "finish_reason": "stop"}
        self.wfile.write(b"data: " + json.dumps({**base, "choices": [end]}).encode() + b"\n\ndata: [DONE]\n\n")

    def log_message(self, *args: Any) -> None:
        return None


@pytest.fixture
def upstream() -> Iterator[str]:
    Upstream.seen = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Upstream)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/v1"
    server.shutdown()
    server.server_close()
    thread.join(5)


def every_route(server: Server) -> None:
    """Send the canaries through every route and in every kind of bad request."""
    user = {"role": "user", "content": TYPED}
    chat = {"model": "upstream", "messages": [{"role": "system", "content": TYPED}, user]}
    for extra in ({}, {"stream": True}, {"n": 2, "model": "echo"}, {"user": NAME, "metadata": {"note": TYPED}}):
        response = server.post(chat | extra)
        assert response.status_code == 200, response.text
    parts = [{"type": "text", "text": TYPED}]
    call = {"id": "call_1", "type": "function", "function": {"name": "send", "arguments": json.dumps({"to": MAIL})}}
    tools = [
        {"role": "user", "content": parts},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "call_1", "content": TYPED},
    ]
    assert server.post({"model": "upstream", "messages": tools, "unknown": {"deep": [TYPED]}}).status_code == 200
    for explain in (False, True):
        assert server.post({"text": TYPED, "explain": explain}, path="/api/redact").status_code == 200
    assert server.post({"text": TYPED}, path="/api/moderate").status_code == 200

    bad: list[Any] = [
        f'{{"messages": "{TYPED}'.encode(),
        {"model": TYPED, "messages": [user]},
        {"model": "echo", "messages": [{"role": TYPED, "content": "x"}]},
        {"model": "echo", "messages": TYPED},
        {"model": "echo", "messages": [user], MAIL: {MAIL: TYPED}},
        {"model": "echo", "messages": [user], "temperature": TYPED},
        {"model": "down", "messages": [user]},
        {"model": "breaks", "messages": [user]},
    ]
    for body in bad:
        assert server.post(body).status_code >= 400
    plain = quote(MAIL, safe="@")
    for headers in ({"x-guard-conversation": plain}, {"x-guard-scenario": plain}, {"x-canary": plain}):
        server.post(chat, **headers)
    server.post(chat, key=plain)
    httpx.get(server.url + "/v1/models/" + quote(TYPED), headers={"authorization": "Bearer " + plain})
    httpx.get(server.url + "/no/" + quote(TYPED), params={"q": TYPED})
    httpx.post(server.url + "/login", data={"name": NAME, "password": TYPED})
    httpx.post(server.url + "/chat", data={"message": TYPED})
    for command in (("redact",), ("moderate",)):
        # Standard input and output of these two are the person's own.
        assert server.cli(*command, check=False, GUARD_GENERATORS=server.env["GUARD_GENERATORS"]).returncode in (0, 2)


def test_canaries_are_found_nowhere(tmp_path: Path, upstream: str) -> None:
    generators = [
        ECHO,
        {"name": "upstream", "kind": "openai", "base_url": upstream, "model": "m"},
        {"name": "down", "kind": "openai", "base_url": "http://127.0.0.1:9/v1", "model": "m", "max_retries": 0},
        {"name": "breaks", "kind": "scripted", "replies": ["One. Two. Three. "], "chunk": 4, "fail_after": 2},
    ]
    server = Server(tmp_path, generators).init()
    server.start()
    try:
        every_route(server)
        problems = search_files(server.data, server.home, server.temp, server.keys)
        assert problems == []
        for name in ("tail", "search"):
            server.json("audit", name)
    finally:
        server.stop()
    assert search_files(tmp_path) == []
    assert search("".join(server.output).encode(), "the output") == []
    # The free word is not personal data: the model may read it. The rest must not have left.
    sent = [hit for data in Upstream.seen for hit in search(data, "what the upstream got")]
    assert [hit for hit in sent if FREE not in hit and "xylumquas" not in hit] == []
    assert Upstream.seen


def test_the_search_finds_what_is_there(tmp_path: Path) -> None:
    """The check above can fail."""
    for number, form in enumerate(forms(MAIL)):
        (tmp_path / str(number)).write_bytes(b"before" + form + b"after")
    assert len(search_files(tmp_path)) >= len(list(forms(MAIL)))
