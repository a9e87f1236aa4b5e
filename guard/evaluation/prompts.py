"""Invented prompts for measuring speed: each other than the last, so that no memory of whole texts can answer for work."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

_FIRST = ("Maria", "Wei", "Aisha", "Jonas", "Priya", "Tomasz", "Elena", "Kofi", "Yuki", "Lars", "Ingrid", "Dmitri")
_LAST = ("Gonzalez", "Chen", "Okafor", "Becker", "Sharma", "Nowak", "Rossi", "Mensah", "Tanaka", "Olsen", "Dubois")
_MONTHS = ("January", "March", "May", "July", "September", "November")
_SUBJECTS = ("The second delivery", "Our test of the new pump", "The meeting with the suppliers", "Last week's report")
_VERBS = (
    "took longer than we had planned",
    "went well",
    "has to be repeated",
    "raised more questions than it answered",
)
_ENDS = (
    "because nobody had read the manual",
    "although the weather was bad",
    "and the numbers are in the table",
    "as usual",
)


def prompts(count: int, seed: int = 1) -> Iterator[str]:
    """Prompts of about 290 characters with ten kinds of personal data."""
    random = Random(seed)  # noqa: S311  (not for secrets)
    for _ in range(count):
        first, last, number = random.choice(_FIRST), random.choice(_LAST), random.randrange(1000, 9999)
        yield (
            f"Hi, I am {first} {last}, my email is {first.lower()}.{number}@example.com, phone +1 415-555-{number:04}, card "
            f"4111 1111 1111 1111, SSN 536-22-{number:04}. I live at {number % 90 + 1} Baker Street, London and I was born on "
            f"3 May 1984. Please ask Dr. {random.choice(_FIRST)} {random.choice(_LAST)} at Siemens about invoice {number * 7} "
            "from 192.168.0.14, IBAN GB29NWBK60161331926819."
        )


def letters(count: int, seed: int = 2) -> Iterator[str]:
    """Letters of about 1,500 characters with a name, a date and an address here and there, as most texts are."""
    random = Random(seed)  # noqa: S311
    for _ in range(count):
        sender = f"{random.choice(_FIRST)} {random.choice(_LAST)}"
        lines = [f"Dear {random.choice(_FIRST)},"]
        lines += [
            f"{random.choice(_SUBJECTS)} {random.choice(_VERBS)}, {random.choice(_ENDS)}. "
            f"There were {random.randrange(2, 900)} parts in {random.randrange(2, 40)} boxes."
            for _ in range(12)
        ]
        lines.append(f"We meet on {random.randrange(1, 28)} {random.choice(_MONTHS)} {random.randrange(2019, 2026)}.")
        yield "\n".join([*lines, f"Regards, {sender}", f"{sender.split()[0].lower()}@example.org"])
