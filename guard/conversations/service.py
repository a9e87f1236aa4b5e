"""What a person does with their own conversations. Nobody else's are found: they answer as unknown ones do."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from guard.audit.closed import Closed, Closings
from guard.audit.protocol import Audit
from guard.authorize.protocol import Authorizer
from guard.conversations.counted import Looks
from guard.conversations.model import Opened, Preview, Summary
from guard.conversations.previews import Previews
from guard.conversations.reading import Reader, summary
from guard.errors import ConversationNotFoundError, InvalidRequestError
from guard.limit.protocol import Limiter
from guard.model import JSON, Credential, Principal
from guard.redact.protocol import Redactor
from guard.store.held import Held, HeldTurn, OwnTranscripts
from guard.store.protocol import Commit

SEARCHED = 2_000
"""How many conversations a search looks at: titles are sealed, so each has to be opened."""

TITLE = 120
"""Characters of a title that a person gives."""

COMMENT = 4_000
"""Characters that may be said of an answer."""

Messages = list[dict[str, JSON]]


class Conversations:
    """A person's own conversations.

    Args:
        closings: how the turns of a conversation ended.
        previews: what `preview` does.
    """

    def __init__(
        self,
        own: OwnTranscripts,
        authorize: Authorizer,
        limit: Limiter,
        redactor: Redactor,
        audit: Audit,
        commit: Commit,
        closings: Closings,
        previews: Previews,
    ) -> None:
        self._own, self._authorize, self._limit, self._redactor = own, authorize, limit, redactor
        self._audit, self._commit, self._closings, self._previews = audit, commit, closings, previews
        self._looks = Looks(audit, commit)

    async def list(
        self, principal: Principal, search: str = "", before: int | None = None, limit: int = 50
    ) -> Sequence[Summary]:
        """The conversations that were used last, the newest first; that somebody looked is a record, one in ten minutes.

        A page may be longer than the limit where several were used in the same millisecond.

        Args:
            search: only those in whose title all these words are, in any case. Only titles are searched, and only those
                of the `SEARCHED` newest (before `before`).
            before: only those that were used before (milliseconds since 1970): `last_used` of the last one of a page.

        Raises StorageError, KeyUnavailableError, TamperedError, AuditError.
        """
        words = search.casefold().split()
        found = await self._own.summaries(principal, before, SEARCHED if words else limit)
        await self._looks.look("conversation.listed", principal)
        if not words:
            return [summary(each) for each in found]
        fitting = [each for each in found if all(word in each.title.casefold() for word in words)]
        last = fitting[limit - 1].last_used if len(fitting) > limit else 0
        return [summary(each) for each in fitting if each.last_used >= last]

    async def rename(self, principal: Principal, conversation_id: str, title: str) -> None:
        """Give a conversation another title. Raises ConversationNotFoundError, InvalidRequestError."""
        title = " ".join(title.split())
        if not 0 < len(title) <= TITLE:
            raise InvalidRequestError(f"A title has 1 to {TITLE} characters.", param="title")
        write = await self._own.renamed(principal, conversation_id, title)
        fields = {"conversation_id": conversation_id}
        await self._commit(write, self._audit.record("conversation.renamed", principal, fields))

    async def open(self, principal: Principal, conversation_id: str) -> Opened:
        """A conversation with all its turns; that somebody looked is a record, one in ten minutes.

        Raises ConversationNotFoundError, also for an erased one; TamperedError, StorageError, AuditError.
        """
        held, closings = await self._read(principal, conversation_id)
        await self._looks.look("conversation.read", principal, conversation_id)
        return await asyncio.to_thread(lambda: Reader(held, closings).opened())

    async def messages(
        self, principal: Principal, conversation_id: str, parent: str | None, choice: int | None
    ) -> Messages:
        """The messages of a branch as the client sent and got them, for a request that goes on from there.

        With a choice: up to and including that answer of the turn `parent`; append the next message. Without: up to
        what was said in that turn and before its answer; sent again as it is, the message is asked again (regenerate),
        and with its last message changed it is edited. `parent` None: none.

        Where the policy gave no values back, placeholders stand in own messages as well; that the generator sees the
        same, and that the request goes on from there, is seen to. The request must name the conversation
        (`ChatRequest.conversation`).

        Raises ConversationNotFoundError, TamperedError, StorageError; LimitExceededError when an answer that is still
        under way does not end.
        """
        if parent is None:
            await self._own.owner_vault(principal, conversation_id)  # It must be there.
            return []
        held, closings = await self._read(principal, conversation_id)
        if choice is not None and parent not in closings:
            # Its answer may be under way; what was broken off stays as it is once the turn is over.
            async with self._own.settled(principal, conversation_id):
                held, closings = await self._read(principal, conversation_id)
        found = await asyncio.to_thread(_branch, held, closings, parent, choice)
        if choice is not None:
            # An answer that broke off, one that others are equal to, messages with placeholders: a request is to be
            # seen to go on from this one.
            write = await self._own.remembered(principal, conversation_id, found, (parent, choice))
            if write is not None:
                await self._commit(write)
        return found

    async def feedback(self, principal: Principal, request_id: str, choice: int, rating: int, text: str = "") -> None:
        """Say of an own answer that it was good (1) or bad (-1), or take that back (0).

        A text is redacted by the person's profile before it is stored; it counts as a request of the person.

        Raises ConversationNotFoundError, InvalidRequestError, PromptBlockedError and what redaction raises.
        """
        if rating not in (1, 0, -1):
            raise InvalidRequestError("A rating is 1, 0 or -1.", param="rating")
        if len(text) > COMMENT:
            raise InvalidRequestError(f"What is said of an answer has {COMMENT} characters at the most.", param="text")
        conversation_id = await self._own.answered(principal, request_id, choice)
        said = await self._redacted(principal, conversation_id, text) if rating and text.strip() else ""
        write = await self._own.rated(principal, conversation_id, request_id, choice, rating, said)
        fields = {"conversation_id": conversation_id, "request_id": request_id, "choice": choice, "rating": rating}
        await self._commit(write, self._audit.record("feedback.given", principal, fields))

    async def preview(
        self,
        credential: Credential,
        text: str,
        model: str,
        scenario: str | None = None,
        conversation_id: str | None = None,
    ) -> Preview:
        """What redaction would take out of a draft; nothing is stored. See `guard.conversations.previews`.

        Args:
            conversation_id: of the person's own: what was taken out there before gets the same placeholder.

        Raises what a turn raises until its prompt is redacted; a blocked entity type is an answer, not an error.
        """
        return await self._previews(credential, text, model, scenario, conversation_id)

    async def aclose(self) -> None:
        """Record what was counted and is on no record yet. Raises StorageError, AuditError."""
        await self._previews.counts.aclose()

    async def _read(self, principal: Principal, conversation_id: str) -> tuple[Held, Mapping[str, Closed]]:
        # In this order: of a turn that is closed all of the answer is there.
        closings = await self._closings(conversation_id)
        return await self._own.read(principal, conversation_id), closings

    async def _redacted(self, principal: Principal, conversation_id: str, text: str) -> str:
        grant = await self._authorize(principal, None, None)
        async with self._limit(principal, grant.limit):
            vault = await self._own.owner_vault(principal, conversation_id)
            redacted = await self._redactor({"messages": [{"role": "user", "content": text}]}, grant, vault)
        return str(redacted.body["messages"][0]["content"])


def _turn(held: Held, request_id: str) -> HeldTurn:
    found = next((each for each in held.turns if each.request_id == request_id), None)
    if found is None:
        raise ConversationNotFoundError("There is no such message in this conversation.")
    return found


def _branch(held: Held, closings: Mapping[str, Closed], parent: str, choice: int | None) -> Messages:
    """The messages up to a place. Raises ConversationNotFoundError for one that is not there."""
    reader = Reader(held, closings)
    left = {each.request_id: each for each in held.turns}
    turn, taken = _turn(held, parent), choice
    if choice is not None and choice not in turn.answers:
        raise ConversationNotFoundError("There is no such answer in this conversation.")
    parts: list[Messages] = []
    while True:
        left.pop(turn.request_id)
        answer = [reader.got(turn, taken)] if taken in turn.answers and taken is not None else []
        parts.append([*reader.sent(turn), *answer])
        before, taken = turn.link
        if before not in left:
            return [message for part in reversed(parts) for message in part]
        turn = left[before]
