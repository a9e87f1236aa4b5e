"""Histories for the tests of replay: the real pipeline under a policy, over a classifier whose scores the texts name."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from guard.audit.memory import MemoryAudit
from guard.audit.record import canonical
from guard.authorize.authorizer import PolicyAuthorizer
from guard.errors import GuardError
from guard.inspect.classifier import ClassifierInspector
from guard.model import ChatRequest, Chunk, Credential, Principal, Usage
from guard.moderate.gate import GateModerator
from guard.pipeline import Pipeline
from guard.policy import bundle, shipped
from guard.policy.recorded import Recorded, Window, decode
from guard.policy.replay import Replayer
from guard.policy.snapshot import Snapshot
from guard.policy.tally import Replay
from guard.redact.engine import RedactionEngine
from guard.restore.stream import PlaceholderRestorers
from guard.store.memory import MemoryTranscripts, memory_commit
from guard.testing.fakes import NamedGenerators, NoLimit, WordDetector

WORDS = {
    "Ada Lovelace": "PERSON",
    "ada@lovelace.example": "EMAIL_ADDRESS",
    "Dutch": "NRP",
    "Leiden": "LOCATION",
    "aged 36": "AGE",
}
NEW = ("restore", "cleared", "found", "pseudonyms")
PROMPT = ("entities", "prompt_scores", "prompt_flagged")


class Marked:
    """A classifier that reads its scores in the text: `t4500` is a toxicity of 0.45, `b7000` a bias of 0.7."""

    model_id = "marked"

    async def classify(self, texts: Sequence[str]) -> list[Mapping[str, float]]:
        return [{"toxicity": self._worst("t", text), "bias": self._worst("b", text)} for text in texts]

    async def aclose(self) -> None:
        return None

    @staticmethod
    def _worst(letter: str, text: str) -> float:
        return max((int(digits) / 10_000 for digits in re.findall(rf"\b{letter}(\d{{1,5}})\b", text)), default=0.0)


class Anyone:
    """Authenticator that believes the key: `usr_ada employee auditor`, or `usr_ada@acme employee`."""

    async def __call__(self, credential: Credential) -> Principal:
        who, *roles = (credential.api_key or "").split()
        name, _, tenant = who.partition("@")
        return Principal(name, tenant or "default", tuple(roles))


class Saying:
    """A generator that says what it is told to, one text for each choice."""

    texts: Sequence[str] = ("Hello.",)
    fails = False

    async def __call__(self, body: Mapping[str, Any]) -> AsyncGenerator[Chunk, None]:
        for index, text in enumerate(self.texts):
            yield Chunk(index, text)
        if self.fails:
            raise RuntimeError
        for index in range(len(self.texts)):
            yield Chunk(index, finish_reason="stop")
        yield Chunk(usage=Usage(1, 1))


@dataclass
class Told:
    """A pipeline under one policy. `parts` replaces stages."""

    policy: Snapshot
    audit: MemoryAudit = field(default_factory=MemoryAudit)
    parts: Mapping[str, Any] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=lambda: WORDS)
    number: int = 0

    def __post_init__(self) -> None:
        self.generator, classifier = Saying(), Marked()
        detector = WordDetector(self.words)
        stages: dict[str, Any] = {
            "authenticate": Anyone(),
            "authorize": PolicyAuthorizer(self.policy),
            "limit": NoLimit(),
            "redact": RedactionEngine([detector]),
            "inspect": ClassifierInspector(classifier.classify),
            "store": MemoryTranscripts(),
            "generators": NamedGenerators({"echo": self.generator, "other": self.generator}),
            "moderate": GateModerator(classifier, WordDetector({}).detect),
            "restore": PlaceholderRestorers(),
            "audit": self.audit,
            "commit": memory_commit,
        }
        self.pipeline = Pipeline(**(stages | dict(self.parts)))

    async def chat(self, prompt: str = "Hi.", *answers: str, key: str = "usr_ada employee", **request: Any) -> str:
        """One turn; returns the request's id. Refusals and failures are in the record."""
        self.number += 1
        self.generator.texts = answers or ("Hello.",)
        message = {"role": "user", "content": prompt} | request.pop("message", {})
        asked = ChatRequest(
            id=f"req_{self.number}",
            credential=Credential(api_key=key),
            body={"model": request.pop("model", "echo"), "messages": [message], "n": len(self.generator.texts)},
            scenario=request.pop("scenario", None),
        )
        with suppress(GuardError, RuntimeError):
            await self.pipeline.complete(asked)
        return asked.id

    def requests(self, *, old: bool = False) -> list[Recorded]:
        """The requests as a replay gets them; `old`: as an earlier version recorded them."""
        return requests(self.audit.records, old=old)


def rounded(values: Mapping[str, float]) -> dict[str, int]:
    """Scores and thresholds as an earlier version recorded them."""
    return {name: round(value * 1000) for name, value in sorted(values.items())}


def requests(records: Iterable[Mapping[str, Any]], *, old: bool = False) -> list[Recorded]:
    """The last record of each request, completed; in the order of their ends."""
    opened: dict[str, Recorded] = {}
    found = []
    for record in records:
        read = decode(canonical(aged(record) if old else record))
        if read.event == "chat.opened":
            opened[read.request_id or ""] = read
            continue
        if (before := opened.pop(read.request_id or "", None)) and read.entities is None:
            read.complete(before)
        found.append(read)
    return [*found, *opened.values()]


def aged(record: Mapping[str, Any]) -> dict[str, Any]:
    """A record as an earlier version wrote it, but for its scores."""
    without = set(NEW) | (set(PROMPT) if record["event"] == "chat.closed" else set())
    if record.get("reason_id") == "permission_denied":
        without.add("scenario")
    fields = {name: value for name, value in record.items() if name not in without}
    if "rules" in fields:
        there = {f"entity/{each}" for each in record.get("entities", ())}
        fields["rules"] = {k: v for k, v in fields["rules"].items() if not k.startswith("entity/") or k in there}
    return fields


def replay(policy: Snapshot, found: Iterable[Recorded], **options: Any) -> Replay:
    """Replay requests."""
    replayer = Replayer(policy, **options)
    replayer.feed(found)
    return replayer.result(Window())


def policy(*rows: str, **files: str) -> Snapshot:
    """The shipped policy with rows appended and files replaced: `moderation_default="…"`."""
    texts = dict(shipped.load().files)
    texts["rules.csv"] += "\n".join(rows) + "\n"
    for name, text in files.items():
        texts[name.replace("_", "/") + ".toml"] = text
    return Snapshot(bundle.build(texts))


def thresholds(**changed: float) -> str:
    """thresholds.toml with other numbers: `toxicity_standard=0.45`."""
    text = shipped.load().files["thresholds.toml"]
    for name, value in changed.items():
        category, level = name.split("_")
        before, title, after = text.partition(f"[{category}]")
        after = re.sub(rf"^{level} = .*$", f"{level} = {value}", after, count=1, flags=re.M)
        text = before + title + after
    return text


def changes(answer: Replay) -> dict[str, int]:
    """The kinds of change that there are."""
    return {name: tally.count for name, tally in answer.changes.items() if tally.count}


def unknown(answer: Replay) -> dict[str, int]:
    """What cannot be known, where there is something."""
    return {name: count for name, count in answer.unknown.items() if count}


def those(answer: Replay, change: str) -> set[str | None]:
    """Ids of the requests of one kind of change."""
    return {sample.request.request_id for sample in answer.samples if sample.effect.change == change}


def remark(snapshot: Snapshot) -> Snapshot:
    """The same policy with one comment more, and so another hash."""
    return policy_of(snapshot, **{"rules.csv": snapshot.bundle.files["rules.csv"] + "\n# The same.\n"})


def policy_of(snapshot: Snapshot, **files: str) -> Snapshot:
    """A policy with files replaced, by path."""
    return Snapshot(bundle.build({**snapshot.bundle.files, **files}))


def with_fields(snapshot: Snapshot, **fields: Any) -> Snapshot:
    """A policy whose bundle has other fields."""
    return Snapshot(dataclasses.replace(snapshot.bundle, **fields))
