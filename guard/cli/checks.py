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
    from guard.model import Grant, Redacted, Replaced
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
    explain: Annotated[
        bool, typer.Option("--explain", help="Say what made each span: a table on stderr, members of a --jsonl line.")
    ] = False,
) -> None:
    """Replace the personal data in a text by placeholders."""
    asyncio.run(_run(file, _redactor(profile, explain=explain), jsonl=jsonl))


def moderate(
    file: File = None,
    jsonl: JsonLines = False,
    profile: Annotated[str, typer.Option("--profile", help="A moderation profile of the policy.")] = "default",
) -> None:
    """Judge a text: probabilities by category, and what the profile would do."""
    asyncio.run(_run(file, _moderator(profile), jsonl=jsonl))


Judge = Callable[["Checkers", list[str]], AsyncIterator[dict[str, Any]]]


def _redactor(profile: str, *, explain: bool = False) -> Judge:
    async def redacted(checking: Checkers, texts: list[str]) -> AsyncIterator[dict[str, Any]]:
        from guard.placeholders import Vault
        from guard.policy import local, shipped

        grant = local.grant(shipped.load(), redaction=profile)
        # One vault for the run would hold everything in memory: equal values agree within a document.
        for text in texts:
            vault = Vault.new()
            body = {"messages": [{"role": "user", "content": text}]}
            result = await checking.redactor(body, grant, vault)
            spans = [_replaced(each, explain=explain) for each in result.replaced]
            found = {"text": result.body["messages"][0]["content"], "spans": spans}
            yield found | {"candidates": await _candidates(checking, text, result, grant)} if explain else found

    return redacted


def _replaced(each: Replaced, *, explain: bool) -> dict[str, Any]:
    from guard.redact.explained import explained

    span = each.span
    place = {"start": span.start, "end": span.end, "entity_type": span.entity_type, "score": round(span.score, 3)}
    why = {"explanation": explained(span).as_json()} if explain else {}
    return {**place, "replacement": each.replacement, **why}


async def _candidates(checking: Checkers, text: str, result: Redacted, grant: Grant) -> list[dict[str, Any]]:
    """All that the detectors found, and what became of it."""
    from guard.redact.explained import outcomes

    final = [each.span for each in result.replaced]
    return [
        {"start": each.start, "end": each.end, "entity_type": each.entity_type, "score": round(each.score, 3)}
        | {"outcome": outcome, "explanation": each.as_json()}
        for each, outcome in outcomes(await checking.redactor.candidates(text, grant), final, grant)
    ]


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
    """Redacted text as text, its explanation on stderr; a verdict as JSON."""
    if "text" in result:
        sys.stdout.reconfigure(encoding="utf-8", errors="surrogateescape")  # type: ignore[union-attr]
        sys.stdout.write(result["text"])
        if "candidates" in result:
            sys.stdout.flush()
            _print_explanation(result)
    else:
        print(json.dumps(result))


def _print_explanation(result: dict[str, Any]) -> None:
    """A row for each span that was replaced, and for each finding that went into it or came to nothing."""
    from guard.cli.output import print_table

    rows = [_row(each, each["replacement"]) for each in result["spans"]]
    rows += [_row(each, each["outcome"]) for each in result["candidates"] if each["outcome"] != "kept"]
    rows.sort(key=lambda row: (row["start"], -row["end"]))
    print_table(rows, ["place", "type", "outcome", "detector", "pattern", "score", "check", "context"],
                "findings", stderr=True)  # fmt: skip


def _row(each: dict[str, Any], became: str) -> dict[str, Any]:
    why = each["explanation"]
    moved = "" if why["base_score"] in (None, each["score"]) else f"{why['base_score']} → "
    check = f"{why['check']['name']} {'✓' if why['check']['passed'] else '✗'}" if why["check"] else ""
    return {
        "start": each["start"],
        "end": each["end"],
        "place": f"{each['start']}-{each['end']}",
        "type": each["entity_type"],
        "outcome": became,
        "detector": why["detector"],
        "pattern": why["pattern"],
        "score": f"{moved}{each['score']}",
        "check": check,
        "context": why["context"],
    }
