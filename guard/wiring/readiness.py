"""Whether requests can be served, part by part."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import text

from guard.errors import ConfigurationError
from guard.limit.storage import Counting
from guard.services import Policies
from guard.wiring.checkers import Checkers
from guard.wiring.storage import Opened


async def readiness(parts: Opened, policies: Policies, checking: Checkers, counting: Counting) -> Mapping[str, bool]:
    """Ask each part that a request needs; a part that raises is not ready."""

    async def database() -> None:
        async with parts.database.read() as connection:
            await connection.execute(text("SELECT 1"))

    async def keys() -> None:
        wrapped = await parts.keys.wrap(bytes(32), b"ready")
        await parts.keys.unwrap(wrapped, b"ready")

    async def policy() -> None:
        if await policies.is_behind():
            raise ConfigurationError("Another policy is in force.")

    async def detectors() -> None:
        await checking.patterns.detect(["ready"])

    async def classifiers() -> None:
        await checking.classifier.classify(["ready"])

    async def limits() -> None:
        if not await counting.storage.check():
            raise ConfigurationError("Requests cannot be counted.")

    async def holds(part: object) -> bool:
        try:
            await part()  # type: ignore[operator]
        except Exception:  # noqa: BLE001  (whatever it is, it is not ready)
            return False
        return True

    parts_of = {
        "database": database,
        "keys": keys,
        "policy": policy,
        "detectors": detectors,
        "classifiers": classifiers,
        "limits": limits,
    }
    return {name: await holds(part) for name, part in parts_of.items()}
