"""`guard redact` and `guard moderate`: the checks alone, in a pipe, without a server."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from guard.errors import InvalidRequestError

if TYPE_CHECKING:
    from guard.wiring import Checkers

File = Annotated[Path | None, typer.Argument(help="A file; none: standard input.", dir_okay=False)]
JsonLines = Annotated[bool, typer.Option("--jsonl", help='One document a line: {"id", "text", "language"}.')]
BATCH = 64
"""Documents that are judged together."""


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(name="redact")(redact)
    app.command(name="moderate")(moderate)


def redact(
    file: File = None,
    jsonl: JsonLines = False,
    profile: Annotated[str, typer.Option("--profile", help="A redaction profile of the policy.")] = "all",
) -> None:
    """Replace the personal data in a text by placeholders."""
    asyncio.run(_run(file, _redactor(profile), jsonl=jsonl))


def moderate(
    file: File = None,
    jsonl: JsonLines = False,
    profile: Annotated[str, typer.Option("--profile", help="A moderation profile of the policy.")] = "default",
) -> None:
    """Judge a text: probabilities by category, and what the profile would do."""
    asyncio.run(_run(file, _moderator(profile), jsonl=jsonl))


Judge = Callable[["Checkers", list[str]], AsyncIterator[dict[str, Any]]]


def _redactor(profile: str) -> Judge:
    async def redacted(checking: Checkers, texts: list[str]) -> AsyncIterator[dict[str, Any]]:
        from guard.placeholders import Vault
        from guard.policy import local, shipped

        grant = local.grant(shipped.load(), redaction=profile)
        # One vault for the run would hold everything in memory: equal values agree within a document.
        for text in texts:
            vault = Vault.new()
            body = {"messages": [{"role": "user", "content": text}]}
            result = await checking.redactor(body, grant, vault)
            yield {
                "text": result.body["messages"][0]["content"],
                "spans": [
                    {
                        "start": each.span.start,
                        "end": each.span.end,
                        "entity_type": each.span.entity_type,
                        "score": round(each.span.score, 3),
                        "replacement": each.replacement,
                    }
                    for each in result.replaced
                ],
            }

    return redacted


def _moderator(profile: str) -> Judge:
    async def judged(checking: Checkers, texts: list[str]) -> AsyncIterator[dict[str, Any]]:
        from guard.moderate.verdict import judge
        from guard.policy import local, shipped

        thresholds = local.grant(shipped.load(), moderation=profile).moderation
        for scores in await checking.classifier.classify(texts):
            verdict = judge(scores, thresholds)
            yield {
                "scores": {name: round(value, 4) for name, value in verdict.scores.items()},
                "flagged": list(verdict.flagged),
                "action": verdict.action,
            }

    return judged


async def _run(file: Path | None, judge: Judge, *, jsonl: bool) -> None:
    from guard.telemetry.logging import configure
    from guard.wiring import checkers

    configure()
    with _opened(file) as source:
        async with checkers() as checking:
            if not jsonl:
                async for result in judge(checking, [source.read()]):
                    _print_plain(result)
                return
            lines = _documents(source)
            while batch := list(islice(lines, BATCH)):
                position = 0
                async for result in judge(checking, [each["text"] for each in batch]):
                    named = {"id": batch[position]["id"]} if "id" in batch[position] else {}
                    print(json.dumps(named | result))
                    position += 1


def _opened(file: Path | None) -> Any:
    from contextlib import nullcontext

    # `surrogateescape`: bytes that are no text are judged as what they are, and written back as they came.
    if file is not None:
        return file.open(encoding="utf-8", errors="surrogateescape", newline="")
    sys.stdin.reconfigure(encoding="utf-8", errors="surrogateescape")  # type: ignore[union-attr]
    return nullcontext(sys.stdin)


def _documents(source: Any) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(source, 1):
        if not line.strip():
            continue
        try:
            document = json.loads(line)
        except ValueError:
            raise InvalidRequestError(f"Line {number} is not JSON.", reason_id="invalid_json") from None
        if not isinstance(document, dict) or not isinstance(document.get("text"), str):
            raise InvalidRequestError(f'Line {number} is not an object with a "text".')
        yield document


def _print_plain(result: dict[str, Any]) -> None:
    """Redacted text as text; a verdict as JSON."""
    if "text" in result:
        sys.stdout.reconfigure(encoding="utf-8", errors="surrogateescape")  # type: ignore[union-attr]
        sys.stdout.write(result["text"])
    else:
        print(json.dumps(result))
