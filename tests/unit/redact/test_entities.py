"""The reference of entity types is what the shapes are, and each example in it is found as what it is."""

from __future__ import annotations

import re

import pytest

from guard.config import load
from guard.errors import ConfigurationError
from guard.redact.packs import COUNTRIES
from guard.redact.patterns import PatternDetector
from guard.redact.presidio import PresidioDetector, shapes
from guard.redact.recognizers import SHAPES
from tests.entities import EXAMPLES, PAGE, secrets_table, table


def test_the_table_is_up_to_date() -> None:
    assert table() in PAGE.read_text(encoding="utf-8"), "run: python -m tests.entities --write"
    assert secrets_table() in PAGE.read_text(encoding="utf-8"), "run: python -m tests.entities --write"


@pytest.mark.parametrize("kind", sorted(EXAMPLES))
async def test_the_example_is_found(kind: str) -> None:
    text = EXAMPLES[kind]
    value = re.search(r"\S+$", text)
    assert value
    found = [*(await PatternDetector.create().detect([text]))[0], *(await PresidioDetector.create().detect([text]))[0]]
    assert any(span.entity_type == kind and span.end == len(text) for span in found)


def test_the_setting_names_the_countries_that_there_are() -> None:
    there = {shape.country for shape in (*SHAPES, *shapes(("all",)))} - {""}
    assert there | {"cn"} == COUNTRIES  # China has a detector of its own


def test_a_country_that_there_is_not_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GUARD_REDACT__COUNTRIES", '["us", "atlantis"]')
    with pytest.raises(ConfigurationError, match=r"redact\.countries.*entry 2"):
        load()
    monkeypatch.setenv("GUARD_REDACT__COUNTRIES", '["us", "uk"]')
    assert load().redact.countries == ("us", "uk")
