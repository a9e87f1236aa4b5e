"""Structured identifiers beside presidio-analyzer with spaCy's small pipeline, in one run.

`python -m tests.bench.recognizers [--prose FILE] [--json]`: milliseconds for a short prompt, characters a second, and
false alarms per 1,000 words on prose (the repository's documents, or a JSON Lines file with a member `passage`), on the
source code of the repository, and on a session in a shell. Speed is of one thread. Names, places and dates, which a
model finds, are not counted, on either side.
"""

from __future__ import annotations

import argparse
import importlib
import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from guard.redact.patterns import THRESHOLD as OWN
from guard.redact.presidio import THRESHOLD, shapes
from guard.redact.recognizers import SHAPES
from guard.redact.recognizers.secret import SECRETS
from guard.redact.scanner import Scanner
from guard.redact.spans import resolve

ROOT = Path(__file__).parents[2]
PROMPT = (
    "Hi, I am Maria Gonzalez, my email is maria.4821@example.com, phone +1 415-555-4821, card 4111 1111 1111 1111, "
    "SSN 536-22-4821. I live at 52 Baker Street, London and I was born on 3 May 1984. Please ask Dr. Wei Chen at Siemens "
    "about invoice 33747 from 192.168.0.14, IBAN GB29NWBK60161331926819."
)
SHELL = """$ git log --oneline -3
f3a91c2 Fix the parser
0d1e4b7 Version 2.14.3
9c88e1a (tag: v2.14.2) Release
$ ls -la --time-style=full-iso
drwxr-xr-x 2 root root     4096 2024-03-18 09:41:07.123456789 +0000 src
-rw-r--r-- 1 root root  1048576 2024-03-18 09:41:08.000000000 +0000 data.bin
$ ps aux | head -2
USER       PID %CPU %MEM    VSZ   RSS TTY      STAT START   TIME COMMAND
root         1  0.0  0.1 167412 11892 ?        Ss   09:12   0:03 /sbin/init
$ df -k /
Filesystem     1K-blocks      Used Available Use% Mounted on
/dev/nvme0n1p2 490048472 312877104 152204728  68% /
$ sha256sum data.bin
5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef  data.bin
$ pip install numpy==1.26.4
Successfully installed numpy-1.26.4
$ docker ps -q
3f2504e04f89
$ date +%s
1710754868
"""
_BY_MODEL = frozenset({"PERSON", "LOCATION", "ORGANIZATION", "NRP", "DATE_TIME", "AGE"})

Scan = Callable[[str], Sequence[Any]]


def ours() -> Scan:
    """Guard's shapes and rules for secrets, and Presidio's packs of all countries, resolved."""
    scanners = [Scanner(SHAPES, OWN, SECRETS), Scanner(shapes(("all",)), THRESHOLD)]
    return lambda text: resolve([span for scanner in scanners for span in scanner.scan(text)], text)


def theirs() -> Scan:
    """AnalyzerEngine as it comes, with the small pipeline; but for e-mail addresses, which it looks up."""
    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
    from presidio_analyzer.nlp_engine import SpacyNlpEngine

    from guard.evaluation.presidio import PIPELINE

    engine = SpacyNlpEngine()
    engine.nlp = {"en": importlib.import_module(PIPELINE).load(exclude=["parser", "senter"])}
    registry = RecognizerRegistry()
    registry.load_predefined_recognizers(languages=["en"], nlp_engine=engine)
    registry.remove_recognizer("EmailRecognizer")
    analyzer = AnalyzerEngine(registry=registry, nlp_engine=engine, supported_languages=["en"])
    return lambda text: analyzer.analyze(text, language="en", score_threshold=THRESHOLD)


def best(work: Callable[[], object], runs: int = 5) -> float:
    """Seconds, the least of some runs."""
    times = []
    for _ in range(runs):
        begun = time.perf_counter()
        work()
        times.append(time.perf_counter() - begun)
    return min(times)


def alarms(scan: Scan, texts: Sequence[str]) -> float:
    """Structured identifiers per 1,000 words."""
    found = sum(span.entity_type not in _BY_MODEL for text in texts for span in scan(text))
    return 1_000 * found / max(sum(len(text.split()) for text in texts), 1)


def corpora(prose: Path | None) -> dict[str, list[str]]:
    """Texts without anybody's identifiers, by name."""
    if prose:
        written = [json.loads(line)["passage"] for line in prose.read_text(encoding="utf-8").splitlines()]
    else:
        written = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "docs" / "explain").glob("*.md"))]
    code = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "guard").rglob("*.py"))]
    return {"prose": written, "code": [text for text in code if text.strip()], "shell": [SHELL]}


def measured(prose: Path | None) -> list[dict[str, Any]]:
    """All figures, each with Presidio's."""
    texts = corpora(prose)
    part = "\n".join(texts["prose"])[:100_000]
    pieces = [part[at : at + 2_000] for at in range(0, len(part), 2_000)]
    sides: dict[str, dict[str, float]] = {}
    # Ours first: Presidio in full, once it is imported, would be what ours takes its packs from.
    for side, scan in (("ours", ours()), ("presidio", theirs())):
        scan(PROMPT)
        sides[side] = {
            "prompt_ms": 1e3 * best(lambda scan=scan: scan(PROMPT), 20),  # type: ignore[misc]
            "characters_per_second": len(part) / best(lambda scan=scan: [scan(each) for each in pieces], 2),  # type: ignore[misc]
            **{f"alarms_per_1000_words.{name}": alarms(scan, some) for name, some in texts.items()},
        }
    figures = []
    for name, value in sides["ours"].items():
        beside = {"name": "presidio + spaCy small", "value": round(sides["presidio"][name], 3)}
        figures.append({"name": name, "value": round(value, 3), "beside": beside})
    return figures


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--prose", type=Path, help="JSON Lines with a member `passage`")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    figures = measured(args.prose)
    if args.json:
        print(json.dumps({"figures": figures}, indent=2))
        return
    for each in figures:
        other = each["beside"]["value"]
        ratio = f"{each['value'] / other:.3f}" if other else "-"
        print(f"{each['name']:32} {each['value']:>14} {other:>14}  ratio {ratio}")


if __name__ == "__main__":
    main()
