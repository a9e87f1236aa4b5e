"""The dashboard over HTTP on a real database: who sees which figures, and what stands on record."""

from __future__ import annotations

import csv
import io
import re
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from guard.insight import period
from guard.limit.limiter import CountingLimiter
from guard.limit.storage import in_memory
from guard.model import Budget, LimitProfile, Principal
from tests.conftest import ON_SQLITE, Storage
from tests.unit.insight.made import HOUR, closed, put
from tests.unit.reviewing import Installation, key, session
from tests.unit.serving import chat

AGO = 3 * HOUR
FIGURES = [
    "/dashboard",
    "/dashboard/report",
    "/api/dashboard",
    "/dashboard/chart/volume.svg",
    "/dashboard/table/volume.csv",
]


async def waiting(tenant: str) -> dict[str, dict[str, int | None]]:
    return {"blocked": {"open": 7 if tenant == "default" else 1, "oldest": 1_764_000_000_000}}


def now() -> int:
    return time.time_ns() // 1_000_000


@pytest.fixture
def installation(storage: Storage) -> Installation:
    counting = in_memory()
    return Installation(
        storage=storage, counting=counting, stages={"limit": CountingLimiter(counting)}, backlog=waiting
    )


@pytest.fixture
async def client(installation: Installation) -> AsyncIterator[httpx.AsyncClient]:
    async with installation.client() as opened:
        yield opened


async def asks(client: httpx.AsyncClient, name: str, model: str = "echo") -> None:
    answer = await client.post("/v1/chat/completions", headers=key(name), json=chat("I am Ada Lovelace.", model=model))
    assert answer.status_code == 200, answer.text


async def figures(client: httpx.AsyncClient, name: str, query: str = "") -> Any:
    answer = await client.get(f"/api/dashboard{query}", headers=key(name))
    assert answer.status_code == 200, answer.text
    return answer.json()


async def looks(storage: Storage) -> list[dict[str, Any]]:
    """The records of looks, in order."""
    rows = await storage.audit.search(event="dashboard.read")
    return [(await storage.audit.show(str(row["index"])))[0] for row in reversed(rows)]


async def test_what_happened_is_counted(client: httpx.AsyncClient) -> None:
    for model in ("echo", "echo", "toxic"):
        await asks(client, "emma", model)
    found = await figures(client, "audrey")
    assert (found["requests"], found["decisions"]["allow"], found["decisions"]["withheld"]) == (3, 2, 1)
    assert found["entities"] == {"PERSON": 3}
    assert found["models"]["toxic"]["withheld"] == 1
    assert found["roles"]["employee"]["allow"] == 2
    assert found["reasons"] == {"withheld_toxicity": 1}
    assert found["people"] == 1
    assert sum(each["requests"] for each in found["steps"]) == 3
    await asks(client, "emma")
    assert (await figures(client, "audrey"))["requests"] == 4


async def test_nobody_sees_another_tenant(client: httpx.AsyncClient, storage: Storage) -> None:
    await put(
        storage.database,
        [
            closed(now() - AGO, "acme"),
            closed(now() - AGO, "acme"),
            closed(now() - AGO),
            {"event": "authentication.failed", "decision": "deny", "time": now() - AGO, "counts": {"bad": 5}},
        ],
    )
    ours, theirs = await figures(client, "audrey"), await figures(client, "tess")
    assert (ours["requests"], ours["sign_ins"]["failed"]) == (1, 5)
    assert (theirs["requests"], theirs["sign_ins"]["failed"]) == (2, 0)
    page = (await client.get("/dashboard", headers=session("tess"))).text
    assert re.search(r"Open.*Blocked prompts.*>1<", page, re.S)


@ON_SQLITE
@pytest.mark.parametrize("address", FIGURES)
async def test_who_has_no_right_gets_nothing_and_is_on_record(
    client: httpx.AsyncClient, storage: Storage, address: str
) -> None:
    headers = key if address.startswith("/api") else session
    for name, status in (("emma", 403), ("paul", 403), ("root", 200), ("audrey", 200)):
        answer = await client.get(address, headers=headers(name))
        assert answer.status_code == status, name
    assert len(await storage.audit.search(event="permission.denied", decision="deny")) == 2
    assert {each["actor"] for each in await looks(storage)} == {"user_root", "user_audrey"}
    nobody = await client.get(address)
    assert nobody.status_code in (303, 401)
    assert 'href="/dashboard"' not in (await client.get("/chat", headers=session("emma"))).text


async def test_a_page_is_one_record_and_its_pictures_are_none(client: httpx.AsyncClient, storage: Storage) -> None:
    await asks(client, "emma")
    page = (await client.get("/dashboard?range=7d", headers=session("audrey"))).text
    parts = {each.replace("&amp;", "&") for each in re.findall(r'"(/dashboard/(?:chart|table)/[^"]+)"', page)}
    # Three charts have something to show: each in two themes and two sizes, and its table.
    assert len(parts) == 3 * 5
    for address in parts:
        assert (await client.get(address, headers=session("audrey"))).status_code == 200
    (look,) = await looks(storage)
    assert (look["format"], look["until"] - look["since"] > 6 * 24 * HOUR) == ("page", True)
    # The mark is of this reader and this period.
    (address, *_) = (each for each in parts if ".svg" in each)
    await client.get(address, headers=session("root"))
    await client.get(re.sub(r"since=\d+", "since=0", address), headers=session("audrey"))
    await client.get(re.sub(r"look=[^&]+", "look=1.x", address), headers=session("audrey"))
    await client.get("/dashboard/table/volume.csv", headers=session("audrey"))
    assert [each["format"] for each in await looks(storage)] == ["page", "svg", "svg", "svg", "csv"]


@ON_SQLITE
async def test_a_picture_is_not_sent_twice(client: httpx.AsyncClient) -> None:
    address = "/dashboard/chart/volume.svg?since=2025-01-01&until=2025-01-03"
    first = await client.get(address, headers=session("audrey"))
    assert first.headers["content-type"] == "image/svg+xml"
    again = await client.get(address, headers=session("audrey") | {"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@ON_SQLITE
@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/dashboard/chart/passwd.svg", 404), ("/dashboard/chart/volume.svg?theme=pink", 400),
        ("/dashboard/chart/volume.svg?size=9", 400), ("/dashboard/chart/volume.svg?x=1", 400),
        ("/dashboard/table/volume.csv?theme=dark", 400), ("/dashboard?range=x", 400), ("/dashboard?actor=emma", 400),
        ("/dashboard/report?since=x", 400),
    ],
)  # fmt: skip
async def test_a_wrong_address_is_refused(client: httpx.AsyncClient, address: str, status: int) -> None:
    assert (await client.get(address, headers=session("audrey"))).status_code == status


@ON_SQLITE
async def test_figures_lead_to_the_records_of_who_may_read_them(client: httpx.AsyncClient) -> None:
    await asks(client, "emma", "toxic")
    page = (await client.get("/dashboard", headers=session("audrey"))).text.replace("&amp;", "&")
    (address,) = set(re.findall(r'"(/review\?decision=withheld&since=[^"]+)"', page))
    assert "toxic" in (await client.get(address, headers=session("audrey"))).text
    assert "/review?" not in (await client.get("/dashboard", headers=session("root"))).text


@ON_SQLITE
async def test_a_table_runs_nothing_in_a_spreadsheet(client: httpx.AsyncClient, storage: Storage) -> None:
    await put(storage.database, [closed(now() - AGO, entities={"=1+1": 2, "<b>": 1})])
    text = (await client.get("/dashboard/table/entities.csv", headers=session("audrey"))).text
    assert list(csv.reader(io.StringIO(text)))[1:] == [["'=1+1", "2"], ["<b>", "1"]]
    assert "<b>" not in (await client.get("/dashboard", headers=session("audrey"))).text


@ON_SQLITE
async def test_the_period_before_stands_beside(client: httpx.AsyncClient, storage: Storage) -> None:
    day = 24 * HOUR
    await put(storage.database, [closed(now() - day - AGO), closed(now() - day - AGO), *[closed(now() - AGO)] * 3])
    page = (await client.get("/dashboard", headers=session("audrey"))).text
    assert "+50\N{NARROW NO-BREAK SPACE}%, from 2" in page


@ON_SQLITE
async def test_budgets_and_how_much_is_used(installation: Installation) -> None:
    budget = Budget(requests_per_minute=10, tokens_per_day=1_000, concurrent=3)
    profile = LimitProfile("tight", budget, tenant=Budget(requests_per_minute=100), roles={"service": budget})
    limiter = CountingLimiter(installation.counting)
    who = Principal("user_emma", "default", ("service",))
    async with limiter(who, profile):
        found = {(each.scope, each.unit): each.used for each in await limiter.used(who, profile)}
    assert found == {
        ("user", "requests"): 1, ("user", "tokens"): 0, ("user", "concurrent"): 1, ("tenant", "requests"): 1,
        ("role/service", "requests"): 1, ("role/service", "tokens"): 0, ("role/service", "concurrent"): 1,
    }  # fmt: skip
    assert {each.scope for each in await limiter.used(who, profile, True)} == {"user"}
    other = Principal("user_wile", "acme", ("service",))
    assert not any(each.used for each in await limiter.used(other, profile))
    async with installation.client() as client:
        for _ in range(2):
            await asks(client, "emma")
        page = (await client.get("/dashboard", headers=session("audrey"))).text
    assert re.search(r"User <code>user_emma</code>.*?requests in a minute.*?>2<.*?>600<", page, re.S)


@ON_SQLITE
async def test_nothing_yet_says_what_to_do(client: httpx.AsyncClient) -> None:
    page = await client.get("/dashboard?since=2020-01-01&until=2020-02-01", headers=session("audrey"))
    assert "Nothing was recorded in this period." in page.text
    assert "<picture>" not in page.text


@ON_SQLITE
async def test_a_report_says_who_made_it_under_which_policy(client: httpx.AsyncClient) -> None:
    await asks(client, "emma")
    page = (await client.get("/dashboard/report?range=7d", headers=session("audrey"))).text
    assert re.search(r"audrey, \d{4}-\d\d-\d\d \d\d:\d\d UTC", page)
    assert re.search(r"<code>sha256:[0-9a-f]{64}</code>", page)
    assert "theme=dark" not in page


@ON_SQLITE
async def test_what_was_added_up_before_is_not_read_again(installation: Installation, storage: Storage) -> None:
    await put(storage.database, [closed(now() - AGO + place) for place in range(50)])
    services = installation.services()
    await services.dashboard.warm()
    root = Principal("user_root", "default", ("admin",))
    reads: list[int] = []
    sums = services.dashboard._sums
    read = sums._read

    async def counted(piece: Any, end: int) -> None:
        reads.append(end - piece.end)
        await read(piece, end)

    sums._read = counted  # type: ignore[method-assign]
    look = await services.dashboard.look(root, period.read([]))
    assert look.report.total.total("chat") == 50
    assert sum(reads) < 10  # The record of the look itself.


@ON_SQLITE
async def test_too_many_records_are_said(
    client: httpx.AsyncClient, storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    from guard.insight import dashboard, sums

    monkeypatch.setattr(sums, "PIECE", 4)
    monkeypatch.setattr(dashboard, "MOST_READ", 8)
    await put(storage.database, [closed(now() - AGO + place) for place in range(40)])
    page = (await client.get("/dashboard", headers=session("audrey"))).text
    assert "too many to be read at once" in page
    assert "too many records to compare" in page
    for _ in range(8):
        page = (await client.get("/dashboard", headers=session("audrey"))).text
    assert "too many to be read at once" not in page
