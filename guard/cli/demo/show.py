"""The demo on a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rich.console import Console, Group
from rich.panel import Panel
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from guard.cli.output import printable

if TYPE_CHECKING:
    from guard.cli.demo.run import Shown


class Screen:
    """Prints as things happen; `quiet` prints nothing (`--json`); `svg` also writes a picture."""

    def __init__(self, *, quiet: bool, svg: str = "") -> None:
        self._console = Console(quiet=quiet, record=bool(svg), width=118 if svg else None)
        self._svg = svg
        if not quiet:
            self._console.print(Rule("Guard: the whole path, on real parts"))

    @contextmanager
    def working(self, what: str) -> Iterator[None]:
        """A spinner while something takes its time."""
        with self._console.status(f"{what} …"):
            yield

    def note(self, text: str) -> None:
        """A line of explanation."""
        self._console.print(Text(text, style="dim"))

    def conversation(self, shown: Shown) -> None:
        """One conversation, side by side."""
        sides = Table.grid(expand=True, padding=(0, 1))
        for _ in range(3):
            sides.add_column(ratio=1, vertical="top")
        sides.add_row(
            _box("the person typed", shown.typed, "cyan"),
            _box("the generator saw", shown.generator_saw or ["nothing: it was never called"], "yellow"),
            _box("came back", shown.returned, "green"),
        )
        facts = Table.grid(padding=(0, 1))
        facts.add_column(style="bold", no_wrap=True)
        facts.add_column()
        facts.add_row("decided", Text("\n".join(printable(line) for line in shown.decisions[:14])))
        facts.add_row("at rest", Text(shown.at_rest or "nothing was stored", style="magenta"))
        proof = f"record {shown.proof.get('index')}, hash {str(shown.proof.get('hash'))[:32]}…"
        facts.add_row("proof", Text(proof, style="blue"))
        parts: list[Any] = [sides, facts]
        if shown.problems:
            parts.append(Text("DID NOT HOLD: " + "; ".join(shown.problems), style="bold red"))
        self._console.print(Panel(Group(*parts), title=shown.title, title_align="left"))

    def end(self, verify: dict[str, Any], leaks: Sequence[str]) -> None:
        """The verification of the log, and the search of the files."""
        verdict = "verified" if verify["ok"] else f"NOT verified: {verify['problems']}"
        readable = "none of the personal values is readable in any file" if not leaks else "; ".join(leaks)
        style = "bold green" if verify["ok"] and not leaks else "bold red"
        self._console.print(Text(f"guard audit verify: {verify['records']} records, {verdict}.", style=style))
        self._console.print(Text(f"The data directory was searched: {readable}.", style=style))
        if self._svg:
            self._console.save_svg(self._svg, title="guard demo")


def _box(title: str, texts: Sequence[str], style: str) -> Panel:
    shown = "\n\n".join("".join(c if c.isprintable() or c == "\n" else " " for c in text) for text in texts)
    body = Text(shown, overflow="fold")
    return Panel(body, title=title, border_style=style, title_align="left")
