"""`guard eval`: how well detection does on a set of labelled texts, yours or a public one."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from guard.cli.output import JsonOption, print_json, print_table

if TYPE_CHECKING:
    from guard.evaluation.labelled import Compared, Labelled
    from guard.model import Span

app = typer.Typer(no_args_is_help=True, help="Measure detection on labelled texts.")

ERRORS = ("missed", "wrong_type", "boundaries", "false_alarm")
_AROUND = 30
"""Characters of a text that are shown before and after an error."""


@app.callback()
def several() -> None:
    """Measure detection on labelled texts."""


@app.command()
def pii(
    data: Annotated[Path, typer.Option("--data", help="Labelled texts.", dir_okay=False)],
    form: Annotated[
        Literal["auto", "presidio", "jsonl", "conll"], typer.Option("--format", help="Of the data.")
    ] = "auto",
    profile: Annotated[str, typer.Option("--profile", help="A redaction profile of the policy.")] = "all",
    names: Annotated[Path | None, typer.Option("--map", help='Type names, TOML: lines as `GPE = "LOCATION"`.')] = None,
    types: Annotated[str, typer.Option("--types", help="Look at these types alone, with commas between.")] = "",
    labelled_only: Annotated[
        bool, typer.Option("--labelled-only", help="Leave out what is found of types that the set does not label.")
    ] = False,
    token_column: Annotated[int, typer.Option("--token-column", help="CoNLL: column of the token, from 0.")] = 0,
    tag_column: Annotated[int, typer.Option("--tag-column", help="CoNLL: column of the tag; -1 is the last.")] = -1,
    limit: Annotated[int, typer.Option("--limit", min=0, help="The first N texts; 0: all.")] = 0,
    show: Annotated[int, typer.Option("--show", min=0, help="List N errors, with the text around them.")] = 0,
    bootstrap: Annotated[int, typer.Option("--bootstrap", min=0, help="Resamples for intervals; 0: none.")] = 1000,
    span_evaluator: Annotated[
        bool, typer.Option("--span-evaluator", help="presidio-evaluator's figure as well (extra `eval`).")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Precision, recall, F1 and F2 of the detection of personal data: by type, exact and overlapping, by character."""
    from guard.evaluation import finding, naming, reading
    from guard.evaluation import span_evaluator as peer
    from guard.evaluation.columns import Columns
    from guard.evaluation.figures import report

    known = naming.read_names(names, _list(types))
    documents = reading.read(data, form, Columns(token_column, tag_column))[: limit or None]
    results, model_ids = asyncio.run(_found(documents, profile))
    compared = finding.compared(documents, results, known, labelled_only=labelled_only)
    figures = {"profile": profile, "detectors": list(model_ids), **report(compared, bootstrap).as_json()}
    if span_evaluator:
        figures["span_evaluator"] = peer.evaluate(compared).as_json()
    if show:
        figures["errors"] = _errors(compared, show)
    print_json(figures) if as_json else _print(figures)


def _list(given: str) -> list[str]:
    return [name for name in (each.strip() for each in given.split(",")) if name]


async def _found(documents: Sequence[Labelled], profile: str) -> tuple[list[tuple[Span, ...]], tuple[str, ...]]:
    """What the detectors that a request meets find, with a bar on a terminal."""
    from guard.cli.progress import bar
    from guard.evaluation.finding import all_found
    from guard.policy import local, shipped
    from guard.telemetry.logging import configure
    from guard.wiring import checkers

    configure()
    grant = local.grant(shipped.load(), redaction=profile)
    async with checkers() as checking:
        with bar("texts", len(documents)) as seen:
            found = await all_found(checking.redactor, grant, [each.text for each in documents], seen)
        return found, checking.redactor.model_ids


def _errors(compared: Iterable[Compared], most: int) -> list[dict[str, Any]]:
    """The first errors of each kind in turn, so that one kind does not fill the list."""
    from itertools import chain, islice, zip_longest

    from guard.evaluation.matching import errors

    every = [each for number, document in enumerate(compared, 1) for each in errors(document, number)]
    kinds = [[each for each in every if each.kind == kind] for kind in ERRORS]
    picked = [each for each in chain.from_iterable(zip_longest(*kinds)) if each is not None]
    return [
        {
            "kind": each.kind,
            "document": each.document,
            "start": each.start,
            "end": each.end,
            "there": each.there,
            "found": each.found,
            "detector": each.detector,
            "before": each.text[max(each.start - _AROUND, 0) : each.start],
            "value": each.text[each.start : each.end],
            "after": each.text[each.end : each.end + _AROUND],
        }
        for each in islice(picked, most)
    ]


def _print(figures: dict[str, Any]) -> None:
    rows = [_row(name, each["overlap"], each["exact"], each) for name, each in figures["types"].items()]
    rows.append(_row("all types", figures["micro"]["overlap"], figures["micro"]["exact"], figures["spans"]))
    rows.append(_row("mean of types", figures["macro"]["overlap"], figures["macro"]["exact"], {}))
    print_table(rows, list(rows[0]), f"{figures['documents']} texts, profile {figures['profile']}")
    print("\nP, R, F1 and F2 count any overlap of the same type; with `=` only what is right to the character.")
    print(f"Characters, types ignored: {_scores(figures['characters'])}")
    if "span_evaluator" in figures:
        print(f"SpanEvaluator, types ignored: {_scores(figures['span_evaluator'])}")
    for name, (low, high) in figures["interval"].items():
        print(f"95 % of resamples: {name} {low} to {high}")
    if "errors" in figures:
        print()
        shown = [{**each, "text": f"{each['before']}»{each['value']}«{each['after']}"} for each in figures["errors"]]
        print_table(shown, ["kind", "document", "there", "found", "detector", "text"], "errors")


def _scores(given: dict[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in given.items() if name != "types")


def _row(name: str, near: dict[str, float], same: dict[str, float], counts: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": name,
        "there": counts.get("there"),
        "found": counts.get("found"),
        **{label: f"{near[key]:.2f}" for label, key in _COLUMNS.items()},
        **{f"={label}": f"{same[key]:.2f}" for label, key in _COLUMNS.items()},
    }


_COLUMNS = {"P": "precision", "R": "recall", "F1": "f1", "F2": "f2"}
