"""A detector that finds other things has another id: what is remembered of a text is asked for by these ids."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from guard.placeholders import Vault
from guard.redact.chinese import ChineseDetector
from guard.redact.engine import RedactionEngine
from guard.redact.patterns import PatternDetector
from guard.redact.presidio import PresidioDetector
from guard.redact.tagger import SHIPPED, TaggerDetector
from guard.testing.fakes import grant

PESEL = "44051401359"


@pytest.mark.parametrize("kind", [PatternDetector, PresidioDetector])
def test_of_other_countries(kind: type[PatternDetector] | type[PresidioDetector]) -> None:
    ids = [kind(countries).model_id for countries in (("all",), ("us",), ("us", "pl"), ("pl", "us"))]
    assert len(set(ids)) == 3
    assert ids[2] == ids[3]
    assert ChineseDetector(everywhere=False).model_id != ChineseDetector().model_id


def test_with_other_thresholds(tmp_path: Path) -> None:
    folder = tmp_path / "models" / "guard-tagger"
    shutil.copytree(SHIPPED, folder)
    config = json.loads((folder / "config.json").read_text())
    config["thresholds"]["PERSON"] = 0.9
    (folder / "config.json").write_text(json.dumps(config))
    assert TaggerDetector(folder).model_id != TaggerDetector().model_id


async def test_a_text_of_an_earlier_turn_is_scanned_for_the_countries_that_were_added() -> None:
    vault = Vault.new()
    body = {"messages": [{"role": "user", "content": f"My PESEL is {PESEL}."}]}
    found = []
    for countries in (("us",), ("us", "pl")):
        detector = PresidioDetector(countries)
        result = await RedactionEngine([detector], detector)(body, grant(), vault)
        found.append({each.span.entity_type for each in result.replaced})
    assert "PL_PESEL" not in found[0]
    assert "PL_PESEL" in found[1]
