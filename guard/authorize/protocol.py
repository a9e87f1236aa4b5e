"""What an authorizer is."""

from __future__ import annotations

from typing import Protocol

from guard.model import Grant, Principal, Rule


class Authorizer(Protocol):
    """Decides by the policy in force. Decisions are made in memory: no method awaits I/O."""

    async def __call__(self, principal: Principal, model: str | None, scenario: str | None = None) -> Grant:
        """Return what the principal may do with this generator in this scenario (`None`: the policy's default one).

        With `model=None` no generator is asked for: the profiles alone, for the checks without a generator.

        Raises PermissionDeniedError (with the deciding rule as its `rule` attribute), NotFoundError for an unknown
        scenario, PolicyError when no policy is in force.
        """
        ...

    def decide(self, principal: Principal, obj: str, act: str) -> Rule:
        """Decide one question, e.g. `("transcript", "read")`, and name the rule."""
        ...

    @property
    def policy(self) -> str:
        """Hash of the bundle in force: `sha256:` and 64 hexadecimal digits."""
        ...
