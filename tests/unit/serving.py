"""The application over fakes and memory stores: what the tests of api, asgi and web send requests to."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import uvicorn

from guard.app import create_app
from guard.audit import closed
from guard.audit.memory import MemoryAudit
from guard.audit.record import canonical
from guard.checks import Checks
from guard.errors import AuthenticationError
from guard.inspect.classifier import ClassifierInspector
from guard.model import JSON, Chunk, Credential, Principal
from guard.moderate.gate import GateModerator
from guard.pipeline import Pipeline
from guard.redact.engine import RedactionEngine
from guard.restore.stream import PlaceholderRestorers
from guard.services import Services
from guard.store.memory import MemoryTranscripts, memory_commit
from guard.testing.fakes import ChunkedGenerator, GrantAll, NamedGenerators, NoLimit, WordClassifier, WordDetector
from guard.wiring.chats import conversations_of

ADA = Principal("usr_ada", "default", ("employee",), name="Ada")
KEY = {"authorization": "Bearer key-ada"}
URL = "http://guard.test"


class Ring:
    """Authenticator and login: one key, one person, sessions in a set."""

    def __init__(self) -> None:
        self.sessions: set[str] = set()
        self.problem: Exception | None = None

    async def __call__(self, credential: Credential) -> Principal:
        if credential.api_key == "key-ada" or credential.session in self.sessions:
            return ADA
        if not credential.api_key and not credential.session:
            raise AuthenticationError(reason_id="api_key_missing")
        raise AuthenticationError

    async def login(self, name: str, password: str, facts: Mapping[str, str] | None = None) -> str:
        if self.problem:
            raise self.problem
        if (name, password) != ("ada", "right"):
            raise AuthenticationError("The name or the password is wrong.", reason_id="invalid_login")
        self.sessions.add(session := f"session-{len(self.sessions)}")
        return session

    async def logout(self, session: str) -> None:
        self.sessions.discard(session)


class Stuck:
    """A generator that says one sentence, then waits until it is closed."""

    def __init__(self) -> None:
        self.waits = threading.Event()
        self.closed = threading.Event()

    async def __call__(self, body: Mapping[str, JSON]) -> AsyncGenerator[Chunk, None]:
        try:
            yield Chunk(text="One sentence. And")
            self.waits.set()
            await asyncio.Event().wait()
        finally:
            self.closed.set()

    async def start(self) -> None:
        return None

    async def aclose(self) -> None:
        return None


async def always_fresh(credential: Credential) -> None:
    """The sessions of these tests are new."""


@dataclass
class House:
    """Services of fakes. `stages` replaces stages of the pipeline."""

    generators: Mapping[str, Any] = field(default_factory=lambda: {"echo": ChunkedGenerator(["Hello ", "there. "])})
    stages: Mapping[str, Any] = field(default_factory=dict)
    ready: Mapping[str, bool] = field(default_factory=lambda: {"database": True})
    audit: MemoryAudit = field(default_factory=MemoryAudit)
    store: MemoryTranscripts = field(default_factory=MemoryTranscripts)
    ring: Ring = field(default_factory=Ring)
    max_body_bytes: int = 100_000

    async def closings(self, conversation_id: str) -> Mapping[str, closed.Closed]:
        """The closing records of a conversation."""
        found = [each for each in self.audit.records if each["event"] == "chat.closed"]
        return closed.read(canonical(each) for each in found if each["conversation_id"] == conversation_id)

    def services(self) -> Services:
        classifier = WordClassifier()
        redactor = RedactionEngine([WordDetector({"Ada Lovelace": "PERSON", "ada@example.org": "EMAIL_ADDRESS"})])
        generators = NamedGenerators({**self.generators, "forbidden": ChunkedGenerator(["No."])})
        stages: dict[str, Any] = {
            "authenticate": self.ring,
            "authorize": GrantAll(denied=("forbidden",)),
            "limit": NoLimit(),
            "redact": redactor,
            "inspect": ClassifierInspector(classifier.classify),
            "store": self.store,
            "generators": generators,
            "moderate": GateModerator(classifier, WordDetector({}).detect),
            "restore": PlaceholderRestorers(),
            "audit": self.audit,
            "commit": memory_commit,
        } | dict(self.stages)
        pipeline = Pipeline(**stages)

        async def ready() -> Mapping[str, bool]:
            return self.ready

        authorize, limit = stages["authorize"], stages["limit"]
        checks = Checks(self.ring, authorize, limit, redactor, classifier, self.audit, memory_commit)
        own = stages["store"].own() if hasattr(stages["store"], "own") else self.store.own()
        conversations = conversations_of(pipeline, own, self.closings)
        return Services(
            pipeline=pipeline,
            checks=checks,
            authenticate=self.ring,
            authorize=authorize,
            generators=generators,
            transcripts=self.store,
            login=self.ring,
            accounts=None,  # `/account` is tested on a real database
            fresh=always_fresh,
            ready=ready,
            policies=None,  # `/api/policies` is tested on a real database
            review=None,  # as are `/api/audit` and `/review`,
            reveals=None,
            queues=None,
            dashboard=None,  # and `/dashboard`
            conversations=conversations,
            admin=None,  # as are `/api/users` and `/admin`
            scenarios=lambda: ("customer-service", "education"),
        )

    def app(self) -> Any:
        @asynccontextmanager
        async def build() -> AsyncIterator[Services]:
            yield self.services()

        return create_app(build, max_body_bytes=self.max_body_bytes)

    @asynccontextmanager
    async def client(self, **options: Any) -> AsyncIterator[httpx.AsyncClient]:
        """A client of the application, without a server between."""
        app = self.app()
        async with app.router.lifespan_context(app):
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(transport=transport, base_url=URL, **options) as client:
                yield client

    @contextmanager
    def server(self) -> Iterator[str]:
        """The address of a real server in a thread: what only a connection can show."""
        bound = socket.create_server(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(self.app(), log_config=None, access_log=False, lifespan="on"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]}, daemon=True)
        thread.start()
        try:
            # The socket listens already: a request waits until the server has started.
            yield f"http://127.0.0.1:{bound.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(20)
            bound.close()


def chat(*messages: str | dict[str, Any], **members: Any) -> dict[str, Any]:
    """The body of a chat completion; a plain string is a user message."""
    listed = [{"role": "user", "content": m} if isinstance(m, str) else m for m in messages or ("Hi.",)]
    return {"model": "echo", "messages": listed, **members}


def events(text: str) -> list[Any]:
    """The events of a stream; `[DONE]` as the string."""
    data = [line.removeprefix("data: ") for line in text.splitlines() if line.startswith("data: ")]
    return [each if each == "[DONE]" else json.loads(each) for each in data]
