"""`guard bench`: figures of this machine, each beside another one of the same run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Annotated

import typer

from guard.cli.output import JsonOption, print_json, print_table

app = typer.Typer(no_args_is_help=True, help="Measure on this machine.")


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured figure. `beside` is what it is to be compared with, measured in the same run."""

    name: str
    value: float
    unit: str
    beside: tuple[str, float] | None = None

    def as_json(self) -> dict[str, object]:
        """The members that `guard bench --json` promises."""
        beside = {"name": self.beside[0], "value": self.beside[1]} if self.beside else None
        return {**asdict(self), "beside": beside}


@app.command()
def policy(
    rules: Annotated[int, typer.Option("--rules", min=100, help="Rules and role links of the large policy.")] = 110_000,
    decisions: Annotated[int, typer.Option("--decisions", min=1000, help="Decisions while policies are swapped.")] = (
        10_000_000
    ),
    reloads: Annotated[int, typer.Option("--reloads", min=1, help="Policies swapped meanwhile.")] = 1000,
    as_json: JsonOption = False,
) -> None:
    """Decisions, explanations and reloads of the policy, beside pycasbin."""
    from guard.cli.bench.policy import measured

    _say(measured(rules, decisions, reloads), as_json=as_json)


@app.command()
def redact(
    prompts: Annotated[int, typer.Option("--prompts", min=4, help="Prompts of each of five rounds.")] = 60,
    as_json: JsonOption = False,
) -> None:
    """Redaction on one core: characters in a second and the time of a prompt, beside Presidio with spaCy small."""
    from guard.cli.bench.redact import measured

    _say(measured(prompts), as_json=as_json)


def _say(figures: Sequence[Figure], *, as_json: bool) -> None:
    if as_json:
        print_json({"figures": [figure.as_json() for figure in figures]})
        return
    rows = [
        {
            "figure": figure.name,
            "value": f"{figure.value:,g}",
            "unit": figure.unit,
            "beside": f"{figure.beside[0]}: {figure.beside[1]:,g}" if figure.beside else "",
        }
        for figure in figures
    ]
    print_table(rows, ["figure", "value", "unit", "beside"])
