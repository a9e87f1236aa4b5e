"""Labelled texts in columns: one token a line with its tag, an empty line between sentences (CoNLL, IOB2, BIOES)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from guard.errors import InvalidRequestError
from guard.evaluation.labelled import Labelled
from guard.model import Span

_BEGINS, _GOES_ON, _NOTHING = "BSU", "IEL", ("O", "-", "_", "")
_TEXT = "# text = "


@dataclass(frozen=True, slots=True)
class Columns:
    """Where token and tag are. As in Python, -1 is the last column."""

    token: int = 0
    tag: int = -1

    def read(self, content: str) -> Iterator[Labelled]:
        """The sentences, each a text: the one of a `# text = ` comment if all tokens are found in it, otherwise the
        tokens with spaces between. Raises InvalidRequestError."""
        tokens: list[str] = []
        tags: list[str] = []
        written = ""
        for number, line in enumerate([*content.split("\n"), ""], 1):
            fields = line.rstrip("\r").split("\t") if "\t" in line else line.split()
            if line.startswith("# ") and len(line.split("\t")) == 1 and not _is_row(line):
                written = line.rstrip("\r").removeprefix(_TEXT) if line.startswith(_TEXT) else written
            elif not line.strip() or fields[0] == "-DOCSTART-":
                if tokens:
                    yield _sentence(tokens, tags, written)
                tokens, tags, written = [], [], ""
            else:
                token, tag = self._of(fields, number)
                tokens.append(token)
                tags.append(tag)

    def _of(self, fields: list[str], number: int) -> tuple[str, str]:
        try:
            token, tag = fields[self.token], fields[self.tag]
        except IndexError:
            raise _wrong(number) from None
        if len(fields) < 2 or not token or not (tag in _NOTHING or _prefix(tag)):
            raise _wrong(number)
        return token, tag


def _wrong(number: int) -> InvalidRequestError:
    return InvalidRequestError(
        f"Line {number} has no token or no tag such as B-PERSON. Say where they are: --token-column, --tag-column.",
        reason_id="evaluation_data",
    )


def _is_row(line: str) -> bool:
    """A token that is `#` and its tag, in a file with spaces: not a comment."""
    return len(fields := line.split()) == 2 and (fields[1] == "O" or bool(_prefix(fields[1])))


def _prefix(tag: str) -> str:
    return tag[0] if tag[1:2] == "-" and tag[0] in _BEGINS + _GOES_ON and len(tag) > 2 else ""


def _sentence(tokens: list[str], tags: list[str], written: str) -> Labelled:
    text, starts = _placed(tokens, written)
    spans: list[Span] = []
    before = ""
    for token, tag, start in zip(tokens, tags, starts, strict=True):
        prefix = _prefix(tag)
        entity_type = tag[2:] if prefix else ""
        end = start + len(token)
        if prefix and prefix in _GOES_ON and entity_type == before:
            spans[-1] = spans[-1].at(spans[-1].start, end)
        elif prefix:
            # A tag that goes on with nothing before it begins, as in IOB1.
            spans.append(Span(start, end, entity_type, 1.0, "labelled"))
        before = entity_type
    return Labelled(text, tuple(spans))


def _placed(tokens: list[str], written: str) -> tuple[str, list[int]]:
    starts, position = [], 0
    for token in tokens if written else ():
        position = written.find(token, position)
        if position < 0:
            break
        starts.append(position)
        position += len(token)
    if len(starts) == len(tokens):
        return written, starts
    starts, position = [], 0
    for token in tokens:
        starts.append(position)
        position += len(token) + 1
    return " ".join(tokens), starts
