"""From a stream of text to tasks of bounded size: cut between records, and text between paragraphs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator

from guard.cleaning.model import Task

TABLE = 32 * 1024
"""Characters of records that go together to a worker."""

TEXT = 16 * 1024
"""Characters of running text that are scanned together; up to twice as many."""

LONGEST = 8 * 1024 * 1024
"""A line or a record that is longer is cut."""

DELIMITERS = ",;\t|"

_CUTS = tuple(
    re.compile(each)
    for each in (r"\n\r?\n", r"\n", r"[a-z]{3}[.!?]\s|\u3002", r"[a-z]{3} (?=[a-z]{3})", r"[a-z]{3}\s", r"\s")
)
"""Where text is cut, the best first: paragraph, line, sentence, between plain words, behind one, anywhere. A dot alone is
no end of a sentence (it stands in addresses and numbers), and numbers are written with spaces: what is cut in two is
not found."""

_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\],]', re.DOTALL)


def texts(blocks: Iterable[str]) -> Iterator[Task]:
    """Running text."""
    buffer = ""
    for block in blocks:
        buffer += block
        start = 0
        while len(buffer) - start >= 2 * TEXT:
            end = start + _cut(buffer[start : start + 2 * TEXT])
            yield Task("text", buffer[start:end])
            start = end
        buffer = buffer[start:]
    if buffer:
        yield Task("text", buffer)


def _cut(window: str) -> int:
    for pattern in _CUTS:
        ends = [match.end() for match in pattern.finditer(window, TEXT // 2)]
        if ends:
            # A private key is found as a whole.
            begun = window.rfind("-----BEGIN ", 0, ends[-1])
            return begun if begun > 0 and "-----END " not in window[begun : ends[-1]] else ends[-1]
    return len(window)


def lines(blocks: Iterable[str]) -> Iterator[Task]:
    """JSON, a document a line."""
    for group in _groups(by_line(blocks)):
        yield Task("lines", group)


def rows(blocks: Iterable[str], extension: str) -> Iterator[Task]:
    """A table. The delimiter is the one that its first line has the most of."""
    read = by_line(blocks)
    first = next(read, "")
    bare = re.sub(r'"[^"]*"', "", first)
    delimiter = "\t" if extension == "tsv" else max(DELIMITERS, key=bare.count)
    records = by_record(_before(first, read), delimiter)
    head = next(records, "")
    is_first = True
    for group in _groups(_before(head, records)):
        yield Task("table", group, head, delimiter, is_first)
        is_first = False


def document(text: str) -> Iterator[Task]:
    """A JSON document; an array by its elements. What is no JSON is read line by line, escapes as characters."""
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        yield from lines([text])
        return
    if not text.lstrip().startswith("["):
        yield Task("document", text)
        return
    is_first = True
    for group in _groups(_elements(text)):
        yield Task("elements", group, is_first=is_first)
        is_first = False


def _before(first: str, rest: Iterator[str]) -> Iterator[str]:
    if first:
        yield first
    yield from rest


def _groups(records: Iterator[str]) -> Iterator[str]:
    some: list[str] = []
    size = 0
    for record in records:
        if some and size + len(record) > TABLE:
            yield "".join(some)
            some, size = [], 0
        some.append(record)
        size += len(record)
    if some:
        yield "".join(some)


def by_line(blocks: Iterable[str]) -> Iterator[str]:
    """Lines with their ends."""
    parts: list[str] = []
    size = 0
    for block in blocks:
        start = 0
        while (end := block.find("\n", start) + 1) or size + len(block) - start > LONGEST:
            end = min(end or len(block), start + LONGEST - size)
            yield "".join([*parts, block[start:end]])
            parts, size, start = [], 0, end
        parts.append(block[start:])
        size += len(block) - start
    if size:
        yield "".join(parts)


def by_record(read: Iterator[str], delimiter: str) -> Iterator[str]:
    """Rows: a quoted cell may hold line ends."""
    parts: list[str] = []
    size, is_open = 0, False
    for line in read:
        parts.append(line)
        size += len(line)
        is_open = ends_open(line, delimiter, is_open)
        if not is_open or size > LONGEST:
            yield "".join(parts)
            parts, size, is_open = [], 0, False
    # The quote was never closed: those are lines, whatever they begin with.
    yield from parts


def ends_open(line: str, delimiter: str, is_open: bool = False) -> bool:
    """Whether a quoted cell goes on behind the line."""
    place = 0
    while True:
        if is_open:
            place = line.find('"', place)
            if place < 0:
                return True
            if line.startswith('"', place + 1):
                place += 2
                continue
            is_open = False
        elif line.startswith('"', place):
            is_open = True
            place += 1
            continue
        place = line.find(delimiter, place) + 1
        if not place:
            return False


def _elements(text: str) -> Iterator[str]:
    """The elements of an array, each with what stands before it up to the one before."""
    depth, start = 0, 0
    for match in _TOKEN.finditer(text):
        sign = match[0]
        if sign in "{[":
            depth += 1
        elif sign in "}]":
            depth -= 1
        elif sign == "," and depth == 1:
            yield text[start : match.end()]
            start = match.end()
    yield text[start:]
