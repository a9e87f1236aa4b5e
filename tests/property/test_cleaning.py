"""Whatever the file: what is not personal stays, byte for byte, and what is does not."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import re
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from guard.cleaning.finding import Source, look
from guard.cleaning.model import Counts
from guard.cleaning.run import tasks
from tests.unit.cleaning.scanning import ADA, cleaner

EXTENSIONS = st.sampled_from(["txt", "md", "csv", "tsv", "json", "jsonl"])
# Letters that are in no name and no number that a detector knows, and all that formats are made of.
PLAIN = st.text(st.sampled_from("xyé🙂 \t,;|\"'\\/\r\n{}[]:\u0301\u2028<>"), max_size=60)
WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Nd", "Cs"], exclude_characters="@\0"), max_size=20)
CODE = re.compile(rb"<[A-Z_]+_[0-9A-Z]{10}>")
VALUES = st.one_of(st.none(), st.booleans(), st.floats(allow_nan=False), WORDS, st.just(ADA), st.just(f"by {ADA}."))
DOCUMENTS: st.SearchStrategy[Any] = st.recursive(
    VALUES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("abc"), inner), max_leaves=12
)


def cleaned(data: bytes, extension: str) -> tuple[bytes, Counts]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"a.{extension}"
        path.write_bytes(data)
        looked = look(path)
        if looked.reason:
            return data, Counts()
        counts, parts, cleans = Counts(), [], cleaner()
        with asyncio.Runner() as runner:
            for task in tasks(Source(path, path.name, len(data)), looked):
                done = runner.run(cleans.clean(task))
                counts.add(done.counts)
                parts.append(task.text if done.text is None else done.text)
        return "".join(parts).encode(looked.encoding, looked.errors), counts


@given(st.binary(max_size=80) | PLAIN.map(str.encode), EXTENSIONS)
def test_a_file_without_findings_is_copied_byte_for_byte(data: bytes, extension: str) -> None:
    copy, counts = cleaned(data, extension)
    if not counts.found:
        assert copy == data


@given(PLAIN, PLAIN, EXTENSIONS)
def test_around_a_finding_all_stays(before: str, after: str, extension: str) -> None:
    data = f"{before}{ADA}{after}".encode()
    copy, counts = cleaned(data, extension)
    assert ADA.encode() not in copy
    assert counts.found["PERSON"] >= 1
    # A mark belongs to the letter before it, and a name of a member is taken out as a whole.
    if not after.startswith("\u0301") and not extension.startswith("json"):
        assert CODE.sub(ADA.encode(), copy) == data


@given(
    st.lists(st.lists(WORDS | st.just(ADA), min_size=2, max_size=4), min_size=1, max_size=6),
    st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
    st.sampled_from(["\r\n", "\n"]),
)
def test_the_cells_of_a_table_stay(rows: list[list[str]], quoting: Any, end: str) -> None:
    def written(cells: list[list[str]]) -> str:
        text = io.StringIO()
        csv.writer(text, quoting=quoting, lineterminator=end).writerows([["name", "text"], *cells])
        return text.getvalue()

    copy, _ = cleaned(written(rows).encode(), "csv")
    copied = list(csv.reader(io.StringIO(copy.decode(), newline="")))
    original = list(csv.reader(io.StringIO(written(rows), newline="")))
    assert [len(row) for row in copied] == [len(row) for row in original]
    for before, after in zip(original, copied, strict=True):
        for old, new in zip(before, after, strict=True):
            assert old == new or CODE.search(new.encode())


@given(DOCUMENTS, st.booleans(), st.sampled_from([None, 1]))
def test_documents_stay_documents(document: Any, is_ascii: bool, indent: int | None) -> None:
    text = json.dumps(document, ensure_ascii=is_ascii, indent=indent)
    copy, _ = cleaned(text.encode(), "json")
    again = json.loads(copy)
    assert CODE.sub(ADA.encode(), copy) == text.encode()
    assert ADA not in json.dumps(again, ensure_ascii=False)
    assert shape(again) == shape(document)


def shape(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: shape(each) for name, each in value.items()}
    return [shape(each) for each in value] if isinstance(value, list) else type(value)
