"""Step-up: what matters most is done by somebody who proved a short while ago who they are."""

from __future__ import annotations

from dataclasses import dataclass

from guard.authenticate.session import Session, Sessions
from guard.clock import now
from guard.errors import StepUpRequiredError
from guard.model import Credential

MINUTES = 10


@dataclass(frozen=True, slots=True)
class StepUp:
    """Asks how long ago the person of a browser session proved who they are.

    Args:
        minutes: how long that counts.
    """

    sessions: Sessions
    minutes: int = MINUTES

    async def __call__(self, credential: Credential) -> None:
        """Return if the proof is fresh. A key is its own proof: it is not asked for more.

        Raises StepUpRequiredError, AuthenticationError, StorageError.
        """
        if credential.api_key or not credential.session:
            return
        self.check(await self.sessions.find(credential.session))

    def check(self, session: Session) -> None:
        """Return if the session's proof is fresh. Raises StepUpRequiredError."""
        if session.proved < now() - self.minutes * 60_000:
            raise StepUpRequiredError
