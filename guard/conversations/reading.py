"""From what is stored of a conversation to what its owner reads and may send again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from guard.audit.closed import Closed
from guard.conversations.model import Answer, Call, Explained, Mark, Opened, Said, Summary, Turn
from guard.model import JSON
from guard.placeholders import PLACEHOLDER, Vault
from guard.restore.stream import Grammar, PlaceholderRestorers
from guard.store.branches import as_sent
from guard.store.held import Held, HeldTurn, Titled
from guard.store.identity import text_of

Message = dict[str, JSON]


class Reader:
    """Reads one conversation.

    Args:
        closings: how its turns ended, by request id.
    """

    def __init__(self, held: Held, closings: Mapping[str, Closed]) -> None:
        self._held = held
        self._vault = held.vault
        self._closings = closings
        self._grammar = Grammar(held.vault) if held.vault.restorable() else None
        self._restorers = PlaceholderRestorers()

    def opened(self) -> Opened:
        """The whole conversation."""
        return Opened(summary(self._held.titled), tuple(self._turn(each) for each in self._held.turns))

    def sent(self, turn: HeldTurn) -> list[Message]:
        """The new messages of a turn: as the client sent them, or redacted where the policy gave no values back."""
        if not turn.facts.restored:
            return [dict(message) for message in turn.said]
        return [
            dict(turn.facts.sent.get(index) or as_sent(message, self._vault)) for index, message in enumerate(turn.said)
        ]

    def got(self, turn: HeldTurn, choice: int) -> Message:
        """An answer of it as the client got it."""
        answer = self._answer(turn, choice, turn.answers[choice])
        message: Message = {"role": "assistant", "content": answer.text}
        if answer.calls:
            message["content"] = answer.text or None
            message["tool_calls"] = [
                {"id": each.id, "type": "function", "function": {"name": each.name, "arguments": each.arguments}}
                for each in answer.calls
            ]
        return message

    def _turn(self, turn: HeldTurn) -> Turn:
        closed = self._closings.get(turn.request_id)
        return Turn(
            request_id=turn.request_id,
            parent=turn.link[0],
            parent_choice=turn.link[1],
            created=turn.created,
            model=turn.facts.model,
            scenario=turn.facts.scenario,
            said=tuple(self._said(turn)),
            answers=tuple(self._answer(turn, choice, units) for choice, units in sorted(turn.answers.items())),
            record=closed.index if closed else None,
            explained=explained(closed) if closed else (),
            one_way=turn.facts.one_way,
        )

    def _said(self, turn: HeldTurn) -> Iterator[Said]:
        for stored, shown in zip(turn.said, self.sent(turn), strict=True):
            seen, text = text_of(stored), text_of(shown)
            calls = [_call(one, other) for one, other in zip(_calls(shown), _calls(stored), strict=False)]
            marks = aligned(text, seen, self._vault, values=turn.facts.restored)
            yield Said(str(stored.get("role")), text, seen, marks, tuple(calls))

    def _answer(self, turn: HeldTurn, choice: int, units: Sequence[Mapping[str, JSON]]) -> Answer:
        closed = self._closings.get(turn.request_id)
        is_whole = closed is not None and closed.outcome == "completed"
        ended = closed.choice(choice) if closed else None
        seen = "".join(text_of(each) for each in units)
        text, marks = self._restored(seen, restore=turn.facts.restored)
        if not is_whole:
            # What might have become a placeholder was held back when the answer broke off.
            shown = len(self._restorers.text(self._vault, restore=turn.facts.restored).feed(seen))
            text, marks = text[:shown], tuple(each for each in marks if each.end <= shown)
        return Answer(
            choice,
            text,
            seen,
            marks,
            tuple(self._called(call, restore=turn.facts.restored) for each in units for call in _calls(each)),
            withheld=ended.withheld if ended else None,
            flagged=ended.flagged if ended else (),
            is_whole=is_whole,
            feedback=turn.feedback.get(choice),
        )

    def _restored(self, seen: str, *, restore: bool) -> tuple[str, tuple[Mark, ...]]:
        """An answer with its values, where the policy gave them back."""
        if self._grammar is None:
            return seen, ()
        if not restore:
            return seen, aligned(seen, seen, self._vault, values=False)
        parts: list[str] = []
        marks: list[Mark] = []
        position = length = 0
        while found := self._grammar.search(seen, position):
            entry = self._grammar.entry(found)
            length += found.start() - position
            parts += [seen[position : found.start()], entry.value]
            marks.append(Mark(length, length + len(entry.value), entry.entity_type, entry.placeholder))
            length, position = length + len(entry.value), found.end()
        return "".join([*parts, seen[position:]]), tuple(marks)

    def _called(self, call: Mapping[str, Any], *, restore: bool) -> Call:
        function = call["function"]
        arguments = self._restorers.json(function["arguments"], self._vault, restore=restore)
        return Call(call["id"], function["name"], arguments, function["arguments"])


def summary(titled: Titled) -> Summary:
    """A conversation in a list."""
    return Summary(titled.id, titled.title, titled.created, titled.last_used)


def aligned(text: str, seen: str, vault: Vault, *, values: bool) -> tuple[Mark, ...]:
    """Where in a text stands what a placeholder stands for in its redacted form.

    Args:
        values: whether values stand in the text; else the placeholders themselves do.
    """
    marks: list[Mark] = []
    position = before = 0
    for found in PLACEHOLDER.finditer(seen):
        value = vault.value(found[0])
        if value is None:
            continue
        position += found.start() - before
        before = found.end()
        shown = value if values else found[0]
        if text.startswith(shown, position):
            marks.append(Mark(position, position + len(shown), found[1], found[0]))
            position += len(shown)
        elif text.startswith(found[0], position):
            position += len(found[0])  # It was typed as it is.
        else:
            break
    return tuple(marks)


def explained(closed: Closed) -> tuple[Explained, ...]:
    """Why choices were withheld or flagged."""
    found = []
    profile, rule = closed.profiles.get("moderation", ""), closed.rules.get("moderation", "")
    for each in closed.choices:
        for category in dict.fromkeys([*([each.withheld] if each.withheld else []), *each.flagged]):
            action = "withheld" if category == each.withheld else "flagged"
            limits = closed.thresholds.get("withhold" if action == "withheld" else "flag", {})
            threshold = limits.get(category, closed.thresholds.get("withhold", {}).get(category))
            score = closed.scores.get(category, 0)
            found.append(Explained(each.index, action, category, score, threshold, rule, profile))
    return tuple(found)


def _calls(message: Mapping[str, JSON]) -> list[Mapping[str, Any]]:
    calls = message.get("tool_calls")
    return [each for each in calls if isinstance(each, Mapping)] if isinstance(calls, list) else []


def _call(shown: Mapping[str, Any], stored: Mapping[str, Any]) -> Call:
    """A tool call that a client sent: of any form."""
    name, arguments = _function(shown)
    return Call(str(shown.get("id") or ""), name, arguments, _function(stored)[1])


def _function(call: Mapping[str, Any]) -> tuple[str, str]:
    function = call.get("function")
    function = function if isinstance(function, Mapping) else {}
    return str(function.get("name") or ""), str(function.get("arguments") or "")
