"""The checks alone over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from guard.testing.deny import DenyAuthorizer
from tests.unit.serving import KEY, House


async def test_redact_one_and_several() -> None:
    async with House().client(headers=KEY) as client:
        one = await client.post("/api/redact", json={"text": "I am Ada Lovelace."})
        several = await client.post("/api/redact", json={"text": ["Ada Lovelace", "nobody", "Ada Lovelace again"]})
    (result,) = one.json()["results"]
    assert result["counts"] == {"PERSON": 1}
    assert result["text"].startswith("I am <PERSON_")
    assert one.headers["cache-control"] == "no-store"
    first, second, third = several.json()["results"]
    assert second == {"text": "nobody", "counts": {}}
    # One vault for the call: the same value has the same placeholder.
    assert third["text"] == f"{first['text']} again"


async def test_redact_says_what_made_each_span() -> None:
    async with House().client(headers=KEY) as client:
        answer = await client.post("/api/redact", json={"text": "I am Ada Lovelace.", "explain": True})
        wrong = await client.post("/api/redact", json={"text": "I am Ada Lovelace.", "explain": "yes"})
    (span,) = answer.json()["results"][0]["spans"]
    why = span.pop("explanation")
    assert span["replacement"] in answer.json()["results"][0]["text"]
    assert (span["start"], span["end"], span["entity_type"]) == (5, 17, "PERSON")
    assert set(why) == {"detector", "pattern", "base_score", "check", "context"}
    assert why["detector"] not in ("", "vault")
    assert (wrong.status_code, wrong.json()["error"]["param"]) == (400, "explain")


async def test_moderate() -> None:
    async with House().client(headers=KEY) as client:
        answer = await client.post("/api/moderate", json={"text": ["fine", "a toxicword"]})
    fine, toxic = answer.json()["results"]
    assert fine == {"scores": {"toxicity": 0.0, "bias": 0.0}, "flagged": [], "action": "allow"}
    assert (toxic["flagged"], toxic["action"]) == (["toxicity"], "withhold")


@pytest.mark.parametrize("path", ["/api/redact", "/api/moderate"])
@pytest.mark.parametrize(
    "body", [{}, {"text": 7}, {"text": []}, {"text": ["quokka7741", 7]}, {"text": ["x"] * 257}, []]
)
async def test_bad_texts(path: str, body: Any) -> None:
    async with House().client(headers=KEY) as client:
        answer = await client.post(path, json=body)
    assert answer.status_code == 400
    assert "quokka7741" not in answer.text


@pytest.mark.parametrize("path", ["/api/redact", "/api/moderate"])
async def test_who_may(path: str) -> None:
    denied = House(stages={"authorize": DenyAuthorizer()})
    async with House().client() as stranger, denied.client(headers=KEY) as client:
        assert (await stranger.post(path, json={"text": "x"})).status_code == 401
        refused = await client.post(path, json={"text": "x"})
    assert refused.status_code == 403
    assert denied.audit.records[-1]["event"] == "check.refused"
