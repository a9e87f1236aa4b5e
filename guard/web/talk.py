"""A conversation as the chat page shows it: turns with what was taken out marked, answers as trees, ways to branch."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from guard.conversations.model import Answer, At, Explained, Opened, Said, Step, Turn
from guard.errors import ConversationNotFoundError
from guard.placeholders import PLACEHOLDER
from guard.web.markdown import Tree, tree
from guard.web.marks import Piece, marked, pieces, values_of
from guard.web.texts import gettext as _

_PLACE = re.compile(r"(req_[0-9A-Za-z_-]{1,36})(?:\.(\d{1,3}))?")


@dataclass(frozen=True, slots=True)
class SaidView:
    """A message that was sent: as its author reads it, and as the generator saw it."""

    role: str
    pieces: tuple[Piece, ...] = field(repr=False)
    seen: tuple[Piece, ...] = field(repr=False)
    is_long: bool
    is_changed: bool


@dataclass(frozen=True, slots=True)
class AnswerView:
    """An answer. `at` is the place to go on from it; `is_read` whether the page goes on from it."""

    answer: Answer
    at: str
    number: int
    nodes: Tree = field(repr=False)
    seen: tuple[Piece, ...] = field(repr=False)
    why: tuple[Explained, ...]
    is_read: bool


@dataclass(frozen=True, slots=True)
class TurnView:
    """A turn; `at` is the place in it that the page goes on from.

    `number` of `versions` is this one, with the places of the ones before and after it.

    Args:
        editable: the text, where the turn is one message of a person that can be changed and sent again.
    """

    turn: Turn
    at: str
    said: tuple[SaidView, ...]
    answers: tuple[AnswerView, ...]
    number: int
    versions: int
    before: str | None
    after: str | None
    editable: str | None = field(repr=False)


def read_place(text: str) -> At | None:
    """A place in a conversation as addresses have it: `req_….0`. Raises ConversationNotFoundError."""
    if not text:
        return None
    found = _PLACE.fullmatch(text)
    if found is None:
        raise ConversationNotFoundError(_("There is no such message in this conversation."))
    return found[1], None if found[2] is None else int(found[2])


def written_place(at: At) -> str:
    """The same as a text."""
    request_id, choice = at
    return request_id if choice is None else f"{request_id}.{choice}"


def turns(opened: Opened, path: Sequence[Step]) -> list[TurnView]:
    """The turns on a path."""
    return [_turn(opened, step) for step in path]


def taken(path: Sequence[Step]) -> dict[str, int]:
    """What was taken out of the messages on a path, by entity type."""
    counts = Counter(mark.entity_type for step in path for said in step.turn.said for mark in said.marks)
    return dict(counts.most_common())


def noted(path: Sequence[Step]) -> str:
    """What was done in the last turn, in a line for everybody: who cannot see marks is told as well."""
    if not path:
        return ""
    counts = ", ".join(f"{count} × {name}" for name, count in taken(path).items())
    one_way = path[-1].turn.one_way
    told = [_("Taken out before the model saw it: %(counts)s.") % {"counts": counts}] if counts else []
    if one_way:
        told.append(_("Taken out for good, and shown as the model saw it: %(count)s.") % {"count": one_way})
    if not told:
        told.append(_("Nothing had to be taken out."))
    answers = path[-1].turn.answers
    if withheld := sorted({each.withheld for each in answers if each.withheld}):
        told.append(_("Part of the answer was withheld: %(categories)s.") % {"categories": ", ".join(withheld)})
    if flagged := sorted({name for each in answers if not each.withheld for name in each.flagged}):
        told.append(_("Flagged: %(categories)s.") % {"categories": ", ".join(flagged)})
    return " ".join(told)


def seen_pieces(text: str) -> tuple[Piece, ...]:
    """A text as the generator saw it, its placeholders apart."""
    found, at = [], 0
    for match in PLACEHOLDER.finditer(text):
        found += [Piece(text[at : match.start()]), Piece(match[0], match[1], match[0])]
        at = match.end()
    return tuple(piece for piece in [*found, Piece(text[at:])] if piece.text)


def _turn(opened: Opened, step: Step) -> TurnView:
    turn = step.turn
    siblings = opened.siblings(turn)
    number = next(place for place, each in enumerate(siblings) if each.request_id == turn.request_id)
    beside = [siblings[place] if 0 <= place < len(siblings) else None for place in (number - 1, number + 1)]
    before, after = (None if each is None else written_place(opened.newest(each)) for each in beside)
    said = tuple(_said(each) for each in turn.said)
    own = turn.said[0].text if len(turn.said) == 1 and turn.said[0].role == "user" else None
    answers = tuple(_answer(turn, each, number, step.choice) for number, each in enumerate(turn.answers, 1))
    at = written_place((turn.request_id, step.choice))
    return TurnView(turn, at, said, answers, number + 1, len(siblings), before, after, own)


def _said(said: Said) -> SaidView:
    text = "\n".join([said.text, *(f"{call.name} {call.arguments}" for call in said.calls)])
    marked_pieces, seen = tuple(pieces(text, said.marks)), seen_pieces(said.seen)
    is_changed = any(piece.entity_type for piece in (*marked_pieces, *seen))
    return SaidView(said.role, marked_pieces, seen, len(text) > 1500, is_changed)


def _answer(turn: Turn, answer: Answer, number: int, read: int | None) -> AnswerView:
    nodes = marked(tree(answer.text), values_of(answer.text, answer.marks))
    why = tuple(each for each in turn.explained if each.choice == answer.choice)
    at = written_place((turn.request_id, answer.choice))
    return AnswerView(answer, at, number, nodes, seen_pieces(answer.seen), why, answer.choice == read)
