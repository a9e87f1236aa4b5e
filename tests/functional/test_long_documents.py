"""A document of a megabyte in one message: bounded memory, and others are answered meanwhile."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys

from guard.placeholders import Vault
from guard.redact.engine import RedactionEngine
from guard.redact.patterns import PatternDetector
from guard.testing.fakes import grant
from tests.bench.document import document, redacted

MEGABYTES = 150
"""Memory above that of a short message: some 20 are measured, and the result itself is one of them."""

# In a process of its own, whose highest memory is this document's.
MEASURE = """
import asyncio, json
from guard.redact.engine import RedactionEngine
from guard.redact.patterns import PatternDetector
from tests.bench.document import measure
patterns = PatternDetector()
print(json.dumps(asyncio.run(measure(RedactionEngine([patterns], patterns), 1_000_000))))
"""


def test_a_long_document_takes_little_memory_and_lets_others_go_on() -> None:
    done = subprocess.run([sys.executable, "-c", MEASURE], capture_output=True, text=True, timeout=110, check=True)
    figures = json.loads(done.stdout)
    assert figures["memory_mb"] < MEGABYTES
    assert figures["prompts"] >= 5
    assert figures["replaced"] > 5_000


async def test_a_short_request_is_over_before_a_long_one_that_began_before_it() -> None:
    patterns = PatternDetector()
    engine = RedactionEngine([patterns], patterns)
    order: list[str] = []

    async def one(name: str, text: str) -> None:
        result = await redacted(engine, text)
        assert result.counts["EMAIL_ADDRESS"] > 0
        order.append(name)

    long = asyncio.create_task(one("long", document(400_000)))
    await asyncio.sleep(0)
    await one("short", "I am ada@example.org.")
    await long
    assert order == ["short", "long"]


async def test_many_known_values_in_a_long_history() -> None:
    patterns, vault = PatternDetector(), Vault.new()
    engine = RedactionEngine([patterns], patterns)
    for number in range(5_000):
        vault.placeholder("EMAIL_ADDRESS", f"person{number}@example.org")
    text = " ".join(f"person{number}@example.org said so." for number in range(0, 5_000, 2))
    messages = [{"role": "assistant", "content": text}, {"role": "user", "content": text}]
    done = await engine({"messages": messages}, grant(), vault)
    assert done.counts == {"EMAIL_ADDRESS": 5_000}
    assert len(vault) == 5_000
