"""The grant of a person who runs a command on their own texts: profiles by name, without Casbin or limits."""

from __future__ import annotations

from types import MappingProxyType

from guard.errors import NotFoundError
from guard.model import Budget, Grant, LimitProfile, Rule
from guard.policy.bundle import Bundle

_UNLIMITED = LimitProfile("local", Budget())


def grant(bundle: Bundle, redaction: str = "all", moderation: str = "default") -> Grant:
    """A grant with these profiles of the bundle, values restored. Raises NotFoundError for an unknown profile."""
    if redaction not in bundle.redaction or moderation not in bundle.moderation:
        raise NotFoundError("There is no profile of that name in the policy.")
    profile = bundle.redaction[redaction]
    return Grant(
        policy=bundle.hash,
        scenario="local",
        redaction=redaction,
        entities=MappingProxyType(dict(profile.actions)),
        restore=True,
        moderation=bundle.moderation[moderation],
        limit=_UNLIMITED,
        rules=MappingProxyType({"redaction": Rule(f"redaction/{redaction}.toml", allowed=True)}),
        other_entities=profile.other,
        lists=bundle.lists.of("default"),
        operators=MappingProxyType(dict(profile.operators)),
    )
