"""What is odd about a policy that can be read: names nobody knows, rules without effect, wildcards that widen.

`load` has refused what is broken (forms, characters, unknown profiles, cycles) before. An `error` here keeps a policy
from being activated; a `warning` is for the person who wrote it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from guard.errors import PolicyError
from guard.policy import vocabulary
from guard.policy.bundle import ROLES, Bundle
from guard.policy.profiles import SCENARIOS
from guard.policy.rules import RULES, PolicyRule
from guard.policy.source import line_of

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding. `code` is stable, `place` is file and line."""

    severity: Severity
    code: str
    place: str
    message: str


@dataclass(frozen=True, slots=True)
class LintContext:
    before: Any = None
    principals: Any = ()
    actor: Any = None
    used: Any = None
    since: int = 0


def lint(bundle: Bundle, context: LintContext | None = None) -> list[Finding]:
    """All findings, errors first."""
    found = [*_roles(bundle), *_vocabulary(bundle), *_effects(bundle), *_wildcards(bundle), *_profiles(bundle)]
    found += _look_alikes(bundle)
    return sorted(found, key=lambda finding: finding.severity)


def check(bundle: Bundle) -> None:
    """Raises PolicyError for the first finding that is an error."""
    for finding in lint(bundle):
        if finding.severity == "error":
            raise PolicyError(f"{finding.place}: {finding.message}")


def _roles(bundle: Bundle) -> Iterator[Finding]:
    used = {rule.sub for rule in bundle.rules}
    named = [(rule.line, rule.sub) for rule in bundle.rules]
    for link in bundle.links:
        named += [(link.line, link.role), (link.line, link.included)]
        used |= {link.role, link.included}
    for line, role in named:
        if role not in bundle.roles:
            yield Finding("error", "unknown-role", f"{RULES}:{line}", f"the role {role} is not in {ROLES}.")
    for role in bundle.roles:
        if role not in used:
            place = f"{ROLES}:{line_of(bundle.files[ROLES], [role])}"
            yield Finding("warning", "role-without-rules", place, f"no rule gives the role {role} anything.")


def _vocabulary(bundle: Bundle) -> Iterator[Finding]:
    questions = [*vocabulary.questions(bundle), *vocabulary.entity_questions(bundle)]
    acts = {act for _, act in questions}
    for rule in bundle.rules:
        place = f"{RULES}:{rule.line}"
        # A generator's name is a setting, and OTHER stands for entity types that no list has.
        known = rule.obj.startswith("generator/") or rule.obj.endswith("/OTHER")
        objects = {act for obj, act in questions if vocabulary.matches(obj, rule.obj)}
        if rule.act not in acts:
            yield Finding("error", "unknown-act", place, f"Guard never asks for the act {rule.act}.")
        elif not objects and not known:
            yield Finding("error", "unknown-object", place, f"there is no object {rule.obj}.")
        elif rule.act not in objects and not known:
            yield Finding("error", "unknown-act", place, f"Guard never asks to {rule.act} {rule.obj}.")


def _effects(bundle: Bundle) -> Iterator[Finding]:
    """Rules that another rule makes pointless."""
    seen: dict[tuple[str, ...], PolicyRule] = {}
    for rule in bundle.rules:
        place = f"{RULES}:{rule.line}"
        if rule.values in seen:
            yield Finding("warning", "duplicate", place, f"line {seen[rule.values].line} says the same.")
            continue
        seen[rule.values] = rule
        for other in bundle.rules:
            if other.values == rule.values or not _covers(other, rule):
                continue
            if other.eft == rule.eft:
                yield Finding("warning", "shadowed", place, f"line {other.line} says this already, and more.")
            elif other.eft == "deny":
                yield Finding("warning", "never-allows", place, f"line {other.line} denies all of it.")


def _covers(wide: PolicyRule, narrow: PolicyRule) -> bool:
    """Whether `wide` matches whatever `narrow` matches, for the same role."""
    return (
        wide.sub == narrow.sub
        and wide.act == narrow.act
        and wide.dom in ("*", narrow.dom)
        and vocabulary.matches(narrow.obj, wide.obj)
    )


def _wildcards(bundle: Bundle) -> Iterator[Finding]:
    for rule in bundle.rules:
        if rule.eft == "allow" and rule.obj.endswith("*") and not rule.obj.endswith("/*"):
            message = f"{rule.obj} allows more than one kind of object, also those of later versions."
            yield Finding("warning", "wildcard-widens", f"{RULES}:{rule.line}", message)
        if rule.eft == "allow" and rule.act == "clear" and rule.obj.endswith("*"):
            message = "lets entity types that nobody thought of go out in clear."
            yield Finding("warning", "wildcard-clears", f"{RULES}:{rule.line}", f"{rule.obj} {message}")


def _profiles(bundle: Bundle) -> Iterator[Finding]:
    for name, profile in bundle.redaction.items():
        missing = [entity_type for entity_type in bundle.entity_types if entity_type not in profile.actions]
        if missing:
            message = f"says nothing of {', '.join(missing)}: {profile.other}."
            yield Finding("warning", "types-not-listed", f"redaction/{name}.toml:1", message)
    categories = {category for profile in bundle.moderation.values() for category in profile.withhold}
    for name, moderation in bundle.moderation.items():
        for category in sorted(categories - set(moderation.withhold)):
            message = f"withholds nothing for {category}."
            yield Finding("warning", "category-not-withheld", f"moderation/{name}.toml:1", message)
    if not bundle.tables:
        yield Finding("warning", "no-tests", f"{SCENARIOS}:1", "the policy has no decision tables.")


def _look_alikes(bundle: Bundle) -> Iterator[Finding]:
    """Role names that a reader takes for one another. They are ASCII, so these are all the ways there are to do it."""
    drawn: dict[str, str] = {}
    for role in bundle.roles:
        shape = role.replace("rn", "m").replace("_", "").translate(str.maketrans("01i", "oll"))
        first = drawn.setdefault(shape, role)
        if first != role:
            place = f"{ROLES}:{line_of(bundle.files[ROLES], [role])}"
            yield Finding("warning", "look-alike", place, f"the role {role} looks like {first}. Rename one of them.")
