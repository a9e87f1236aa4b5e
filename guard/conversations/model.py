"""A conversation as its owner reads it: turns that go on from answers, so that edits and other answers make a tree."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from guard.errors import ConversationNotFoundError


@dataclass(frozen=True, slots=True)
class Summary:
    """A conversation in a list; times are milliseconds since 1970. An empty title: there is none."""

    id: str
    title: str = field(repr=False)
    created: int
    last_used: int


@dataclass(frozen=True, slots=True)
class Mark:
    """What was taken out: where it stands in the text that the person sees, in code points, and what the generator saw
    in its place."""

    start: int
    end: int
    entity_type: str
    placeholder: str


@dataclass(frozen=True, slots=True)
class Call:
    """A tool call; `arguments` is a JSON document as the person sees it, `seen` as the generator does."""

    id: str
    name: str
    arguments: str = field(repr=False)
    seen: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Said:
    """A message that was sent: of a user, and of API clients also of the system, a tool, an assistant.

    Args:
        text: as the person typed it; with placeholders where the policy gave no values back.
        seen: as the generator saw it.
        marks: what was taken out, in `text`.
    """

    role: str
    text: str = field(repr=False)
    seen: str = field(repr=False)
    marks: tuple[Mark, ...] = ()
    calls: tuple[Call, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """One choice of a turn's answer. `text` is what the person got, the notice of what was withheld included.

    Args:
        withheld: the category for which it was cut off.
        is_whole: whether it came to its end; else the person stopped it, or something failed.
        feedback: 1 or -1, where it was given.
    """

    choice: int
    text: str = field(repr=False)
    seen: str = field(repr=False)
    marks: tuple[Mark, ...] = ()
    calls: tuple[Call, ...] = ()
    withheld: str | None = None
    flagged: tuple[str, ...] = ()
    is_whole: bool = True
    feedback: int | None = None


@dataclass(frozen=True, slots=True)
class Explained:
    """Why a choice was withheld or flagged. `score` is the turn's highest, scores and thresholds are in per mille.

    Args:
        action: `withheld` or `flagged`.
        rule: the text of the policy rule that set the profile.
        profile: the moderation profile with the threshold.
    """

    choice: int
    action: str
    category: str
    score: int
    threshold: int | None
    rule: str
    profile: str


@dataclass(frozen=True, slots=True)
class Turn:
    """One request and its answers.

    Args:
        parent: the turn that it goes on from, and `parent_choice` which of its answers; `None`: it begins the conversation.
        said: the messages that came with it.
        record: the index of the record that closed it, where there is one.
        one_way: how many values were taken out for good: the messages are shown as the generator saw them.
    """

    request_id: str
    parent: str | None
    parent_choice: int | None
    created: int
    model: str
    scenario: str
    said: tuple[Said, ...]
    answers: tuple[Answer, ...]
    record: int | None = None
    explained: tuple[Explained, ...] = ()
    one_way: int = 0

    @property
    def first(self) -> int | None:
        """The choice that is read on where none was picked; `None`: there is no answer."""
        return self.answers[0].choice if self.answers else None

    def answer(self, choice: int | None) -> Answer | None:
        """The answer of that choice, if there is one."""
        return next((each for each in self.answers if each.choice == choice), None)


At = tuple[str, int | None]
"""A place in a conversation: request id and choice; without a choice, before the answer."""


@dataclass(frozen=True, slots=True)
class Step:
    """A turn on a path, and the choice of it that the path takes; `None`: it has no answer, or ends before it."""

    turn: Turn
    choice: int | None

    @property
    def answer(self) -> Answer | None:
        """The answer on the path."""
        return self.turn.answer(self.choice)


@dataclass(frozen=True, slots=True)
class Opened:
    """A conversation with its turns, the oldest first."""

    summary: Summary
    turns: tuple[Turn, ...]

    def turn(self, request_id: str) -> Turn:
        """A turn of this conversation. Raises ConversationNotFoundError."""
        for each in self.turns:
            if each.request_id == request_id:
                return each
        raise ConversationNotFoundError("There is no such message in this conversation.")

    def path(self, at: At | None = None) -> tuple[Step, ...]:
        """The turns from the first one up to a place, each with its choice; by default up to the newest answer.

        Raises ConversationNotFoundError for a place that is not in it.
        """
        if at is None:
            if not self.turns:
                return ()
            at = self.turns[-1].request_id, self.turns[-1].first
        request_id, choice = at
        turn = self.turn(request_id)
        if choice is not None and turn.answer(choice) is None:
            raise ConversationNotFoundError("There is no such answer in this conversation.")
        return tuple(reversed(list(self._upward(turn, choice))))

    def siblings(self, turn: Turn) -> tuple[Turn, ...]:
        """The turns that go on from the same answer, the turn itself among them, the oldest first: edited messages and
        messages that were asked again."""
        place = turn.parent, turn.parent_choice
        return tuple(each for each in self.turns if (each.parent, each.parent_choice) == place)

    def newest(self, turn: Turn, choice: int | None = None) -> At:
        """Where the newest branch ends that goes through a turn (and one of its answers): the place to switch to."""
        at: At = (turn.request_id, turn.first if choice is None else choice)
        reached = {at[0]: choice}
        for each in self.turns:
            if each.parent in reached and reached[each.parent] in (None, each.parent_choice):
                reached[each.request_id] = None
                at = each.request_id, each.first
        return at

    def _upward(self, turn: Turn, choice: int | None) -> Iterator[Step]:
        left = {each.request_id: each for each in self.turns}
        while True:
            yield Step(turn, choice)
            left.pop(turn.request_id)
            if turn.parent not in left:
                return
            turn, choice = left[turn.parent], turn.parent_choice


@dataclass(frozen=True, slots=True)
class Preview:
    """What redaction would take out of a draft.

    Args:
        seen: the draft as the generator would see it; empty where it is blocked.
        marks: what would be taken out, in the draft.
        blocked: the entity types for which the policy would not let it pass.
    """

    seen: str = field(repr=False)
    marks: tuple[Mark, ...] = ()
    blocked: tuple[str, ...] = ()
