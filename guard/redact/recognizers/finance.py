"""Cards, bank accounts, crypto wallets."""

from __future__ import annotations

import re

from guard.redact.recognizers.shape import Shape, luhn, mod97

SHAPES = (
    # Four groups of four, or the 4-6-5 and 4-6-4 of American Express and Diners; a wrong check digit lowers the score.
    Shape(
        "CREDIT_CARD",
        re.compile(
            r"(?<![A-Za-z0-9_.-])(?:(?:4\d{3}|5[0-8]\d\d|2[2-7]\d\d|6(?:0\d\d|2\d\d|3\d\d|4[4-9]\d|[57]\d\d)|35\d\d)"
            r"([ \-–.]?)\d{4}\1\d{4}\1\d{1,7}|3[04-9]\d\d([ \-–]?)\d{6}\2\d{4,5})(?![A-Za-z0-9_-])"
        ),
        0.6,
        validate=luhn,
        check="luhn",
        context=("card", "visa", "mastercard", "amex", "credit", "debit", "maestro", "cc"),
        near=0.95,
    ),
    # Twelve to nineteen digits that begin as those of a brand, with a right check digit.
    Shape(
        "CREDIT_CARD",
        re.compile(
            r"(?<![A-Za-z0-9_.-])(?=(?:\d[ -]?){12})(?:[3-6]\d|2[2-7]|2131|1800|0604)(?:[ -]?\d){8,17}(?![A-Za-z0-9_-])"
        ),
        0.2,
        checked=0.6,
        validate=luhn,
        check="luhn",
        context=("card", "visa", "mastercard", "amex", "credit", "debit"),
        near=0.8,
    ),
    Shape("CVV", re.compile(r"(?i:\b(?:cvv2?|cvc2?|security code)\b[^\d\n]{0,12})(?P<v>\d{3,4})(?!\d)"), 0.85),
    Shape(
        "IBAN_CODE",
        re.compile(r"(?<![A-Za-z0-9_])[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]{4}){2,7}(?:[ -]?[A-Z0-9]{1,4})?(?![A-Za-z0-9_])"),
        0.55,
        validate=mod97,
        check="mod97",
        context=("iban", "account", "bank"),
        near=0.95,
    ),
    # In small letters, as people type it.
    Shape(
        "IBAN_CODE",
        re.compile(
            r"(?<![A-Za-z0-9_])[A-Za-z]{2}\d{2}(?:[ ]?[A-Za-z0-9]{4}){2,7}(?:[ ]?[A-Za-z0-9]{1,3})?(?![A-Za-z0-9_])"
        ),
        0.1,
        checked=0.9,
        validate=mod97,
        context=("iban",),
        near=0.6,
        check="mod97",
    ),
    Shape(
        "CRYPTO",
        re.compile(
            r"(?<![A-Za-z0-9_])(?:bc1[a-z0-9]{25,62}|[13][a-km-zA-HJ-NP-Z1-9]{25,34}|0x[0-9a-fA-F]{40})(?![A-Za-z0-9_])"
        ),
        0.8,
    ),
    Shape(
        "US_BANK_NUMBER",
        re.compile(r"(?<![A-Za-z0-9_.-])\d{6,17}(?![A-Za-z0-9_.-]*\d)"),
        0.05,
        context=("account", "acct", "routing", "bank", "sort code", "iban", "bic"),
        near=0.6,
    ),
    Shape(
        "SWIFT_CODE",
        re.compile(
            r"(?i:\b(?:swift|bic)(?:/bic)?(?: code)?\b[^\w\n]{0,6})(?P<v>[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?)\b"
        ),
        0.85,
    ),
)
