"""Work that is finished although its caller is cancelled: a client that leaves must not undo what has to be written."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable


async def shielded(work: Awaitable[None]) -> None:
    """Finish `work` although the caller is cancelled, once or again and again, then let the cancellation go on."""
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError as error:
            cancelled = error
        except Exception:  # noqa: BLE001
            break
    task.result()
    if cancelled is not None:
        raise cancelled
