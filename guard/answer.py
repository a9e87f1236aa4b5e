"""From committed pieces to what the caller gets, and from that to a whole reply."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from guard.events import Delta, Done, Event, Finished, Opened, ToolCalled
from guard.model import ChoiceReply, Released, Reply, ToolCall, Verdict
from guard.placeholders import Vault
from guard.restore.protocol import Restorer, RestorerFactory


@dataclass(slots=True)
class Answer:
    """Restores the released pieces of one answer and remembers what the caller saw of each choice."""

    restore: RestorerFactory
    vault: Vault
    allowed: bool
    replies: dict[int, ChoiceReply] = field(default_factory=dict)
    restorers: dict[int, Restorer] = field(default_factory=dict)

    def take(self, piece: Released) -> Iterator[Event]:
        """Turn a committed piece into what the caller gets."""
        index = piece.choice
        reply = self.replies.setdefault(index, ChoiceReply(index, "", (), "", Verdict()))
        restorer = self.restorers.setdefault(index, self.restore.text(self.vault, restore=self.allowed))
        text = restorer.feed(piece.text) + (restorer.flush() if piece.finish_reason else "")
        if text:
            yield Delta(index, text)
        calls: tuple[ToolCall, ...] = ()
        if piece.tool_call:
            arguments = self.restore.json(piece.tool_call.arguments, self.vault, restore=self.allowed)
            calls = (replace(piece.tool_call, arguments=arguments),)
            yield ToolCalled(calls[0])
        self.replies[index] = replace(
            reply,
            text=reply.text + text,
            tool_calls=reply.tool_calls + calls,
            finish_reason=piece.finish_reason or "",
            verdict=piece.verdict,
            withheld=piece.withheld,
        )
        if piece.finish_reason:
            yield Finished(index, piece.finish_reason, piece.verdict, piece.withheld)


@dataclass(slots=True)
class Collector:
    """Collects the events of one turn into its reply."""

    request_id: str
    opened: Opened | None = None
    done: Done | None = None
    choices: dict[int, ChoiceReply] = field(default_factory=dict)

    def take(self, event: Event) -> None:
        """Take the next event."""
        match event:
            case Opened():
                self.opened = event
            case Delta(choice, text):
                self.choices[choice] = replace(self._choice(choice), text=self._choice(choice).text + text)
            case ToolCalled(call):
                self.choices[call.choice] = replace(
                    self._choice(call.choice), tool_calls=(*self._choice(call.choice).tool_calls, call)
                )
            case Finished(choice, reason, verdict, withheld):
                self.choices[choice] = replace(
                    self._choice(choice), finish_reason=reason, verdict=verdict, withheld=withheld
                )
            case Done():
                self.done = event

    def reply(self) -> Reply:
        """The whole answer. Only a stream that came to its `Done` has one."""
        assert self.opened is not None
        assert self.done is not None
        choices = tuple(self.choices[index] for index in sorted(self.choices))
        opened = self.opened
        said = opened.conversation, opened.policy, opened.redactions
        return Reply(self.request_id, *said, choices, self.done.usage, opened.foreign)

    def _choice(self, index: int) -> ChoiceReply:
        return self.choices.get(index) or ChoiceReply(index, "", (), "", Verdict())
