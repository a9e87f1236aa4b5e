from __future__ import annotations

import pytest

from guard.errors import TamperedError
from guard.placeholders import PLACEHOLDER, Vault


def test_a_placeholder_is_of_the_grammar_and_stable() -> None:
    vault = Vault.new()
    made = vault.placeholder("PERSON", "Ada Lovelace")
    assert PLACEHOLDER.fullmatch(made)
    assert vault.placeholder("PERSON", "Ada Lovelace") == made
    assert vault.value(made) == "Ada Lovelace"


def test_it_survives_the_store() -> None:
    vault = Vault.new()
    made = vault.placeholder("PERSON", "Ada \ud800 Lovelace")
    again = Vault.loads(vault.dumps())
    assert again.value(made) == "Ada \ud800 Lovelace"
    assert again.placeholder("PERSON", "Ada \ud800 Lovelace") == made


def test_values_and_types_are_told_apart() -> None:
    vault = Vault.new()
    made = {vault.placeholder(t, v) for t in ("PERSON", "LOCATION") for v in ("Paris", "paris")}
    assert len(made) == 4


def test_two_vaults_do_not_share_a_placeholder() -> None:
    assert Vault.new().placeholder("PERSON", "Ada") != Vault.new().placeholder("PERSON", "Ada")


def test_an_alias_shares_the_entity() -> None:
    vault = Vault.new()
    first, second, third = (vault.placeholder("PERSON", v) for v in ("Ada Lovelace", "ADA  LOVELACE", "Ada Byron"))
    ids = {entry.placeholder: entry.entity_id for entry in vault.entries()}
    assert ids[first] == ids[second] != ids[third]


def test_ten_thousand_values_have_ten_thousand_placeholders() -> None:
    vault = Vault.new()
    assert len({vault.placeholder("US_SSN", str(number)) for number in range(10_000)}) == 10_000


@pytest.mark.parametrize("data", [b"", b"{}", b'{"version": 2}', b"[]", b'{"version":1,"key":"x","entries":[]}'])
def test_what_is_not_a_vault_is_refused(data: bytes) -> None:
    with pytest.raises(TamperedError):
        Vault.loads(data)


def test_the_repr_shows_no_value() -> None:
    vault = Vault.new()
    vault.placeholder("PERSON", "Ada Lovelace")
    assert repr(vault) == "Vault(1 entries)"
    assert "Ada" not in repr(next(vault.entries()))
