"""Trying a redaction profile: what it takes out and why, without script, and nothing of the text anywhere else."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from guard.errors import DetectorError
from guard.model import Explanation, Span
from guard.policy import bundle
from guard.redact.engine import RedactionEngine
from guard.telemetry.logging import AllowListFormatter
from guard.testing.fakes import WordDetector
from tests.unit.policy.installation import LOCAL, SHIPPED
from tests.unit.web.console import Console, Visitor, console

CANARY = "kumquatberg"
NAME = "Ada Lovelace"
TEXT = f"{CANARY} of {NAME}, ada@example.org"


class Explaining(WordDetector):
    """A detector that says why, with a word of the text."""

    async def detect(self, texts: object, language: str = "en") -> list[list[Span]]:
        why = Explanation("full-name", 0.4, "!luhn", CANARY)
        found = await super().detect(texts, language)  # type: ignore[arg-type]
        return [[Span(s.start, s.end, s.entity_type, s.score, "words/2", why) for s in some] for some in found]


class Failing(WordDetector):
    async def detect(self, texts: object, language: str = "en") -> list[list[Span]]:
        raise DetectorError from ValueError(CANARY)


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Console]:
    async with console(tmp_path) as made:
        yield made


@pytest.fixture
async def ann(place: Console) -> Visitor:
    return await place.visitor("ann", "admin")


def detect_with(place: Console, detector: WordDetector) -> None:
    object.__setattr__(place.services.checks, "redactor", RedactionEngine([detector]))


async def test_a_text_is_tried_without_script(place: Console, ann: Visitor) -> None:
    detect_with(place, Explaining({NAME: "PERSON", "ada@example.org": "EMAIL_ADDRESS"}))
    view = await ann.press(await ann.get("/policies/try"), "Try", text=TEXT, profile="default")
    assert view.status == 200
    assert "2 values are taken out." in view.text
    assert f"<mark>{NAME}" in view.html
    assert "words/2" in view.text
    assert "full-name" in view.text
    assert "0.40 → " in view.text
    assert "luhn wrong" in view.text
    assert f"<td>{CANARY}</td>" in view.html
    assert f"{CANARY} of <PERSON_" in view.text
    # What was written stays in the form.
    assert view.form("Try").values["text"] == TEXT
    assert view.answer.headers["cache-control"] == "no-store"


async def test_each_profile_does_what_it_says(place: Console, ann: Visitor) -> None:
    detect_with(place, Explaining({NAME: "PERSON", "ada@example.org": "EMAIL_ADDRESS"}))
    page = await ann.get("/policies/try")
    view = await ann.press(page, "Try", text=TEXT, profile="education")
    assert "1 value is taken out." in view.text
    assert "left in the clear by this profile: PERSON × 1." in view.text
    assert f"<mark>{NAME}" not in view.html
    nothing = await ann.press(page, "Try", text="Nothing of anybody.", profile="all")
    assert "Nothing is taken out." in nothing.text


async def test_what_a_profile_blocks_is_shown_with_its_reason(place: Console, ann: Visitor) -> None:
    detect_with(place, Explaining({NAME: "PERSON"}))
    strict = {"redaction/strict.toml": 'redact = ["structured"]\nblock = ["PERSON"]\n'}
    revisions = place.installation.parts.revisions
    policy = bundle.build({**SHIPPED.files, **strict})
    await place.installation.parts.database.write(revisions.activated(policy, LOCAL.id, after=await revisions.head()))
    view = await ann.press(await ann.get("/policies/try"), "Try", text=TEXT, profile="strict")
    assert view.status == 200
    assert "The profile blocks a prompt with this: PERSON." in view.text
    assert "full-name" in view.text


@pytest.mark.parametrize(
    ("fields", "status", "alert"),
    [
        ({"text": "  ", "profile": "default"}, 400, "Write a text first."),
        ({"text": CANARY, "profile": "nothing"}, 404, "no redaction profile of that name"),
        ({"text": "x" * 20_001, "profile": "default"}, 400, "up to 20000 characters"),
    ],
    ids=["empty", "profile", "long"],
)
async def test_what_is_wrong_is_said_in_the_page(
    place: Console, ann: Visitor, fields: dict[str, str], status: int, alert: str
) -> None:
    answer = await ann.client.post("/policies/try", data=fields)
    assert answer.status_code == status
    assert alert in answer.text
    assert not await place.installation.records(event="check.redact")


async def test_markup_stays_text(place: Console, ann: Visitor) -> None:
    evil = "<img src=x onerror=alert(1)>"
    detect_with(place, Explaining({evil: "PERSON"}))
    view = await ann.press(await ann.get("/policies/try"), "Try", text=f"\n{evil}", profile="default")
    assert "<img src=x" not in view.html
    assert view.form("Try").values["text"] == f"\r\n{evil}"


async def test_the_text_and_its_context_words_stay_in_the_page(
    place: Console, ann: Visitor, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    page = await ann.get("/policies/try")
    detect_with(place, Explaining({NAME: "PERSON"}))
    await ann.press(page, "Try", text=TEXT, profile="default")
    detect_with(place, Failing({}))
    failed = await ann.press(page, "Try", text=TEXT, profile="default")
    assert failed.status == 503
    assert CANARY not in failed.alert
    assert CANARY in failed.form("Try").values["text"]
    # Fakes keep these records in memory; a real installation keeps what is the same JSON.
    records = json.dumps([*place.services.checks.audit.records, *await place.installation.records()], default=str)  # type: ignore[attr-defined]
    assert '"check.redact"' in records
    lines = "\n".join(AllowListFormatter().format(record) for record in caplog.records)
    for kept in (records, lines):
        assert CANARY not in kept
        assert NAME not in kept
    span = Span(0, 3, "PERSON", 1.0, "words", Explanation("full-name", 0.4, "", CANARY))
    assert CANARY not in repr(span) + repr(span.explanation)


async def test_who_may_not_read_the_policy_may_not_try_it(place: Console) -> None:
    emma = await place.visitor("emma", "employee")
    assert (await emma.get("/policies/try")).status == 403
    answer = await emma.client.post("/policies/try", data={"text": TEXT, "profile": "default"})
    assert answer.status_code == 403
    assert CANARY not in answer.text
