"""Readers of the training sets: one function per set, each yielding labelled texts.

Which sets may train shipped weights, and under which licence, is written in ../guard-minilm/NOTICE.
"""

from __future__ import annotations

import csv
import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

from guard.models.training.texts import Labelled

_BEFORE_MARK = re.compile(r" ([.,;:!?%)\]]|'s\b|n't\b)")
_TAGGED = re.compile(r"[@#] ")
_AFTER_MARK = re.compile(r"([(\[$]) ")


def _rows(path: Path, *, tabs: bool = False) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        reader = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE) if tabs else csv.DictReader(file)
        for row in reader:
            yield {key: value or "" for key, value in row.items() if isinstance(key, str)}


def _pairs(path: Path) -> Iterator[tuple[str, str]]:
    yield from json.loads(path.read_text(encoding="utf-8"))


def hatexplain(train: Path) -> Iterator[Labelled]:
    """Posts of Twitter and Gab. Hateful and offensive are both toxic."""
    for name in ("hatexplain_train.json", "hatexplain_val.json"):
        for text, label in _pairs(train / "hatexplain_cad" / name):
            yield Labelled(text, "hatexplain", toxicity=float(label != "normal"))


def edos(train: Path) -> Iterator[Labelled]:
    """Sexism on Gab and Reddit. Sexist is biased and toxic; what is not sexist is now and then toxic in other ways."""
    for row in _rows(train / "edos" / "edos_labelled_aggregated.csv"):
        if row["split"] == "test":
            continue
        sexist = row["label_sexist"] == "sexist"
        yield Labelled(row["text"], "edos", toxicity=1.0 if sexist else 0.2, bias=float(sexist))


def toxic_spans(train: Path) -> Iterator[Labelled]:
    """Civil Comments with three to seven raters each: the label is the share that found something toxic."""
    votes: defaultdict[str, list[bool]] = defaultdict(list)
    for row in _rows(train / "toxic_spans" / "annotations.csv"):
        votes[row["comment_id"]].append(row["not toxic"].lower() == "false")
    for row in _rows(train / "toxic_spans" / "comments.csv"):
        if given := votes.get(row["comment_id"]):
            yield Labelled(row["comment_text"], "toxic_spans", toxicity=sum(given) / len(given))


def hatemoji(train: Path) -> Iterator[Labelled]:
    """Adversarial posts with emoji, written to fool classifiers, with near-twins of the other label."""
    for row in _rows(train / "hatemoji_build" / "train.csv"):
        yield Labelled(row["text"], "hatemoji", toxicity=float(row["label_gold"] == "1"))


def implicit_hate(train: Path) -> Iterator[Labelled]:
    """Tweets that hate without slurs. Those that state a stereotype or an inferiority are biased."""
    folder = train / "implicit_hate"
    biased = {
        row["post"]
        for row in _rows(folder / "implicit_hate_v1_stg2_posts.tsv", tabs=True)
        if row["implicit_class"] in ("stereotypical", "inferiority")
    }
    for row in _rows(folder / "implicit_hate_v1_stg1_posts.tsv", tabs=True):
        if row["class"] not in ("not_hate", "implicit_hate", "explicit_hate"):
            continue
        hateful = row["class"] != "not_hate"
        bias = 1.0 if row["post"] in biased else (None if hateful else 0.0)
        yield Labelled(row["post"], f"implicit_hate/{row['class']}", toxicity=float(hateful), bias=bias)


def davidson(train: Path) -> Iterator[Labelled]:
    """Tweets: hate, offensive or neither. Mostly offensive words and of one dialect, so it is weighed down."""
    for row in _rows(train / "davidson" / "labeled_data.csv"):
        yield Labelled(row["tweet"], f"davidson/{row['class']}", toxicity=float(row["class"] != "2"))


def diasafety(train: Path) -> Iterator[Labelled]:
    """Answers of dialogue models. Bad advice is out of scope of both heads and is left out."""
    toxic, biased = ("Toxicity Agreement", "Offending User"), "Biased Opinion"
    for name in ("train.json", "val.json"):
        for row in json.loads((train / "diasafety" / name).read_text(encoding="utf-8")):
            unsafe, category = row["label"] == "Unsafe", row["category"]
            if not unsafe:
                yield Labelled(row["response"], "diasafety/safe", toxicity=0.0, bias=0.0)
            elif category in toxic:
                yield Labelled(row["response"], "diasafety/unsafe", toxicity=1.0)
            elif category == biased:
                yield Labelled(row["response"], "diasafety/unsafe", bias=1.0)


def redditbias(train: Path) -> Iterator[Labelled]:
    """Comments that name a group, labelled biased or not by people."""
    for path in sorted((train / "redditbias").glob("*_annotated.csv")):
        for row in _rows(path):
            label = row["bias_sent"].strip().removesuffix(".0")
            if label in ("0", "1"):
                yield Labelled(row["comment"], "redditbias", bias=float(label))


def stereotype_gpt(train: Path) -> Iterator[Labelled]:
    """Sentences on nationalities and on sexual orientation: stereotype, neutral, unrelated."""
    for name, column in (("seegull_gpt_augmentation.csv", "text"), ("winoqueer_gpt_augmentation.csv", "text")):
        for row in _rows(train / "stereotype_gpt" / name):
            biased = row["label"].strip().lower() == "stereotype"
            yield Labelled(row[column], "stereotype_gpt", toxicity=None if biased else 0.0, bias=float(biased))


def _sentences(path: Path) -> Iterator[str]:
    tokens: list[str] = []
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        if parts := line.split():
            tokens.append(parts[0])
        elif tokens:
            yield _AFTER_MARK.sub(r"\1", _BEFORE_MARK.sub(r"\1", " ".join(tokens)))
            tokens = []


def prose(train: Path) -> Iterator[Labelled]:
    """Encyclopedia, news reports of conflicts and business filings: they name groups and harm no one."""
    folder = train / "permissive_ner"
    paths = [*folder.glob("wikigold*"), *folder.glob("re3d*"), *folder.glob("SEC-filings*")]
    for path in sorted(paths):
        for text in _sentences(path):
            if 30 <= len(text) <= 400 and "DOCSTART" not in text:
                yield Labelled(text, "prose", toxicity=0.0, bias=0.0)


def casual(train: Path) -> Iterator[Labelled]:
    """Everyday posts, collected for their names: hardly any is toxic, and no one has checked each."""
    paths = [*(train / "permissive_ner").glob("BTC*"), *(train / "wnut17").glob("*.conll")]
    for path in sorted(paths):
        for text in _sentences(path):
            yield Labelled(_TAGGED.sub(" ", text), "casual", toxicity=0.03, bias=0.0)


def comments(train: Path) -> Iterator[Labelled]:
    """Reddit comments, one in ten abusive. Never trained on: they show what the model makes of an unknown source."""
    for text, label in _pairs(train / "hatexplain_cad" / "cad_val.json"):
        if len(text) <= 280:
            yield Labelled(text, "comments", toxicity=float(label != "normal"))


READERS: tuple[Callable[[Path], Iterator[Labelled]], ...] = (
    hatexplain,
    edos,
    toxic_spans,
    hatemoji,
    implicit_hate,
    davidson,
    diasafety,
    redditbias,
    stereotype_gpt,
    prose,
    casual,
)


def read_all(train: Path) -> tuple[list[Labelled], Counter[str]]:
    """Return every labelled text of the sets under `train`, and the number of rows by source.

    Raises FileNotFoundError, naming the missing file, when a set is not there.
    """
    texts = [item for reader in READERS for item in reader(train)]
    return texts, Counter(item.source for item in texts)
