"""Restoring across any cut of the stream.

Only placeholders of this conversation's vault are restored, and of those what the asker sent; everything else that looks
like one stays text. What models do to placeholders is tolerated: other case, escaped or replaced underscores, other
brackets or none, letters that Crockford's base 32 reads as digits, markdown around them. A restored value is inserted as
it is and never scanned again.

`feed` holds back the end of the text that may still grow into a placeholder of this vault, and no more; with an empty
vault it holds nothing.
"""

from __future__ import annotations

import json

import regex

from guard.model import JSON
from guard.placeholders import Entry, Vault
from guard.restore.protocol import Restorer

_OPEN = r"(?:<|&lt;|\\u003c|\[)"
_CLOSE = r"(?:>|&gt;|\\u003e|\])"
_CLOSES = (">", "&gt;", "\\u003e", "]")
_JOIN = r"(?:\\?_|[ \t\n-])"
_READ_AS = {"0": "[0oO]", "1": "[1iIlL]"}


class PlaceholderRestorers:
    """Makes the restorers of one turn."""

    def text(self, vault: Vault, *, restore: bool) -> Restorer:
        return StreamRestorer(vault) if restore and vault.restorable() else PassThrough()

    def json(self, document: str, vault: Vault, *, restore: bool) -> str:
        if not restore or not vault.restorable():
            return document
        try:
            parsed = json.loads(document)
        except (ValueError, RecursionError):
            # Not a document after all: values are escaped, so that it does not become less of one.
            return Grammar(vault).restored(document, escape=True)
        grammar = Grammar(vault)
        # The values as they are read: a placeholder may be written with escapes.
        restored = _walk(parsed, grammar)
        return document if restored == parsed else _dumped(restored)


class PassThrough:
    """Restores nothing: policy says so, or there is nothing to restore."""

    def feed(self, text: str) -> str:
        return text

    def flush(self) -> str:
        return ""


class Grammar:
    """The placeholders of one vault, in every form that is tolerated, as one pattern."""

    def __init__(self, vault: Vault) -> None:
        self._entries: dict[tuple[str, str], Entry] = {}
        codes: dict[str, list[str]] = {}
        for entry in vault.restorable():
            entity_type, _, code = entry.placeholder.strip("<>").rpartition("_")
            self._entries[entity_type, code] = entry
            codes.setdefault(entity_type, []).append(code)
        types = (
            f"(?P<type>{_type(name)}){_JOIN}(?P<code>{'|'.join(map(_code, found))})" for name, found in codes.items()
        )
        body = "|".join(types)
        # A bare form does not begin or end inside a word.
        self._pattern = regex.compile(
            rf"(?:{_OPEN}|(?<![A-Za-z0-9]))(?:{body})(?![A-Za-z0-9])(?P<close>{_CLOSE})?", regex.IGNORECASE
        )

    def search(self, text: str, start: int = 0, *, partial: bool = False) -> regex.Match[str] | None:
        """The next placeholder from `start` on; with `partial` also one that the end of the text may begin."""
        return self._pattern.search(text, start, partial=partial)

    def entry(self, match: regex.Match[str]) -> Entry:
        """The entry of the vault that a whole match stands for."""
        name = regex.sub(_JOIN, "_", match["type"]).upper()
        code = match["code"].upper().translate(str.maketrans("ILO", "110"))
        return self._entries[name, code]

    def value(self, match: regex.Match[str]) -> str:
        """The value behind a whole match."""
        return self.entry(match).value

    def restored(self, text: str, *, escape: bool = False) -> str:
        """The text with every placeholder's value in its place."""
        return self._pattern.sub(lambda m: _escaped(self.value(m)) if escape else self.value(m), text)


class StreamRestorer:
    """One choice's restorer. Sans-I/O."""

    def __init__(self, vault: Vault) -> None:
        self._grammar = Grammar(vault)
        self._before = ""  # What left last: a bare placeholder does not begin inside a word.
        self._held = ""

    def feed(self, text: str) -> str:
        self._held += text
        return self._take(final=False)

    def flush(self) -> str:
        return self._take(final=True)

    def _take(self, *, final: bool) -> str:
        text, position = self._before + self._held, len(self._before)
        shown: list[str] = []
        while (match := self._grammar.search(text, position, partial=not final)) is not None:
            shown.append(text[position : match.start()])
            position = match.start()
            if not final and _may_grow(match, text):
                break
            shown.append(self._grammar.value(match))
            position = match.end()
        else:
            shown.append(text[position:])
            position = len(text)
        self._held = text[position:]
        self._before = text[max(position - 1, 0) : position]
        return "".join(shown)


def _may_grow(match: regex.Match[str], text: str) -> bool:
    """Whether more text could make this match another one: it is partial, ends the text, or its bracket may follow."""
    if match.partial:
        return True
    rest = text[match.end() :]
    return not match["close"] and any(len(rest) < len(close) and close.startswith(rest.lower()) for close in _CLOSES)


def _type(name: str) -> str:
    return _JOIN.join(regex.escape(word) for word in name.split("_"))


def _code(code: str) -> str:
    return "".join(_READ_AS.get(letter, letter) for letter in code)


def _escaped(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)[1:-1]


def _dumped(value: JSON) -> str:
    text = json.dumps(value, ensure_ascii=False)
    # UTF-8 has no bytes for an unpaired surrogate; then all is escaped.
    return text if text.isascii() or not any("\ud800" <= c <= "\udfff" for c in text) else json.dumps(value)


def _walk(value: JSON, grammar: Grammar) -> JSON:
    if isinstance(value, str):
        return grammar.restored(value)
    if isinstance(value, list):
        return [_walk(each, grammar) for each in value]
    if isinstance(value, dict):
        return {grammar.restored(name): _walk(each, grammar) for name, each in value.items()}
    return value
