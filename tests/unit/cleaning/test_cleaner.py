"""What is taken out of records, and that all else stays as it was written."""

from __future__ import annotations

import json
import re

import pytest

from guard.cleaning.cleaner import placeholder
from guard.cleaning.model import Cleaned, Task
from guard.model import Listed, Lists
from tests.unit.cleaning.scanning import ADA, KEY, MAIL, cleaner

PERSON, EMAIL = placeholder(KEY, "PERSON", ADA), placeholder(KEY, "EMAIL_ADDRESS", MAIL)


async def table(text: str, *skip: str, delimiter: str = ",") -> Cleaned:
    head = text.partition("\n")[0] + "\n"
    return await cleaner(*skip).clean(Task("table", text, head, delimiter, is_first=True))


async def lines(text: str, *skip: str) -> Cleaned:
    return await cleaner(*skip).clean(Task("lines", text))


def test_a_placeholder_says_nothing_without_the_key_and_is_the_same_for_the_same_value() -> None:
    assert re.fullmatch(r"<PERSON_[0-9A-HJKMNP-TV-Z]{10}>", PERSON)
    assert placeholder(KEY, "PERSON", "ada  lovelace") == PERSON
    assert placeholder(KEY, "LOCATION", ADA)[-11:] != PERSON[-11:]
    assert placeholder(b"another key" * 3, "PERSON", ADA) != PERSON


async def test_rows_keep_their_quotes_line_ends_and_delimiters() -> None:
    done = await table(f'name;note;mail\r\n"{ADA}";"said ""hi"", twice; {ADA}";{MAIL}\r\n;"";x\r\n', delimiter=";")
    assert done.text == f'name;note;mail\r\n"{PERSON}";"said ""hi"", twice; {PERSON}";{EMAIL}\r\n;"";x\r\n'
    columns = {name: (each.rows, each.found_rows, dict(each.found)) for name, each in done.counts.columns.items()}
    assert columns == {
        "name": (2, 1, {"PERSON": 1}),
        "note": (2, 1, {"PERSON": 1}),
        "mail": (2, 1, {"EMAIL_ADDRESS": 1}),
    }
    assert (done.counts.records, done.counts.found_records) == (2, 1)


@pytest.mark.parametrize(
    ("head", "is_head"),
    [
        ("name,email", True),
        ("user_id,fooBar", True),
        ("Nom,Prénom", True),
        (f"{ADA},{MAIL}", False),
        ("Lovelace,Paris", False),
        ("ada,42", False),
        ("a,a", False),
        (f"{ADA},note,x", False),
    ],
)
async def test_a_first_row_names_the_columns_or_is_a_row_like_others(head: str, is_head: bool) -> None:
    done = await table(f"{head}\nx,y\n")
    assert done.counts.records == (1 if is_head else 2)
    assert ("column 1" in done.counts.columns) is not is_head
    assert ADA not in str(done.counts) + str(done.text)


async def test_the_name_of_a_column_is_read_with_the_value() -> None:
    done = await table("id,password\n1,correct horse battery\n")
    assert done.text == f"id,password\n1,{placeholder(KEY, 'PASSWORD', 'correct horse battery')}\n"


async def test_a_person_in_a_name_of_a_column_is_in_neither_copy_nor_report() -> None:
    done = await table(f"name,email,{ADA}\nx,y,z\n")
    assert done.text == f"name,email,{PERSON}\nx,y,z\n"
    assert list(done.counts.columns) == ["name", "email", "*"]


async def test_strings_of_json_keep_their_escapes() -> None:
    line = '{"b": 1.50,"a" :"caf\\u00e9 \\/ ADA \\ud83d\\ude00 \\nMAIL", "é":[null, "ADA"]}\n'
    line = line.replace("ADA", ADA).replace("MAIL", MAIL)
    done = await lines(line)
    assert done.text == line.replace(ADA, PERSON).replace(MAIL, EMAIL)
    assert set(done.counts.columns) == {"a", "é[]"}
    assert done.counts.columns["a"].found == {"PERSON": 1, "EMAIL_ADDRESS": 1}


async def test_a_value_that_is_escaped_is_found_as_what_it_means() -> None:
    done = await lines('{"a": "\\u0041da Lovelace and Jos\\u00e9 Garc\\u00eda"}\n')
    assert done.text == f'{{"a": "{PERSON} and {placeholder(KEY, "PERSON", "José García")}"}}\n'


async def test_what_is_found_in_one_text_of_a_record_is_taken_out_of_all() -> None:
    done = await lines(f'{{"messages":[{{"content":"I am {ADA}"}},{{"content":"Hello Ms. Lovelace"}}]}}\n')
    assert done.text is not None
    assert "Lovelace" not in done.text
    assert done.counts.columns["messages[].content"].found == {"PERSON": 2}
    assert (await lines('{"a":"Lovelace"}\n')).text is None


async def test_the_lists_of_the_policy_count_in_a_scan_too() -> None:
    lists = Lists(
        deny=(Listed(frozenset({"PROJECT_NAME"}), ("Project Nightjar",)),),
        allow=(Listed(frozenset({"LOCATION"}), ("Zürich",), exact=True),),
    )
    done = await cleaner(lists=lists).clean(Task("lines", '{"a": "project nightjar in Zürich"}\n'))
    code = placeholder(KEY, "PROJECT_NAME", "project nightjar")
    assert done.text == f'{{"a": "{code} in Zürich"}}\n'


async def test_long_numbers_become_strings_when_they_are_somebodys() -> None:
    done = await lines('{"card": 4111111111111111, "n": 1234, "time": 1.5e9}\n')
    code = placeholder(KEY, "CREDIT_CARD", "4111111111111111")
    assert done.text == f'{{"card": "{code}", "n": 1234, "time": 1.5e9}}\n'


async def test_a_person_in_the_name_of_a_member() -> None:
    done = await lines(f'{{"{MAIL}": {{"x": "y"}}}}\n')
    assert done.text == f'{{"{EMAIL}": {{"x": "y"}}}}\n'
    assert set(done.counts.columns) == {"(names)", "*.x"}


async def test_a_line_that_is_no_json_is_scanned_as_text() -> None:
    done = await lines(f'{{"a": "{ADA}"\n{{"a": 1}}\n\n')
    assert done.text == f'{{"a": "{PERSON}"\n{{"a": 1}}\n\n'
    assert (done.counts.records, done.counts.broken) == (2, 1)


async def test_columns_that_are_skipped_stay_and_are_told() -> None:
    text = f'{{"name": "{ADA}", "deep": {{"name": "{ADA}"}}}}\n'
    done = await lines(text, "deep.*")
    assert done.text == f'{{"name": "{PERSON}", "deep": {{"name": "{ADA}"}}}}\n'
    assert done.counts.columns["deep.name"].skipped
    assert done.counts.found == {"PERSON": 1}


async def test_types_that_the_profile_clears_stay_and_those_it_blocks_do_not() -> None:
    some = cleaner(entities={"PERSON": "clear", "EMAIL_ADDRESS": "block"})
    done = await some.clean(Task("text", f"{ADA}, {MAIL}"))
    assert done.text == f"{ADA}, {EMAIL}"


async def test_of_text_the_lines_are_counted() -> None:
    done = await cleaner().clean(Task("text", f"# Title\n\n{ADA} and {ADA}\nnothing\n{MAIL}"))
    assert (done.counts.records, done.counts.found_records) == (4, 2)
    assert done.counts.found == {"PERSON": 2, "EMAIL_ADDRESS": 1}


async def test_what_is_clean_stays_clean() -> None:
    text = json.dumps({"a": f"{ADA} {MAIL}", "password": "hunter2hunter2"}) + "\n"
    once = await lines(text)
    assert once.text is not None
    assert (await lines(once.text)).text is None
