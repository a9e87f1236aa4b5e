"""The application as a whole: what is there, what is not, and how it says so."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from guard.app import create_app
from guard.errors import ConfigurationError
from guard.services import Services
from tests.unit.serving import KEY, House


@pytest.mark.parametrize("path", ["/quokka7741", "/v1/quokka7741", "/docs", "/redoc", "/metrics"])
async def test_what_is_not_there(path: str) -> None:
    async with House().client(headers=KEY) as client:
        answer = await client.get(path, params={"q": "quokka7741"})
    assert answer.status_code == 404
    assert set(answer.json()["error"]) == {"message", "type", "param", "code"}
    assert answer.json()["error"]["code"] == "not_found"
    assert "quokka7741" not in answer.text + str(answer.headers)


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/v1/chat/completions"), ("DELETE", "/chat"), ("PUT", "/healthz")]
)
async def test_a_method_that_is_not_there(method: str, path: str) -> None:
    async with House().client(headers=KEY) as client:
        answer = await client.request(method, path)
    assert answer.status_code == 405
    assert answer.json()["error"]["code"] == "method_not_allowed"


async def test_the_document_of_the_api_names_its_routes() -> None:
    async with House().client() as client:
        document = (await client.get("/openapi.json")).json()
    assert {
        "/v1/chat/completions", "/v1/models", "/api/redact", "/api/moderate", "/healthz", "/readyz"
    } <= set(document["paths"])  # fmt: skip
    assert "/chat" not in document["paths"]


async def test_services_are_entered_and_left_with_the_server() -> None:
    seen: list[str] = []

    @asynccontextmanager
    async def build() -> AsyncIterator[Services]:
        seen.append("entered")
        yield House().services()
        seen.append("left")

    app = create_app(build)
    assert seen == []
    async with app.router.lifespan_context(app):
        assert seen == ["entered"]
    assert seen == ["entered", "left"]


async def test_why_the_services_could_not_be_built_is_kept() -> None:
    @asynccontextmanager
    async def build() -> AsyncIterator[Services]:
        raise ConfigurationError("No.")
        yield

    app = create_app(build)
    with pytest.raises(ConfigurationError):
        async with app.router.lifespan_context(app):
            pass
    assert isinstance(app.state.failure, ConfigurationError)


async def test_which_methods_there_are_is_told() -> None:
    async with House().client(headers=KEY) as client:
        assert (await client.get("/v1/chat/completions")).headers["allow"] == "POST"


async def test_no_redirect_repeats_an_address() -> None:
    async with House().client(headers=KEY) as client:
        answer = await client.get("/login/", params={"q": "quokka7741"})
    assert answer.status_code == 404
    assert "quokka7741" not in str(answer.headers)
