"""Private keys, also cut off ones and ones on one line; signed tokens; seed phrases of wallets."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from guard.model import Explanation, Span
from guard.redact.recognizers.secret_rule import DETECTOR, Rule

_LABEL = r"(?:[A-Z0-9]{1,12} ){0,4}PRIVATE KEY(?: BLOCK)?"
_SPACE = r"(?:[\s>|\"'+,]|\\[nrt\\])"
_BODY = r"[A-Za-z0-9+/=_-]{16,8000}"
_HEADER = r"[A-Z][A-Za-z-]{2,24}: [^\n\\]{0,200}"
# Whole, else as far as it looks like one: of a block that is cut off, all that is there is the key.
_PEM = re.compile(
    rf"-{{4,5}} ?BEGIN {_LABEL} ?-{{4,5}}"
    rf"(?:(?:(?!-{{4,5}} ?BEGIN )[\s\S]){{0,30000}}?-{{4,5}} ?END {_LABEL} ?-{{4,5}}"
    rf"|(?:{_SPACE}{{1,12}}(?:{_HEADER}|{_BODY})){{0,600}}(?:{_SPACE}{{1,12}}[A-Za-z0-9+/]{{2,76}}={{1,2}})?)"
)
_PUTTY = re.compile(
    r"PuTTY-User-Key-File-\d: (?:(?!PuTTY-User)[\s\S]){0,30000}?Private-MAC: [0-9a-f]{32,128}"
    r"|PuTTY-User-Key-File-\d: [^\n]{1,100}(?:\s{1,3}(?:[A-Z][A-Za-z-]{2,24}: [^\n]{0,200}|[A-Za-z0-9+/=]{4,100})){0,600}"
)

_JWK = 6_000
"""Characters on each side of the type in which the parts of a key stand: one of 4096 bits has 3300."""


def is_token(value: str) -> bool:
    """Whether the first part is a JOSE header: JSON with the algorithm (RFC 7515, section 4.1.1)."""
    head = value.partition(".")[0]
    try:
        read = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))
    except (ValueError, binascii.Error, RecursionError):
        return False
    return isinstance(read, dict) and isinstance(read.get("alg"), str)


RULES = (
    Rule("pem", "PRIVATE_KEY", ("----BEGIN ", "---- BEGIN "), _PEM, lead=1),
    Rule("putty", "PRIVATE_KEY", ("PuTTY-User-Key-File-",), _PUTTY),
    Rule("age", "PRIVATE_KEY", ("AGE-SECRET-KEY-1",), re.compile(r"AGE-SECRET-KEY-1[A-Z0-9]{58}(?![A-Za-z0-9])")),
    Rule(
        "xml-rsa",
        "PRIVATE_KEY",
        ("<RSAKeyValue>",),
        re.compile(
            r"<RSAKeyValue>(?:(?!<D>|</?RSAKeyValue>)[\s\S]){0,20000}+<D>[A-Za-z0-9+/=\s]{16,8000}"
            r"(?:</D>\s{0,20}</RSAKeyValue>)?"
        ),
    ),
    Rule(
        "jwk",
        "PRIVATE_KEY",
        ('"kty"',),
        re.compile(r'"(?P<k>d|p|q|dp|dq|qi|k)"\s{0,3}:\s{0,3}"(?P<v>[A-Za-z0-9_-]{22,1400})"'),
        lead=_JWK,
        reach=_JWK,
    ),
    Rule(
        "wireguard",
        "PRIVATE_KEY",
        ("privatekey", "presharedkey"),
        re.compile(r"(?i:(?P<k>PrivateKey|PresharedKey)\s{0,3}[=:]\s{0,3})(?P<v>[A-Za-z0-9+/]{43}=)"),
        fold=True,
    ),
    Rule(
        "jwt",
        "JWT",
        ("eyJ",),
        re.compile(r"(?<![\w.-])eyJ[A-Za-z0-9_-]{8,4000}+(?:\.[A-Za-z0-9_-]{0,16000}+){2,4}"),
        check=is_token,
        check_name="jwt",
        failed=0.7,
    ),
)
"""By kind."""

_WORD = re.compile(r"[a-z]{3,8}")
# A colon ends what introduces a phrase, and so is none of it, but behind the number of a word.
_BETWEEN = re.compile(r"(?:[\s,;.\"'\[\]()\-|]|\d{1,2}:?){1,8}")
_SIZES = (24, 21, 18, 15, 12)
_NAMED = ("seed", "mnemonic", "recovery", "wallet", "passphrase", "backup")
_NEAR = 120


class SeedPhrases:
    """Twelve to twenty-four words of the list of BIP-39, as wallets write down a key.

    The last word holds a checksum. Words that fail it are a phrase all the same where the text says so, because a person
    may have mistyped one; anywhere else they are chance.
    """

    def find(self, text: str) -> Iterator[Span]:
        """All phrases in the text, each as one span."""
        for run in _runs(text):
            words = [match[0] for match in run]
            near = text[max(0, run[0].start() - _NEAR) : run[2].end()].lower()
            said = next((word for word in _NAMED if word in near), "")
            found = _checked(words)
            if found is not None:
                first, last = run[found[0]], run[found[1] - 1]
                yield _span(first.start(), last.end(), 1.0, "bip39", said)
            elif said:
                yield _span(run[0].start(), run[-1].end(), 0.9, "!bip39", said)


def _span(start: int, end: int, score: float, check: str, said: str) -> Span:
    why = Explanation("seed-phrase", score, check, said)
    return Span(start, end, "SEED_PHRASE", score, f"{DETECTOR}/SEED_PHRASE", why)


def _runs(text: str) -> Iterator[list[re.Match[str]]]:
    """Twelve and more words of the list that follow one another."""
    if len(text) < 12 * 4:
        return
    known = _list()
    run: list[re.Match[str]] = []
    for match in _WORD.finditer(text):
        follows = run and _BETWEEN.fullmatch(text, run[-1].end(), match.start())
        if match[0] in known and (follows or not run):
            run.append(match)
            continue
        if len(run) >= _SIZES[-1]:
            yield run
        run = [match] if match[0] in known else []
    if len(run) >= _SIZES[-1]:
        yield run


def _checked(words: Sequence[str]) -> tuple[int, int] | None:
    """The longest part that has a right checksum; of a run that is much longer than a phrase only its beginning."""
    from mnemonic import Mnemonic

    check = Mnemonic("english").check
    for size in _SIZES:
        for start in range(min(len(words) - size + 1, 24)):
            if check(" ".join(words[start : start + size])):
                return start, start + size
    return None


@lru_cache(maxsize=1)
def _list() -> frozenset[str]:
    from mnemonic import Mnemonic

    return frozenset(Mnemonic("english").wordlist)
