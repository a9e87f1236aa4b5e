"""The detectors of a scan, as each of its processes loads them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from guard.wiring.checkers import checkers

if TYPE_CHECKING:
    from guard.redact.protocol import Detector


@asynccontextmanager
async def scanning() -> AsyncIterator[Sequence[Detector]]:
    """Load all detectors of the redactor."""
    async with checkers() as loaded:
        yield loaded.redactor.detectors
