"""A short text as detectors read it: behind the name of the member or column that it is the value of."""

from __future__ import annotations

import re

LONGEST = 40
"""Names that are longer say nothing of their values."""

_WORDS = re.compile(r"[_\-.\s]+|(?<=[a-z0-9])(?=[A-Z])")
_SECRET = re.compile(r"(?i)pass|pwd|secret|token|credential|\bpin\b|key\b")


def labelled(member: str, text: str) -> tuple[str, int]:
    """The view of a text, and where the text begins in it.

    What is named a secret is quoted: all of it is the secret, not its first word.
    """
    if not 0 < len(member) <= LONGEST:
        return text, 0
    label = " ".join(_WORDS.split(member)).strip() + ": "
    if _SECRET.search(label) and '"' not in text and "\n" not in text:
        return f'{label}"{text}"', len(label) + 1
    return label + text, len(label)
