"""How many identifiers of real court texts are found: `python -m tests.eval.quasi`. Prints numbers, never a text.

The texts are the documents of the Text Anonymization Benchmark (Pilán et al., 2022) in the evaluation sets. A mention counts
as found when every letter and digit of it lies in a span.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from guard.model import Span
from guard.redact.patterns import PatternDetector
from guard.redact.presidio import PresidioDetector
from guard.redact.protocol import Detector
from guard.redact.quasi import QuasiDetector

KINDS = ("DIRECT", "QUASI")


def covered(text: str, spans: Sequence[Span]) -> list[bool]:
    """Whether each character lies in a span."""
    inside = [False] * len(text)
    for span in spans:
        inside[span.start : span.end] = [True] * (span.end - span.start)
    return inside


async def run(path: Path, detectors: Sequence[Detector]) -> None:
    found: Counter[tuple[str, str]] = Counter()
    there: Counter[tuple[str, str]] = Counter()
    hidden = characters = 0
    for line in path.read_text(encoding="utf-8").splitlines():
        document = json.loads(line)
        text = document["text"]
        spans = [span for each in detectors for span in (await each.detect([text]))[0]]
        inside = covered(text, spans)
        hidden, characters = hidden + sum(inside), characters + len(text)
        for mention in document["entities"]:
            kind = mention["identifier_type"]
            places = range(mention["start_offset"], mention["end_offset"])
            is_found = all(inside[place] for place in places if text[place].isalnum())
            for key in ((kind, "all"), (kind, mention["entity_type"])):
                there[key] += 1
                found[key] += is_found
    for kind in KINDS:
        for key in sorted(key for key in there if key[0] == kind):
            print(f"{kind:7} {key[1]:10} {found[key] / there[key]:.3f}  n={there[key]}")
    print(f"characters in spans {hidden / characters:.3f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="entity_tab_public.jsonl")
    parser.add_argument("--without", action="append", default=[], choices=["quasi", "presidio"])
    options = parser.parse_args()
    detectors: list[Detector] = [PatternDetector()]
    if "presidio" not in options.without:
        detectors.append(PresidioDetector.create())
    if "quasi" not in options.without:
        detectors.append(QuasiDetector())
    asyncio.run(run(options.data, detectors))


if __name__ == "__main__":
    main()
