"""What was found in a text is found again without scanning it; no text is kept."""

from __future__ import annotations

import json
import os

import pytest

from guard import scanned as module
from guard.errors import TamperedError
from guard.model import Explanation, Span
from guard.placeholders import Vault
from guard.scanned import Scanned

TEXT = "I am Ada Lovelace, \ud800 and I was born in London."
SPANS = [Span(5, 17, "PERSON", 0.1 + 0.2, "tagger", Explanation("name")), Span(40, 46, "LOCATION", 0.85, "gazetteer")]
DAYS = 30


def made(**most: int) -> Scanned:
    return Scanned(os.urandom(32), **most)


def again(scanned: Scanned, *packed: bytes, days: int = DAYS) -> Scanned:
    """As another turn has it."""
    read = Scanned(scanned._key)
    for each in packed:
        read.read(each, days)
    return read


def on_day(monkeypatch: pytest.MonkeyPatch, day: int) -> None:
    monkeypatch.setattr(module, "now", lambda: day * 86_400_000 + 1)


def test_the_same_is_found_in_another_turn() -> None:
    scanned = made()
    scanned.keep("words/1", TEXT, SPANS)
    scanned.keep("words/1", "nothing", [])
    read = again(scanned, scanned.new())
    assert read.find("words/1", TEXT) == SPANS
    assert read.find("words/1", "nothing") == []
    assert read.find("words/1", TEXT + " ") is None


def test_other_detectors_scan_again() -> None:
    scanned = made()
    scanned.keep("words/1", TEXT, SPANS)
    assert scanned.find("words/1", TEXT) == SPANS
    assert scanned.find("words/2", TEXT) is None


def test_another_conversation_knows_nothing() -> None:
    one, two = made(), made()
    one.keep("words/1", TEXT, SPANS)
    two.read(one.new(), DAYS)
    assert two.find("words/1", TEXT) is None


def test_no_text_is_kept_and_none_is_shown() -> None:
    scanned = made()
    scanned.keep("words/1", TEXT, SPANS)
    for word in ("Ada", "Lovelace", "London", "born"):
        assert word.encode() not in scanned.everything()
    assert repr(scanned) == "Scanned(1 texts)"


def test_only_what_is_new_is_written() -> None:
    first = made()
    first.keep("words/1", "one", [])
    second = again(first, first.new())
    assert second.new() == b""
    assert second.find("words/1", "one") == []
    assert second.new() == b""
    second.keep("words/1", "two", [])
    added = json.loads(second.new())
    assert len(added["texts"]) == 1
    third = again(first, first.new(), second.new())
    assert third.find("words/1", "one") == third.find("words/1", "two") == []
    assert len(json.loads(third.everything())["texts"]) == 2


def test_what_was_used_longest_ago_is_forgotten_first() -> None:
    scanned = made(most=6)
    for text in ("one", "two", "three"):
        scanned.keep("words/1", text, [SPANS[0]])
    scanned.find("words/1", "one")
    scanned.keep("words/1", "four", [SPANS[0]])
    assert scanned.find("words/1", "two") is None
    assert scanned.find("words/1", "one") == [SPANS[0]]
    assert len(scanned) == 3
    scanned.keep("words/1", "huge", SPANS * 10)
    assert len(scanned) == 0
    assert scanned.new() == b""


def test_what_is_not_used_for_its_days_is_forgotten_and_what_is_used_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    on_day(monkeypatch, 1000)
    scanned = made()
    scanned.keep("words/1", "used", [])
    scanned.keep("words/1", "unused", [])
    packed = scanned.new()
    on_day(monkeypatch, 1020)
    later = again(scanned, packed)
    assert later.find("words/1", "used") == []
    renewed = later.new()
    on_day(monkeypatch, 1031)
    last = again(scanned, packed, renewed)
    assert last.find("words/1", "used") == []
    assert last.find("words/1", "unused") is None
    on_day(monkeypatch, 1030)
    assert again(scanned, packed).find("words/1", "unused") == []


@pytest.mark.parametrize(
    "packed",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b'{"version":2,"words":[],"texts":[]}', id="another version"),
        pytest.param(b'{"version":1,"words":[],"texts":[["a",99999999,[[0,1,0,1.0,0]]]]}', id="a word is missing"),
        pytest.param(b'{"version":1,"words":[],"texts":[["a"]]}', id="a field is missing"),
    ],
)
def test_what_has_another_form_is_refused(packed: bytes) -> None:
    with pytest.raises(TamperedError):
        made().read(packed, DAYS)


def test_it_belongs_to_the_vault_and_is_no_part_of_its_bytes() -> None:
    vault = Vault.new()
    before = vault.dumps()
    vault.scanned.keep("words/1", TEXT, SPANS)
    assert vault.dumps() == before
    same = Vault.loads(before)
    same.scanned.read(vault.scanned.new(), DAYS)
    assert same.scanned.find("words/1", TEXT) == SPANS
