"""Secrets: keys of vendors, private keys, signed tokens, passwords in their context, connection strings, seed phrases.

The rules are our own, from the forms that the vendors publish: detect-secrets, which has 27 kinds, reads files line by
line and asks the vendors over the network whether a key is in use. Of a secret in a sentence, an address or a setting only
the secret itself is the span, so that user, host and name of the setting stay readable.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from guard.model import Span
from guard.redact.recognizers import secret_keys, secret_places, secret_words, vendor
from guard.redact.recognizers.secret_rule import Rules


class Finder(Protocol):
    """Finds values of some types in a text."""

    def find(self, text: str) -> Iterator[Span]:
        """All matches in the text."""
        ...


RULES = Rules([*secret_keys.RULES, *vendor.RULES, *secret_places.RULES, *secret_words.RULES])
"""All rules."""

SECRETS: Sequence[Finder] = (RULES, secret_keys.SeedPhrases())
"""All that finds secrets."""
