"""Reviewing a real installation over HTTP: an auditor finds what an employee did, and every look is in the log."""

from __future__ import annotations

from typing import Any

import httpx

from tests.functional.server import Server


def get(server: Server, path: str, key: str, status: int = 200) -> Any:
    headers = {"authorization": f"Bearer {key}"}
    answer = httpx.get(server.url + path, headers=headers, timeout=60, trust_env=False)
    assert answer.status_code == status, answer.text
    return answer.json()


def test_an_auditor_reviews_an_answer(server: Server, employee: str, auditor: str) -> None:
    answer = server.chat("My name is Margaret Holloway.", employee)
    request, conversation = (answer.headers[f"x-guard-{each}"] for each in ("request-id", "conversation"))
    closed, begun = get(server, f"/api/audit?request_id={request}&entity=PERSON", auditor)["records"]
    assert (begun["event"], closed["event"], closed["object"]) == ("chat.opened", "chat.closed", "generator/echo")
    shown = get(server, f"/api/audit/{closed['index']}", auditor)
    assert shown["place"]["holds"] is True
    assert shown["record"]["models"]["classifiers"]
    messages = get(server, f"/api/transcripts/{conversation}", auditor)["messages"]
    assert "<PERSON_" in messages[0]["text"]
    assert "Holloway" not in str(messages)
    admin = server.user("ruth", "admin")
    for path in ("/api/audit", f"/api/audit/{closed['index']}", f"/api/transcripts/{conversation}"):
        assert get(server, path, employee, 403)["error"]["code"] == "permission_denied"
        assert get(server, path, admin, 403)["error"]["code"] == "permission_denied"
    rows = server.json("audit", "search", "--limit", "50")
    events = [row["event"] for row in rows]
    assert {"audit.searched", "audit.read", "transcript.read", "permission.denied"} <= set(events)
    (read,) = [row for row in rows if row["event"] == "transcript.read" and row["conversation_id"] == conversation]
    assert read["actor"] != closed["actor"]
    assert server.json("audit", "verify")["ok"]


def test_reviewing_is_in_the_openapi_document(server: Server) -> None:
    paths = httpx.get(f"{server.url}/openapi.json", timeout=60, trust_env=False).json()["paths"]
    names = {each["name"] for each in paths["/api/audit"]["get"]["parameters"]}
    assert {"reason_id", "rule", "score", "before", "search"} <= names
    assert {"/api/audit/{index}", "/api/transcripts/{conversation}"} <= set(paths)
    assert not [path for path in paths if path.startswith("/review")]
