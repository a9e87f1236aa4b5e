"""Two principals in one conversation: each is given back what they sent, and nothing that only the other did."""

from __future__ import annotations

import json

import pytest

from guard.errors import TamperedError
from guard.placeholders import Vault
from guard.restore.stream import PlaceholderRestorers

ADA, BOB = "usr_ada", "usr_bob"


def shared() -> tuple[Vault, str, str, str]:
    """A vault with a value of Ada's, one of Bob's, and one that both sent."""
    vault = Vault.new()
    vault.asker = ADA
    hers, both = vault.placeholder("PERSON", "Ada Lovelace"), vault.placeholder("LOCATION", "Leiden")
    vault.asker = BOB
    his = vault.placeholder("PERSON", "Charles Babbage")
    assert vault.placeholder("LOCATION", "Leiden") == both
    return vault, hers, his, both


def restored(vault: Vault, text: str) -> str:
    restorer = PlaceholderRestorers().text(vault, restore=True)
    return restorer.feed(text) + restorer.flush()


@pytest.mark.parametrize(
    ("asker", "says"),
    [
        (ADA, "Ada Lovelace, {his}, Leiden"),
        (BOB, "{hers}, Charles Babbage, Leiden"),
        ("usr_eve", "{hers}, {his}, {both}"),
        (None, "Ada Lovelace, Charles Babbage, Leiden"),
    ],
)
def test_each_gets_back_their_own(asker: str | None, says: str) -> None:
    vault, hers, his, both = shared()
    stored = Vault.loads(vault.dumps())
    stored.asker = asker
    text, wanted = f"{hers}, {his}, {both}", says.format(hers=hers, his=his, both=both)
    assert restored(stored, text) == wanted
    document = json.dumps({"a": text})
    assert json.loads(PlaceholderRestorers().json(document, stored, restore=True)) == {"a": wanted}


def test_a_forgiven_form_of_the_other_ones_placeholder_is_no_way_around() -> None:
    vault, hers, _, _ = shared()
    for form in (hers.lower(), hers.strip("<>"), f"[{hers[1:-1]}]", hers.replace("_", "\\_")):
        assert restored(vault, form) == form
    vault.asker = ADA
    assert restored(vault, hers.lower()) == "Ada Lovelace"


def test_who_asks_is_no_part_of_what_is_stored() -> None:
    vault, *_ = shared()
    stored = Vault.loads(vault.dumps())
    assert stored.asker is None
    assert [entry.origins for entry in stored.entries()] == [(ADA,), (ADA, BOB), (BOB,)]
    assert stored.dumps() == vault.dumps()
    assert ADA not in repr(stored)


def test_a_value_that_is_everybodys_stays_everybodys() -> None:
    vault = Vault.new()
    placeholder = vault.placeholder("PERSON", "Ada Lovelace")
    vault.asker = BOB
    assert vault.placeholder("PERSON", "Ada Lovelace") == placeholder
    vault.asker = ADA
    assert restored(vault, placeholder) == "Ada Lovelace"


def test_a_later_version_is_refused() -> None:
    content = json.loads(Vault.new().dumps()) | {"version": 3}
    with pytest.raises(TamperedError):
        Vault.loads(json.dumps(content).encode())
