"""The rules for secrets, windows and all, take time in proportion to texts that are made to be slow for them."""

from __future__ import annotations

import time

import pytest

from guard.redact.recognizers.secret import RULES, SECRETS
from guard.redact.recognizers.secret_rule import Label, Rule, Rules
from tests.attacks import SIZES, sample
from tests.secrets import made

_MEASURABLE = 0.1
_CAP = 5.0
_LINE = made("<an64>") + "\n"
_PIECES = [
    *("-----BEGIN RSA PRIVATE KEY-----\n", "-----BEGIN RSA PRIVATE KEY-----\n" + _LINE, "---- BEGIN PRIVATE KEY ----"),
    *("-----BEGIN ", "-----BEGIN PRIVATE KEY----- -----END ", "PRIVATE KEY ", "PuTTY-User-Key-File-3: a\n"),
    *("PuTTY-User-Key-File-3: a\nPrivate-MAC: ", "<RSAKeyValue>", "<RSAKeyValue><D>", "<D>", '"kty" "d":"'),
    *(
        "eyJ",
        "eyJ.",
        "eyJhbGci.",
        "://",
        "://a:",
        "://a:b@",
        "--",
        "--a-password ",
        "&token=",
        "cookie a=",
        "cookie-token",
    ),
    *(
        "password ",
        "password:",
        "password: ",
        "passwordpassword",
        "my password for a ",
        "passwort ist ",
        "key ",
        "keykey",
    ),
    *("api_key=", "secret_", "token token ", "awskey", "aws secret ", "x-key", "bearer ", "authorization: bearer "),
    *("mysql -", "curl -u ", "login a ", "login a/", "$2b$", "a as my ", "abandon ", "İ", "密码", "-", ".", "a-us1"),
]


def seconds(finders: list[Rules], text: str) -> float:
    begun = time.process_time()
    for finder in finders:
        for _ in finder.find(text):
            pass
    return time.process_time() - begun


def is_linear(finders: list[Rules], piece: str) -> bool:
    """A machine that is busy may make one of three measurements look worse, not all of them."""
    seconds(finders, piece * 30)  # What is loaded with the first text is loaded.
    return any(_grows_with_the_text(finders, piece) for _ in range(3))


def _grows_with_the_text(finders: list[Rules], piece: str) -> bool:
    whole = seconds(finders, piece * (SIZES[-1] // len(piece) + 1))
    assert whole < _CAP
    if whole < _MEASURABLE:
        return True
    small, middle = (seconds(finders, piece * (size // len(piece) + 1)) for size in SIZES[:-1])
    return max(middle / small, whole / middle) <= 3


@pytest.mark.parametrize("piece", _PIECES, ids=range(len(_PIECES)))
def test_all_rules_are_linear(piece: str) -> None:
    assert is_linear(list(SECRETS), piece)  # type: ignore[arg-type]


def _attacks(rule: Rule) -> set[str]:
    """The needles of the rule and what it nearly matches, over and over."""
    needles = rule.needles.needles if isinstance(rule.needles, Label) else rule.needles
    drawn = [sample(rule.pattern, seed) for seed in range(2)]
    parts = [text[: max(len(text) * share // 3, 1)] for text in drawn for share in (1, 2, 3)]
    return {*needles, *(needle + " " for needle in needles), *parts, *(needles[0] + part for part in parts)} - {""}


@pytest.mark.parametrize("kind", sorted({rule.entity_type for rule in RULES.rules}))
def test_each_rule_is_linear(kind: str) -> None:
    chosen = [rule for rule in RULES.rules if rule.entity_type == kind]
    slow = [
        (rule.name, piece[:40]) for rule in chosen for piece in _attacks(rule) if not is_linear([Rules([rule])], piece)
    ]
    assert slow == []
