"""`guard transcript`: redacted transcripts; reading one is itself a record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from guard.cli import context
from guard.cli.output import JsonOption, print_json, print_table, printable

if TYPE_CHECKING:
    from guard.wiring import Opened

app = typer.Typer(no_args_is_help=True, help="Redacted transcripts.")


@app.command(name="list")
def list_conversations(limit: Annotated[int, typer.Option("--limit", min=1)] = 50, as_json: JsonOption = False) -> None:
    """List conversations, the last used first."""

    async def work(parts: Opened) -> list[dict[str, Any]]:
        rows = await parts.transcripts.listing(limit=limit)
        await parts.database.write(parts.audit.record("transcript.listed", context.local(), {"count": len(rows)}))
        return rows

    rows = context.on_installation(work)
    if as_json:
        print_json(rows)
    else:
        print_table(rows, ["conversation_id", "principal_id", "last_used", "parts", "erased"], "conversations")


@app.command()
def show(conversation: str, as_json: JsonOption = False) -> None:
    """Show a redacted transcript."""

    async def work(parts: Opened) -> list[dict[str, Any]]:
        # The record first: nobody reads without one.
        await parts.database.write(
            parts.audit.record("transcript.read", context.local(), {"conversation_id": _id(conversation)})
        )
        return await parts.transcripts.messages(conversation)

    messages = context.on_installation(work)
    if as_json:
        print_json({"conversation_id": conversation, "messages": messages})
        return
    from rich.console import Console
    from rich.text import Text

    console = Console()
    for message in messages:
        label = f"{message['role']} {message['choice'] + 1}" if message.get("choice") else str(message["role"])
        console.print(Text(label, style="bold"), Text("\n".join(map(printable, message["text"].split("\n")))), sep="\n")
        for call in message.get("tool_calls", []):
            console.print(Text(printable(call["function"]), style="dim"))


@app.command()
def erase(conversation: str, as_json: JsonOption = False) -> None:
    """Erase a conversation: its keys are destroyed, its records stay. Needs GUARD_API_KEY of a privacy officer."""

    async def work(parts: Opened) -> None:
        officer = await context.person(parts, "transcript", "erase")
        await parts.database.write(
            parts.transcripts.erase(conversation),
            parts.audit.record("transcript.erased", officer, {"conversation_id": _id(conversation)}),
        )
        await parts.database.forget()

    context.on_installation(work)
    if as_json:
        print_json({"conversation_id": conversation, "erased": True})
    else:
        print("The conversation is erased.")


def _id(conversation: str) -> str:
    """The id as a record may hold it: what cannot be one is somebody's text."""
    import re

    from guard.errors import ConversationNotFoundError

    if not re.fullmatch(r"conv_[0-9a-f]{1,64}", conversation):
        raise ConversationNotFoundError("There is no conversation of that id.")
    return conversation
