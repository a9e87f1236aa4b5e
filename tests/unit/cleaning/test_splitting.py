"""Files are cut between records, and put together again they are the file."""

from __future__ import annotations

import csv
import json

from guard.cleaning import splitting
from guard.cleaning.model import Task
from guard.cleaning.records import read


def joined(tasks: list[Task]) -> str:
    return "".join(task.text for task in tasks)


def test_text_is_cut_between_paragraphs() -> None:
    paragraph = "Some words of a paragraph.\nAnd a second line.\n\n"
    text = paragraph * 3000
    tasks = list(splitting.texts([text[:50_000], text[50_000:]]))
    assert joined(tasks) == text
    assert len(tasks) > 3
    assert all(task.text.endswith("\n\n") and len(task.text) <= 2 * splitting.TEXT for task in tasks)


def test_a_private_key_is_not_cut() -> None:
    lines = "line\n" * (splitting.TEXT // 5)
    key = (
        "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4\n\n" + "A" * splitting.TEXT + "\n-----END RSA PRIVATE KEY-----\n"
    )
    tasks = list(splitting.texts([lines + key + lines * 3]))
    assert any(key in task.text for task in tasks)


def test_a_line_without_end_is_cut_at_words() -> None:
    text = "word " * 50_000
    tasks = list(splitting.texts([text]))
    assert joined(tasks) == text
    assert all(task.text.endswith(" ") for task in tasks)
    assert joined(list(splitting.texts(["x" * 200_000]))) == "x" * 200_000


def test_rows_with_line_ends_in_cells_stay_whole() -> None:
    row = 'x,"first\nsecond ""quoted"", third\n",5" pipe\n'
    text = "a,b,c\n" + row * 6000
    tasks = list(splitting.rows([text[:77], text[77:]], "csv"))
    assert joined(tasks) == text
    assert len(tasks) > 1
    records = [record for task in tasks for record in read(task, ["a", "b", "c"])]
    assert len(records) == 6000
    assert {len(record.cells) for record in records} == {3}


def test_a_quote_that_is_never_closed_takes_nothing_with_it() -> None:
    (task,) = splitting.rows(['a,b\n1,2\n"never,closed\n3,4\n'], "csv")
    assert [[cell.text for cell in each.cells] for each in read(task, ["a", "b"])] == [
        ["1", "2"],
        ['"never', "closed"],
        ["3", "4"],
    ]


def test_rows_are_read_as_the_library_reads_them() -> None:
    text = 'a;b\n"x;""y""";"two\r\nlines"\n;\n"";last'
    (task,) = splitting.rows([text], "csv")
    read_rows = [[cell.text for cell in each.cells] for each in read(task, None)]
    assert task.delimiter == ";"
    assert read_rows == list(csv.reader(text.splitlines(keepends=True), delimiter=";"))


def test_elements_of_an_array_are_records_of_their_own() -> None:
    data = [{"a": "x" * 1000, "b": ["p", "q"]}, {}, "s", 3, [["t"]]] * 200
    text = json.dumps(data, indent=1)
    tasks = list(splitting.document(text))
    assert joined(tasks) == text
    assert len(tasks) > 1
    records = [record for task in tasks for record in read(task)]
    assert len(records) == len(data)
    assert records[0].cells[1].path == ("[]", "a")
    assert [cell.text for cell in records[4].cells] == ["t"]


def test_what_is_no_json_is_read_line_by_line() -> None:
    (task,) = splitting.document("{not json")
    assert task.kind == "lines"
    assert all(task.kind == "lines" for task in splitting.document("[" * 200_000))


def test_a_line_that_is_too_long_is_cut() -> None:
    text = "y" * (splitting.LONGEST + 10) + "\nshort\n"
    tasks = list(splitting.lines([text[:1000], text[1000:]]))
    assert joined(tasks) == text
    assert max(len(task.text) for task in tasks) == splitting.LONGEST
