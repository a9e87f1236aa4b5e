"""Private keys, whole, cut off and on one line; seed phrases."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mnemonic import Mnemonic

from guard.model import Span
from guard.redact.recognizers.secret import SECRETS
from tests.secrets import made

_LINES = [made("<an64>", number) for number in range(26)]
_LABELS = ["", "RSA ", "EC ", "DSA ", "OPENSSH ", "ENCRYPTED ", "PGP "]


def pem(label: str, lines: list[str]) -> str:
    block = " BLOCK" if label == "PGP " else ""
    marks = [f"-----{what} {label}PRIVATE KEY{block}-----" for what in ("BEGIN", "END")]
    return "\n".join([marks[0], *lines, marks[1]])


def found(text: str) -> list[Span]:
    return [span for finder in SECRETS for span in finder.find(text)]


def values(text: str, kind: str) -> list[str]:
    return [text[span.start : span.end] for span in found(text) if span.entity_type == kind]


@pytest.mark.parametrize("label", _LABELS)
def test_a_block_is_found_whole(label: str) -> None:
    block = pem(label, _LINES)
    assert values(f"here it is:\n{block}\nthanks", "PRIVATE_KEY") == [block]


@pytest.mark.parametrize("end", ["\\n", " ", "\\r\\n", "\n    ", "\r\n", "\n> "])
def test_other_ends_of_lines(end: str) -> None:
    block = pem("RSA ", _LINES).replace("\n", end)
    assert values(f'{{"key": "{block}"}}', "PRIVATE_KEY") == [block]


def test_one_that_is_cut_off_is_found_to_its_last_line() -> None:
    cut = "\n".join(pem("RSA ", _LINES).splitlines()[:9])
    assert values(f"{cut}\nThat is all I have.", "PRIVATE_KEY") == [cut]


def test_one_on_a_single_line_that_is_cut_off() -> None:
    cut = "-----BEGIN PRIVATE KEY-----\n" + "".join(_LINES)
    assert values(f"{cut}\nand so on", "PRIVATE_KEY") == [cut]


def test_two_blocks_are_two() -> None:
    first, second = pem("RSA ", _LINES), pem("EC ", _LINES[:3])
    assert values(f"{first}\n{second}", "PRIVATE_KEY") == [first, second]


@given(st.integers(0, 3000), st.sampled_from(["a ", "-----BEGIN CERTIFICATE-----\n", "PRIVATE KEY ", "-"]))
def test_the_place_does_not_matter(left: int, filling: str) -> None:
    block = pem("RSA ", _LINES)
    assert values((filling * left)[:left] + "\n" + block + "\n" + filling * 9, "PRIVATE_KEY") == [block]


@pytest.mark.parametrize("text", ["a PRIVATE KEY is private", "-----BEGIN PUBLIC KEY-----\n" + _LINES[0]])
def test_no_private_key(text: str) -> None:
    assert values(text, "PRIVATE_KEY") == []


def test_other_kinds_of_private_keys() -> None:
    putty = "\n".join(
        (
            *("PuTTY-User-Key-File-3: ssh-ed25519", "Encryption: none", "Private-Lines: 1", _LINES[0]),
            f"Private-MAC: {made('<hex64>')}",
        )
    )
    xml = f"<RSAKeyValue><Modulus>{_LINES[0]}</Modulus><D>{_LINES[1]}</D></RSAKeyValue>"
    age = "AGE-SECRET-KEY-1" + made("<up58>")
    wireguard = made("<an43>") + "="
    secret = made("<w43>")
    for text, value in (
        (putty, putty),
        (xml, xml),
        (age, age),
        (f"[Interface]\nPrivateKey = {wireguard}", wireguard),
        (json.dumps({"kty": "EC", "x": made("<w43>", 1), "d": secret}), secret),
    ):
        assert values(f"see:\n{text}\nthat was it", "PRIVATE_KEY") == [value]


@given(st.binary(min_size=16, max_size=16) | st.binary(min_size=32, max_size=32))
def test_a_seed_phrase_is_found(entropy: bytes) -> None:
    phrase = Mnemonic("english").to_mnemonic(entropy)
    assert values(f"Here: {phrase}. Keep it.", "SEED_PHRASE") == [phrase]


def test_words_of_the_list_alone_are_no_phrase() -> None:
    words = ["abandon"] * 12
    assert values(" ".join(words), "SEED_PHRASE") == []
    assert values("my seed phrase: " + " ".join(words), "SEED_PHRASE") == [" ".join(words)]
