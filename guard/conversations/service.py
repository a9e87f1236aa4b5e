"""What a person does with their own conversations. Nobody else's are found: they answer as unknown ones do."""

from __future__ import annotations

from collections.abc import Sequence

from guard.conversations.model import Opened, Preview, Summary
from guard.model import JSON, Credential, Principal

SEARCHED = 2_000
"""How many of the newest conversations a search looks at: titles are sealed, so each has to be opened."""

Messages = list[dict[str, JSON]]


class Conversations:
    """A person's own conversations."""

    async def list(
        self, principal: Principal, search: str = "", before: int | None = None, limit: int = 50
    ) -> Sequence[Summary]:
        """The conversations that were used last, the newest first.

        Args:
            search: only those in whose title all these words are, in any case. Only titles are searched, and only those
                of the newest `SEARCHED` conversations.
            before: only those that were used before (milliseconds since 1970): `last_used` of the last one of a page.
        """
        raise NotImplementedError

    async def rename(self, principal: Principal, conversation_id: str, title: str) -> None:
        """Give a conversation another title. Raises ConversationNotFoundError, InvalidRequestError."""
        raise NotImplementedError

    async def open(self, principal: Principal, conversation_id: str) -> Opened:
        """A conversation with all its turns. Raises ConversationNotFoundError, also for an erased one; TamperedError."""
        raise NotImplementedError

    async def messages(
        self, principal: Principal, conversation_id: str, parent: str | None, choice: int | None
    ) -> Messages:
        """The messages of a branch as the client sent and got them, for a request that goes on from there.

        With a choice: up to and including that answer of the turn `parent`; append the next message. Without: up to
        what was said in that turn and before its answer; sent again as it is, the message is asked again (regenerate),
        and with its last message changed it is edited. `parent` None: none.

        The request must name the conversation (`ChatRequest.conversation`). Raises ConversationNotFoundError.
        """
        raise NotImplementedError

    async def feedback(self, principal: Principal, request_id: str, choice: int, rating: int, text: str = "") -> None:
        """Say of an own answer that it was good (1) or bad (-1), or take that back (0).

        The text is redacted by the person's profile before it is stored. Raises NotFoundError, InvalidRequestError,
        PromptBlockedError and what redaction raises.
        """
        raise NotImplementedError

    async def preview(
        self,
        credential: Credential,
        text: str,
        model: str,
        scenario: str | None = None,
        conversation_id: str | None = None,
    ) -> Preview:
        """What redaction would take out of a draft; nothing is stored. Raises what a turn's first stages raise.

        Args:
            conversation_id: of the person's own: what was taken out there before gets the same placeholder.
        """
        raise NotImplementedError

    async def aclose(self) -> None:
        """Write what was counted and not yet recorded."""
        raise NotImplementedError
