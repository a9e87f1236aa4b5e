"""Reviewing a real installation over HTTP: an auditor finds what an employee did, and every look is in the log."""

from __future__ import annotations

import re
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


def test_a_second_person_grants_a_reveal(server: Server, employee: str, auditor: str) -> None:
    value, why, said = "m.farthingale@canary-mail.example", "bandersnatch complained", "jubjub agreed"
    officer = server.user("petra", "privacy_officer")
    answer = server.chat(f"Write to {value}.", employee)
    request, conversation = (answer.headers[f"x-guard-{each}"] for each in ("request-id", "conversation"))
    record = get(server, f"/api/audit?request_id={request}&event=chat.closed", auditor)["records"][0]["index"]
    text = get(server, f"/api/transcripts/{conversation}", auditor)["messages"][0]["text"]
    (placeholder,) = re.findall(r"<EMAIL_ADDRESS_\w{6}>", text)
    wish = {"record": record, "placeholder": placeholder, "reason": "legal", "text": why, "minutes": 15}
    asked = server.post(wish, auditor, "/api/reveals")
    assert asked.status_code == 200, asked.text
    path = f"/api/reveals/{asked.json()['id']}"
    assert server.post({}, auditor, f"{path}/show").status_code == 409
    assert server.post({"text": said}, auditor, f"{path}/grant").status_code == 403
    assert server.post({"text": said}, officer, f"{path}/grant").status_code == 200
    assert server.post({}, officer, f"{path}/show").status_code == 403
    shown = server.post({}, auditor, f"{path}/show").json()
    assert shown["values"][placeholder]["value"] == value
    events = [row["event"] for row in server.json("audit", "search", "--conversation", conversation)]
    assert {"reveal.asked", "reveal.granted", "reveal.shown"} <= set(events)
    assert server.json("audit", "verify")["ok"]
    files = [path for folder in (server.data, server.temp) for path in folder.rglob("*") if path.is_file()]
    data = [path.read_bytes() for path in files] + ["".join(server.output).encode()]
    assert not [
        text for text in (value, "farthingale", "bandersnatch", "jubjub") if any(text.encode() in d for d in data)
    ]


def test_the_command_line_takes_the_filters_of_the_pages(server: Server, employee: str) -> None:
    request = server.chat("My name is Margaret Holloway.", employee).headers["x-guard-request-id"]
    asked = ("--request", request, "--event", "chat.closed")
    filters = ("--entity", "PERSON", "--model", "echo", "--rule", "generator/*", "--tenant", "default", "--score", "0",
               "--scenario", "default", "--policy", "sha256:")  # fmt: skip
    (row,) = server.json("audit", "search", *asked, *filters)
    assert (row["request_id"], row["entities"]["PERSON"]) == (request, 1)
    for other in (
        ("--entity", "IBAN_CODE"),
        ("--category", "toxicity", "--score", "1000"),
    ):
        assert server.json("audit", "search", *asked, *other) == []
    server.json("user", "add", "Nadia Quill", "--role", "employee")
    assert server.json("audit", "search", "--actor", "Nadia Quill") == []
