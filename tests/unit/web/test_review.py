"""Reviewing over HTTP on a real database: `/review`, `/api/audit` and `/api/transcripts`, by role and by tenant."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from guard import review
from guard.audit.record import chain
from guard.model import Principal
from guard.web.review import cell
from tests.conftest import ON_SQLITE, Storage
from tests.unit.reviewing import Installation, key, session
from tests.unit.serving import chat
from tests.unit.web.console import console

EVIL = "<script>alert(1)</script>"


@pytest.fixture
async def client(storage: Storage) -> AsyncIterator[httpx.AsyncClient]:
    async with Installation(storage=storage).client() as opened:
        yield opened


async def asks(client: httpx.AsyncClient, name: str, text: str = "I am Ada Lovelace.", model: str = "echo") -> str:
    """A chat of somebody; its conversation."""
    answer = await client.post("/v1/chat/completions", headers=key(name), json=chat(text, model=model))
    assert answer.status_code == 200, answer.text
    return answer.headers["x-guard-conversation"]


async def found(client: httpx.AsyncClient, query: str = "", name: str = "audrey") -> list[dict[str, Any]]:
    """The records of a search."""
    answer = await client.get(f"/api/audit{query}", headers=key(name))
    assert answer.status_code == 200, answer.text
    records: list[dict[str, Any]] = answer.json()["records"]
    return records


async def events(storage: Storage, event: str) -> list[dict[str, Any]]:
    """The whole records of an event, in order."""
    rows = await storage.audit.search(event=event)
    return [(await storage.audit.show(str(row["index"])))[0] for row in reversed(rows)]


async def test_an_answer_is_found_by_its_reason_and_read_with_its_transcript(
    client: httpx.AsyncClient, storage: Storage
) -> None:
    await asks(client, "emma")
    conversation = await asks(client, "emma", model="toxic")
    listing = await client.get("/review?reason_id=withheld_toxicity", headers=session("audrey"))
    assert listing.headers["cache-control"] == "no-store"
    (index,) = re.findall(r'href="/review/(\d+)"', listing.text)
    assert ">Withheld</span>" in listing.text
    page = (await client.get(f"/review/{index}", headers=session("audrey"))).text
    assert "A part of the answer reached the threshold at which the policy withholds toxicity." in page
    assert re.search(r"<mark>&lt;PERSON_\w{6}&gt;</mark>", page)
    assert "Lovelace" not in page
    assert "toxicword" not in page
    assert "It holds:" in page
    assert "p, employee, *, generator/*, use, allow" in page
    assert "chat.opened" in page
    read = await events(storage, "transcript.read")
    assert [(each["actor"], each["conversation_id"]) for each in read] == [("user_audrey", conversation)]
    assert [each["record"] for each in await events(storage, "audit.read")] == [int(index)]


FILTERS = [
    ("event=chat.closed", 2), ("decision=withheld", 1), ("reason_id=withheld_toxicity", 1), ("actor=user_emma", 4),
    ("model=toxic", 2), ("model=tox", 0), ("entity=PERSON", 4), ("entity=IBAN_CODE", 0), ("category=toxicity", 1),
    ("category=toxicity&score=500", 1), ("category=toxicity&score=1000", 1), ("score=1", 1), ("category=bias&score=1", 0),
    ("scenario=default", 4), ("scenario=education", 0), ("rule=generator/*", 4), ("rule=generator/x", 0),
    ("tenant=default&event=chat.opened", 2), ("tenant=acme", 0), ("policy=sha256:00000000", 0),
    ("since=2020-01-01&event=chat.opened", 2), ("until=2020-01-01", 0), ("since=1&until=2", 0),
    ("decision=withheld&model=echo", 0), ("request_id=req_0", 0),
]  # fmt: skip


async def test_every_filter_finds_what_it_says(client: httpx.AsyncClient) -> None:
    await asks(client, "emma")
    conversation = await asks(client, "emma", model="toxic")
    for query, count in [*FILTERS, (f"conversation_id={conversation}", 2)]:
        assert (query, len(await found(client, f"?{query}"))) == (query, count)
    policy = (await found(client, "?event=chat.closed"))[0]["policy"]
    assert len(await found(client, f"?policy={policy}")) == 4
    assert len(await found(client, f"?policy={policy[7:19]}")) == 4


@ON_SQLITE
@pytest.mark.parametrize("name", ["emma", "root", "paul", "wile"])
async def test_who_is_no_auditor_reads_nothing_and_the_attempt_is_on_record(
    client: httpx.AsyncClient, storage: Storage, name: str
) -> None:
    conversation = await asks(client, "emma")
    for path in ("/api/audit", "/api/audit/0", f"/api/transcripts/{conversation}", "/api/transcripts/nonsense"):
        answer = await client.get(path, headers=key(name))
        assert (path, answer.status_code) == (path, 403)
        assert answer.json()["error"]["code"] == "permission_denied"
    for path in ("/review", "/review/0", "/review/export?format=csv"):
        answer = await client.get(path, headers=session(name))
        assert (path, answer.status_code) == (path, 403)
        assert "Your roles do not include the right to read audit records." in answer.text
        assert "chat.opened" not in answer.text
    denied = await events(storage, "permission.denied")
    assert {(each["object"], each["action"], each["decision"]) for each in denied} == {
        ("audit", "read", "deny"), ("transcript", "read", "deny"),
    }  # fmt: skip
    assert len(denied) == 7
    assert 'href="/review"' not in (await client.get("/chat", headers=session(name))).text


async def test_a_tenants_auditor_sees_that_tenant_alone(client: httpx.AsyncClient, storage: Storage) -> None:
    ours = await asks(client, "wile")
    theirs = await asks(client, "emma")
    await client.get("/v1/models", headers=key("nobody"))
    records = await found(client, name="tess")
    assert {each["tenant"] for each in records} == {"acme"}
    assert {each["event"] for each in records} == {"chat.opened", "chat.closed"}
    other = next(each for each in await found(client) if each["tenant"] == "default")
    for query in ("?tenant=default", f"?conversation_id={theirs}", f"?request_id={other['request_id'] or 'req_0'}"):
        assert await found(client, query, name="tess") == []
    own = records[0]["index"]
    assert (await client.get(f"/api/audit/{own}", headers=key("tess"))).json()["record"]["tenant"] == "acme"
    assert (await client.get(f"/review/{own}", headers=session("tess"))).status_code == 200
    missing = await client.get("/api/audit/99999", headers=key("tess"))
    hidden = await client.get(f"/api/audit/{other['index']}", headers=key("tess"))
    assert hidden.status_code == missing.status_code == 404
    assert hidden.json() == missing.json()
    assert (await client.get(f"/review/{other['index']}", headers=session("tess"))).status_code == 404
    assert (await client.get(f"/api/transcripts/{ours}", headers=key("tess"))).status_code == 200
    assert (await client.get(f"/api/transcripts/{theirs}", headers=key("tess"))).status_code == 404
    exported = await client.get("/review/export?format=jsonl", headers=session("tess"))
    assert {json.loads(line)["record"]["tenant"] for line in exported.text.splitlines()} == {"acme"}
    # No role crosses tenants; records of none are for the installation's own auditors.
    assert {each["tenant"] for each in await found(client)} - {None} == {"default"}
    assert (await client.get(f"/api/transcripts/{ours}", headers=key("audrey"))).status_code == 404
    assert (await client.get(f"/api/transcripts/{theirs}", headers=key("audrey"))).status_code == 200
    read = await events(storage, "transcript.read")
    assert [(each["tenant"], each["conversation_id"]) for each in read] == [
        ("acme", ours), ("acme", ours), ("default", theirs),
    ]  # fmt: skip


async def test_one_search_is_one_record_without_what_was_typed(client: httpx.AsyncClient, storage: Storage) -> None:
    for _ in range(4):
        await asks(client, "emma")
    address, pages = "/api/audit?rule=generator&limit=3&actor=user_emma", []
    while address:
        answer = (await client.get(address, headers=key("audrey"))).json()
        pages.append([each["index"] for each in answer["records"]])
        address = answer["next"]
    assert [len(page) for page in pages] == [3, 3, 2]
    indexes = [index for page in pages for index in page]
    assert indexes == sorted(set(indexes), reverse=True)
    (searched,) = await events(storage, "audit.searched")
    assert searched["filters"] == ["actor", "rule"]
    assert "generator" not in json.dumps(searched)


@ON_SQLITE
async def test_a_page_that_does_not_belong_to_a_recorded_search_is_a_search(
    client: httpx.AsyncClient, storage: Storage
) -> None:
    for _ in range(2):
        await asks(client, "emma")
    first = (await client.get("/api/audit?actor=user_emma&limit=1", headers=key("audrey"))).json()["next"]
    mark = first.rpartition("search=")[2]
    for query in ("actor=user_emma&before=3", f"actor=user_root&before=3&search={mark}", f"before=3&search={mark}"):
        await client.get(f"/api/audit?{query}", headers=key("audrey"))
    await client.get(first, headers=key("both"))
    assert len(await events(storage, "audit.searched")) == 5
    await client.get(first, headers=key("audrey"))
    assert len(await events(storage, "audit.searched")) == 5


async def test_one_record_with_its_place(client: httpx.AsyncClient, storage: Storage) -> None:
    await asks(client, "emma")
    closed = (await found(client, "?event=chat.closed"))[0]["index"]
    answer = (await client.get(f"/api/audit/{closed}", headers=key("audrey"))).json()
    (stored,) = await storage.audit.show(str(closed))
    place = answer["place"]
    assert (place["hash"], place["previous"]) == (stored.pop("hash"), stored.pop("previous"))
    assert answer["record"] == stored
    assert place["holds"] is True
    assert place["head_records"] > closed
    assert [each["event"] for each in answer["related"]] == ["chat.opened"]


async def test_a_log_that_was_changed_is_told(client: httpx.AsyncClient, storage: Storage) -> None:
    await asks(client, "emma")
    await asks(client, "emma")
    await storage.outside("UPDATE audit_records SET decision = 'allow', time = 1 WHERE \"index\" = 1")
    await storage.outside('UPDATE audit_records SET hash = record WHERE "index" = 2')
    place = (await client.get("/api/audit/0", headers=key("audrey"))).json()["place"]
    assert place["holds"] is False
    assert "Record 1: the columns time were changed." in place["problems"]
    assert any(each.startswith("Record 2 was changed") for each in place["problems"])
    page = (await client.get("/review/1", headers=session("audrey"))).text
    assert "The log does not hold." in page
    assert "It holds:" not in page


async def test_what_is_no_record_any_more_is_shown_as_that(client: httpx.AsyncClient, storage: Storage) -> None:
    await asks(client, "emma")
    await storage.outside('UPDATE audit_records SET record = :bytes WHERE "index" = 1', bytes=b"\xffnothing")
    assert "not a record" in (await client.get("/review", headers=session("audrey"))).text
    page = await client.get("/review/1", headers=session("audrey"))
    assert page.status_code == 200
    assert "These bytes are not a record" in page.text
    assert (await client.get("/review/0", headers=session("audrey"))).status_code == 200
    for form in ("csv", "jsonl"):
        assert (await client.get(f"/review/export?format={form}", headers=session("audrey"))).status_code == 200


@ON_SQLITE
async def test_markup_is_text(storage: Storage) -> None:
    evil = Principal(f"user_{EVIL}", "default", ("employee",))
    fields = {
        "object": f"generator/{EVIL}", "reason_id": EVIL, "request_id": EVIL, "conversation_id": EVIL, "scenario": EVIL,
        "rules": {EVIL: EVIL}, "entities": {EVIL: 1}, "scores": {EVIL: 900}, "models": {EVIL: [EVIL]}, "policy": EVIL,
    }  # fmt: skip
    await storage.database.write(storage.audit.record(f"chat.{EVIL}"[:31], evil, fields))
    async with Installation(storage=storage).client() as client:
        for path in (
            "/review",
            f"/review?model={EVIL}",
            "/review/0",
            f"/review?{EVIL}=1",
            "/review?score=%3Cscript%3E",
        ):
            page = (await client.get(path, headers=session("audrey"))).text
            assert "<script>" not in page, path
    assert "&lt;script&gt;" in page


@ON_SQLITE
async def test_a_transcript_is_text_too_and_its_end_is_told(storage: Storage) -> None:
    async with Installation(storage=storage).client() as client:
        conversation = await asks(client, "emma", f"Ada Lovelace {EVIL}")
        page = (await client.get("/review/1", headers=session("audrey"))).text
        assert "<script>" not in page
        assert "&lt;script&gt;alert(1)" in page
        body = (await client.get(f"/api/transcripts/{conversation}", headers=key("audrey"))).json()
        assert body["conversation_id"] == conversation
        assert [each["role"] for each in body["messages"]] == ["user", "assistant"]
        assert "Lovelace" not in json.dumps(body)
        await storage.database.write(storage.transcripts.erase(conversation))
        page = (await client.get("/review/1", headers=session("audrey"))).text
        assert "or it was erased" in page
        assert (await client.get(f"/api/transcripts/{conversation}", headers=key("audrey"))).status_code == 404


@ON_SQLITE
async def test_who_may_read_records_alone_reads_no_transcript(storage: Storage) -> None:
    rules = "\np, auditor, *, transcript, read, deny\n"
    async with Installation(storage=storage, rules=rules).client() as client:
        await asks(client, "emma")
        page = (await client.get("/review/1", headers=session("audrey"))).text
    assert "Your roles do not include the right to read transcripts." in page
    assert "<mark>" not in page
    assert await events(storage, "transcript.read") == []


@ON_SQLITE
async def test_an_export_is_what_was_searched_and_can_be_checked(client: httpx.AsyncClient, storage: Storage) -> None:
    await asks(client, "emma")
    await asks(client, "emma", model="toxic")
    answer = await client.get("/review/export?format=jsonl&actor=user_emma", headers=session("audrey"))
    assert answer.headers["content-disposition"] == 'attachment; filename="guard-records.jsonl"'
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert [each["index"] for each in lines] == [3, 2, 1, 0]
    raw = answer.text.splitlines()[2].partition('"record":')[2][:-1].encode()
    assert chain(bytes.fromhex(lines[3]["hash"]), raw).hex() == lines[2]["hash"]
    assert hashlib.sha256(raw).hexdigest() != lines[2]["hash"]
    answer = await client.get("/review/export?format=csv&decision=withheld", headers=session("audrey"))
    (row,) = csv.DictReader(io.StringIO(answer.text))
    assert (row["model"], row["reason_id"], row["entities"]) == ("toxic", "withheld_toxicity", "1 × PERSON")
    exported = await events(storage, "audit.exported")
    assert [(each["format"], each["filters"], each["count"]) for each in exported] == [
        ("jsonl", ["actor"], 4), ("csv", ["decision"], 1),
    ]  # fmt: skip


@ON_SQLITE
async def test_no_cell_of_an_export_is_a_formula(storage: Storage) -> None:
    for number, start in enumerate("=+-@\t\r"):
        fields = {
            "reason_id": f"{start}HYPERLINK(1)",
            "object": f"generator/{start}1",
            "scenario": f'{start}"a,b"\n{number}',
        }
        await storage.database.write(storage.audit.record("user.added", Principal("user_1", "default", ()), fields))
    async with Installation(storage=storage).client() as client:
        text = (await client.get("/review/export?format=csv", headers=session("audrey"))).text
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert len(rows) == 7
    assert {len(row) for row in rows} == {15}
    assert not [value for row in rows for value in row if value.startswith(tuple("=+-@\t\r\n"))]


@ON_SQLITE
async def test_a_long_export_says_where_it_ends(
    client: httpx.AsyncClient, storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(review, "EXPORTED", 3)
    for _ in range(5):
        await storage.database.write(storage.audit.record("user.added", Principal("user_1", "default", ()), {}))
    answer = await client.get("/review/export?format=jsonl&event=user.added", headers=session("audrey"))
    assert [json.loads(line)["index"] for line in answer.text.splitlines()] == [4, 3, 2]
    assert answer.headers["x-guard-export-older"] == "2"
    assert "from-2" in answer.headers["content-disposition"]


@pytest.mark.parametrize("value", ["=1", "+1", "-1", "@a", "\t=1", "\r=1", "\n=1"])
def test_a_formula_becomes_text(value: str) -> None:
    assert cell(value) == f"'{value}"
    assert cell("a=1") == "a=1"
    assert cell(None) == ""


REFUSED = ["nonsense=quokka7741", "score=quokka7741", "since=quokka7741", "limit=0", "limit=201", "before=1&after=1",
           "before=-1", "before=99999999999999999999", "actor=a&actor=b", "actor=%00",
           f"actor={'q' * 301}"]  # fmt: skip


@ON_SQLITE
@pytest.mark.parametrize("query", REFUSED)
async def test_a_search_that_is_none_is_refused_without_an_echo(client: httpx.AsyncClient, query: str) -> None:
    answer = await client.get(f"/api/audit?{query}", headers=key("audrey"))
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "invalid_request"
    page = await client.get(f"/review?{query}", headers=session("audrey"))
    assert page.status_code == 400
    assert 'role="alert"' in page.text
    assert "quokka7741" not in answer.text


@ON_SQLITE
async def test_without_a_session_reviewing_leads_to_the_login(client: httpx.AsyncClient) -> None:
    for path in ("/review", "/review/0", "/review/export"):
        assert (await client.get(path)).headers["location"] == f"/login?next={path}"
    for path in ("/api/audit", "/api/audit/0", "/api/transcripts/conv_0"):
        assert (await client.get(path)).status_code == 401


@ON_SQLITE
async def test_addresses_of_nothing_are_pages_in_words(client: httpx.AsyncClient) -> None:
    for path in ("/review/99", "/review/-1", "/review/x", "/review/99999999999999999999", "/review/%EF%BC%91"):
        answer = await client.get(path, headers=session("audrey"))
        assert (path, answer.status_code) == (path, 404)
        assert "There is no record of that index." in answer.text
    for path in ("/api/audit/-1", "/api/audit/99999999999999999999", "/api/transcripts/quokka7741"):
        answer = await client.get(path, headers=key("audrey"))
        assert answer.status_code == 404
        assert "quokka7741" not in answer.text


@ON_SQLITE
async def test_pages_lead_to_older_and_newer_ones(client: httpx.AsyncClient) -> None:
    for _ in range(60):
        await client.get("/api/audit/0", headers=key("emma"))
    empty = await client.get("/review?reason_id=never", headers=session("audrey"))
    assert "No record is what you asked for." in empty.text
    page = (await client.get("/review?event=permission.denied", headers=session("audrey"))).text
    assert "Newer" not in page
    (older,) = re.findall(r'href="([^"]+)" rel="next"', page)
    second = (await client.get(older.replace("&amp;", "&"), headers=session("audrey"))).text
    (newer,) = re.findall(r'href="([^"]+)" rel="prev"', second)
    assert 'rel="next"' not in second
    back = (await client.get(newer.replace("&amp;", "&"), headers=session("audrey"))).text
    indexes = [re.findall(r'href="/review/(\d+)"', each) for each in (page, second, back)]
    assert [len(each) for each in indexes] == [50, 10, 50]
    assert indexes[2] == indexes[0]
    assert not set(indexes[0]) & set(indexes[1])


async def test_a_record_leads_to_the_revision_of_its_policy(tmp_path: Path) -> None:
    async with console(tmp_path) as place:
        audrey = await place.visitor("audrey", "auditor")
        head = await place.services.policies.administration.revisions.head()
        parts = place.installation.parts
        fields = {"policy": head.hash, "object": "generator/echo"}
        await parts.database.write(parts.audit.record("chat.closed", audrey.who, fields))
        (row,) = await parts.audit.search(event="chat.closed")
        page = (await audrey.client.get(f"/review/{row['index']}")).text
    assert f'href="/policies/revisions/{head.id}"' in page
    assert head.hash in page
