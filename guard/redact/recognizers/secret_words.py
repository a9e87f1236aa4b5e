"""Passwords and keys that only a word beside them gives away."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise

from guard.redact.recognizers.secret_rule import Label, Rule, entropy, is_random

_LONG = (
    r"password|passwd|passphrase|pass[ _-]?phrase|pass[ _-]?word|pass[ _-]?code|passwort|kennwort|mot de passe|"
    r"contrase[ñn]a|senha|wachtwoord|has[łl]o|lozinka|пароль|密码|密碼|口令|パスワード"
)
_SHORT = r"(?<![A-Za-z])(?:pass|pwd|psw|pw|pswd)"
_LABEL = rf"(?:{_LONG}|{_SHORT})(?:[ _-]?(?:\d{{1,2}}|new|old|confirm(?:ation)?))?(?![A-Za-z])"
_AFTER = r"(?=[\"'\]\\\s:=：>])"
_PASSWORD = Label(
    (
        *("pass", "pwd", "psw", "pw", "kennwort", "mot de passe", "contrase", "senha", "wachtwoord", "hasł", "haslo"),
        *("lozinka", "пароль", "密码", "密碼", "口令", "パスワード"),
    ),
    re.compile(_LABEL + _AFTER, re.IGNORECASE),
)
_SET = r"[\"'\]\\]{0,3}\s{0,3}(?::=|=>|={1,3}|[:：])\s{0,3}"
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
    whether make choose create pick type give
    """.split()  # noqa: SIM905  (a list would be a page)
)
_IDENTIFIER = re.compile(r"[A-Za-z_][\w-]*")
_CHAIN = re.compile(r"[A-Za-z_]\w*(?:(?:\.|->|::)[A-Za-z_]\w*)+")
_CALL = re.compile(r"(?:await )?[A-Za-z_][\w.]*(?:=?[(\[{]|=$)")
_TYPE = re.compile(r"(?=.*[a-z]{5})(?:[A-Z][a-z]+\d*)+")
_NAME = re.compile(r"[A-Za-z_-]+")
_OPEN = re.compile(r"[)\]}]|[$%@#]?[({<\[]|\$[A-Za-z_]|%[A-Za-z_]+%|%[sd]$|\\|[~.]?/|https?://")
_TECHNICAL = re.compile(
    r"(?i)(?:oauth|sha|md|argon|bcrypt|scrypt|pbkdf|ntlm|utf|base|aes|rsa|win|ipv|http|v)[-_]?\d[\w.-]*"
)


def is_code(value: str) -> bool:
    """Whether a value is a variable, a call, a blank, a path or a type, and not what they stand for."""
    inner = value.rstrip(")]}.,;")
    if _OPEN.match(value) or _CALL.match(value) or _TYPE.fullmatch(inner):
        return True
    parts = inner.split(".")
    return bool(_CHAIN.fullmatch(inner)) and not any(
        len(part) >= 16 and is_random(part.strip("_")) and not _TYPE.fullmatch(part) for part in parts
    )


def is_password(value: str) -> bool:
    """Whether a value after `password:` is one: no function word, type, variable, call or blank."""
    inner = value.rstrip(".!?)]}")
    if inner.lower() in _NO_VALUES or len(set(value)) < 3 or is_code(value):
        return False
    # A name of a variable that holds one: `pwd=new_password`, `password=password`.
    return not (
        _IDENTIFIER.fullmatch(inner) and re.search(r"(?i)(?:passw(?:or)?d|passwort|secret|passphrase|pwd)$", inner)
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
    return len(value) >= 6 and is_strong(value) and not value.isdecimal() and not _NAME.fullmatch(value)


def is_key(value: str) -> bool:
    """Whether a value after `api_key=` is one: random, and no path or name of code."""
    return is_random(value) and not is_code(value)


def is_dense(value: str) -> bool:
    """For a word that says little, such as `key`: long and of high entropy."""
    return len(value) >= 20 and any(c.isdigit() for c in value) and entropy(value) >= 3.3 and is_key(value)


def _password(name: str, pattern: str, score: float, check: str = "", before: str = "") -> Rule:
    """A rule whose pattern begins with the label."""
    checks = {"": is_password, "strong": is_strong, "six": _has_six}
    right_before = re.compile(before, re.IGNORECASE) if before else None
    whole = re.compile(rf"(?P<k>{_LABEL}){pattern}", re.IGNORECASE)
    return Rule(name, "PASSWORD", _PASSWORD, whole, score, checks[check], before=right_before)


_FOR = r"(?:\s(?:for|to|of|on|at|für|pour|de|para)\s[^\n:=.?!\"]{1,40}?)?"
_IS = r"\s{1,3}(?:(?:is|was|ist|lautet|war|est|es|é|are|will be|to)(?:\s(?:now|still|currently|set to))?\s{0,2}:?|now)\s{1,3}"
_MINE = r"(?:my|our|his|her|their|your|mein|unser|mon|notre|mi|minha|mia|il mio|moje)"

_BARE_END = rf"(?P<v>{_BARE}?)(?=[.!?]?(?:[\s\"',;]|$))"

PASSWORDS = (
    _password("password-quoted", rf'{_FOR}(?:{_SET}|{_IS})\\?"(?P<v>[^"\n]{{3,128}})"', 0.9),
    _password("password-quoted", rf"{_FOR}(?:{_SET}|{_IS})['`«“‘](?P<v>[^'`\n»”’]{{3,128}})['`»”’]", 0.9),
    _password("password-set", rf"{_FOR}{_SET}(?P<v>{_BARE}?)(?=\.?(?:[\s\"'`,;<>]|\\[nrt]|$))", 0.85),
    _password("password-in-query", r"=(?P<v>[^\s&#\"'<>]{3,128})", 0.9, before=r"[?&]\Z"),
    _password("password-told", _FOR + _IS + _BARE_END, 0.85, before=rf"\b{_MINE} (?:[\w-]{{1,20}} ){{0,3}}\Z"),
    _password("password-told", _FOR + _IS + _BARE_END, 0.8, "strong"),
    _password("password-beside", rf"\s{{1,2}}(?P<v>{_BARE}?)(?=[.?]?(?:[\s\"',;]|$))", 0.7, "six"),
    _password("password-element", r"\s{0,3}>(?P<v>[^<\n]{1,128})</", 0.9, before=r"<\Z"),
    Rule(
        "password-before",
        "PASSWORD",
        tuple(f" as {whose} " for whose in ("my", "the", "a", "our", "your")),
        re.compile(
            r"(?<!\S)[\"']?(?P<v>[^\s\"'`,;<>]{6,64})[\"']? as (?:my|the|a|our|your) " + rf"(?P<k>{_LABEL})",
            re.IGNORECASE,
        ),
        0.8,
        is_strong,
        fold=True,
        lead=66,
    ),
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

_KEY = Label(
    ("key", "token", "secret", "credential", "sas"),
    re.compile(r"(?:key|token|secret|credential|sas)s?(?=[\"'\]\\\s:=：_-])", re.IGNORECASE),
)
_OWNER = (
    r"(?:api|app|access|auth(?:entication|orization)?|secret|private|encryption|signing|master|account|shared|session|"
    r"service|client|admin|consumer|refresh|bearer|webhook|storage|subscription|license|bot|id|user|personal|security)"
    r"[ _.-]?(?:access[ _.-]?)?\Z"
)
_OF = r"(?:[ _-](?:id|base|value|v?\d))?(?: (?:for|of|to|is for)\s[^\n:=\"]{1,30}?)?"
_CHARACTERS = r"[A-Za-z0-9_\-./+=~:%!@#$^*]"
_VALUE = rf"[\"'`]?(?P<v>{_CHARACTERS}{{12,500}}(?<![.,!:]))"
_IS_SET = rf"{_OF}(?:{_SET}|\s{{1,3}}(?:is|was)\s{{0,3}}:?\s{{0,3}}|\s)"
_IN_QUOTES = r"\"(?P<v>[^\s\"]{6,300})\""


def _is_password_like(value: str) -> bool:
    return is_strong(value) and is_password(value)


def _key(name: str, pattern: str, score: float, check: Callable[[str], bool] = is_key, before: str = "") -> Rule:
    """A rule whose pattern begins with the noun of the label."""
    right_before = re.compile(before, re.IGNORECASE) if before else None
    named = "" if check is _is_password_like else "entropy"
    return Rule(name, "API_KEY", _KEY, re.compile(pattern), score, check, named, before=right_before)


KEYS = (
    _key("key-set", rf"(?i:(?P<k>(?:key|token|secret|credential|sas)s?){_IS_SET}){_VALUE}", 0.85, before=_OWNER),
    _key("key-set", rf"(?i:(?<![A-Za-z])(?P<k>token|(?:secret|credential)s?){_IS_SET}){_VALUE}", 0.85),
    _key("key-set-quoted", rf"(?i:(?P<k>secret){_SET}){_IN_QUOTES}", 0.8, _is_password_like),
    _key(
        "key-set-quoted",
        rf"(?i:(?P<k>key|token){_SET}){_IN_QUOTES}",
        0.8,
        _is_password_like,
        r"(?:api|access)[ _-]?\Z",
    ),
    _key("key-named", rf"(?i:(?<!public)(?<!public[ _-])(?P<k>(?<![A-Za-z])key){_SET}){_VALUE}", 0.6, is_dense),
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
)
"""Keys in settings and code: the value must look random."""

RULES = (*PASSWORDS, *KEYS)
"""By word."""
