"""How detectors without a model look at texts: short ones at once, long ones in a thread, and no error quotes any."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence

from guard.errors import DetectorError
from guard.model import Span

INLINE = 4_000
"""Characters that are scanned in the event loop; more are scanned in a thread."""

Scan = Callable[[str], Iterable[Span]]


async def scanned(scan: Scan, texts: Sequence[str], inline: int = INLINE) -> list[list[Span]]:
    """The spans of each text. Raises DetectorError."""
    if sum(map(len, texts)) <= inline:
        return _scan(scan, texts)
    return await asyncio.to_thread(_scan, scan, texts)


def _scan(scan: Scan, texts: Sequence[str]) -> list[list[Span]]:
    try:
        return [list(scan(text)) for text in texts]
    except Exception:  # noqa: BLE001
        # What it raises may quote the text.
        raise DetectorError from None
