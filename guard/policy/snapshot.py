"""A policy, compiled: decides in microseconds, explains itself, never changes.

A new policy is a new `Snapshot`, built and tested aside and put in force by one assignment; who is deciding at that
moment ends on the old one. So there is no time at which a deny rule is not there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Protocol, TypeVar

from guard.errors import NotFoundError, PermissionDeniedError
from guard.model import EntityAction, Grant, Rule
from guard.policy import misses, names, vocabulary
from guard.policy.bundle import Bundle
from guard.policy.index import NOBODY, RuleIndex
from guard.policy.misses import Miss
from guard.policy.networks import read_address
from guard.policy.profiles import STRICTNESS, RedactionProfile
from guard.policy.roles import Held
from guard.policy.rules import RULES
from guard.policy.vocabulary import OTHER

DENIED = Rule(names.DEFAULT_DENY, allowed=False)
NO_ACTION = Rule("default redact", allowed=False)
"""Decides for an entity type when every action on it is denied."""

_CACHE = 8192


class _MalformedError(Exception):
    """Something is no role."""


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
        misses: for a default deny, what is nearest to an allow.
    """

    rule: Rule
    place: str
    path: tuple[str, ...]
    misses: tuple[Miss, ...] = ()


class Snapshot:
    """One policy, ready to decide. Safe to use from any thread.

    Args:
        bundle: the policy, read and consistent.

    `acts` are those that any rule names.
    """

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle
        self.index = RuleIndex(bundle.model, bundle.rules, bundle.links)
        self._texts: dict[int, Rule] = {NOBODY: DENIED}
        self._has_address = "ip" in bundle.model.fields
        # The roles of the rules were read, so these are well-formed.
        self._named = frozenset(rule.sub for rule in bundle.rules)
        self.acts = frozenset(rule.act for rule in bundle.rules)
        # Without a rule on entity types the profiles alone decide; the rules need not be asked a hundred times.
        self._entity_rules = bool(self.acts & {*vocabulary.ENTITY_ACTS, "*"})
        self._held = lru_cache(_CACHE)(self._closure)
        self._granted = lru_cache(_CACHE)(self._grant)

    @property
    def policy(self) -> str:
        """Hash of the bundle."""
        return self.bundle.hash

    def decide(self, roles: Iterable[str], tenant: str, obj: str, act: str, address: str | None = None) -> Rule:
        """Decide one question and name the rule: the deny that won, else an allow, else the default deny.

        What is no role, tenant, object or act is denied.
        """
        return self._rule(self._deciding(tuple(roles), tenant, obj, act, address))

    def may_from_somewhere(self, roles: Iterable[str], tenant: str, obj: str, act: str) -> bool:
        """Whether an address may allow it: some rule does, and none denies it from everywhere.

        Networks are not compared, so where several denies leave no address over, this is still true.
        """
        held = self._asked(roles, tenant, obj, act)
        return held is not None and self.index.allows_somewhere(held, tenant, obj, act)

    def grant(
        self,
        roles: Iterable[str],
        tenant: str,
        model: str | None,
        scenario: str | None = None,
        address: str | None = None,
    ) -> Grant:
        """What these roles may do with a generator in a scenario.

        Raises PermissionDeniedError with the rule, NotFoundError for an unknown scenario.
        """
        name = self.bundle.default_scenario if scenario is None else scenario
        if name not in self.bundle.scenarios:
            raise NotFoundError("There is no scenario of that name.", param="scenario")
        seen = address if self._has_address else None
        try:
            return self._granted(_Asker(self, tuple(sorted(set(roles))), tenant, seen), model, name)
        except PermissionDeniedError as error:
            error.scenario = name
            raise

    def explain(self, roles: Iterable[str], tenant: str, obj: str, act: str, address: str | None = None) -> Explanation:
        """Decide as `decide` does and say where the rule stands and by which roles it was reached."""
        held = tuple(roles)
        order = self._deciding(held, tenant, obj, act, address)
        if order == NOBODY:
            asked = misses.Question(held, tenant, obj, act, address)
            return Explanation(DENIED, "", (), misses.nearest(self.index, asked))
        row = self.index.rules[order]
        return Explanation(self._rule(order), f"{RULES}:{row.line}", self.index.roles.path(held, tenant, row.sub))

    def is_well_formed(self, roles: Iterable[str], tenant: str, obj: str, act: str) -> bool:
        """Whether the rules are asked at all."""
        return self._asked(roles, tenant, obj, act) is not None

    def _deciding(self, roles: tuple[str, ...], tenant: str, obj: str, act: str, address: str | None) -> int:
        """The place of the rule that decides."""
        held = self._asked(roles, tenant, obj, act)
        if held is None:
            return NOBODY
        read = read_address(address) if self._has_address else None
        return self.index.decide(held, tenant, obj, act, read)

    def _asked(self, roles: Iterable[str], tenant: str, obj: str, act: str) -> Held | None:
        """The roles that count, or `None` when something is malformed: an unknown form of role may be one denied."""
        if not (names.TENANT.fullmatch(tenant) and names.OBJECT.fullmatch(obj) and names.ACT.fullmatch(act)):
            return None
        try:
            return self._held(tuple(roles), self.index.roles.realm(tenant))
        except _MalformedError:
            return None

    def _closure(self, roles: tuple[str, ...], realm: str) -> Held:
        if not all(role in self._named or names.ROLE.fullmatch(role) for role in roles):
            raise _MalformedError  # What is raised is not kept: it may be of any length, and any number of them comes.
        return self.index.roles.held(roles, realm)

    def _rule(self, order: int) -> Rule:
        rule = self._texts.get(order)
        if rule is None:
            row = self.index.rules[order]
            rule = self._texts[order] = Rule(row.text, allowed=row.eft == "allow")
        return rule

    def _grant(self, asker: _Asker, model: str | None, scenario: str) -> Grant:
        decided: dict[str, Rule] = {}
        if model is not None:
            decided["generator"] = asker.required(f"generator/{model}")
        decided["scenario"] = asker.required(f"scenario/{scenario}")
        wanted, bundle = self.bundle.scenarios[scenario], self.bundle
        redaction, decided["redaction"] = asker.first("redaction", wanted.redaction, bundle.redaction)
        moderation, decided["moderation"] = asker.first("moderation", wanted.moderation, bundle.moderation)
        limit, decided["limit"] = asker.first("limit", wanted.limit, bundle.limits)
        decided["restore"] = restore = asker.decide("restore", "use")
        entities: dict[str, EntityAction] = {}
        for entity_type in dict.fromkeys((*bundle.entity_types, *redaction.actions)):
            action, decided[f"entity/{entity_type}"] = self._entity(asker, redaction, entity_type)
            entities[entity_type] = action
        other, decided[f"entity/{OTHER}"] = self._entity(asker, redaction, OTHER)
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
            lists=bundle.lists.of(asker.tenant),
            operators=MappingProxyType(dict(redaction.operators)),
        )

    def _entity(self, asker: _Asker, profile: RedactionProfile, entity_type: str) -> tuple[EntityAction, Rule]:
        """The strictest allowed action. The profile allows its own action to whoever may use the profile."""
        own = profile.actions.get(entity_type, profile.other)
        from_profile = Rule(f"redaction/{profile.name}.toml: {own} {entity_type}", allowed=True)
        if not self._entity_rules:
            return own, from_profile
        for action in STRICTNESS:
            rule = asker.decide(f"redaction/{profile.name}/{entity_type}", action)
            if rule.allowed:
                return action, rule
            if action == own and rule.text == names.DEFAULT_DENY:
                return own, from_profile
        return "redact", NO_ACTION


@dataclass(frozen=True, slots=True)
class _Asker:
    """Who asks, and the snapshot that answers."""

    snapshot: Snapshot
    roles: tuple[str, ...]
    tenant: str
    address: str | None

    def decide(self, obj: str, act: str) -> Rule:
        return self.snapshot.decide(self.roles, self.tenant, obj, act, self.address)

    def required(self, obj: str) -> Rule:
        rule = self.decide(obj, "use")
        if not rule.allowed:
            raise _denied(rule, self.snapshot.policy)
        return rule

    def first(self, kind: str, candidates: tuple[str, ...], profiles: Mapping[str, _Profile]) -> tuple[_Profile, Rule]:
        """The first profile of the list that these roles may use."""
        denied = DENIED
        for name in candidates:
            rule = self.decide(f"{kind}/{name}", "use")
            if rule.allowed:
                return profiles[name], rule
            denied = denied if denied.text != names.DEFAULT_DENY else rule
        raise _denied(denied, self.snapshot.policy)


def _denied(rule: Rule, policy: str) -> PermissionDeniedError:
    error = PermissionDeniedError()
    error.rule, error.policy = rule.text, policy
    return error
