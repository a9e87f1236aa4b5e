"""What a restorer is."""

from __future__ import annotations

from typing import Protocol

from guard.placeholders import Vault


class Restorer(Protocol):
    """Restores one stream of text, a choice's. Sans-I/O: no await, no clock."""

    def feed(self, text: str) -> str:
        """Take the next piece and return what can be shown now; the start of a possible placeholder is held back."""
        ...

    def flush(self) -> str:
        """The text is over: return what was held."""
        ...


class RestorerFactory(Protocol):
    """Makes the restorers of one turn. With `restore=False` (policy) they pass placeholders through."""

    def text(self, vault: Vault, *, restore: bool) -> Restorer:
        """A restorer for plain text."""
        ...

    def json(self, document: str, vault: Vault, *, restore: bool) -> str:
        """Restore inside a whole JSON document (tool-call arguments): values escaped, the document stays valid."""
        ...
