"""A person's own conversations on a real installation: seen with values, previewed, gone on from; nobody else's."""

from __future__ import annotations

from typing import Any

import httpx

from tests.functional.server import Server


def ask(server: Server, method: str, path: str, key: str, status: int = 200, **options: Any) -> Any:
    headers = {"authorization": f"Bearer {key}"} | options.pop("headers", {})
    answer = httpx.request(method, server.url + path, headers=headers, timeout=60, trust_env=False, **options)
    assert answer.status_code == status, answer.text
    return answer.json()


def test_a_conversation_is_seen_and_gone_on_from(server: Server, employee: str, auditor: str) -> None:
    answer = server.chat("My name is Margaret Holloway.", employee)
    request, named = (answer.headers[f"x-guard-{each}"] for each in ("request-id", "conversation"))
    address = f"/api/conversations/{named}"
    (turn,) = ask(server, "GET", address, employee)["turns"]
    (said,) = turn["said"]
    assert said["text"] == "My name is Margaret Holloway."
    assert [said["text"][each["start"] : each["end"]] for each in said["marks"]] == ["Margaret Holloway"]
    assert "Holloway" not in said["seen"]
    draft = {"text": "Tell Margaret Holloway", "model": "echo", "conversation": named}
    (mark,) = ask(server, "POST", "/api/conversations/preview", employee, json=draft)["marks"]
    assert mark["placeholder"] == said["marks"][0]["placeholder"]
    history = ask(server, "GET", f"{address}/messages?parent={request}&choice=0", employee)["messages"]
    body = {"model": "echo", "messages": [*history, {"role": "user", "content": "And now?"}]}
    ask(server, "POST", "/v1/chat/completions", employee, json=body, headers={"x-guard-conversation": named})
    turns = ask(server, "GET", address, employee)["turns"]
    assert [(each["parent"], each["parent_choice"]) for each in turns] == [(None, None), (request, 0)]
    assert named in [each["id"] for each in ask(server, "GET", "/api/conversations", employee)["conversations"]]
    for key in (auditor, server.user("eliza", "employee")):
        assert ask(server, "GET", address, key, 404)["error"]["code"] == "conversation_not_found"
    assert server.json("audit", "verify")["ok"]
