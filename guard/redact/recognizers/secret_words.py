"""Passwords and keys that only a word beside them gives away."""

from __future__ import annotations

import re
from itertools import pairwise

from guard.redact.recognizers.secret_rule import Rule, entropy, is_random

_LONG = (
    r"password|passwd|passphrase|pass[ _-]?phrase|pass[ _-]?word|pass[ _-]?code|passwort|kennwort|mot de passe|"
    r"contrase[ñn]a|senha|wachtwoord|has[łl]o|lozinka|пароль|密码|密碼|口令|パスワード"
)
_SHORT = r"(?<![A-Za-z])(?:pass|pwd|psw|pw|pswd)"
_LABEL = rf"(?:{_LONG}|{_SHORT})(?:[ _-]?(?:\d{{1,2}}|new|old|confirm(?:ation)?))?(?![A-Za-z])"
_NEEDLES = (
    *("password", "passwd", "passphrase", "pass", "passwort", "kennwort", "pwd", "psw", "pw"),
    *("mot de passe", "contrase", "senha", "wachtwoord", "has", "lozinka", "пароль", "密", "口令", "パスワード"),
)
_SET = r"[\"'\]\\]{0,3}\s{0,3}(?::=|=>|={1,3}|[:：])\s{0,3}"
_QUOTED = r"\"(?P<v>[^\"\n]{3,128})\"|'(?P<w>[^'\n]{3,128})'|`(?P<x>[^`\n]{3,128})`"
_BARE = r"[^\s\"'`,;<>]{3,128}"

_NO_VALUES = frozenset(
    """
    none null nil true false str string bytes int bool any object undefined required optional char varchar text
    self value values input hidden secret secretstr var let const function lambda await new return the a an at for
    not is are was be been your my our their his her its enter use using please see this that these and or to of
    in on by it we you they he she must should shall can could may might will would if when then with without from
    as than but so has have had do does did no yes too very only also still now never always about after before
    between during how what which who why where there here all some each every other another same old reset change
    changed changes forgot forgotten minimum maximum policy policies manager managers field fields protected hash
    hashes hashed hashing encrypted wrong incorrect correct invalid valid weak strong expired expires missing
    stored empty unknown known lost set unset shared working broken needed safe secure unsafe compromised leaked
    visible unchanged similar different simple complex long short good bad ok fine case-sensitive
    """.split()  # noqa: SIM905  (a list would be a page)
)
_IDENTIFIER = re.compile(r"[A-Za-z_][\w-]*")
_CHAIN = re.compile(r"[A-Za-z_]\w*(?:(?:\.|->|::)[A-Za-z_]\w*)+")
_CALL = re.compile(r"(?:await )?[A-Za-z_][\w.]*[(\[{]")
_OPEN = re.compile(r"[$%@#]?[({<\[]|\$[A-Za-z_]|%[A-Za-z_]+%|%[sd]$|\\|[~.]?/|https?://")
_TECHNICAL = re.compile(
    r"(?i)(?:oauth|sha|md|argon|bcrypt|scrypt|pbkdf|ntlm|utf|base|aes|rsa|win|ipv|http|v)[-_]?\d[\w.-]*"
)


def is_password(value: str) -> bool:
    """Whether a value after `password:` is one: no function word, type, variable, call or blank."""
    folded = value.lower().rstrip(".!?)")
    if (
        folded in _NO_VALUES
        or len(set(value)) < 3
        or _OPEN.match(value)
        or _CALL.match(value)
        or _CHAIN.fullmatch(value)
    ):
        return False
    # A name of a variable that holds one: `pwd=new_password`, `password=password`.
    return not (
        _IDENTIFIER.fullmatch(value) and re.search(r"(?i)(?:passw(?:or)?d|passwort|secret|passphrase|pwd)$", value)
    )


def is_strong(value: str) -> bool:
    """Whether a word has what passwords have and words have not: digits or signs among letters, or mixed case."""
    inner = value.rstrip(".,;:!?)")
    digit, letter = any(c.isdigit() for c in inner), any(c.isalpha() for c in inner)
    signs = any(not c.isalnum() and c not in "-'’/.()" for c in inner)
    mixed = any(a.islower() and b.isupper() for a, b in pairwise(inner))
    jumbled = (digit and letter) or (signs and (digit or letter)) or mixed or (inner.isdecimal() and len(inner) >= 4)
    return jumbled and len(inner) >= 4 and is_password(value) and not _TECHNICAL.fullmatch(inner)


def _has_six(value: str) -> bool:
    return len(value) >= 6 and is_strong(value) and not value.isdecimal()


def is_key(value: str) -> bool:
    """Whether a value after `api_key=` is one: random, and no path or name of code."""
    return is_random(value) and not (_OPEN.match(value) or _CHAIN.fullmatch(value) or _CALL.match(value))


def is_dense(value: str) -> bool:
    """For a word that says little, such as `key`: long and of high entropy."""
    return len(value) >= 20 and any(c.isdigit() for c in value) and entropy(value) >= 3.3 and is_key(value)


def _password(name: str, pattern: str, score: float, check: str = "") -> Rule:
    checks = {"": is_password, "strong": is_strong, "six": _has_six}
    return Rule(name, "PASSWORD", _NEEDLES, re.compile(pattern, re.IGNORECASE), score, checks[check], fold=True)


_FOR = r"(?:\s(?:for|to|of|on|at|für|pour|de|para)\s[^\n:=.?!\"]{1,40}?)?"
_IS = r"\s{1,3}(?:(?:is|was|ist|lautet|war|est|es|é|are|will be|to)(?:\s(?:now|still|currently|set to))?\s{0,2}:?|now)\s{1,3}"
_MINE = r"(?:my|our|his|her|their|your|mein|unser|mon|notre|mi|minha|mia|il mio|moje)"

PASSWORDS = (
    _password("password-quoted", rf'(?P<k>{_LABEL}){_FOR}(?:{_SET}|{_IS})\\?"(?P<v>[^"\n]{{3,128}})"', 0.9),
    _password(
        "password-quoted", rf"(?P<k>{_LABEL}){_FOR}(?:{_SET}|{_IS})['`«“‘](?P<v>[^'`\n»”’]{{3,128}})['`»”’]", 0.9
    ),
    _password("password-set", rf"(?P<k>{_LABEL}){_FOR}{_SET}(?P<v>{_BARE}?)(?=\.?(?:[\s\"'`,;<>]|\\[nrt]|$))", 0.85),
    _password("password-in-query", rf"[?&](?P<k>{_LABEL})=(?P<v>[^\s&#\"'<>]{{3,128}})", 0.9),
    _password(
        "password-told",
        rf"\b(?P<k>{_MINE} (?:[\w-]{{1,20}} ){{0,3}}(?:{_LABEL})){_FOR}{_IS}(?P<v>{_BARE}?)(?=[.!?]?(?:[\s\"',;]|$))",
        0.85,
    ),
    _password("password-told", rf"(?P<k>{_LABEL}){_FOR}{_IS}(?P<v>{_BARE}?)(?=[.!?]?(?:[\s\"',;]|$))", 0.8, "strong"),
    _password("password-beside", rf"(?P<k>{_LABEL})\s{{1,2}}(?P<v>{_BARE}?)(?=[.?]?(?:[\s\"',;]|$))", 0.7, "six"),
    _password(
        "password-before",
        rf"(?<!\S)[\"']?(?P<v>[^\s\"'`,;<>]{{6,64}})[\"']? as (?P<k>(?:my|the|a|our|your) {_LABEL})",
        0.8,
        "strong",
    ),
    _password("password-element", rf"<(?P<k>{_LABEL})\s{{0,3}}>(?P<v>[^<\n]{{1,128}})</", 0.9),
    Rule(
        "pin",
        "PASSWORD",
        ("pin",),
        re.compile(
            r"(?i)\b(?P<k>pin)(?: code| number|-code)?[\"']?\s{0,3}(?:is\s{0,3}:?|was|[:=])\s{0,3}[\"']?(?P<v>\d{4,12})(?!\w)"
        ),
        0.85,
        fold=True,
    ),
)
"""Passwords in sentences, settings and code."""

_KEY_LABEL = (
    r"(?:api|app|access|auth(?:entication|orization)?|secret|private|encryption|signing|master|account|shared|session|"
    r"service|client|admin|consumer|refresh|bearer|webhook|storage|subscription|license|bot|id|user|personal|security)"
    r"[ _.-]?(?:access[ _.-]?)?(?:key|token|secret|credential|sas)s?"
    r"|(?<![A-Za-z])(?:secret|token|apikey|credentials?|secretkey|client_?secret)"
)
_KEY_NEEDLES = ("key", "token", "secret", "credential", "sas")
_OF = r"(?:[ _-](?:id|base|value|v?\d))?(?: (?:for|of|to|is for)\s[^\n:=\"]{1,30}?)?"
_KEY = r"[A-Za-z0-9_\-./+=~:%!@#$^*]"

KEYS = (
    Rule(
        "key-set",
        "API_KEY",
        _KEY_NEEDLES,
        re.compile(
            rf"(?i:(?P<k>{_KEY_LABEL}){_OF}(?:{_SET}|\s{{1,3}}(?:is|was)\s{{0,3}}:?\s{{0,3}}|\s))[\"'`]?(?P<v>{_KEY}{{12,500}}(?<![.,!:]))"
        ),
        0.85,
        is_key,
        "entropy",
        fold=True,
    ),
    Rule(
        "key-set-quoted",
        "API_KEY",
        _KEY_NEEDLES,
        re.compile(
            rf"(?i:(?P<k>[\w.-]{{0,30}}(?:secret|api[ _-]?key|access[ _-]?token)){_SET})\"(?P<v>[^\s\"]{{6,300}})\""
        ),
        0.8,
        lambda value: is_strong(value) and is_password(value),
        fold=True,
    ),
    Rule(
        "aws-secret-access-key",
        "API_KEY",
        ("aws", "secret", "akia", "asia"),
        re.compile(
            r"(?i:(?P<k>aws.{0,40}?(?:secret|key)|secret[ _-]?access[ _-]?key|A[KS]IA[A-Z0-9]{16}).{0,30}?)"
            r"(?<![A-Za-z0-9/+=])(?P<v>[A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])"
        ),
        0.95,
        is_random,
        "entropy",
        fold=True,
    ),
    Rule(
        "key-named",
        "API_KEY",
        ("key",),
        re.compile(
            rf"(?i:(?<!public)(?<!public[ _-])(?P<k>(?<![A-Za-z])key){_SET})[\"'`]?(?P<v>{_KEY}{{20,500}}(?<![.,!:]))"
        ),
        0.6,
        is_dense,
        "entropy",
        fold=True,
    ),
)
"""Keys in settings and code: the value must look random."""
