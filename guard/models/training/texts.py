"""What a labelled text is, and how texts are cleaned and compared."""

from __future__ import annotations

import html
import re
import unicodedata
from dataclasses import dataclass, field

HEADS = ("toxicity", "bias")

_MENTION = re.compile(r"(?:@\w+:?|\[user\]|<user>)", re.IGNORECASE)
_LINK = re.compile(r"(?:https?://\S+|\[url\]|<url>|bit\.ly/\S+)", re.IGNORECASE)
_RETWEET = re.compile(r"^\W*rt\b:?", re.IGNORECASE)
_BLANKS = re.compile(r"\s+")
_NO_WORD = re.compile(r"\W+")


@dataclass(frozen=True, slots=True)
class Labelled:
    """A text with the probability of each head, `None` where its source says nothing about that head."""

    text: str = field(repr=False)
    source: str
    toxicity: float | None = None
    bias: float | None = None

    @property
    def labels(self) -> tuple[float | None, float | None]:
        """The labels in the order of `HEADS`."""
        return self.toxicity, self.bias


def cleaned(text: str) -> str:
    """Return `text` without HTML entities, mentions, links and re-post marks, so that they can't predict a label."""
    text = html.unescape(html.unescape(text))
    text = _RETWEET.sub("", _LINK.sub(" ", _MENTION.sub(" ", text)))
    return _BLANKS.sub(" ", text).strip(" \"'")


def fingerprint(text: str) -> str:
    """Return what two texts share when they differ only in case, accents' encoding, punctuation and blanks."""
    return _NO_WORD.sub(" ", unicodedata.normalize("NFKC", cleaned(text)).casefold()).strip()
