"""Authorizer over pycasbin: decisions on an immutable snapshot of a policy bundle.

pycasbin empties its model while it reloads, and for that time a deny rule is not there. So an enforcer here is built
once, from one bundle, and never changed: no load, no added or removed rule, no added role. A new policy is a new
`Snapshot`, built aside and put in place by one assignment; who is deciding at that moment ends on the old one.

A caller's roles are Casbin's `g` rows of one subject. Roles are few and their combinations too, so there is one
enforcer for each set of roles and tenant that is seen; all of them share the rules.

pycasbin writes requests to its own log; it stays disabled. This is the only file that imports it, when first needed.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from guard.errors import NotFoundError, PermissionDeniedError, PolicyError
from guard.model import EntityAction, Grant, Principal, Rule
from guard.policy import names, rules, vocabulary
from guard.policy.bundle import Bundle
from guard.policy.profiles import STRICTNESS, RedactionProfile

if TYPE_CHECKING:
    import casbin

DENIED = Rule(names.DEFAULT_DENY, allowed=False)
NO_ACTION = Rule("default redact", allowed=False)
"""Decides for an entity type when every action on it is denied."""

OTHER = "OTHER"
"""The entity type that a rule asks about which is in no list: `redaction/default/OTHER`, or a wildcard over it."""

_SUBJECT = "principal:"
"""Stands for the caller. No role can be called so."""

_CACHE = 4096
_PARSING = threading.Lock()


class _Named(Protocol):
    @property
    def name(self) -> str: ...


_Profile = TypeVar("_Profile", bound=_Named)


@dataclass(frozen=True, slots=True)
class Explanation:
    """A decision and where it comes from.

    Args:
        place: file and line of the rule; empty for the default deny.
        path: the role of the caller that the rule reached, and the roles on the way to the one it names.
    """

    rule: Rule
    place: str
    path: tuple[str, ...]


class Snapshot:
    """One policy, ready to decide. Never changes; safe to use from any thread.

    Args:
        bundle: the policy.

    Raises:
        PolicyError: pycasbin does not take the model.
    """

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle
        # A rule that stands twice counts once, as in pycasbin: else another rule would be named as the deciding one.
        self._rows = [list(values) for values in dict.fromkeys(rule.values for rule in bundle.rules)]
        # Without a rule on entity types the profiles alone decide; Casbin need not be asked a hundred times.
        self._entity_rules = any(rule.act in vocabulary.ENTITY_ACTS for rule in bundle.rules)
        self._enforcer = lru_cache(256)(self._build)
        self._decided = lru_cache(_CACHE)(self._decide)
        self._granted = lru_cache(_CACHE)(self._grant)
        self._enforcer((), names.DEFAULT_TENANT)

    def decide(self, roles: Iterable[str], tenant: str, obj: str, act: str) -> Rule:
        """Decide one question and name the rule: the deny that won, else an allow, else the default deny.

        What is no role, tenant, object or act is denied. Raises PolicyError when Casbin fails.
        """
        held = tuple(sorted(set(roles)))
        return self._decided(held, tenant, obj, act) if _well_formed(held, tenant, obj, act) else DENIED

    def grant(self, roles: Iterable[str], tenant: str, model: str | None, scenario: str | None = None) -> Grant:
        """What these roles may do with a generator in a scenario.

        Raises PermissionDeniedError with the rule, NotFoundError for an unknown scenario, PolicyError.
        """
        name = self.bundle.default_scenario if scenario is None else scenario
        if name not in self.bundle.scenarios:
            raise NotFoundError("There is no scenario of that name.", param="scenario")
        return self._granted(tuple(sorted(set(roles))), tenant, model, name)

    def explain(self, roles: Iterable[str], tenant: str, obj: str, act: str) -> Explanation:
        """Decide as `decide` does and say where the rule stands and by which roles it was reached."""
        held = tuple(roles)
        rule = self.decide(held, tenant, obj, act)
        row = next((row for row in self.bundle.rules if row.text == rule.text), None)
        if row is None:
            return Explanation(rule, "", ())
        paths = rules.included(self.bundle.links, held, tenant)
        return Explanation(rule, f"{rules.RULES}:{row.line}", paths.get(row.sub, ()))

    def _grant(self, roles: tuple[str, ...], tenant: str, model: str | None, scenario: str) -> Grant:
        decided: dict[str, Rule] = {}
        if model is not None:
            decided["generator"] = self._required(roles, tenant, f"generator/{model}")
        decided["scenario"] = self._required(roles, tenant, f"scenario/{scenario}")
        wanted, bundle = self.bundle.scenarios[scenario], self.bundle
        redaction, decided["redaction"] = self._first(roles, tenant, "redaction", wanted.redaction, bundle.redaction)
        moderation, decided["moderation"] = self._first(
            roles, tenant, "moderation", wanted.moderation, bundle.moderation
        )
        limit, decided["limit"] = self._first(roles, tenant, "limit", wanted.limit, bundle.limits)
        decided["restore"] = restore = self.decide(roles, tenant, "restore", "use")
        entities: dict[str, EntityAction] = {}
        for entity_type in dict.fromkeys((*bundle.entity_types, *redaction.actions)):
            action, decided[f"entity/{entity_type}"] = self._entity(roles, tenant, redaction, entity_type)
            entities[entity_type] = action
        other, decided[f"entity/{OTHER}"] = self._entity(roles, tenant, redaction, OTHER)
        return Grant(
            policy=bundle.hash,
            scenario=scenario,
            redaction=redaction.name,
            entities=MappingProxyType(entities),
            restore=restore.allowed,
            moderation=moderation,
            limit=limit,
            rules=MappingProxyType(decided),
            # What the policy does not know may be blocked, never cleared.
            other_entities="block" if other == "block" else "redact",
        )

    def _required(self, roles: tuple[str, ...], tenant: str, obj: str) -> Rule:
        rule = self.decide(roles, tenant, obj, "use")
        if not rule.allowed:
            raise _denied(rule)
        return rule

    def _first(
        self,
        roles: tuple[str, ...],
        tenant: str,
        kind: str,
        candidates: tuple[str, ...],
        profiles: Mapping[str, _Profile],
    ) -> tuple[_Profile, Rule]:
        """The first profile of the list that these roles may use."""
        denied = DENIED
        for name in candidates:
            rule = self.decide(roles, tenant, f"{kind}/{name}", "use")
            if rule.allowed:
                return profiles[name], rule
            denied = denied if denied.text != names.DEFAULT_DENY else rule
        raise _denied(denied)

    def _entity(
        self, roles: tuple[str, ...], tenant: str, profile: RedactionProfile, entity_type: str
    ) -> tuple[EntityAction, Rule]:
        """The strictest allowed action. The profile allows its own action to whoever may use the profile."""
        own = profile.actions.get(entity_type, profile.other)
        from_profile = Rule(f"redaction/{profile.name}.toml: {own} {entity_type}", allowed=True)
        if not self._entity_rules:
            return own, from_profile
        for action in STRICTNESS:
            rule = self.decide(roles, tenant, f"redaction/{profile.name}/{entity_type}", action)
            if rule.allowed:
                return action, rule
            if action == own and rule.text == names.DEFAULT_DENY:
                return own, from_profile
        return "redact", NO_ACTION

    def _decide(self, roles: tuple[str, ...], tenant: str, obj: str, act: str) -> Rule:
        try:
            allowed, row = self._enforcer(roles, tenant).enforce_ex(_SUBJECT, tenant, obj, act)
        except Exception:  # noqa: BLE001  (whatever it is: no decision, no access, and nothing of the request quoted)
            raise PolicyError("Casbin could not decide, so nothing is allowed.") from None
        return Rule(", ".join(("p", *row)), allowed=bool(allowed)) if row else DENIED

    def _build(self, roles: tuple[str, ...], tenant: str) -> casbin.Enforcer:
        """An enforcer that knows the rules and one subject with these roles."""
        import casbin

        try:
            model: Any = casbin.Enforcer.new_model(text=rules.model_text())
            model["p"]["p"].policy = self._rows
            # `g` rows for every tenant are spelled out for this one: Casbin compares domains literally.
            hierarchy = [[link.role, link.included, tenant] for link in self.bundle.links if link.dom in ("*", tenant)]
            model["g"]["g"].policy = [[_SUBJECT, role, tenant] for role in roles] + hierarchy
            enforcer = casbin.Enforcer(model)
            enforcer._get_expression = _expression
            enforcer.build_role_links()
            # The role manager makes an entry for each name when it first meets it. Let it meet all of them now, so that
            # nothing is left to change once threads share it.
            enforcer.enforce(_SUBJECT, tenant, "nothing", "nothing")
        except Exception:  # noqa: BLE001
            raise PolicyError("Casbin does not take this policy.") from None
        return enforcer


class CasbinAuthorizer:
    """Authorizer over the snapshot in force."""

    def __init__(self, snapshot: Snapshot | None = None) -> None:
        self._snapshot = snapshot

    def replace(self, snapshot: Snapshot) -> None:
        """Put a policy in force, from the next decision on."""
        self._snapshot = snapshot

    async def __call__(self, principal: Principal, model: str | None, scenario: str | None = None) -> Grant:
        return self.snapshot.grant(principal.roles, principal.tenant, model, scenario)

    def decide(self, principal: Principal, obj: str, act: str) -> Rule:
        return self.snapshot.decide(principal.roles, principal.tenant, obj, act)

    @property
    def policy(self) -> str:
        return self.snapshot.bundle.hash

    @property
    def snapshot(self) -> Snapshot:
        """The snapshot in force. Raises PolicyError when there is none."""
        if self._snapshot is None:
            raise PolicyError("No policy is in force. Run `guard init`.")
        return self._snapshot


def _expression(_matcher: str, functions: Mapping[str, Any]) -> Any:
    """The matcher as pycasbin evaluates it, over a tree that was parsed once.

    pycasbin parses the text again for every decision. That costs time, and CPython 3.11 fails when two threads parse at
    the same moment (python/cpython#106905). There is one model, so there is one tree; evaluating does not change it.
    """
    from casbin.util import SimpleEval

    evaluator = SimpleEval("", functions)
    evaluator.ast_parsed_value = _tree()
    return evaluator


def _tree() -> Any:
    with _PARSING:
        return _parsed()


@cache
def _parsed() -> Any:
    import casbin

    matcher = casbin.Enforcer.new_model(text=rules.model_text())["m"]["m"].value
    return casbin.Enforcer._get_expression(matcher, {}).ast_parsed_value


def _well_formed(roles: tuple[str, ...], tenant: str, obj: str, act: str) -> bool:
    """Whether Casbin will read these as what they are. An unknown form of role might be one that is denied."""
    return (
        all(names.ROLE.fullmatch(role) for role in roles)
        and bool(names.TENANT.fullmatch(tenant))
        and bool(names.OBJECT.fullmatch(obj))
        and bool(names.ACT.fullmatch(act))
    )


def _denied(rule: Rule) -> PermissionDeniedError:
    error = PermissionDeniedError()
    error.rule = rule.text
    return error
