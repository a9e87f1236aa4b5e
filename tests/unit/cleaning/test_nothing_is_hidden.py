"""A value is found however it is written and wherever a file is cut."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guard.cleaning import splitting
from guard.cleaning.cleaner import Cleaner, Cleaning
from guard.cleaning.model import Task
from guard.cleaning.records import read
from guard.policy import local, shipped
from guard.redact.patterns import PatternDetector

MAIL = "ada.lovelace@canary-mail.example"
ESCAPED = MAIL.replace("@", "\\u0040")
WORDS = "word " * 8000


async def cleaned(tasks: Iterable[Task]) -> str:
    grant = local.grant(shipped.load(), redaction="all")
    cleaner = Cleaner([PatternDetector()], Cleaning(grant, key=b"k" * 32))
    done = [(task, await cleaner.clean(task)) for task in tasks]
    return "".join(task.text if each.text is None else each.text for task, each in done)


@pytest.mark.parametrize(
    "line",
    [
        f'{{"t": "write {ESCAPED} now"\n',
        f'{{"t": "write {ESCAPED} now\n',
        f'{{"t": "a\tb {ESCAPED}"}}\n',
        f'\x1e{{"t": "{ESCAPED}"}}\n',
        f'{{"t": "{ESCAPED}"}}{{"t": "b"}}\n',
    ],
    ids=["open object", "open string", "control character", "record separator", "two documents"],
)
async def test_an_escaped_address_in_what_is_no_json(line: str) -> None:
    assert "canary-mail" not in await cleaned(splitting.lines([line]))
    assert "canary-mail" not in await cleaned(splitting.document(f"{line}}}}}"))


@pytest.mark.parametrize("value", [MAIL, "192.168.17.23", "5105 1051 0510 5100"], ids=["mail", "address", "card"])
async def test_no_value_is_cut_in_two(value: str) -> None:
    left = []
    for offset in range(1, len(value) + 1):
        text = f"{WORDS[: 2 * splitting.TEXT - offset]} {value} {WORDS}"
        result = await cleaned(splitting.texts([text]))
        if any(part in result for part in value.replace("@", " ").split()):
            left.append(offset)
    assert left == []


async def test_a_number_with_a_fraction_of_zero() -> None:
    assert "4155550132" not in await cleaned(splitting.lines(['{"phone": 4155550132.0}\n']))


@given(st.text(alphabet='\\u0041d8{}[]":,nab\x1e\t'))
def test_what_is_no_json_stays_as_it_is(line: str) -> None:
    (task,) = splitting.lines([f"{line}x"]) if "\n" not in line else (Task("lines", line),)
    for record in read(task):
        for cell in record.cells:
            assert cell.written([]) in (cell.raw, f'"{cell.raw}"')
            assert len(cell._units()) == len(cell.text)
