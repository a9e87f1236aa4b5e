"""What is odd about a policy in the installation that it is for: who could do what with it, and which rules are used.

Separation of duties is checked here too: for single roles always, for people where they are known.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from guard.model import Principal
from guard.policy import vocabulary
from guard.policy.bundle import Bundle
from guard.policy.diff_questions import questions
from guard.policy.diff_rights import Rights
from guard.policy.diff_subjects import Mask, Subjects
from guard.policy.finding import Finding
from guard.policy.rules import RULES
from guard.policy.separation import SEPARATION
from guard.policy.snapshot import Snapshot

NEEDED = (("policy", "edit"), ("policy", "approve"))
"""What somebody must be able to do, or the policy can never be changed again."""

_MOST = 5
"""Role sets that a finding names."""


@dataclass(frozen=True, slots=True)
class LintContext:
    """The installation that a policy is for.

    Args:
        before: the policy in force.
        principals: the users who are not disabled.
        actor: who proposes the policy.
        used: rule text to when it last decided, in milliseconds since 1970; `None`: not known.
        since: how far back `used` reaches, in milliseconds since 1970.
    """

    before: Snapshot | None = None
    principals: Sequence[Principal] = ()
    actor: Principal | None = None
    used: Mapping[str, int] | None = None
    since: int = 0


def findings(bundle: Bundle, context: LintContext | None) -> Iterator[Finding]:
    """What can be said with what is known."""
    if context is None and not bundle.separation:
        return
    known = context or LintContext()
    snapshot = Snapshot(bundle)
    subjects = Subjects(known.principals, (bundle,))
    rights = Rights(snapshot, subjects)
    yield from _separation(bundle, subjects, rights)
    if known.principals:
        yield from _roles_of_nobody(bundle, snapshot, subjects)
        yield from _locked_out(subjects, rights)
    yield from _locks_out_actor(snapshot, known)
    yield from _never_matched(bundle, known)


def _roles_of_nobody(bundle: Bundle, snapshot: Snapshot, subjects: Subjects) -> Iterator[Finding]:
    holders = subjects.holders(snapshot.index)
    for role in bundle.roles:
        if not holders.get(role, 0) & subjects.are_people:
            message = f"no user has the role {role}, nor a role that includes it."
            yield Finding("warning", "role-nobody-has", bundle.role_place(role), message)


def _locked_out(subjects: Subjects, rights: Rights) -> Iterator[Finding]:
    for obj, act in NEEDED:
        if not rights.could(obj, act) & subjects.are_people:
            message = (
                f"under this policy no user could {act} the policy any more. Leave somebody the right `{obj} {act}`."
            )
            yield Finding("error", "lock-out", f"{RULES}:1", message)


def _locks_out_actor(snapshot: Snapshot, known: LintContext) -> Iterator[Finding]:
    actor, before = known.actor, known.before
    if actor is None or before is None:
        return
    asked = (actor.roles, actor.tenant, "policy", "edit", actor.address)
    if not before.decide(*asked).allowed:
        return
    rule = snapshot.decide(*asked)
    if not rule.allowed:
        message = f"after this you could not edit the policy any more ({rule.text}), though you can now."
        yield Finding("error", "self-lock-out", f"{RULES}:{_line(snapshot, rule.text)}", message)


def _line(snapshot: Snapshot, text: str) -> int:
    """The line of a rule; 1 for the default deny."""
    return next((rule.line for rule in snapshot.index.rules if rule.text == text), 1)


def _never_matched(bundle: Bundle, known: LintContext) -> Iterator[Finding]:
    if known.used is None:
        return
    # A rule that is new could not have decided.
    old = None if known.before is None else {rule.values for rule in known.before.index.rules}
    day = datetime.fromtimestamp(known.since / 1000, UTC).date()
    for rule in bundle.rules:
        if (old is None or rule.values in old) and known.used.get(rule.text, -1) < known.since:
            message = f"this rule has decided nothing since {day}. Only recorded decisions count: those of chats, and refusals."
            yield Finding("warning", "never-matched", f"{RULES}:{rule.line}", message)


def _separation(bundle: Bundle, subjects: Subjects, rights: Rights) -> Iterator[Finding]:
    if not bundle.separation:
        return
    asked = vocabulary.Asked((each.obj, each.act) for each in questions((bundle,)))
    for pair in bundle.separation:
        one, other = (_holding(right, asked, rights) for right in pair.rights)
        both = one & other
        place, names = f"{SEPARATION}:{pair.line}", " and ".join(pair.rights)
        roles, explained = _single(both, subjects)
        for role, tenants in roles.items():
            message = f"the role {role} alone gives {names}, in {_listed(tenants)}. {pair.reason}"
            yield Finding("error", "separation-role", place, message)
        # Whom one role gives both is told with the role: taking it apart is what helps.
        if people := subjects.members(both & ~explained & subjects.are_people):
            sets = Counter("+".join(sorted(who.roles)) for who in people)
            counted = [f"{roles} ({count})" for roles, count in sorted(sets.items())]
            whose = "1 user has" if len(people) == 1 else f"{len(people)} users have"
            message = f"{whose} {names} by their roles together: {_listed(counted)}. {pair.reason}"
            yield Finding("warning", "separation-person", place, message)


def _holding(right: str, asked: vocabulary.Asked, rights: Rights) -> Mask:
    """Who has a right: an object, or a pattern of objects, and an act."""
    pattern, _, act = right.partition(" ")
    objects = asked.objects(pattern) if pattern.endswith("*") else [pattern]
    found = 0
    for obj in objects:
        found |= rights.could(obj, act)
    return found


def _single(both: Mask, subjects: Subjects) -> tuple[dict[str, list[str]], Mask]:
    """The roles that give both rights alone, each with its tenants, and whoever has been given one of them."""
    roles: dict[str, list[str]] = {}
    having = 0
    for subject in subjects.members(both & ~subjects.are_people):
        roles.setdefault(subject.roles[0], []).append(subject.tenant)
        having |= subjects.having(subject.roles[0], subject.tenant)
    return roles, having


def _listed(names: Sequence[str]) -> str:
    hidden = [f"{len(names) - _MOST} more"] if len(names) > _MOST else []
    return ", ".join([*names[:_MOST], *hidden])
