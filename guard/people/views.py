"""People and keys as the API shows them. A secret is in no shape here but the one that shows it once."""

from __future__ import annotations

from guard.authenticate.api_key import ApiKey
from guard.authenticate.directory import Entry, OwnedKey
from guard.authenticate.users import User
from guard.model import JSON
from guard.people import api_keys, directory


def user(found: User) -> dict[str, JSON]:
    """A user."""
    return {
        "id": found.id,
        "name": found.name,
        "tenant": found.tenant,
        "kind": found.kind,
        "roles": list(found.roles),
        "created": found.created,
        "disabled": found.disabled,
    }


def entry(found: Entry) -> dict[str, JSON]:
    """A user with the state of the sign-in."""
    return {
        **user(found.user),
        "state": directory.state_of(found),
        "password": found.has_password,
        "second_factor": found.second_factor,
        "locked": found.locked,
    }


def shown(found: directory.Shown) -> dict[str, JSON]:
    """A user with sessions and keys."""
    sessions = [{"id": each.id, "created": each.created, "last_used": each.last_used} for each in found.sessions]
    return {**entry(found.entry), "sessions": sessions, "api_keys": [owned(each) for each in found.keys]}


def key(found: ApiKey) -> dict[str, JSON]:
    """An API key: never the key itself."""
    return {
        "id": found.id,
        "prefix": found.prefix,
        "user_id": found.user_id,
        "created": found.created,
        "expires": found.expires,
        "revoked": found.revoked,
    }


def owned(found: OwnedKey) -> dict[str, JSON]:
    """An API key and whose it is."""
    return {
        **key(found.key),
        "user": found.owner.name,
        "user_disabled": found.owner.disabled is not None,
        "state": api_keys.state_of(found),
    }
