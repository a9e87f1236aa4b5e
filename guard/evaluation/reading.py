"""Readers of labelled texts: presidio-evaluator's JSON, spans in JSON lines, columns as of CoNLL.

What is wrong with a file is said by document or line number; no text of it is ever quoted.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Literal

from guard.errors import InvalidRequestError
from guard.evaluation.columns import Columns
from guard.evaluation.labelled import Labelled
from guard.model import JSON, Span

Format = Literal["auto", "presidio", "jsonl", "conll"]
_SUFFIXES: Mapping[str, Format] = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "presidio",
    ".conll": "conll",
    ".iob": "conll",
    ".iob2": "conll",
    ".bio": "conll",
    ".tsv": "conll",
}


def read(path: Path, form: Format = "auto", columns: Columns | None = None) -> list[Labelled]:
    """The labelled texts of a file.

    Args:
        form: `auto` goes by what the file begins with, then by its suffix.
        columns: where the columns of a CoNLL file are.

    Raises InvalidRequestError when the file is not of that format, or holds no text.
    """
    try:
        content = path.read_text(encoding="utf-8-sig")
    except OSError:
        raise InvalidRequestError("The data file cannot be read.", reason_id="evaluation_data") from None
    except UnicodeDecodeError:
        raise InvalidRequestError("The data file is not UTF-8.", reason_id="evaluation_data") from None
    readers: Mapping[str, Callable[[str], Iterator[Labelled]]] = {
        "presidio": _presidio,
        "jsonl": _json_lines,
        "conll": (columns or Columns()).read,
    }
    documents = list(readers[form if form != "auto" else _guessed(path, content)](content))
    if not documents:
        raise InvalidRequestError("There is no labelled text in the data file.", reason_id="evaluation_data")
    return documents


def _guessed(path: Path, content: str) -> Format:
    start = content.lstrip()[:1]
    if start == "[":
        return "presidio"
    if start == "{":
        return "jsonl"
    if (form := _SUFFIXES.get(path.suffix)) == "conll" or "\t" in content:
        return "conll"
    raise InvalidRequestError(
        f"The format of the data file is not clear{' (is it empty?)' if form else ''}. Say which with `--format`.",
        reason_id="evaluation_data",
    )


def _presidio(content: str) -> Iterator[Labelled]:
    """`[{"full_text", "spans": [{"entity_type", "start_position", "end_position"}]}]`."""
    try:
        documents = json.loads(content)
    except ValueError:
        raise InvalidRequestError("The data file is not JSON.", reason_id="invalid_json") from None
    if not isinstance(documents, list):
        raise InvalidRequestError("The data file is not a list of documents.", reason_id="evaluation_data")
    for number, document in enumerate(documents, 1):
        yield _labelled(document, f"Document {number}")


def _json_lines(content: str) -> Iterator[Labelled]:
    """`{"text", "spans": [{"start", "end", "entity_type"}]}` on each line; presidio-evaluator's names do as well."""
    # Not `splitlines`: JSON may hold U+2028 as it is.
    for number, line in enumerate(content.split("\n"), 1):
        if not line.strip():
            continue
        try:
            document = json.loads(line)
        except ValueError:
            raise InvalidRequestError(f"Line {number} is not JSON.", reason_id="invalid_json") from None
        yield _labelled(document, f"Line {number}")


def _labelled(document: JSON, where: str) -> Labelled:
    if not isinstance(document, dict):
        raise InvalidRequestError(f"{where} is not an object.", reason_id="evaluation_data")
    text = _member(document, "text", "full_text")
    spans = document.get("spans", [])
    if not isinstance(text, str) or not isinstance(spans, list):
        raise InvalidRequestError(f'{where} has no "text" or no list of "spans".', reason_id="evaluation_data")
    return Labelled(text, tuple(sorted((_span(each, text, where) for each in spans), key=lambda s: (s.start, s.end))))


def _span(given: JSON, text: str, where: str) -> Span:
    if isinstance(given, dict):
        start, end = _member(given, "start", "start_position"), _member(given, "end", "end_position")
        entity_type = _member(given, "entity_type", "label")
        places = type(start) is int and type(end) is int and 0 <= start < end <= len(text)
        if places and isinstance(entity_type, str) and entity_type:
            return Span(start, end, entity_type, 1.0, "labelled")
    raise InvalidRequestError(
        f"{where} has a span without a type, or whose start and end are not places of the text, in code points.",
        reason_id="evaluation_data",
    )


def _member(given: Mapping[str, JSON], *names: str) -> JSON:
    return next((given[name] for name in names if name in given), None)
