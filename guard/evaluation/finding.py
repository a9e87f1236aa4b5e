"""What redaction finds in labelled texts: the same engine and the same profile as a request."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from guard.evaluation.labelled import Compared, Labelled
from guard.evaluation.naming import Names
from guard.model import Grant, Span
from guard.placeholders import Vault
from guard.redact.protocol import Redactor

Seen = Callable[[int], None]
"""Told after each text how many were read."""


async def found(redactor: Redactor, grant: Grant, text: str) -> tuple[Span, ...]:
    """The spans of a text that would be replaced, in a conversation of its own. Raises as the redactor does."""
    body = {"messages": [{"role": "user", "content": text}]}
    result = await redactor(body, grant, Vault.new())
    return tuple(each.span for each in result.replaced if each.path == "messages[].content")


async def all_found(
    redactor: Redactor, grant: Grant, texts: Sequence[str], seen: Seen = lambda _: None
) -> list[tuple[Span, ...]]:
    """The same of many texts, in their order."""
    results = []
    for number, text in enumerate(texts, 1):
        results.append(await found(redactor, grant, text))
        seen(number)
    return results


def compared(
    documents: Iterable[Labelled], results: Iterable[Sequence[Span]], names: Names, *, labelled_only: bool = False
) -> list[Compared]:
    """Both sides of each text under the same names.

    Args:
        labelled_only: leave out what was found of types that the whole set does not label: it says nothing of them.
    """
    pairs = [(document, names.of(document.spans), names.of(some))
             for document, some in zip(documents, results, strict=True)]  # fmt: skip
    types = {span.entity_type for _, there, _ in pairs for span in there}
    return [
        Compared(document.text, there, tuple(s for s in some if not labelled_only or s.entity_type in types))
        for document, there, some in pairs
    ]
