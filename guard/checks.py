"""The checks alone: redact or judge texts without a generator.

The same stages, the same policy and a record of the same log as a chat turn; nothing is stored, and the vault dies
with the call.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from guard.audit.protocol import Audit
from guard.authenticate.protocol import Authenticator
from guard.authorize.protocol import Authorizer
from guard.errors import PermissionDeniedError
from guard.limit.protocol import Limiter
from guard.model import JSON, Credential, Grant, Principal, Redacted, Verdict
from guard.moderate.protocol import Classifier
from guard.moderate.verdict import judge
from guard.placeholders import Vault
from guard.redact.protocol import Redactor
from guard.store.protocol import Commit


@dataclass(frozen=True, slots=True)
class Checks:
    """Redaction and moderation as calls of their own."""

    authenticate: Authenticator
    authorize: Authorizer
    limit: Limiter
    redactor: Redactor
    classifier: Classifier
    audit: Audit
    commit: Commit

    async def redact(self, credential: Credential, texts: Sequence[str], scenario: str | None = None) -> list[Redacted]:
        """Redact each text by the caller's profile; all share one vault, so equal values get equal placeholders.

        Raises GuardError as the stages do. Each result's `texts[0]` is the redacted text.
        """
        async with self._allowed(credential, "check/redact", scenario) as (principal, grant):
            return await self._redacted(principal, grant, texts)

    async def try_out(self, principal: Principal, grant: Grant, text: str) -> Redacted:
        """Redact a text by a grant that is not the principal's own, to see what a profile does.

        Whether they may is for the caller to ask. Raises GuardError as the stages do.
        """
        async with self.limit(principal, grant.limit):
            return (await self._redacted(principal, grant, [text]))[0]

    async def _redacted(self, principal: Principal, grant: Grant, texts: Sequence[str]) -> list[Redacted]:
        vault, results = Vault.new(), []
        for text in texts:
            body = {"messages": [{"role": "user", "content": text}]}
            results.append(await self.redactor(body, grant, vault))
        counts: Counter[str] = Counter()
        for result in results:
            counts.update(result.counts)
        await self._record("check.redact", principal, {"entities": dict(counts), "texts": len(results)})
        return results

    async def moderate(
        self, credential: Credential, texts: Sequence[str], scenario: str | None = None
    ) -> list[Verdict]:
        """Judge each text by the caller's moderation profile. Raises GuardError as the stages do."""
        async with self._allowed(credential, "check/moderate", scenario) as (principal, grant):
            verdicts = [judge(scores, grant.moderation) for scores in await self.classifier.classify(texts)]
            flagged = sum(1 for verdict in verdicts if verdict.flagged)
            await self._record("check.moderate", principal, {"texts": len(verdicts), "flagged": flagged})
        return verdicts

    @asynccontextmanager
    async def _allowed(
        self, credential: Credential, obj: str, scenario: str | None
    ) -> AsyncIterator[tuple[Principal, Grant]]:
        principal = await self.authenticate(credential)
        rule = self.authorize.decide(principal, obj, "use")
        if not rule.allowed:
            await self._record("check.refused", principal, {"object": obj, "rule": rule.text, "decision": "deny"})
            error = PermissionDeniedError()
            error.rule = rule.text
            raise error
        grant = await self.authorize(principal, None, scenario)
        async with self.limit(principal, grant.limit):
            yield principal, grant

    async def _record(self, event: str, principal: Principal, fields: Mapping[str, JSON]) -> None:
        await self.commit(self.audit.record(event, principal, fields))
