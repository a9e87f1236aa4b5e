"""`guard chat`: talk to a running server from the terminal."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated, Any

import typer

from guard.cli import context
from guard.errors import AuthenticationError, UnavailableError

if TYPE_CHECKING:
    from openai import OpenAI


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="chat")(chat)


def chat(
    message: Annotated[str | None, typer.Argument(help="One message; none: a conversation until end of input.")] = None,
    url: Annotated[str | None, typer.Option("--url", help="The server; else the one of the settings.")] = None,
    model: Annotated[str | None, typer.Option("--model", help="Else the first that you may use.")] = None,
    scenario: Annotated[str | None, typer.Option("--scenario")] = None,
) -> None:
    """Chat through a running server, with the API key in GUARD_API_KEY."""
    from openai import APIConnectionError, APIStatusError, OpenAI

    key = os.environ.get("GUARD_API_KEY")
    if not key:
        raise AuthenticationError("Put your API key into GUARD_API_KEY.", reason_id="api_key_missing")
    server = context.settings().server
    base = (url or f"http://{server.host}:{server.port}").rstrip("/") + "/v1"
    headers = {"x-guard-scenario": scenario} if scenario else {}
    try:
        with OpenAI(base_url=base, api_key=key, default_headers=headers, timeout=300) as client:
            _talk(client, model or client.models.list().data[0].id, message)
    except APIConnectionError:
        raise UnavailableError(f"There is no server at {base}. Start one with `guard serve`.") from None
    except APIStatusError as error:
        detail = error.body if isinstance(error.body, dict) else {}
        raise UnavailableError(
            str(detail.get("message") or "The server refused."), reason_id=str(detail.get("code") or "refused")
        ) from None


def _talk(client: OpenAI, model: str, message: str | None) -> None:
    messages: list[Any] = []
    while True:
        if message is None:
            try:
                asked = input("> ")
            except EOFError:
                return
        else:
            asked = message
        if asked.strip():
            messages.append({"role": "user", "content": asked})
            messages.append({"role": "assistant", "content": _answer(client, model, messages)})
        if message is not None:
            return


def _answer(client: OpenAI, model: str, messages: list[Any]) -> str:
    text = ""
    for chunk in client.chat.completions.create(model=model, messages=messages, stream=True):
        for choice in chunk.choices:
            piece = choice.delta.content or ""
            print("".join(c if c.isprintable() or c in "\n\t" else " " for c in piece), end="", flush=True)
            text += piece
    print()
    return text
