"""Names of columns and members: which are names, and which say something of a person."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from guard.cleaning.records import ITEM
from guard.redact.labels import LONGEST

_IDENTIFIER = re.compile(r"[A-Za-z_$][A-Za-z0-9_$.\-]{0,63}")
_MOST_DIGITS = 4
_WORDS = re.compile(r"[^\W\d_]+")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")

_USUAL_WORDS = """id ids uuid index key name names first last full given family surname nickname user username login email mail
    phone mobile telephone fax address street city town state region county country zip postcode postal code company
    organization employer department title job role age birth birthday born date time created updated timestamp gender
    sex nationality language text content prompt completion instruction response input output question answer message
    messages label labels score category class tag tags type status note notes comment comments description summary
    subject body url link website ip account number no iban card amount price total currency order product quantity
    password secret token ssn passport license licence source target split value values
    nom prénom naam vorname nachname nombre apellido straße ort telefon adresse 姓名 名字 电话 手机 邮箱 地址 身份证 内容"""
_USUAL = frozenset(_USUAL_WORDS.split())
"""Words that columns are called by. A row that has many of them names its columns."""


def is_identifier(name: str) -> bool:
    """Whether a name is of the kind that programs use, with few digits: it is about no person."""
    return bool(_IDENTIFIER.fullmatch(name)) and sum(map(str.isdigit, name)) <= _MOST_DIGITS


def is_plain(name: str) -> bool:
    """Whether a name is an identifier that begins with a small letter, as no person's does."""
    return is_identifier(name) and name[0].islower()


def is_usual(name: str) -> bool:
    """Whether one of its words is one that columns are called by."""
    return any(word.lower() in _USUAL for word in _WORDS.findall(_CAMEL.sub(" ", name)))


def may_name(cells: Sequence[str]) -> bool:
    """Whether a first row can be one that names columns at all."""
    return bool(cells) and len(set(cells)) == len(cells) and all(map(_may_be_name, cells))


def names_surely(cells: Sequence[str]) -> bool:
    """Whether so many of the cells are words that columns are called by that the row can be no other."""
    return 2 * sum(map(is_usual, cells)) >= len(cells)


def _may_be_name(cell: str) -> bool:
    return 0 < len(cell.strip()) <= LONGEST and "@" not in cell and cell.isprintable() and not _number(cell)


def _number(cell: str) -> bool:
    return not any(map(str.isalpha, cell)) or sum(map(str.isdigit, cell)) > _MOST_DIGITS


def column(path: Sequence[str], personal: Collection[str]) -> str:
    """A path as the report has it (`messages[].content`): a name that is long or says something of a person is `*`."""
    shown = ""
    for step in path:
        if step == ITEM:
            shown += ITEM
            continue
        name = step if step.isprintable() and len(step) <= LONGEST and step not in personal else "*"
        shown += f".{name}" if shown else name
    return shown or "(value)"
