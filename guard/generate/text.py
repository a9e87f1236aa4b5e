"""Tokens to text, and stop strings: both piece by piece. Sans-I/O."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


class Detokenizer:
    """One choice's tokens as text, never half a character.

    A token's text depends on those before it (white space, bytes of one character), so a small window of them is decoded
    each time and what is new is taken.
    """

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self._tokens: list[int] = []
        self._from = 0  # Where the window begins.
        self._read = 0  # Up to where its text was handed out.

    def feed(self, token: int) -> str:
        """Take a token and return the text that is complete now."""
        self._tokens.append(token)
        new = self._new()
        if not new or new.endswith("\ufffd"):
            return ""  # Bytes of a character are missing.
        self._from, self._read = self._read, len(self._tokens)
        return new

    def flush(self) -> str:
        """What is left, without a character that was never completed."""
        new = self._new()
        self._from = self._read = len(self._tokens)
        return new.rstrip("\ufffd")

    def _new(self) -> str:
        before = self._decode(self._tokens[self._from : self._read])
        return self._decode(self._tokens[self._from :])[len(before) :]

    def _decode(self, tokens: list[int]) -> str:
        return str(self._tokenizer.decode(tokens, skip_special_tokens=True, clean_up_tokenization_spaces=False))


class StopMatcher:
    """Ends a text before the first stop string, which may come in pieces."""

    def __init__(self, stops: Sequence[str]) -> None:
        self._stops = [stop for stop in stops if stop]
        self._held = ""
        self.stopped = False

    def feed(self, text: str) -> tuple[str, bool]:
        """Take the next piece; return what can be shown, and whether the text is over."""
        self._held += text
        found = [at for stop in self._stops if (at := self._held.find(stop)) >= 0]
        if found:
            shown, self._held, self.stopped = self._held[: min(found)], "", True
            return shown, True
        keep = max((self._begun(stop) for stop in self._stops), default=0)
        shown = self._held[: len(self._held) - keep]
        self._held = self._held[len(self._held) - keep :]
        return shown, False

    def flush(self) -> str:
        """The text is over: what was held is no stop string."""
        held, self._held = self._held, ""
        return held

    def _begun(self, stop: str) -> int:
        """How many characters at the end of the text may be the beginning of this stop string."""
        longest = min(len(stop) - 1, len(self._held))
        return next((size for size in range(longest, 0, -1) if self._held.endswith(stop[:size])), 0)
