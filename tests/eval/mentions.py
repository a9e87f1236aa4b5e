"""Mentions of the Text Anonymization Benchmark, and which of them redaction covers."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from guard.model import Span

TAB = Path("eval") / "tab_echr" / "entity_tab_public.jsonl"


@dataclass(frozen=True, slots=True)
class Mention:
    """Something that annotators marked. `need`: DIRECT, QUASI or NO_MASK."""

    start: int
    end: int
    entity_type: str
    need: str


@dataclass(frozen=True, slots=True)
class Judgment:
    """A judgment and its mentions."""

    text: str = field(repr=False)
    mentions: tuple[Mention, ...]


def judgments(data: Path) -> Iterator[Judgment]:
    """All of the file. Raises FileNotFoundError."""
    for line in (data / TAB).read_text(encoding="utf-8").split("\n"):
        if line.strip():
            document = json.loads(line)
            mentions = (
                Mention(each["start_offset"], each["end_offset"], each["entity_type"], each["identifier_type"])
                for each in document["entities"]
            )
            yield Judgment(document["text"], tuple(mentions))


def is_covered(mention: Mention, text: str, covered: set[int]) -> bool:
    """Whether all letters and digits of a mention are replaced."""
    return all(at in covered for at in range(mention.start, mention.end) if text[at].isalnum())


def is_touched(mention: Mention, covered: set[int]) -> bool:
    """Whether any of it is."""
    return any(at in covered for at in range(mention.start, mention.end))


def recall(documents: Sequence[Judgment], found: Sequence[Sequence[Span]]) -> dict[str, object]:
    """The share of mentions that are covered, by need, and by need and type; beside it the share that is touched at all.

    In this set a name begins with its title: `Mr` in the clear leaves the mention uncovered.
    """
    there: Counter[str] = Counter()
    hit: Counter[str] = Counter()
    touched: Counter[str] = Counter()
    characters = replaced = 0
    for document, spans in zip(documents, found, strict=True):
        covered = {at for span in spans for at in range(span.start, span.end)}
        characters, replaced = characters + len(document.text), replaced + len(covered)
        for mention in document.mentions:
            for name in (mention.need, f"{mention.need} {mention.entity_type}"):
                there[name] += 1
                hit[name] += is_covered(mention, document.text, covered)
                touched[name] += is_touched(mention, covered)
    shares = {
        name: {"recall": round(hit[name] / n, 4), "touched": round(touched[name] / n, 4), "mentions": n}
        for name, n in there.most_common()
        if not name.startswith("NO_MASK")
    }
    # How much of the text goes: a detector that covers everything finds everything.
    return {"mentions": shares, "replaced_share": round(replaced / max(characters, 1), 4)}
