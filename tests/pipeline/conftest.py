"""A pipeline of fakes and memory stores, each part replaceable: `build(classifier=…)`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from guard.audit.memory import MemoryAudit
from guard.generate.protocol import Generator
from guard.inspect.classifier import ClassifierInspector
from guard.model import ChatRequest, Credential, Principal
from guard.moderate.gate import GateModerator
from guard.pipeline import Pipeline
from guard.redact.engine import RedactionEngine
from guard.restore.stream import PlaceholderRestorers
from guard.store.memory import MemoryTranscripts, memory_commit
from guard.testing.fakes import (
    ChunkedGenerator,
    GrantAll,
    KeyRing,
    NamedGenerators,
    NoLimit,
    WordClassifier,
    WordDetector,
)

ADA = Principal("usr_ada", "default", ("employee",))
BOB = Principal("usr_bob", "default", ("employee",))


@dataclass
class Rig:
    """A pipeline and what a test wants to look at."""

    pipeline: Pipeline
    audit: MemoryAudit
    store: MemoryTranscripts
    generator: Any
    requests: int = field(default=0)

    def request(self, *messages: dict[str, Any] | str, key: str = "key-ada", **body: Any) -> ChatRequest:
        """A chat request; a plain string is a user message."""
        self.requests += 1
        listed = [{"role": "user", "content": m} if isinstance(m, str) else m for m in messages]
        conversation = body.pop("conversation", None)
        return ChatRequest(
            id=f"req_{self.requests}",
            credential=Credential(api_key=key),
            body={"model": "echo", "messages": listed, **body},
            conversation=conversation,
        )

    def events(self) -> list[str]:
        return [record["event"] for record in self.audit.records]


@pytest.fixture
def build() -> Callable[..., Rig]:
    def make(*chunks: str, generator: Generator | None = None, **parts: Any) -> Rig:
        detector = parts.pop("detector", None) or WordDetector(
            {"Ada Lovelace": "PERSON", "ada@lovelace.example": "EMAIL_ADDRESS", "4111111111111111": "CREDIT_CARD"}
        )
        classifier = parts.pop("classifier", None) or WordClassifier()
        answering = generator or ChunkedGenerator(chunks or ("Hello.",))
        audit, store = MemoryAudit(), MemoryTranscripts()
        fields: dict[str, Any] = {
            "authenticate": KeyRing({"key-ada": ADA, "key-bob": BOB}),
            "authorize": GrantAll(denied=("forbidden",)),
            "limit": NoLimit(),
            "redact": RedactionEngine([detector]),
            "inspect": ClassifierInspector(classifier.classify),
            "store": store,
            "generators": NamedGenerators({"echo": answering, "forbidden": answering}),
            "moderate": GateModerator(classifier, WordDetector({}).detect),
            "restore": PlaceholderRestorers(),
            "audit": audit,
            "commit": memory_commit,
        }
        return Rig(Pipeline(**{**fields, **parts}), audit, store, answering)

    return make
