"""Secrets in the places that are made for them: addresses, connection strings, headers, cookies, command lines, files."""

from __future__ import annotations

import re
from collections.abc import Callable

from guard.redact.recognizers.secret_rule import Rule, is_random
from guard.redact.recognizers.secret_words import is_code, is_password, is_strong

_BLANK = re.compile(r"[$%]?[{<(\[]|\$[A-Za-z_]|%[sd]|\*{2,}|\.{3}|x{3,}$|…")


def _is_there(value: str) -> bool:
    """No variable and no blank that stands for a password."""
    return not _BLANK.match(value)


def _is_header(value: str) -> bool:
    return (
        _is_there(value)
        and not is_code(value)
        and (is_random(value) or (any(c.isdigit() for c in value) and len(value) >= 8))
    )


def _rule(
    name: str,
    kind: str,
    needles: tuple[str, ...],
    pattern: str,
    score: float = 0.95,
    lead: int = 0,
    before: str = "",
    check: Callable[[str], bool] | None = None,
) -> Rule:
    right_before = re.compile(before, re.IGNORECASE) if before else None
    return Rule(
        name,
        kind,
        needles,
        re.compile(pattern, re.IGNORECASE),
        score,
        check or (_is_there if kind == "PASSWORD" else _is_header),
        fold=True,
        lead=lead,
        before=right_before,
    )


ADDRESSES = (
    # The last `@` before the path ends it: passwords may hold one.
    _rule("url-credentials", "PASSWORD", ("://",), r"://[^\s:/@\"'<>]{0,64}:(?P<v>[^\s/\"'<>]{1,200})(?=@)"),
    _rule(
        "url-token",
        "API_KEY",
        ("://",),
        r"://(?:oauth2:|x-access-token:)?(?P<v>[A-Za-z0-9_~.-]{20,200})(?=@[\w-])",
    ),
    _rule(
        "url-query",
        "API_KEY",
        ("sig=", "signature=", "token=", "key=", "secret=", "jwt=", "auth=", "code=", "credential="),
        r"[?&#;](?P<k>(?:x-(?:amz|goog)-)?(?:sig|signature|security-token|credential)|(?:access|refresh|id|auth|api|oauth)?"
        r"[_-]?(?:token|key)|apikey|client[_-]secret|secret|jwt|auth)=(?P<v>[^\s&#\"'<>]{8,2000})",
        0.9,
        lead=32,
    ),
    _rule(
        "account-key",
        "API_KEY",
        ("accountkey=", "sharedaccess", "sharedsecretvalue=", "secretaccesskey="),
        r"(?P<k>AccountKey|SharedAccessKey|SharedAccessSignature|SharedSecretValue|SecretAccessKey)=(?P<v>[^;\s\"'<>]{8,2000})",
    ),
    _rule(
        "connection-string",
        "PASSWORD",
        ("password", "pwd"),
        r"(?P<k>password|pwd)\s{0,2}=\s{0,2}(?P<v>[^;&\"'\s]{1,200})",
        before=r"[;?&\"']\s{0,3}\Z",
    ),
    _rule(
        "brace-password",
        "PASSWORD",
        ("password", "pwd"),
        r"(?P<k>password|pwd)\s{0,2}=\s{0,2}\{(?P<v>[^}\n]{1,200})\}",
        before=r";\s{0,3}\Z",
    ),
)

HEADERS = (
    _rule(
        "authorization-header",
        "API_KEY",
        ("authorization",),
        r"(?P<k>authorization)[\"']?\s{0,3}[:=,]\s{0,3}[\"']?(?:bearer|basic|token|apikey|key|digest|negotiate|aws4-hmac-sha256)"
        r"[ =]{1,3}(?P<v>[^\s\"'`,;<>]{4,8000})",
    ),
    Rule(
        "bearer",
        "API_KEY",
        ("bearer ",),
        re.compile(r"(?i:\b(?P<k>bearer)\s{1,3}(?:token\s{1,3})?[\"'`]?)(?P<v>[A-Za-z0-9_\-./+=~]{12,8000}(?<!\.))"),
        0.9,
        is_random,
        "entropy",
        fold=True,
    ),
    _rule(
        "key-header",
        "API_KEY",
        ("x-", "apikey", "private-token", "job-token"),
        r"(?P<k>x-[a-z-]{0,24}(?:key|token|secret|auth|signature)|apikey|private-token|job-token)[\"']?\s{0,2}:\s{0,2}[\"']?"
        r"(?P<v>[^\s\"'`,;<>]{8,4000})",
    ),
    Rule(
        "session-cookie",
        "API_KEY",
        ("cookie", "sessionid=", "sessid=", "connect.sid=", "aspxauth=", "session="),
        re.compile(
            r"(?i)(?<![\w.-])(?P<k>[\w.-]{0,40}(?:session|sess|auth|token|csrf|xsrf|jwt|remember|\bsid|[._-]sid)"
            r"[\w.-]{0,24})=(?P<v>[^;\s\"',<>&]{8,4096})"
        ),
        0.9,
        _is_header,
        fold=True,
        # Of a header with many cookies, which a browser limits to this size in all.
        lead=64,
        reach=4_096 + 200,
    ),
)

_BARE = r"[^\s\"'|;&<>]{1,128}"
_WORD = rf"[\"']?(?P<v>{_BARE})"

COMMANDS = (
    _rule(
        "mysql-option",
        "PASSWORD",
        ("mysql", "mariadb"),
        rf"\b(?:mysql|mariadb)[a-z-]{{0,10}}\b[^\n|;]{{0,200}}?\s(?-i:-p){_WORD}",
    ),
    _rule(
        "user-option",
        "PASSWORD",
        ("curl ", "wget ", "http ", "https "),
        rf"\b(?P<k>curl|wget|https?)(?= )[^\n]{{0,400}}?\s"
        rf"(?:-u|--user|--auth|-a|--proxy-user)[ =]?[\"']?[^\s:\"']{{1,64}}:{_WORD}",
    ),
    *(
        _rule("password-option", "PASSWORD", (tool,), rf"\b(?P<k>{tool})\b[^\n|;]{{0,200}}?\s(?-i:{option})\s?{_WORD}")
        for tool, option in (
            ("sshpass", "-p"),
            ("docker login", "-p"),
            ("podman login", "-p"),
            ("helm registry login", "-p"),
            ("redis-cli", "-a"),
            ("ldapsearch", "-w"),
        )
    ),
    Rule(
        "long-option",
        "PASSWORD",
        ("--",),
        re.compile(
            r"(?i)(?<!\S)(?P<k>--[\w-]{0,30}?(?:password|passwd|passphrase|pass|pwd|secret|token|api-?key|secret-?key))(?:=|\s{1,3})"
            r"[\"']?(?P<v>[^\s\"'|;&<>-][^\s\"'|;&<>]{3,200})"
        ),
        0.85,
        is_password,
        fold=True,
    ),
    _rule(
        "openssl-pass",
        "PASSWORD",
        ("pass:",),
        r"(?P<k>pass:)(?P<v>[^\s\"']{1,128})",
        before=r"(?:-pass(?:in|out)?|-k)\s{1,3}[\"']?\Z",
    ),
    _rule(
        "secure-string",
        "PASSWORD",
        ("convertto-securestring",),
        r"(?P<k>ConvertTo-SecureString)\s{1,3}(?:-String\s{1,3})?[\"'](?P<v>[^\"'\n]{1,128})[\"']",
    ),
)

_HASHES = ("apr1", "1", "5", "6", "y", "7", "gy", "sha1", "scrypt")

FILES = (
    _rule(
        "netrc",
        "PASSWORD",
        ("login",),
        r"\b(?P<k>login)\s{1,10}[^\s]{1,100}\s{1,10}(?:account\s{1,10}[^\s]{1,100}\s{1,10})?password\s{1,10}(?P<v>[^\s]{1,128})",
    ),
    _rule(
        "password-hash",
        "PASSWORD",
        (*(f"${kind}$" for kind in _HASHES), "$2", "$pbkdf2", "$argon2"),
        r"(?<![\w$])(?:\$(?:2[abxy]?|apr1|[156y]|7|gy|sha1|scrypt|argon2(?:id?|d)|pbkdf2(?:-[\w-]{1,12})?)\$[\w./$=,+-]{20,300})",
        check=bool,
    ),
    _rule("ldap-hash", "PASSWORD", ("{sha", "{ssha"), r"\{S?SHA(?:256|512)?\}[A-Za-z0-9+/=]{26,140}", check=bool),
    _rule(
        "pgpass",
        "PASSWORD",
        (":5432:",),
        r"(?m)^[\w.*-]{1,100}:5432:[\w*-]{1,64}:[\w*.@-]{1,64}:(?P<v>[^\s]{1,128})$",
        lead=101,
    ),
    _rule(
        "user-and-password",
        "PASSWORD",
        ("credential", "login", "log in", "logged in", "sign in"),
        r"\b(?P<k>credentials?|log ?in|sign in|logged in)\b[^\n\w]{0,6}(?:are |is |with |as |using |for [\w.-]{1,30} |"
        r"to [\w.-]{1,30} )?"
        r"[\s:]{0,3}[\w.+@-]{2,64}\s?[/:]\s?(?P<v>[^\s\"'`,;<>/]{4,64})(?=\s|[.,;]|$)",
        0.8,
        check=is_strong,
    ),
)

RULES = (*ADDRESSES, *HEADERS, *COMMANDS, *FILES)
"""By place."""
