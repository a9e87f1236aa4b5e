from __future__ import annotations

import json

import pytest

from guard.placeholders import Vault
from guard.restore.stream import PlaceholderRestorers

VAULT = Vault.new()
NAME = VAULT.placeholder("PERSON", "Ada Lovelace")
MAIL = VAULT.placeholder("EMAIL_ADDRESS", 'ada"quoted"@x.example')
BARE = NAME.strip("<>")
TYPE, CODE = BARE.split("_")


def restored(text: str, *, restore: bool = True) -> str:
    restorer = PlaceholderRestorers().text(VAULT, restore=restore)
    return restorer.feed(text) + restorer.flush()


@pytest.mark.parametrize(
    "form",
    [
        NAME,
        NAME.lower(),
        BARE,
        f"[{BARE}]",
        f"<{TYPE}\\_{CODE}>",
        f"<{TYPE} {CODE}>",
        f"<{TYPE}-{CODE}>",
        f"<{TYPE}\n{CODE}>",
        f"&lt;{BARE}&gt;",
        f"\\u003c{BARE}\\u003e",
        f"<{TYPE}_{CODE.replace('0', 'O').replace('1', 'l')}>",
    ],
    # The codes are random, and names of tests are not.
    ids=["whole", "lower", "bare", "bracket", "escape", "space", "dash", "break", "entity", "json", "alike"],
)
def test_what_models_do_to_placeholders_is_tolerated(form: str) -> None:
    assert restored(f"Dear {form}, hello") == "Dear Ada Lovelace, hello"


def test_markdown_and_possessives_stay_around_the_value() -> None:
    assert restored(f"**{NAME}**'s `{NAME}` _{NAME}_") == "**Ada Lovelace**'s `Ada Lovelace` _Ada Lovelace_"


def test_types_of_several_words() -> None:
    assert restored(MAIL.replace("_", "\\_")) == 'ada"quoted"@x.example'


def test_what_is_not_in_the_vault_stays_text() -> None:
    other = Vault.new().placeholder("PERSON", "Eve")
    for text in (other, f"x{BARE}", f"{BARE}9", f"{TYPE}_", f"<{TYPE}_{CODE[:5]}>"):
        assert restored(text) == text


def test_a_restored_value_is_not_scanned_again() -> None:
    vault = Vault.new()
    inner = vault.placeholder("PERSON", "Ada")
    outer = vault.placeholder("LOCATION", f"at {inner}")
    restorer = PlaceholderRestorers().text(vault, restore=True)
    assert restorer.feed(outer + " ") + restorer.flush() == f"at {inner} "


def test_policy_may_keep_placeholders() -> None:
    assert restored(NAME, restore=False) == NAME


def test_text_that_cannot_become_a_placeholder_passes_at_once() -> None:
    restorer = PlaceholderRestorers().text(VAULT, restore=True)
    assert restorer.feed("Hello there, ") == "Hello there, "
    assert restorer.feed("<") == ""
    assert restorer.feed("b> done.") == "<b> done."


def test_json_stays_valid_and_values_are_escaped() -> None:
    document = json.dumps({"to": MAIL, "who": [f"{NAME}!"], "n": 1})
    restored_document = PlaceholderRestorers().json(document, VAULT, restore=True)
    assert json.loads(restored_document) == {"to": 'ada"quoted"@x.example', "who": ["Ada Lovelace!"], "n": 1}


def test_json_without_placeholders_is_not_touched() -> None:
    document = '{ "a":1.0, "b" : "\\u00e9" }'
    assert PlaceholderRestorers().json(document, VAULT, restore=True) == document


def test_json_that_is_not_valid_gets_escaped_values() -> None:
    assert PlaceholderRestorers().json(f'{{"to": "{MAIL}', VAULT, restore=True) == '{"to": "ada\\"quoted\\"@x.example'
