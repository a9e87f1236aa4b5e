"""Conversations in memory for their owners."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager

from guard.errors import ConversationNotFoundError
from guard.model import JSON, Principal
from guard.placeholders import Vault
from guard.store.held import Held, HeldTurn, Titled
from guard.store.identity import prefixes
from guard.store.memory import Kept, MemoryTranscripts, Transaction
from guard.store.protocol import Write


class MemoryOwnTranscripts:
    """Implements OwnTranscripts over the transcripts in memory."""

    def __init__(self, transcripts: MemoryTranscripts) -> None:
        self._all = transcripts

    async def summaries(self, principal: Principal, before: int | None, limit: int) -> Sequence[Titled]:
        mine = [name for name, kept in self._all.kept.items() if kept.owner == (principal.tenant, principal.id)]
        found = [self._titled(name) for name in mine]
        found = [each for each in found if before is None or each.last_used < before]
        found.sort(key=lambda each: (each.last_used, each.id), reverse=True)
        return [each for each in found if len(found) <= limit or each.last_used >= found[limit - 1].last_used]

    async def read(self, principal: Principal, conversation_id: str) -> Held:
        kept = self._mine(principal, conversation_id)
        said: dict[str, list[Mapping[str, JSON]]] = {}
        answers: dict[str, dict[int, list[Mapping[str, JSON]]]] = defaultdict(dict)
        for request_id, _, choice, content in kept.rows:
            said.setdefault(request_id, [])
            if choice < 0:
                said[request_id].append(content)
            else:
                answers[request_id].setdefault(choice, []).append(content)
        turns = [
            HeldTurn(
                request_id,
                kept.turns[request_id].link,
                kept.turns[request_id].created,
                kept.turns[request_id].facts,
                messages,
                answers.get(request_id, {}),
                {choice: rating for (turn, choice), (rating, _) in kept.feedback.items() if turn == request_id},
            )
            for request_id, messages in said.items()
        ]
        return Held(self._titled(conversation_id), Vault.loads(kept.vault), turns)

    @asynccontextmanager
    async def settled(self, principal: Principal, conversation_id: str) -> AsyncIterator[None]:
        self._mine(principal, conversation_id)
        async with self._all.turns.hold(conversation_id):
            yield

    async def owner_vault(self, principal: Principal, conversation_id: str) -> Vault:
        return Vault.loads(self._mine(principal, conversation_id).vault)

    async def answered(self, principal: Principal, request_id: str, choice: int) -> str:
        for conversation_id, kept in self._all.kept.items():
            is_mine = kept.owner == (principal.tenant, principal.id)
            if is_mine and choice >= 0 and any((row[0], row[2]) == (request_id, choice) for row in kept.rows):
                return conversation_id
        raise ConversationNotFoundError("You have no answer of that id.")

    async def renamed(self, principal: Principal, conversation_id: str, title: str) -> Write:
        self._mine(principal, conversation_id)

        def apply() -> None:
            self._all.kept[conversation_id].title = title

        return self._write(principal, conversation_id, apply)

    async def rated(
        self, principal: Principal, conversation_id: str, request_id: str, choice: int, rating: int, text: str
    ) -> Write:
        self._mine(principal, conversation_id)

        def apply() -> None:
            self._all.kept[conversation_id].feedback.pop((request_id, choice), None)
            if rating:
                self._all.kept[conversation_id].feedback[request_id, choice] = rating, text

        return self._write(principal, conversation_id, apply)

    async def remembered(
        self, principal: Principal, conversation_id: str, messages: Sequence[Mapping[str, JSON]], at: tuple[str, int]
    ) -> Write | None:
        self._mine(principal, conversation_id)
        value, kept = prefixes(messages, self._all.key)[-1], self._all
        if kept.histories.get((value, conversation_id), (0, None))[1] == at:
            return None
        return self._write(
            principal,
            conversation_id,
            lambda: kept.remember(value, conversation_id, len(messages), at, is_picked=True),
        )

    def _write(self, principal: Principal, conversation_id: str, apply: Callable[[], None]) -> Write:
        async def write(transaction: Transaction) -> None:
            self._mine(principal, conversation_id)
            transaction.append(apply)

        return write

    def _mine(self, principal: Principal, conversation_id: str) -> Kept:
        kept = self._all.kept.get(conversation_id)
        if kept is None or kept.owner != (principal.tenant, principal.id):
            raise ConversationNotFoundError
        return kept

    def _titled(self, conversation_id: str) -> Titled:
        kept = self._all.kept[conversation_id]
        return Titled(conversation_id, kept.created, kept.last_used, kept.title)
