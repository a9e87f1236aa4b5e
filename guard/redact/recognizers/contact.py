"""E-mail addresses, telephone numbers, network addresses, web addresses."""

from __future__ import annotations

import ipaddress
import re

from guard.redact.recognizers.shape import Shape

_PHONE_WORDS = (
    "phone",
    "tel",
    "telephone",
    "mobile",
    "cell",
    "call",
    "fax",
    "whatsapp",
    "sms",
    "text",
    "number",
    "dial",
)


def _is_ip(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


SHAPES = (
    Shape(
        "EMAIL_ADDRESS",
        re.compile(
            r"(?<![A-Za-z0-9_.+-])[\w.!#$%&'*+/=?^`{|}~-]{1,64}@(?:[\w-]{1,63}\.){1,8}[^\W\d_][\w-]{1,62}(?![A-Za-z0-9_-])"
        ),
        0.95,
    ),
    # An address without a dot in its domain, or percent-encoded: `ada%40example.org`.
    Shape("EMAIL_ADDRESS", re.compile(r"(?<![\w.+%-])[\w.+-]{1,64}%40(?:[\w-]{1,63}\.){1,8}[a-z]{2,24}", re.I), 0.9),
    Shape(
        "PHONE_NUMBER",
        # International: a plus and 8 to 15 digits (ITU-T E.164) with the usual separators.
        re.compile(r"(?<![A-Za-z0-9_+])(?:\+|00)[1-9]\d{0,2}(?:[ .\-/]?\(?\d{1,4}\)?){2,6}(?![A-Za-z0-9_-])"),
        0.8,
        context=_PHONE_WORDS,
        near=0.95,
    ),
    Shape(
        "PHONE_NUMBER",
        re.compile(
            r"(?<![A-Za-z0-9_.+-])(?:1[ .-])?(?:\(\d{3}\) ?|\d{3}[ .-])\d{3}[ .-]\d{4}"
            r"(?:\s?(?:x|ext\.?)\s?\d{1,5})?(?![A-Za-z0-9_-])"
        ),
        0.75,
        context=_PHONE_WORDS,
        near=0.95,
    ),
    Shape(
        "PHONE_NUMBER",
        re.compile(r"(?<![A-Za-z0-9_.+-])0\d{2,4}[ /-]\d{3,4}[ -]?\d{3,5}(?![A-Za-z0-9_-])"),
        0.55,
        context=_PHONE_WORDS,
        near=0.9,
    ),
    Shape(
        "PHONE_NUMBER",
        re.compile(r"(?<![A-Za-z0-9_.+-])\d{7,12}(?![A-Za-z0-9_-])"),
        0.1,
        context=_PHONE_WORDS[:9],
        near=0.6,
    ),
    Shape(
        "IP_ADDRESS",
        re.compile(r"(?<![A-Za-z0-9_.])(?:\d{1,3}\.){3}\d{1,3}(?![A-Za-z0-9_.]*\d)"),
        0.3,
        checked=0.9,
        validate=_is_ip,
    ),
    Shape(
        "IP_ADDRESS",
        re.compile(r"(?<![A-Za-z0-9_:])(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}(?![A-Za-z0-9_:])", re.I),
        0.0,
        checked=0.9,
        validate=lambda text: len(text) > 4 and _is_ip(text),
    ),
    Shape(
        "MAC_ADDRESS", re.compile(r"(?<![A-Za-z0-9_:-])(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}(?![A-Za-z0-9_:-])", re.I), 0.8
    ),
    # A web address that may name a person; a bare host name is not one.
    Shape("URL", re.compile(r"\bhttps?://[^\s<>\"'`\\)\]}]{4,2000}", re.I), 0.6),
    Shape(
        "URL", re.compile(r"(?<![\w@.-])(?:www\.)[\w-]{1,63}(?:\.[\w-]{1,63}){1,6}(?:/[^\s<>\"'`\\)\]}]*)?", re.I), 0.5
    ),
)
