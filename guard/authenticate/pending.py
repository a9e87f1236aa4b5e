"""A sign-in that is under way: what is known so far, sealed, in a cookie of its browser alone."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass

from guard.authenticate.session import Sealer
from guard.clock import now
from guard.errors import AuthenticationError, TamperedError

MINUTES = 10


@dataclass(frozen=True, slots=True)
class Pending:
    """Seals and opens what is known so far.

    Args:
        kind: what is waited for; what was sealed for one kind is nothing to another.
        minutes: how long one may take.
    """

    sealer: Sealer
    kind: str
    minutes: int = MINUTES

    def seal(self, values: Mapping[str, str]) -> str:
        """The text to keep in a cookie."""
        until = str(now() + self.minutes * 60_000)
        sealed = self.sealer.seal(json.dumps({**values, "until": until}).encode(), "pending", self.kind)
        return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()

    def open(self, text: str | None) -> Mapping[str, str]:
        """What was sealed. Raises AuthenticationError (`login_expired`) for anything else, or what is too old."""
        expired = AuthenticationError("That sign-in took too long. Begin again.", reason_id="login_expired")
        try:
            sealed = base64.urlsafe_b64decode((text or "").encode() + b"==")
            values: dict[str, str] = json.loads(self.sealer.open(sealed, "pending", self.kind))
        except (TamperedError, binascii.Error, ValueError):
            raise expired from None
        if int(values.pop("until")) <= now():
            raise expired
        return values
