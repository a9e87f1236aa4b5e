"""What the tagger marks, and a text with its marks."""

from __future__ import annotations

from dataclasses import dataclass, field

LABELS = (
    "PERSON",
    "LOCATION",
    "STREET_ADDRESS",
    "ORGANIZATION",
    "DATE_TIME",
    "AGE",
    "NRP",
    "TITLE",
    "ID",
    "USERNAME",
    "PHONE_NUMBER",
    "EMAIL_ADDRESS",
    "PROFESSION",
    "QUANTITY",
)
"""NRP: nationality, religious, political or ethnic group. ID: a number or code that points to one person, account or
case. PROFESSION and QUANTITY (money, length of a sentence or a stay) matter to the quasi-identifier profile alone."""

TAGS = ("O", *(f"{part}-{label}" for label in LABELS for part in "BI"))
"""O, then begin and inside of each label."""

ALL = frozenset(LABELS)
Mark = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class Marked:
    """A text and what is in it.

    Attributes:
        text: as it is read.
        marks: start, end and label, in order, without overlap.
        known: the labels that were looked for; what is unmarked may still be any of the others.
        source: where it is from.
    """

    text: str
    marks: tuple[Mark, ...] = ()
    known: frozenset[str] = field(default=ALL)
    source: str = "made"
