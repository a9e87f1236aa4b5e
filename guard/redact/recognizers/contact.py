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


_ANSWERED = ("dial", "contact", "reach", "landline", "office", "desk", "voicemail", "message", "answering", "ring")


def _is_ip(text: str) -> bool:
    """Whether it is the address of some machine, and not of any (`127.0.0.1`, `0.0.0.0`, a netmask)."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    return not (address.is_loopback or address.is_unspecified or text.startswith("255."))


def _is_phone(text: str) -> bool:
    """Whether the numbering plan of the country has such numbers."""
    import phonenumbers  # Half a second of tables: not before a text has a number.

    try:
        return bool(
            phonenumbers.is_valid_number(phonenumbers.parse("+" + text.lstrip("+0") if text[0] in "+0" else text))
        )
    except phonenumbers.NumberParseException:
        return False


def _is_place(text: str) -> bool:
    first, second = (abs(float(number)) for number in re.findall(r"-?\d+\.\d+", text)[:2])
    return first <= 90 and second <= 180


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
        re.compile(
            r"(?<![A-Za-z0-9_+])(?=(?:\+|00)(?:\D{0,3}\d){7})(?:\+|00)[1-9]\d{0,2}(?:[ .\-/]?\(?\d{1,4}\)?){2,6}"
            r"(?:[ ]?(?:x|ext\.?|extension)[ ]?\d{1,6})?(?![A-Za-z0-9_]|-\d)"
        ),
        0.8,
        checked=0.9,
        validate=_is_phone,
        check="phonenumbers",
        context=_PHONE_WORDS,
        near=0.95,
    ),
    Shape(
        "PHONE_NUMBER",
        re.compile(
            r"(?<![A-Za-z0-9_.+-])(?:1[ .-])?(?:\(\d{3}\) ?|\d{3}[ .-])\d{3}[ .-]\d{4}"
            r"(?:\s?(?:x|ext\.?)\s?\d{1,5})?(?![A-Za-z0-9_]|-\d)"
        ),
        0.75,
        context=_PHONE_WORDS,
        near=0.95,
    ),
    Shape(
        "PHONE_NUMBER",
        re.compile(
            r"(?<![A-Za-z0-9_.+-])(?=0(?:\D?\d){8,10}(?!\D?\d))0\d{1,4}(?:[ /-]\d{2,7}){1,4}(?![A-Za-z0-9_]|-\d)"
        ),
        0.55,
        context=_PHONE_WORDS,
        near=0.9,
    ),
    Shape(
        "PHONE_NUMBER",
        re.compile(r"(?<![A-Za-z0-9_.+-])\d{7,12}(?![A-Za-z0-9_]|-\d)"),
        0.1,
        context=_PHONE_WORDS[:9],
        near=0.6,
    ),
    # Groups of digits as they are written in one country or another: a telephone number where one is spoken of.
    Shape(
        "PHONE_NUMBER",
        re.compile(
            r"(?<![A-Za-z0-9_.+-])(?!(?:1[5-9]|20)\d\d[-–](?:1[5-9]|20)\d\d)(?!\d{1,4}[-.]\d{1,2}[-.]\d{1,4}(?!\S))"
            r"(?=(?:\D{0,2}\d){7,13}(?!\D?\d))\(?\d{2,5}\)?(?:[ .-]\(?\d{2,7}\)?){1,5}(?![A-Za-z0-9_]|-\d|[.,]\d)"
        ),
        0.1,
        context=(*_PHONE_WORDS[:9], *_ANSWERED),
        near=0.6,
        name="groups of digits",
    ),
    Shape(
        "IP_ADDRESS",
        re.compile(r"(?<![A-Za-z0-9_.])(?<!version )(?:\d{1,3}\.){3}\d{1,3}(?![A-Za-z0-9_.]*\d)"),
        0.3,
        checked=0.9,
        validate=_is_ip,
        check="ipaddress",
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
    Shape("MAC_ADDRESS", re.compile(r"(?<![A-Za-z0-9_.])(?:[0-9a-f]{4}\.){2}[0-9a-f]{4}(?![A-Za-z0-9_.])", re.I), 0.5),
    Shape(
        "COORDINATES",
        re.compile(r"(?<![\w.])-?\d{1,2}\.\d{3,12}°?[ ]?[NS]?[ ]?,[ ]?-?\d{1,3}\.\d{3,12}°?(?:[ ]?[EW])?(?![\w.])"),
        0.3,
        validate=_is_place,
        checked=0.3,
        failed=0.0,
        context=("lat", "latitude", "longitude", "lng", "gps", "coordinates", "located", "location", "position"),
        near=0.7,
        check="on earth",
    ),
    Shape(
        "COORDINATES",
        re.compile(
            r"(?<![\w.])\d{1,2}°[ ]?\d{1,2}['’′][ ]?(?:\d{1,2}(?:\.\d{1,4})?[\"”″][ ]?)?[NS],?[ ]{0,2}\d{1,3}°[ ]?\d{1,2}['’′][ ]?"
            r"(?:\d{1,2}(?:\.\d{1,4})?[\"”″][ ]?)?[EW]"
        ),
        0.3,
        context=("gps", "latitude", "longitude", "coordinates", "live at", "my location", "home"),
        near=0.8,
    ),
    # A web address that may name a person; a bare host name is not one.
    Shape("URL", re.compile(r"\bhttps?://[^\s<>\"'`\\)\]}]{4,2000}", re.I), 0.6),
    Shape(
        "URL", re.compile(r"(?<![\w@.-])(?:www\.)[\w-]{1,63}(?:\.[\w-]{1,63}){1,6}(?:/[^\s<>\"'`\\)\]}]*)?", re.I), 0.5
    ),
)
