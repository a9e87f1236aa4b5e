"""A part that breaks or denies is a refusal with a record, and no text leaves."""

from __future__ import annotations

from typing import Any

import pytest

from guard.errors import GuardError
from guard.events import Delta
from guard.model import ChatRequest
from guard.pipeline import Pipeline
from guard.store.memory import memory_commit
from guard.testing import broken, deny
from guard.testing.fakes import NamedGenerators
from tests.pipeline.conftest import Rig


async def collect(pipeline: Pipeline, request: ChatRequest) -> tuple[str, BaseException | None]:
    """The text that came out, and how it ended."""
    shown = ""
    try:
        async for event in pipeline.stream(request):
            if isinstance(event, Delta):
                shown += event.text
    except Exception as error:
        return shown, error
    return shown, None


BROKEN: dict[str, tuple[str, Any]] = {
    "authenticate": ("authenticate", broken.BrokenAuthenticator()),
    "authorize": ("authorize", broken.BrokenAuthorizer()),
    "limit": ("limit", broken.BrokenLimiter()),
    "detector": ("detector", broken.BrokenDetector()),
    "redact": ("redact", broken.BrokenRedactor()),
    "inspect": ("inspect", broken.BrokenInspector()),
    "store": ("store", broken.BrokenTranscripts()),
    "generator": ("generators", NamedGenerators({"echo": broken.BrokenGenerator()})),
    "moderate": ("moderate", broken.BrokenModerator()),
    "restore": ("restore", broken.BrokenRestorers()),
    "audit": ("audit", broken.BrokenAudit()),
    "commit": ("commit", broken.BrokenCommit()),
}


@pytest.mark.parametrize("name", BROKEN)
async def test_a_broken_part_is_a_refusal(build: Any, name: str) -> None:
    part, implementation = BROKEN[name]
    rig: Rig = build("Hello there. How are you?", **{part: implementation})
    shown, error = await collect(rig.pipeline, rig.request("Hi"))
    assert shown == ""
    assert error is not None
    if name == "audit":  # Without an audit there is no record to write; the refusal is all there is.
        assert rig.audit.records == []
        return
    last = rig.audit.records[-1]
    assert last["event"] in {"chat.refused", "chat.closed"}
    assert last["decision"] != "allow"
    assert broken.SECRET not in str(rig.audit.records)


@pytest.mark.parametrize("after", [1, 2])
async def test_a_commit_that_breaks_later_lets_no_further_text_out(build: Any, after: int) -> None:
    """Commit 0 is the prompt, 1 the first unit, 2 the second: what was not committed does not leave."""
    rig: Rig = build("One. ", "Two. ", "Three. ")
    rig = build("One. ", "Two. ", "Three. ", commit=broken.BrokenCommit(memory_commit, after=after))
    shown, error = await collect(rig.pipeline, rig.request("Hi"))
    assert shown == "One. " * (after - 1)
    assert error is not None
    assert rig.audit.records[-1]["event"] == "chat.closed"


async def test_a_generator_that_breaks_in_mid_stream_keeps_what_was_released(build: Any) -> None:
    rig: Rig = build(generators=NamedGenerators({"echo": broken.BrokenGenerator(after=2)}))
    shown, error = await collect(rig.pipeline, rig.request("Hi"))
    assert shown == "One whole sentence. One whole sentence. "
    assert error is not None
    (conversation,) = rig.store.conversations()
    texts = [message["text"] for message in await rig.store.messages(conversation)]
    assert texts == ["Hi", shown]
    assert rig.events() == ["chat.opened", "chat.closed"]


DENIED: dict[str, tuple[str, Any, str]] = {
    "authenticate": ("authenticate", deny.DenyAuthenticator(), "invalid_api_key"),
    "authorize": ("authorize", deny.DenyAuthorizer(), "permission_denied"),
    "limit": ("limit", deny.DenyLimiter(), "rate_limit_exceeded"),
    "detector": ("detector", deny.DenyDetector(), "detector_failed"),
    "redact": ("redact", deny.DenyRedactor(), "detector_failed"),
    "inspect": ("inspect", deny.DenyInspector(), "prompt_blocked"),
}


@pytest.mark.parametrize("name", DENIED)
async def test_a_denial_never_reaches_the_generator(build: Any, name: str) -> None:
    part, implementation, reason_id = DENIED[name]
    rig: Rig = build("Hello.", **{part: implementation})
    shown, error = await collect(rig.pipeline, rig.request("Hi"))
    assert shown == ""
    assert isinstance(error, GuardError)
    assert error.reason_id == reason_id
    assert rig.generator.bodies == []
    if name != "authenticate":  # Those are counted by the minute.
        assert rig.audit.records[-1]["event"] == "chat.refused"
        assert rig.audit.records[-1]["reason_id"] == reason_id


async def test_a_classifier_that_denies_everything_leaves_only_the_notice(build: Any) -> None:
    rig: Rig = build("Hello. World.", classifier=deny.DenyClassifier())
    reply = await rig.pipeline.complete(rig.request("Hi"))
    assert reply.choices[0].text.startswith("[Withheld by policy: ")
    assert reply.choices[0].finish_reason == "content_filter"
    assert rig.audit.records[-1]["decision"] == "withheld"
