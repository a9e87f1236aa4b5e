"""Secrets: keys of large vendors, private keys, tokens, passwords in their context, connection strings."""

from __future__ import annotations

import re

from guard.redact.recognizers.shape import Shape

_VENDOR = (
    r"sk-(?:proj-|ant-|or-)?[A-Za-z0-9_-]{16,200}|AKIA[0-9A-Z]{16}|ASIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{30,255}|"
    r"github_pat_[A-Za-z0-9_]{40,255}|glpat-[A-Za-z0-9_-]{20,64}|xox[abprs]-[A-Za-z0-9-]{10,200}|AIza[0-9A-Za-z_-]{35}|"
    r"[sr]k_(?:live|test)_[A-Za-z0-9]{16,99}|SG\.[A-Za-z0-9_-]{16,32}\.[A-Za-z0-9_-]{16,64}|hf_[A-Za-z0-9]{30,64}|"
    r"npm_[A-Za-z0-9]{36}|pypi-[A-Za-z0-9_-]{50,255}|gk_[A-Za-z0-9]{6,12}_[A-Za-z0-9_-]{30,64}|dop_v1_[a-f0-9]{64}"
)
_PASSWORD = r"(?:password|passwd|pwd|passphrase|pass ?code|pin(?: code)?)\b"  # noqa: S105  (the word before one)

SHAPES = (
    Shape(
        "PRIVATE_KEY",
        re.compile(
            r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[A-Za-z0-9+/=\s\\]{0,20000}(?:-----END [A-Z ]{0,30}PRIVATE KEY-----)?"
        ),
        1.0,
    ),
    Shape("API_KEY", re.compile(rf"(?<![A-Za-z0-9_-])(?:{_VENDOR})(?![A-Za-z0-9_-])"), 1.0),
    Shape(
        "API_KEY",
        re.compile(r"(?<![\w.-])eyJ[A-Za-z0-9_-]{8,2000}\.eyJ[A-Za-z0-9_-]{8,8000}\.[A-Za-z0-9_-]{0,2000}"),
        1.0,
    ),
    Shape(
        "API_KEY",
        re.compile(
            r"(?i:\b(?:api[ _-]?key|access[ _-]?token|auth[ _-]?token|secret[ _-]?key|client[ _-]?secret|bearer)\b"
            r"[\"' ]{0,3}(?:is|[:= ])[\"' ]{0,4})(?P<v>[A-Za-z0-9_\-./+=]{12,300})"
        ),
        0.85,
    ),
    Shape(
        "PASSWORD",
        re.compile(
            rf"(?i:\b{_PASSWORD}[\"']?\s{{0,3}}(?:is\s{{0,3}}:?|[:=])\s{{0,3}})[\"']?(?P<v>[^\s\"',;<>]{{4,128}})"
        ),
        0.85,
    ),
    # In quotes it may have spaces.
    Shape(
        "PASSWORD",
        re.compile(rf'(?i:\b{_PASSWORD}["\']?\s{{0,3}}(?:is\s{{0,3}}:?|[:=])\s{{0,3}})"(?P<v>[^"\n]{{3,128}})"'),
        0.9,
    ),
    Shape("PASSWORD", re.compile(r"(?<=://)[^\s:/@]{1,64}:(?P<v>[^\s:/@]{1,128})(?=@)"), 0.95),
)
