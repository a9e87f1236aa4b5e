"""Restoring in JSON documents of odd forms."""

from __future__ import annotations

import json

from guard.placeholders import Vault
from guard.restore.stream import PlaceholderRestorers

VAULT = Vault.new()
NAME = VAULT.placeholder("PERSON", "Ada Lovelace")


def test_escaped_placeholders_and_unpaired_surrogates() -> None:
    bare = NAME.strip("<>")
    for document in (f'{{"to": "\\u003c{bare}\\u003e"}}', f'{{"a": "\\ud800", "to": "{NAME}"}}'):
        restored = PlaceholderRestorers().json(document, VAULT, restore=True)
        restored.encode("utf-8")
        assert json.loads(restored)["to"] == "Ada Lovelace"


def test_what_nests_too_deep_to_be_read_is_restored_as_text() -> None:
    document = "[" * 100_000 + NAME
    assert PlaceholderRestorers().json(document, VAULT, restore=True).endswith("Ada Lovelace")
