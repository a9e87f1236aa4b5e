"""Which country's shapes run."""

from __future__ import annotations

from collections.abc import Sequence

ALL = "all"

COUNTRIES = frozenset(
    {
        "ar",
        "at",
        "au",
        "be",
        "bg",
        "br",
        "ca",
        "ch",
        "cl",
        "cn",
        "co",
        "cz",
        "de",
        "dk",
        "ee",
        "es",
        "fi",
        "fr",
        "gr",
        "hr",
    }
    | {"hu", "ie", "il", "in", "is", "it", "jp", "kr", "lt", "lv", "mx", "ng", "nl", "no", "nz", "ph", "pl", "pt", "ro"}
    | {"se", "sg", "si", "th", "tr", "ua", "uk", "us", "za"}
)
"""What the setting may name: ISO 3166 in lower case, `uk` for the United Kingdom, as Presidio has it."""


def is_chosen(country: str, chosen: Sequence[str]) -> bool:
    """Whether a shape of a country runs; what belongs to none runs always."""
    return not country or ALL in chosen or country in chosen


def version_of(name: str, countries: Sequence[str]) -> str:
    """The id of a detector of these countries: other countries find other things, which are remembered apart."""
    return name if ALL in countries else f"{name}@{','.join(sorted(countries))}"
