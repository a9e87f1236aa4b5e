"""What commands share: the settings, the open installation, who acts."""

from __future__ import annotations

import asyncio
import getpass
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from guard.errors import AuthenticationError, NotInstalledError, PermissionDeniedError
from guard.model import Credential, Principal

if TYPE_CHECKING:
    from guard.config import Settings
    from guard.policy.revisions import Revision
    from guard.wiring import Opened

config_file: Path | None = None
"""`--config`, set by the main callback."""

Result = TypeVar("Result")


def settings() -> Settings:
    """The settings of this command. Raises ConfigurationError."""
    from guard.config import load

    return load(config_file)


def on_installation(
    work: Callable[[Opened], Awaitable[Result]], otherwise: Callable[[], Result] | None = None
) -> Result:
    """Open the installation, do the work, close it. Works beside a running server.

    Args:
        otherwise: gives the result where nothing was installed yet. An installation that cannot be opened is an error.
    """

    async def run() -> Result:
        from guard.wiring import opened

        async with opened(settings()) as parts:
            return await work(parts)

    try:
        return asyncio.run(run())
    except NotInstalledError:
        if otherwise is None:
            raise
        return otherwise()


async def revision(parts: Opened, number: int | None) -> Revision:
    """A stored revision of the policy; without a number the one in force. Raises NotFoundError."""
    return await (parts.revisions.active() if number is None else parts.revisions.get(number))


def local() -> Principal:
    """Who acts by this command line: the person of the operating system, who can open the data anyway."""
    return Principal(f"local:{getpass.getuser()}", "default", (), "local")


async def person(parts: Opened, obj: str, act: str) -> Principal:
    """Whoever the API key in `GUARD_API_KEY` belongs to, if policy lets them do this.

    Raises AuthenticationError, PermissionDeniedError.
    """
    key = os.environ.get("GUARD_API_KEY")
    if not key:
        raise AuthenticationError(
            "This needs a person: put your API key into GUARD_API_KEY.", reason_id="api_key_missing"
        )
    principal = await parts.authenticator()(Credential(api_key=key))
    authorize = await parts.authorizer()
    rule = authorize.decide(principal, obj, act)
    if not rule.allowed:
        await parts.database.write(
            parts.audit.record(
                "permission.denied",
                principal,
                {"object": obj, "action": act, "rules": {"denied": rule.text}, "decision": "deny"},
            )
        )
        error = PermissionDeniedError(f"Your roles do not include the right to {act} {obj}.")
        error.rule = rule.text
        raise error
    return principal
