"""What is odd about a policy that can be read: names nobody knows, rules without effect, wildcards that widen.

`load` has refused what is broken (forms, characters, unknown profiles, cycles) before. An `error` here keeps a policy
from being activated; a `warning` is for the person who wrote it. What only an installation knows, such as its users and
its records, comes in as a `LintContext`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator

from guard.errors import PolicyError
from guard.policy import lint_installation, source, vocabulary
from guard.policy.bundle import ROLES, Bundle
from guard.policy.covering import Covering
from guard.policy.finding import Finding, Severity
from guard.policy.lint_installation import LintContext
from guard.policy.profiles import SCENARIOS, RedactionProfile
from guard.policy.rules import RULES, PolicyRule

__all__ = ["Finding", "LintContext", "Severity", "check", "lint"]


def lint(bundle: Bundle, context: LintContext | None = None) -> list[Finding]:
    """All findings, errors first.

    Args:
        context: the installation that the policy is for, if it is known.
    """
    found = [*_roles(bundle), *_vocabulary(bundle), *_effects(bundle), *_wildcards(bundle), *_profiles(bundle)]
    found += _look_alikes(bundle)
    found += lint_installation.findings(bundle, context)
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
            message = f"no rule gives the role {role} anything."
            yield Finding("warning", "role-without-rules", bundle.role_place(role), message)


def _vocabulary(bundle: Bundle) -> Iterator[Finding]:
    asked = vocabulary.Asked([*vocabulary.questions(bundle), *vocabulary.entity_questions(bundle)])
    acts = asked.acts("*")
    for rule in bundle.rules:
        place = f"{RULES}:{rule.line}"
        # A generator's name is a setting, and OTHER stands for entity types that no list has.
        known = rule.obj.startswith("generator/") or rule.obj.endswith(f"/{vocabulary.OTHER}")
        objects = asked.acts(rule.obj)
        every = rule.act == "*"
        if rule.act not in acts and not every:
            yield Finding("error", "unknown-act", place, f"Guard never asks for the act {rule.act}.")
        elif not objects and not known:
            yield Finding("error", "unknown-object", place, f"there is no object {rule.obj}.")
        elif rule.act not in objects and not known and not every:
            yield Finding("error", "unknown-act", place, f"Guard never asks to {rule.act} {rule.obj}.")


def _effects(bundle: Bundle) -> Iterator[Finding]:
    """Rules that another rule makes pointless. One reason is enough for each, that of its own role before others."""
    seen: dict[tuple[str, ...], PolicyRule] = {}
    covering = Covering(bundle)
    for rule in bundle.rules:
        place = f"{RULES}:{rule.line}"
        if rule.values in seen:
            yield Finding("warning", "duplicate", place, f"line {seen[rule.values].line} says the same.")
            continue
        seen[rule.values] = rule
        reasons: dict[str, str] = {}
        for other in covering.of(rule):
            role = "" if other.sub == rule.sub else f" of the role {other.sub}, which {rule.sub} includes,"
            if other.eft == rule.eft:
                reasons.setdefault("shadowed", f"line {other.line}{role} says this already, and more.")
            elif other.eft == "deny":
                reasons.setdefault("never-allows", f"line {other.line}{role} denies all of it.")
        yield from (Finding("warning", code, place, message) for code, message in reasons.items())


def _wildcards(bundle: Bundle) -> Iterator[Finding]:
    for rule in bundle.rules:
        if rule.eft != "allow":
            continue
        place, many = f"{RULES}:{rule.line}", rule.obj.endswith("*")
        if many and not rule.obj.endswith("/*"):
            message = f"{rule.obj} allows more than one kind of object, also those of later versions."
            yield Finding("warning", "wildcard-widens", place, message)
        if rule.act == "*":
            message = f"the act * on {rule.obj} allows whatever can be done with it, also in later versions."
            yield Finding("warning", "wildcard-widens", place, message)
        if many and (rule.act == "clear" or (rule.act == "*" and _about_entities(rule.obj))):
            message = "lets entity types that nobody thought of go out in clear."
            yield Finding("warning", "wildcard-clears", place, f"{rule.obj} {message}")


def _about_entities(pattern: str) -> bool:
    """Whether a pattern matches entity types of a redaction profile."""
    return pattern.startswith("redaction/") or "redaction/".startswith(pattern[:-1])


def _profiles(bundle: Bundle) -> Iterator[Finding]:
    for name, profile in bundle.redaction.items():
        missing = [entity_type for entity_type in bundle.entity_types if entity_type not in profile.actions]
        if missing:
            message = f"says nothing of {', '.join(missing)}: {profile.other}."
            yield Finding("warning", "types-not-listed", f"redaction/{name}.toml:1", message)
        yield from _operators(bundle, profile)
    categories = {category for profile in bundle.moderation.values() for category in profile.withhold}
    for name, moderation in bundle.moderation.items():
        for category in sorted(categories - set(moderation.withhold)):
            message = f"withholds nothing for {category}."
            yield Finding("warning", "category-not-withheld", f"moderation/{name}.toml:1", message)
    if not bundle.tables:
        yield Finding("warning", "no-tests", f"{SCENARIOS}:1", "the policy has no decision tables.")


def _operators(bundle: Bundle, profile: RedactionProfile) -> Iterator[Finding]:
    """Operators on what is not redacted. A rule may still redact it, so nothing is broken."""
    file = f"redaction/{profile.name}.toml"
    read = tomllib.loads(bundle.files[file]).get("operators", {})
    for name in read:
        types = bundle.entities.get(name, (name,))
        place = f"{file}:{source.line_of(bundle.files[file], ['operators', name])}"
        if all(profile.actions.get(each, profile.other) != "redact" for each in types):
            message = f"{name} has an operator and is not redacted."
            yield Finding("warning", "operator-without-effect", place, message)


def _look_alikes(bundle: Bundle) -> Iterator[Finding]:
    """Role names that a reader takes for one another. They are ASCII, so these are all the ways there are to do it."""
    drawn: dict[str, str] = {}
    for role in bundle.roles:
        shape = role.replace("rn", "m").replace("_", "").translate(str.maketrans("01i", "oll"))
        first = drawn.setdefault(shape, role)
        if first != role:
            message = f"the role {role} looks like {first}. Rename one of them."
            yield Finding("warning", "look-alike", bundle.role_place(role), message)
