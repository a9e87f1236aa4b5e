"""The request path: one chat turn, top to bottom. Read this file first.

    authenticate -> authorize -> limit -> redact -> inspect -> store
                 -> generate -> moderate -> store -> restore -> audit

Every step returns what the next one needs or raises a GuardError; nothing is skipped when a step fails. The record of
the turn is opened, with the prompt, in one commit before the generator is called; every piece of the answer is
committed before it leaves; the record is closed before `Done`. `complete` is `stream`, collected: there is no second
code path for callers that do not stream.

Callers must close the stream (`contextlib.aclosing`), or the record of a client that left is closed late.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass

from guard.answer import Answer, Collector
from guard.audit.protocol import Audit
from guard.authenticate.protocol import Authenticator
from guard.authorize.protocol import Authorizer
from guard.events import Done, Event, Opened
from guard.generate.protocol import Generators
from guard.inspect.protocol import Inspector
from guard.limit.protocol import Limiter
from guard.model import ChatRequest, Reply
from guard.moderate.protocol import Moderator
from guard.redact.protocol import Redactor
from guard.restore.protocol import RestorerFactory
from guard.store.protocol import Commit, Transcripts


@dataclass(frozen=True, slots=True)
class Pipeline:
    """The stages of a turn, in order. `guard.wiring` builds it; tests build it from `guard.testing`."""

    authenticate: Authenticator
    authorize: Authorizer
    limit: Limiter
    redact: Redactor
    inspect: Inspector
    store: Transcripts
    generators: Generators
    moderate: Moderator
    restore: RestorerFactory
    audit: Audit
    commit: Commit

    async def stream(self, request: ChatRequest) -> AsyncGenerator[Event, None]:
        """Answer one turn, piece by piece. Raises GuardError; after `Opened`, what was emitted stays valid."""
        async with self.audit.turn(request) as turn:
            turn.step = "authenticate"
            turn.principal = principal = await self.authenticate(request.credential)

            turn.step = "authorize"
            generate = self.generators.find(request.model)
            scenario = request.scenario or self.generators.scenario(request.model)
            turn.grant = grant = await self.authorize(principal, request.model, scenario)

            turn.step = "limit"
            async with (
                self.limit(principal, grant.limit) as spent,
                self.store.turn(principal, request) as conversation,
            ):
                turn.conversation_id = conversation.id
                conversation.vault.asker = principal.id

                turn.step = "redact"
                redacted = await self.redact(request.body, grant, conversation.vault, conversation.known)

                turn.step = "inspect"
                turn.prompt(redacted, await self.inspect(redacted.texts, grant.moderation))

                turn.step = "store"
                await self.commit(self.store.prompt(conversation, request.id, redacted, grant), turn.opened())
                yield Opened(request.id, conversation.id, grant.policy, redacted.counts, redacted.foreign)

                turn.step = "generate"
                answer = Answer(self.restore, conversation.vault, grant.restore)
                moderation = self.moderate(grant, request.choices)
                spent.begins(redacted, moderation)
                async with (
                    aclosing(generate(redacted.body)) as chunks,
                    aclosing(moderation.released(chunks)) as pieces,
                ):
                    async for piece in pieces:
                        turn.released(piece)
                        spent.released(piece)
                        await self.commit(self.store.units(conversation, request.id, (piece,)))
                        for event in answer.take(piece):
                            yield event

                turn.step = "close"
                turn.usage = moderation.usage
                await self.commit(self.store.finished(conversation, request, answer.replies), turn.closed())
        # Only now, with the record closed, does the caller learn that the turn is over.
        yield Done(moderation.usage)

    async def complete(self, request: ChatRequest) -> Reply:
        """Answer one turn as a whole: the collected stream. Raises GuardError."""
        collected = Collector(request.id)
        async with aclosing(self.stream(request)) as events:
            async for event in events:
                collected.take(event)
        return collected.reply()
