"""What keeps a change of people from being made: nobody left who could do it, one's own roles, duties that belong apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from guard.authenticate.directory import Member
from guard.authenticate.users import User
from guard.errors import ConflictError, PermissionDeniedError
from guard.model import Principal
from guard.policy.separation import Pair
from guard.policy.snapshot import Snapshot

NEEDED = (
    ("user", "edit", "edit users"),
    ("policy", "edit", "edit the policy"),
    ("policy", "approve", "approve a change of the policy"),
)
"""What somebody must be left to do, where somebody can."""


@dataclass(slots=True)
class Change:
    """Looks at a change of who may do what, inside its transaction.

    Args:
        snapshot: the policy in force.
        actor: who makes it.
        user: whom it is about.
        alone: set by the look: nobody else could have made it.
    """

    snapshot: Snapshot
    actor: Principal
    user: User
    alone: bool = False

    def __call__(self, before: Sequence[Member], after: Sequence[Member]) -> None:
        """Raises ConflictError (`last_admin`) and PermissionDeniedError (`own_roles`)."""
        editors = self._holders(before, "user", "edit")
        self.alone = editors <= {self.actor.id}
        if self.user.id == self.actor.id and not self.alone:
            raise PermissionDeniedError(
                "Nobody changes their own roles: ask another person who may edit users.", reason_id="own_roles"
            )
        for obj, act, words in NEEDED:
            if self._holders(before, obj, act) and not self._holders(after, obj, act):
                raise ConflictError(
                    f"After this nobody of your tenant could {words}. Give another person a role for it first.",
                    reason_id="last_admin",
                )

    def _holders(self, members: Sequence[Member], obj: str, act: str) -> set[str]:
        """Who may do this from somewhere."""
        may, tenant = self.snapshot.may_from_somewhere, self.user.tenant
        holding = {roles for roles in {each.roles for each in members} if may(roles, tenant, obj, act)}
        return {each.id for each in members if each.roles in holding}


def not_oneself(actor: Principal, user: User, instead: str) -> None:
    """Raises PermissionDeniedError (`own_account`).

    Args:
        instead: what to do.
    """
    if actor.id == user.id:
        raise PermissionDeniedError(f"This is not for your own account. {instead}", reason_id="own_account")


def accepted(pairs: Sequence[Pair], is_accepted: bool) -> None:
    """Raises ConflictError (`separation_of_duties`) for duties that belong apart, unless somebody has said yes to them."""
    if pairs and not is_accepted:
        raise ConflictError(
            f"These roles together give {told(pairs)}, which the policy keeps apart. Choose other roles, or say that "
            "you accept it.",
            reason_id="separation_of_duties",
        )


def told(pairs: Sequence[Pair]) -> str:
    """The rights of pairs in words."""
    return "; ".join(" and ".join(pair.rights) for pair in pairs)
