"""What redaction would take out of a draft, while it is written.

The same stage and the same grant as for a turn. Nothing is stored. Prompt checks by the classifier are left out: they
judge what is sent. Drafts are asked about many times a minute, so they have a budget of their own, which takes nothing
from the chat's, and one record a minute says how many there were.
"""

from __future__ import annotations

from dataclasses import dataclass

from guard.authenticate.protocol import Authenticator
from guard.authorize.protocol import Authorizer
from guard.conversations.counted import Counts
from guard.conversations.model import Mark, Preview
from guard.errors import PermissionDeniedError, PromptBlockedError
from guard.generate.protocol import Generators
from guard.limit.protocol import Limiter
from guard.model import Budget, Credential, Grant, LimitProfile, Principal
from guard.placeholders import Vault
from guard.redact.protocol import Redactor
from guard.store.held import OwnTranscripts

BUDGET = LimitProfile("preview", Budget(requests_per_minute=120, concurrent=2))
"""What one person may ask. Its counts are kept apart from those of the policy's profiles."""


@dataclass(frozen=True, slots=True)
class Previews:
    """Previews of drafts."""

    authenticate: Authenticator
    authorize: Authorizer
    limit: Limiter
    redactor: Redactor
    generators: Generators
    own: OwnTranscripts
    counts: Counts

    async def __call__(
        self, credential: Credential, text: str, model: str, scenario: str | None, conversation_id: str | None
    ) -> Preview:
        """See `Conversations.preview`."""
        principal = await self.authenticate(credential)
        try:
            self.generators.find(model)
            grant = await self.authorize(principal, model, scenario or self.generators.scenario(model))
        except PermissionDeniedError:
            await self.counts.count(principal, "denied")
            raise
        async with self.limit(principal, BUDGET):
            found = await self._found(principal, grant, text, conversation_id)
        await self.counts.count(principal, "previews", *(["blocked"] if found.blocked else []))
        return found

    async def _found(self, principal: Principal, grant: Grant, text: str, conversation_id: str | None) -> Preview:
        vault = await self.own.owner_vault(principal, conversation_id) if conversation_id else Vault.new()
        if not text.strip():
            return Preview(text)
        try:
            redacted = await self.redactor({"messages": [{"role": "user", "content": text}]}, grant, vault)
        except PromptBlockedError as error:
            blocked = tuple(each for each in error.found if grant.action_for(each) == "block")
            return Preview("", (), blocked)
        marks = [
            Mark(each.span.start, each.span.end, each.span.entity_type, each.replacement) for each in redacted.replaced
        ]
        return Preview(redacted.body["messages"][0]["content"], tuple(marks))
