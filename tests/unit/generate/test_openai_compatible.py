"""The generator against a real server on loopback."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest

from guard.errors import ConfigurationError, GeneratorError, GuardError, InvalidRequestError
from guard.generate.openai_compatible import OpenAICompatibleGenerator, create, validate
from guard.model import Chunk, Usage
from tests.unit.generate.upstream import DONE, Upstream, delta, event, serving, sse, status

KEY = "sk-canary-of-the-upstream"
BODY: dict[str, Any] = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Hi <PERSON_7K3Q9D>"}]}


@pytest.fixture(scope="module")
def server() -> Iterator[Upstream]:
    with serving() as upstream:
        yield upstream


@pytest.fixture
def upstream(server: Upstream) -> Upstream:
    server.answers, server.bodies, server.headers = [], [], []
    server.left.clear()
    return server


def generator(url: str, **options: Any) -> OpenAICompatibleGenerator:
    return create({"base_url": url, "model": "upstream-name", "max_retries": 0, **options}, cache_dir=Path("unused"))


async def collect(generator: OpenAICompatibleGenerator, **members: Any) -> list[Chunk]:
    await generator.start()
    try:
        async with aclosing(generator({**BODY, **members})) as chunks:
            return [chunk async for chunk in chunks]
    finally:
        await generator.aclose()


async def failure(
    generator: OpenAICompatibleGenerator, kind: type[GuardError] = GeneratorError, **members: Any
) -> GuardError:
    with pytest.raises(kind) as caught:
        await collect(generator, **members)
    error = caught.value
    assert error.__cause__ is None
    assert error.__suppress_context__ or error.__context__ is None
    assert "secret" not in repr(error)
    return error


def text(chunks: list[Chunk], choice: int = 0) -> str:
    return "".join(chunk.text for chunk in chunks if chunk.choice == choice)


async def test_text_usage_and_end(upstream: Upstream) -> None:
    used = event(choices=[], usage={"prompt_tokens": 7, "completion_tokens": 2, "total_tokens": 9})
    pieces = (delta(role="assistant", content=""), delta(content="Hel"), delta(content="lo"), delta(finish="stop"))
    upstream.answers = [sse(*pieces, used, DONE)]
    chunks = await collect(generator(upstream.url))
    assert text(chunks) == "Hello"
    assert chunks[-2].finish_reason == "stop"
    assert chunks[-1].usage == Usage(7, 2)


async def test_every_member_is_passed_on_except_those_that_guard_owns(
    upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UPSTREAM_KEY", KEY)
    upstream.answers = [sse(delta(content="x", finish="stop"), DONE)]
    members = {
        "temperature": 0.5,
        "seed": 3,
        "stop": ["a"],
        "tools": [{"type": "function", "function": {"name": "f", "x-unknown": 1}}],
        "x_unknown": {"deep": [1, None]},
        "metadata": None,
    }
    messages = [{"role": "user", "content": [{"type": "text", "text": "t", "unknown": True}], "name": "n", "odd": 1}]
    owned = {"stream": False, "stream_options": {"include_usage": False}}
    await collect(generator(upstream.url, api_key_env="UPSTREAM_KEY"), **members, **owned, messages=messages)
    assert upstream.bodies == [
        {
            **members,
            "messages": messages,
            "model": "upstream-name",
            "stream": True,
            "stream_options": {"include_usage": True},
        }
    ]
    assert upstream.headers[0]["authorization"] == f"Bearer {KEY}"


async def test_a_key_of_the_environment_is_not_sent_unless_it_is_named(
    upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    upstream.answers = [sse(delta(content="x", finish="stop"), DONE)]
    await collect(generator(upstream.url))
    assert KEY not in str(upstream.headers)


async def test_an_organization_of_the_environment_is_not_sent(
    upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_ORG_ID", "another-organization")
    upstream.answers = [sse(delta(content="x", finish="stop"), DONE)]
    await collect(generator(upstream.url))
    assert "another-organization" not in str(upstream.headers)


async def test_code_points_split_between_network_chunks(upstream: Upstream) -> None:
    answer = "na\u00efve \U0001f642 \u4f60\u597d"
    raw = delta(content=answer) + delta(finish="stop") + DONE
    upstream.answers = [sse(*(raw[i : i + 1] for i in range(len(raw))))]
    assert text(await collect(generator(upstream.url))) == answer


async def test_two_interleaved_choices(upstream: Upstream) -> None:
    upstream.answers = [
        sse(
            delta(0, content="a"),
            delta(1, content="x"),
            delta(0, content="b"),
            delta(1, finish="length"),
            delta(0, content="c"),
            delta(0, finish="stop"),
            DONE,
        )
    ]
    chunks = await collect(generator(upstream.url), n=2)
    assert (text(chunks, 0), text(chunks, 1)) == ("abc", "x")
    assert {c.choice: c.finish_reason for c in chunks if c.finish_reason} == {0: "stop", 1: "length"}


async def test_tool_call_deltas_become_whole_calls(upstream: Upstream) -> None:
    upstream.answers = [
        sse(
            delta(tool_calls=[{"index": 0, "id": "call_a", "function": {"name": "send", "arguments": ""}}]),
            delta(tool_calls=[{"index": 1, "id": "call_b", "function": {"name": "log", "arguments": "{}"}}]),
            delta(tool_calls=[{"index": 0, "function": {"arguments": '{"to": "<PER'}}]),
            delta(tool_calls=[{"index": 0, "function": {"arguments": 'SON_7K3Q9D>"}'}}]),
            delta(finish="tool_calls"),
            DONE,
        )
    ]
    chunks = await collect(generator(upstream.url))
    calls = [chunk.tool_call for chunk in chunks if chunk.tool_call]
    assert [(c.index, c.id, c.name, c.arguments) for c in calls] == [
        (0, "call_a", "send", '{"to": "<PERSON_7K3Q9D>"}'),
        (1, "call_b", "log", "{}"),
    ]
    assert chunks[-1].finish_reason == "tool_calls"


async def test_refusals_are_text_and_unknown_members_are_dropped(upstream: Upstream) -> None:
    upstream.answers = [sse(delta(refusal="I can't.", reasoning_content="thoughts"), delta(finish="stop", odd=1), DONE)]
    chunks = await collect(generator(upstream.url))
    assert text(chunks) == "I can't."
    assert "thoughts" not in str([chunk.text for chunk in chunks])


@pytest.mark.parametrize(
    "pieces",
    [
        [delta(content="half")],
        [delta(content="half"), DONE],
        [delta(content="half"), b"data: {not json\n\n"],
        [delta(content="half"), event(error={"message": "secret upstream words"})],
        [],
    ],
)
async def test_a_stream_that_is_not_whole_is_an_error(upstream: Upstream, pieces: list[bytes]) -> None:
    upstream.answers = [sse(*pieces)]
    assert (await failure(generator(upstream.url))).reason_id == "upstream_broken_stream"


@pytest.mark.parametrize(
    "pieces",
    [
        [delta(content={"not": "text"}), delta(finish="stop"), DONE],
        [delta(index=5, content="x"), delta(index=5, finish="stop"), DONE],
        [delta(content="a", finish="stop"), delta(content="after the end"), DONE],
        [delta(content="a", finish="words that nobody judged"), DONE],
        [event(choices="secret"), DONE],
    ],
)
async def test_a_chunk_that_cannot_be_understood_ends_the_stream(upstream: Upstream, pieces: list[bytes]) -> None:
    upstream.answers = [sse(*pieces)]
    assert (await failure(generator(upstream.url))).reason_id == "upstream_broken_stream"


async def test_a_connection_cut_in_the_stream(upstream: Upstream) -> None:
    upstream.answers = [sse(delta(content="half"), whole=False)]
    assert (await failure(generator(upstream.url))).reason_id == "upstream_broken_stream"


async def test_one_choice_of_two_never_finishes(upstream: Upstream) -> None:
    upstream.answers = [sse(delta(0, content="a", finish="stop"), delta(1, content="b"), DONE)]
    assert (await failure(generator(upstream.url), n=2)).reason_id == "upstream_broken_stream"


async def test_a_limited_request_is_tried_again(upstream: Upstream) -> None:
    ok = sse(delta(content="ok", finish="stop"), DONE)
    upstream.answers = [status(429, retry_after_ms="1"), status(503, retry_after_ms="1"), ok]
    assert text(await collect(generator(upstream.url, max_retries=2))) == "ok"
    assert len(upstream.bodies) == 3


@pytest.mark.parametrize(
    ("code", "kind", "reason"),
    [
        (400, InvalidRequestError, "upstream_rejected"),
        (422, InvalidRequestError, "upstream_rejected"),
        (401, GeneratorError, "upstream_refused"),
        (404, GeneratorError, "upstream_refused"),
        (429, GeneratorError, "upstream_rate_limited"),
        (500, GeneratorError, "upstream_unavailable"),
        (503, GeneratorError, "upstream_unavailable"),
    ],
)
async def test_refusals_of_the_upstream(upstream: Upstream, code: int, kind: type[GuardError], reason: str) -> None:
    upstream.answers = [status(code, location="http://127.0.0.1:1/elsewhere", retry_after="7")]
    error = await failure(generator(upstream.url), kind)
    assert error.reason_id == reason
    assert len(upstream.bodies) == 1


async def test_a_redirect_is_not_followed(upstream: Upstream) -> None:
    upstream.answers = [status(307, location=f"{upstream.url}/elsewhere")]
    await failure(generator(upstream.url))
    assert len(upstream.bodies) == 1


async def test_a_limit_says_when_to_come_back(upstream: Upstream) -> None:
    upstream.answers = [status(429, retry_after="7")]
    assert (await failure(generator(upstream.url))).retry_after == 7


async def test_no_error_leads_back_to_the_upstreams_words(upstream: Upstream) -> None:
    upstream.answers = [status(400)]
    assert (await failure(generator(upstream.url), InvalidRequestError)).__context__ is None


async def test_a_tool_call_without_arguments_has_an_empty_object(upstream: Upstream) -> None:
    call = [{"index": 0, "id": "call_a", "function": {"name": "now"}}]
    upstream.answers = [sse(delta(tool_calls=call), delta(finish="tool_calls"), DONE)]
    calls = [chunk.tool_call for chunk in await collect(generator(upstream.url)) if chunk.tool_call]
    assert [made.arguments for made in calls] == ["{}"]


async def test_nobody_listens() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    assert (await failure(generator(f"http://127.0.0.1:{port}/v1"))).reason_id == "upstream_unavailable"


async def test_a_slow_upstream_before_and_in_the_answer(upstream: Upstream) -> None:
    async def silent(upstream: Upstream, send: Any) -> None:
        await asyncio.sleep(5)

    upstream.answers = [silent]
    assert (await failure(generator(upstream.url, timeout_s=0.1))).reason_id == "upstream_timeout"
    upstream.answers = [sse(delta(content="a"), after=5)]
    assert (await failure(generator(upstream.url, timeout_s=0.1))).reason_id == "upstream_timeout"


async def test_closing_the_iterator_is_seen_by_the_upstream(upstream: Upstream) -> None:
    upstream.answers = [sse(delta(content="a"), after=30)]
    ours = generator(upstream.url)
    await ours.start()
    async with aclosing(ours(BODY)) as chunks:
        assert (await anext(chunks)).text == "a"
    assert await asyncio.to_thread(upstream.left.wait, 5)
    await ours.aclose()


async def test_a_closed_generator_refuses(upstream: Upstream) -> None:
    ours = generator(upstream.url)
    await ours.start()
    await ours.aclose()
    with pytest.raises(GeneratorError):
        await anext(ours(BODY))


async def test_a_missing_key_says_how_to_set_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("UPSTREAM_KEY", raising=False)
    with pytest.raises(ConfigurationError, match="UPSTREAM_KEY"):
        await generator("http://127.0.0.1:1/v1", api_key_env="UPSTREAM_KEY").start()


@pytest.mark.parametrize(
    "options",
    [
        {"model": "m"},
        {"base_url": "http://x/v1"},
        {"base_url": "file:///etc", "model": "m"},
        {"base_url": "http://x/v1", "model": "m", "timeuot_s": 3},
        {"base_url": "http://x/v1", "model": "m", "timeout_s": 0},
    ],
)
def test_options_are_checked(options: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError) as caught:
        validate(options)
    assert "secret" not in str(caught.value)
