"""The checks of Chinese numbers. Those that python-stdnum has are its own."""

from __future__ import annotations

import datetime
import re

from stdnum.cn import ric, uscc

from guard.redact.recognizers.shape import luhn

_PROVINCES = frozenset(
    {
        "11", "12", "13", "14", "15", "21", "22", "23", "31", "32", "33", "34", "35", "36", "37", "41", "42", "43",
        "44", "45", "46", "50", "51", "52", "53", "54", "61", "62", "63", "64", "65", "71", "81", "82", "83",
    }
)  # fmt: skip
"""The first two digits of a region (GB/T 2260), with those of residence permits for Hong Kong, Macau and Taiwan."""

_FIRST_YEAR = 1890


def bare(text: str) -> str:
    """The letters and digits alone, in upper case."""
    return re.sub(r"[^0-9A-Z]", "", text.upper())


def _is_birthday(digits: str) -> bool:
    try:
        born = datetime.datetime.strptime(digits, "%Y%m%d").replace(tzinfo=datetime.UTC)
    except ValueError:
        return False
    return born.year >= _FIRST_YEAR and born <= datetime.datetime.now(datetime.UTC)


def has_birthday(text: str) -> bool:
    """Whether 18 places hold a region and a date of birth where an ID card has them."""
    number = bare(text)
    return len(number) == 18 and number[:2] in _PROVINCES and _is_birthday(number[6:14])


def id_card(text: str) -> bool:
    """Region, date of birth and check character of an ID card of 18 places (GB 11643, ISO 7064 MOD 11-2)."""
    number = bare(text)
    return has_birthday(number) and number[17] == ric.calc_check_digit(number)


def old_id_card(text: str) -> bool:
    """Region and date of birth of an ID card of 15 digits; it has no check digit."""
    number = bare(text)
    return number[:2] in _PROVINCES and _is_birthday("19" + number[6:12])


def social_credit_code(text: str) -> bool:
    """Check character of a unified social credit code (GB 32100)."""
    number = bare(text)
    return len(number) == 18 and number[17] == uscc.calc_check_digit(number[:17])


def organization_code(text: str) -> bool:
    """Check character of an organization code (GB 11714): weights 3, 7, 9, 10, 5, 8, 4, 2, modulo 11."""
    number = bare(text)
    total = sum(int(c, 36) * weight for c, weight in zip(number[:8], (3, 7, 9, 10, 5, 8, 4, 2), strict=True))
    return number[8] == "0123456789X0"[(11 - total % 11) % 11]


def hong_kong_id(text: str) -> bool:
    """Check character of a Hong Kong identity card: weights 9 to 1, a missing first letter counts 36, modulo 11."""
    number = bare(text).rjust(9)
    values = [36 if c == " " else int(c, 36) for c in number]
    return sum(value * weight for value, weight in zip(values, range(9, 0, -1), strict=True)) % 11 == 0


def taiwan_id(text: str) -> bool:
    """Check digit of a Taiwanese identity card: the letter is two digits, weights 1, 9 to 1, 1, modulo 10."""
    number = bare(text)
    letter = "ABCDEFGHJKLMNPQRSTUVXYWZIO".index(number[0]) + 10
    digits = [letter // 10, letter % 10, *(int(c) for c in number[1:])]
    return (
        sum(digit * weight for digit, weight in zip(digits, (1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1), strict=True)) % 10 == 0
    )


def bank_card(text: str) -> bool:
    """Length and check digit of a bank card."""
    number = bare(text)
    return 16 <= len(number) <= 19 and luhn(number)


def is_union_pay(text: str) -> bool:
    """Whether a number of 16 to 19 digits begins as those of UnionPay do."""
    number = bare(text)
    return number.startswith("62") and 16 <= len(number) <= 19
