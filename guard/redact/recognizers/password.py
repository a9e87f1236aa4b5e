"""Passwords beside the word that names them, and the credentials inside connection strings."""

from __future__ import annotations

from guard.redact.recognizers.base import Recognizer, Shapes, shape

_NAME = r"(?:pass(?:word|wd|phrase|code)?|pwd|pw|kennwort|passwort|mot de passe|contraseña)"
_QUOTED = r"\"[^\"\n]{1,128}\"|'[^'\n]{1,128}'|`[^`\n]{1,128}`"


def password() -> Recognizer:
    """`password: x`, `password is x`, `--password=x`, PIN codes, and user and password in a URL or key-value list."""
    return Shapes(
        "PASSWORD",
        [
            # The assignment makes anything a password; in prose only what looks like one is.
            shape(rf"(?<![^\W_]){_NAME}[\"'`]?[ ]*(?:[:=]|=>)[ ]*(?P<value>{_QUOTED}|[^\s\"'`,;<>]{{3,128}}[^\s\"'`,;<>.?])", 0.8),
            shape(rf"(?<![^\W_])(?:{_NAME})[ ]+(?:is|was|=|to|of)[:]?[ ]+(?P<value>{_QUOTED})", 0.75),
            shape(
                rf"(?<![^\W_])(?:{_NAME})[ ]+(?:is|was|to)[:]?[ ]+"
                r"(?P<value>(?=\S*[\d!@#$%^&*_+=~-])[^\s\"'`,;<>]{4,128}[^\s\"'`,;<>.!?])",
                0.75,
            ),
            shape(r"--password[ =](?P<value>[^\s\"']{3,128})", 0.8),
            shape(r"\b(?:pin|pin code|cvv2?|cvc2?|security code)(?:[ ]*[:=#]|[ ]+is)?[ ]*(?P<value>\d{3,8})\b(?![.,]\d)", 0.6),
            # scheme://user:password@host
            shape(r"\b[a-z][a-z0-9+.-]{1,30}://(?P<value>[^\s:/@\"'<>]{0,64}:[^\s/@\"'<>]{1,128})@(?=[\w\[])", 0.95),
            shape(r"\b(?:AccountKey|SharedAccessKey|Password|Pwd)=(?P<value>[^;\s\"']{3,200})", 0.9),
        ],
    )
