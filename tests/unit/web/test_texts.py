"""Languages: which one a page is in, and what happens where there is none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo

from guard.web import texts
from tests.unit.serving import House


@pytest.fixture
def chinese(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A language with one text."""
    folder = tmp_path / "zh" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    catalogue = Catalog("zh")
    catalogue.add("Skip to the content", "跳到内容")
    with (folder / "guard.mo").open("wb") as file:
        write_mo(file, catalogue)
    monkeypatch.setattr(texts, "LOCALES", tmp_path)
    texts._languages.cache_clear()
    yield
    texts._languages.cache_clear()


@pytest.mark.usefixtures("chinese")
@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("zh", "zh"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("en;q=0.5, ZH;q=0.9", "zh"),
        ("en-GB,zh;q=0.9", "en"),
        ("fr, zh;q=0.1", "zh"),
        ("zh;q=0", "en"),
        ('zh-"><script>', "zh"),
        ("fr", "en"),
        ("", "en"),
        ("../../etc, zh;q=x, ;q=1, *", "en"),
    ],
)
async def test_the_page_is_in_the_first_language_that_is_there(accepted: str, language: str) -> None:
    async with House().client(headers={"accept-language": accepted}) as client:
        page = (await client.get("/login")).text
    assert f'<html lang="{language}">' in page
    assert ("跳到内容" in page) == (language == "zh")


def test_without_a_catalogue_the_texts_are_english() -> None:
    assert texts.choose("zh-CN") == "en"
    assert texts.gettext("Skip to the content") == "Skip to the content"
    assert [texts.ngettext("one", "many", number) for number in (1, 2)] == ["one", "many"]
