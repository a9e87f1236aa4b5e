"""Every response names its request."""

from __future__ import annotations

import re

from tests.unit.serving import KEY, House, chat


async def test_each_response_has_an_id_of_its_own() -> None:
    house = House()
    async with house.client(headers=KEY) as client:
        answers = [await client.get(path) for path in ("/healthz", "/login", "/nothing", "/static/guard.css")]
        answers += [await client.post("/v1/chat/completions", json=chat()) for _ in range(2)]
    ids = [answer.headers["x-guard-request-id"] for answer in answers]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"req_[0-9a-f]{24}", each) for each in ids)
    # The record of a turn has the id that its caller was told.
    assert [record["request_id"] for record in house.audit.records] == [ids[-2]] * 2 + [ids[-1]] * 2
