from __future__ import annotations

import gzip
import json
import random
from pathlib import Path

import pytest

from guard.models.training.benign import made
from guard.models.training.data import evaluation_fingerprints
from guard.models.training.mixed import mixed
from guard.models.training.phrases import ABOUT_GROUPS, GROUPS
from guard.models.training.texts import Labelled, cleaned, fingerprint


def test_cleaning_removes_what_would_give_a_platform_away() -> None:
    assert cleaned("RT @someone: look &amp;amp; see https://example.org/x [USER]") == "look & see"


@pytest.mark.parametrize(
    "twin", ["Hello,  WORLD", "hello world!", "@user hello world https://t.co/x", "ｈｅｌｌｏ world"]
)
def test_copies_share_a_fingerprint(twin: str) -> None:
    assert fingerprint(twin) == fingerprint("Hello world.")


def test_evaluation_texts_of_every_form_are_held_out(tmp_path: Path) -> None:
    folder = tmp_path / "eval" / "some"
    folder.mkdir(parents=True)
    (folder / "a.json").write_text(json.dumps([["First text of it", 1]]), encoding="utf-8")
    (folder / "b.jsonl").write_text(json.dumps({"prompt": "Second text of it"}), encoding="utf-8")
    (folder / "c.jsonl.gz").write_bytes(gzip.compress(json.dumps({"prompt": "Third text of it"}).encode()))
    (folder / "d.csv").write_text('text,label\n"Fourth text\nof it",1\n', encoding="utf-8")
    (folder / "e.txt").write_text("1 [The fifth] text of it\n", encoding="utf-8")
    edos = tmp_path / "train" / "edos"
    edos.mkdir(parents=True)
    rows = "text,split\nSixth text of it,test\nA text to train on,train\n"
    (edos / "edos_labelled_aggregated.csv").write_text(rows, encoding="utf-8")
    held = evaluation_fingerprints(tmp_path)
    for text in (
        "First text of it",
        "Second text of it",
        "Third text of it",
        "Fourth text of it",
        "The fifth text of it",
    ):
        assert fingerprint(text) in held
    assert fingerprint("Sixth text of it") in held
    assert fingerprint("A text to train on") not in held


def test_made_sentences_are_the_same_for_a_seed_and_treat_every_group_alike() -> None:
    sentences = made(7)
    assert sentences == made(7)
    frames = [item for item in sentences if item.source == "made/people"]
    assert len(frames) == len(GROUPS) * len(ABOUT_GROUPS)
    assert {item.labels for item in frames} == {(0.0, 0.0)}
    claims = [item.text.lower() for item in sentences if item.source == "made/claims"]
    assert all(sum(group.lower() in claim for claim in claims) >= 6 for group in GROUPS)


def test_a_joined_text_keeps_its_label_and_both_parts() -> None:
    items = [
        Labelled("an insult", "posts", toxicity=1.0),
        Labelled("A kind word.", "prose", toxicity=0.0, bias=0.0),
    ]
    for item in mixed(items, 20, random.Random(1)):
        assert "A kind word." in item.text
        assert item.toxicity == float("an insult." in item.text)
