"""A store and whole turns in it."""

from __future__ import annotations

from typing import Any

from guard.model import ChatRequest, ChoiceReply, Coverage, Credential, Principal, Redacted, Released, Verdict
from guard.store.protocol import Commit, Transcripts

ADA = Principal("usr_ada", "default", ("employee",))
EVE = Principal("usr_eve", "default", ("employee",))
TWIN = Principal("usr_ada", "other-tenant", ("employee",))


class Store:
    """A store and its commit."""

    def __init__(self, transcripts: Transcripts, commit: Commit) -> None:
        self.transcripts = transcripts
        self.commit = commit
        self._count = 0

    async def say(self, *messages: Any, answer: str = "Fine.", who: Principal = ADA, named: str | None = None,
                  answers: tuple[str, ...] = ()) -> str:  # fmt: skip
        """One whole turn; returns the conversation's id."""
        self._count += 1
        body = {"messages": [{"role": "user", "content": m} if isinstance(m, str) else m for m in messages]}
        request = ChatRequest(f"req_{self._count}", Credential(), body, conversation=named)
        async with self.transcripts.turn(who, request) as conversation:
            redacted = Redacted(body, {}, Coverage())
            await self.commit(self.transcripts.prompt(conversation, request.id, redacted))
            replies = {}
            for index, text in enumerate(answers or (answer,)):
                pieces = [Released(index, text[:2]), Released(index, text[2:]), Released(index, finish_reason="stop")]
                for piece in pieces:
                    await self.commit(self.transcripts.units(conversation, request.id, (piece,)))
                replies[index] = ChoiceReply(index, text, (), "stop", Verdict())
            await self.commit(self.transcripts.finished(conversation, request, replies))
        return conversation.id


def assistant(text: str) -> dict[str, str]:
    return {"role": "assistant", "content": text}
