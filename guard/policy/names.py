"""The grammar of every name that a policy may hold.

All are ASCII: two names that look alike are then the same, and commas, quotes, brackets, line ends, control and
bidirectional characters cannot be in one. `fullmatch` these patterns; never `match`.
"""

from __future__ import annotations

import re
from typing import Final

from guard.errors import InvalidRequestError

ROLE: Final = re.compile(r"[a-z][a-z0-9_]{0,63}")
TENANT: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
PROFILE: Final = re.compile(r"[a-z][a-z0-9-]{0,63}")
OBJECT: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/-]{0,255}")
# Casbin's keyMatch reads nothing behind the first asterisk, so there is none but at the end.
OBJECT_PATTERN: Final = re.compile(r"\*|[A-Za-z0-9][A-Za-z0-9_.:/-]{0,254}\*?")
ACT: Final = re.compile(r"[a-z][a-z_]{0,31}")
ENTITY_TYPE: Final = re.compile(r"[A-Z][A-Z0-9_]{0,63}")
GROUP: Final = re.compile(r"[a-z][a-z_]{0,63}")

DEFAULT_TENANT: Final = "default"
DEFAULT_DENY: Final = "default deny"
"""The text of the rule that decides when no rule of the policy does."""


def check_tenant(tenant: str) -> str:
    """Return the tenant. Raises InvalidRequestError when it is none, `*` included."""
    if not TENANT.fullmatch(tenant):
        raise InvalidRequestError("A tenant is 1 to 64 letters, digits, dots, dashes or underscores.", param="tenant")
    return tenant


def check_roles(roles: tuple[str, ...]) -> tuple[str, ...]:
    """Return the roles. Raises InvalidRequestError when one is no role name, or there is none."""
    if not roles or not all(ROLE.fullmatch(role) for role in roles):
        raise InvalidRequestError("A role is a lower-case word; at least one is needed.", param="roles")
    return roles
