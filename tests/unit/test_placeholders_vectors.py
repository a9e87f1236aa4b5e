"""The published vectors: placeholders never change, and a vault that was ever stored can be read. Stored vaults depend on it."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from guard.placeholders import Vault
from guard.restore.stream import PlaceholderRestorers

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "placeholders.json").read_text(encoding="utf-8"))


def test_placeholders_entities_and_bytes() -> None:
    vault = Vault(base64.b64decode(VECTORS["key"].removeprefix("base64:")), {})
    for row in VECTORS["placeholders"]:
        assert vault.placeholder(row["entity_type"], row["value"]) == row["placeholder"]
    ids = {entry.placeholder: entry.entity_id for entry in vault.entries()}
    assert ids == {row["placeholder"]: row["entity_id"] for row in VECTORS["placeholders"]}
    assert vault.dumps() == VECTORS["vault_2"].encode()
    assert Vault.loads(VECTORS["vault_2"].encode()).dumps() == vault.dumps()


def test_a_vault_of_version_1_is_everybodys() -> None:
    vault = Vault.loads(VECTORS["vault"].encode())
    assert {entry.origins for entry in vault.entries()} == {None}
    vault.asker = "usr_1"
    assert list(vault.entries()) == vault.restorable()
    assert vault.dumps() == VECTORS["vault_2"].encode()


@pytest.mark.parametrize("row", VECTORS["restored"] + [{"text": text, "becomes": text} for text in VECTORS["kept"]])
def test_forms(row: dict[str, str]) -> None:
    restorer = PlaceholderRestorers().text(Vault.loads(VECTORS["vault"].encode()), restore=True)
    assert restorer.feed(row["text"]) + restorer.flush() == row["becomes"]
