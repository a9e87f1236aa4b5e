"""What a turn costs as its conversation grows: turn 50 and those after it beside turn 2, of the redaction and of the whole request.

    python -m tests.bench.turns [--json] [--turns N] [--rounds N]

The detectors, the classifier, the database (SQLite) and its encryption are real; the generator answers by script. Each
turn is a message of some 300 characters with values in it, and the history as the client saw it. Cold is the redaction of
the whole history by somebody who remembers nothing of it.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import random
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from guard.audit.sql import SqlAudit
from guard.database import Database
from guard.generate.scripted import ScriptedGenerator, ScriptedOptions
from guard.inspect.classifier import ClassifierInspector
from guard.keys.local_file import LocalKeys
from guard.model import JSON, ChatRequest, Credential, Grant, Principal, Redacted
from guard.moderate.gate import GateModerator
from guard.pipeline import Pipeline
from guard.placeholders import Vault
from guard.redact.protocol import Redactor
from guard.restore.stream import PlaceholderRestorers
from guard.store.sql import SqlTranscripts
from guard.testing.fakes import GrantAll, KeyRing, NamedGenerators, NoLimit, grant
from guard.wiring.checkers import Checkers, checkers

ADA = Principal("usr_ada", "default", ("employee",))
GIVEN = ("Ada", "Grace", "Alan", "Edsger", "Barbara", "Tony", "Frances", "Donald", "Margaret", "Ken")
FAMILY = ("Lovelace", "Hopper", "Turing", "Dijkstra", "Liskov", "Hoare", "Allen", "Knuth", "Hamilton", "Thompson")
SAID = (
    "the customer asks whether parcels that were sent last week can be returned without a receipt because her printer "
    "is broken and the shop in town closes early so please write a short and friendly answer that says what she can do"
)
# No two are alike: an answer is new in the turn after it.
ANSWERS = tuple(
    f"Of course. She can bring parcel {number} to any shop of ours; the number on its label is enough."
    for number in range(1_000)
)


class Timed:
    """A redactor, and how long its last call took."""

    def __init__(self, redact: Redactor) -> None:
        self._redact = redact
        self.seconds = 0.0
        self.model_ids = redact.model_ids

    async def __call__(self, body: Mapping[str, JSON], grant: Grant, vault: Vault, new_from: int = 0) -> Redacted:
        begun = time.perf_counter()
        try:
            return await self._redact(body, grant, vault, new_from)
        finally:
            self.seconds = time.perf_counter() - begun


def message(draw: random.Random, number: int) -> str:
    """Some 300 characters with a name, an address and a number."""
    name, family = draw.choice(GIVEN), draw.choice(FAMILY)
    words = " ".join(draw.choices(SAID.split(), k=38))
    return (
        f"{name} {family} ({name.lower()}{number}@example.org, +44 20 7946 {draw.randrange(10_000):04d}) says: {words}."
    )


@dataclass
class Talk:
    """A conversation as its client keeps it."""

    pipeline: Pipeline
    timed: Timed
    draw: random.Random
    history: list[JSON] = field(default_factory=list)
    requests: ClassVar[Iterator[int]] = itertools.count()

    async def turn(self) -> tuple[float, float]:
        """Say something; seconds of the redaction and of the request."""
        number = next(self.requests)
        self.history.append({"role": "user", "content": message(self.draw, number)})
        body: dict[str, JSON] = {"model": "echo", "messages": list(self.history)}
        begun = time.perf_counter()
        reply = await self.pipeline.complete(ChatRequest(f"req_{number}", Credential(api_key="key"), body))
        spent = time.perf_counter() - begun
        self.history.append({"role": "assistant", "content": reply.choices[0].text})
        return self.timed.seconds, spent

    async def cold(self) -> float:
        """Seconds of the redaction of the history by somebody who remembers nothing."""
        await self.timed({"model": "echo", "messages": self.history}, grant(), Vault.new())
        return self.timed.seconds


@asynccontextmanager
async def gateway(checking: Checkers, folder: Path) -> AsyncIterator[tuple[Pipeline, Timed]]:
    """The whole path of a request but HTTP."""
    keys = LocalKeys.create(folder / "keys")
    timed = Timed(checking.redactor)
    async with Database(f"sqlite+aiosqlite:///{folder / 'guard.db'}") as database:
        audit = SqlAudit(database, keys.signing_key)
        pipeline = Pipeline(
            authenticate=KeyRing({"key": ADA}),
            authorize=GrantAll(),
            limit=NoLimit(),
            redact=timed,
            inspect=ClassifierInspector(checking.classifier.classify),
            store=SqlTranscripts(database, keys, keys.derive),
            generators=NamedGenerators({"echo": ScriptedGenerator(ScriptedOptions(replies=ANSWERS))}),
            moderate=GateModerator(checking.classifier, checking.patterns.detect),
            restore=PlaceholderRestorers(),
            audit=audit,
            commit=database.write,
        )
        yield pipeline, timed
        await audit.aclose()


async def measure(turns: int, rounds: int) -> list[dict[str, Any]]:
    early, late, cold = list[tuple[float, float]](), list[tuple[float, float]](), list[float]()
    with tempfile.TemporaryDirectory() as folder:
        async with checkers() as checking, gateway(checking, Path(folder)) as parts:
            long = Talk(*parts, random.Random(1))
            for _ in range(turns - 1):
                await long.turn()
            # The two take turns, so that a busy machine slows both; the long one grows on.
            for seed in range(rounds):
                short = Talk(*parts, random.Random(2 + seed))
                await short.turn()
                early.append(await short.turn())
                late.append(await long.turn())
            cold.append(await long.cold())

    def middle(seconds: Iterable[float]) -> float:
        return 1000 * statistics.median(seconds)

    figures = []
    for part, name in enumerate(("redact", "request")):
        few, many = middle(each[part] for each in early), middle(each[part] for each in late)
        figures += [
            {"name": f"turns.{name}_2", "value": round(few, 1), "unit": "ms"},
            {"name": f"turns.{name}_{turns}", "value": round(many, 1), "unit": "ms"},
            {"name": f"turns.{name}_ratio", "value": round(many / few, 2), "unit": "times"},
        ]
    return [*figures, {"name": f"turns.redact_{turns}_cold", "value": round(middle(cold), 1), "unit": "ms"}]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--turns", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    figures = asyncio.run(measure(options.turns, options.rounds))
    if options.json:
        print(json.dumps({"figures": figures}, indent=2))
        return
    for figure in figures:
        print(f"{figure['name']:24} {figure['value']:>10,} {figure['unit']}")


if __name__ == "__main__":
    main()
