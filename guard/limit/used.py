"""How much of a budget is used now."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Used:
    """A budget and what is used of it.

    Args:
        profile: the limit profile. scope: `user`, `key`, `tenant` or `role/<role>`. holder: the id of a user or key, else `all`.
        unit: `requests` of the last minute, `tokens` of the last day, or `concurrent`.
        used: may be more than `amount`: what a turn costs is known at its end only.
    """

    profile: str
    scope: str
    holder: str
    unit: str
    used: int
    amount: int

    @property
    def share(self) -> float:
        """How much of it, from 0 on."""
        return self.used / self.amount if self.amount else 0.0
