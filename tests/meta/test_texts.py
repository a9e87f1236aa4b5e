"""Every text of the pages is in the catalogue, and the catalogue is the one that `make texts` makes."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEMPLATES = sorted((ROOT / "guard/web/templates").glob("*.html"))
LOGIC = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
CODE = re.compile(r"<(code|kbd|pre)\b[^>]*>.*?</\1>", re.DOTALL)  # commands and names, the same in every language
TAG = re.compile(r"<!--.*?-->|<[^>]*>|\s[\w-]+=\"[^\"]*\"", re.DOTALL)
READ_OUT = re.compile(r'\b(?:aria-label|title|alt|placeholder|aria-description|label)="([^"]*)"')
EXAMPLE = re.compile(r'\bplaceholder="[a-z_./, *-]+"')  # how something is spelled in a policy
ENTITY = re.compile(r"&\w+;")
LETTERS = re.compile(r"[^\W\d_]{2,}")
SAME_EVERYWHERE = {"Guard", "UTC", "JSON", "CSV", "API", "TOML", "ID", "ms", "pid", "Python", "gk"}
"""Names and signs that no language has a word of its own for."""


def untranslated(template: str) -> list[str]:
    """Words that a page would show as they stand there."""
    text = CODE.sub("\x00", LOGIC.sub("\x00", template))
    text = EXAMPLE.sub("", text)
    shown = [*READ_OUT.findall(text), *TAG.sub("\x00", text).split("\x00")]
    words = {word for part in shown for word in LETTERS.findall(ENTITY.sub(" ", part.replace("\x00", " ")))}
    return sorted(words - SAME_EVERYWHERE)


def test_the_search_finds_what_is_not_in_the_catalogue() -> None:
    assert (
        untranslated('<p title="{{ _("a") }}">{{ _("Text") }}</p> &nbsp; · Guard {% if x == "yes" %}{% endif %}') == []
    )
    assert untranslated('<p aria-label="Label">{{ name }} said <b>so</b></p>') == ["Label", "said", "so"]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_every_text_goes_through_the_catalogue(path: Path) -> None:
    assert untranslated(path.read_text()) == []


def test_the_catalogue_is_up_to_date(tmp_path: Path) -> None:
    made = tmp_path / "guard.pot"
    options = ["-q", "extract", "-F", "pyproject.toml", "-k", "_", "-k", "ngettext:1,2", "--no-location"]
    command = [
        sys.executable,
        "-m",
        "babel.messages.frontend",
        *options,
        "--sort-output",
        "--omit-header",
        "-o",
        made,
        ".",
    ]
    subprocess.run(command, cwd=ROOT, check=True, timeout=100)
    assert made.read_text() == (ROOT / "guard/web/locales/guard.pot").read_text(), "run `make texts`"
