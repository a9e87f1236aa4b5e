"""What a draft grants to one kind of request, beside what was granted then."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from guard.model import Grant
from guard.policy import recorded
from guard.policy.recorded import Choice, Limits, Recorded
from guard.policy.tally import Effect
from guard.policy.thresholds import Thresholds, Verdict
from guard.policy.vocabulary import OTHER

_KINDS = ("redaction", "moderation", "limit")
_MASKED = "PERSON"
"""The type of a participant's name, which is replaced whatever the policy says."""

_KEPT = 10_000
"""Combinations of entity types that are remembered at a time."""

Watched = tuple[tuple[str, float, int], ...]
"""Categories, the score from which on each is looked at, and what no score counts as."""

EntityKey = tuple[tuple[str, ...], tuple[str, ...] | None, tuple[str, ...] | None, bool]


@dataclass(frozen=True, slots=True)
class EntityEffects:
    """What the draft does with the entity types of a prompt: block it, or treat them otherwise."""

    blocked: Effect | None
    others: tuple[Effect, ...]


@dataclass(slots=True)
class Drafted:
    """The draft's grant, compared once for all requests that are alike.

    Args:
        grant: what the draft grants.
        then: thresholds then.
        profiles: profile by kind, then.
        rules: rule by part, then.
        restore: whether values were restored then; `None` in records that leave it to the rule.
    """

    grant: Grant
    then: Limits
    profiles: Mapping[str, str]
    rules: Mapping[str, str]
    restore: bool | None
    withhold: Thresholds = field(init=False)
    flag: Thresholds = field(init=False)
    prompt: Thresholds = field(init=False)
    prompt_flag: Thresholds = field(init=False)
    profile_changed: tuple[Effect, ...] = field(init=False)
    restored: tuple[Effect, ...] = field(init=False)
    watched: Watched = field(init=False)
    watched_prompt: Watched = field(init=False)
    blocks: bool = field(init=False)
    _entities: dict[EntityKey, EntityEffects] = field(default_factory=dict)
    _left: set[tuple[object, ...]] = field(default_factory=set)

    def __post_init__(self) -> None:
        moderation, then = self.grant.moderation, self.then
        self.withhold = Thresholds(then.withhold, moderation.withhold)
        # What is withheld counts as flagged, too.
        self.flag = Thresholds(_lowest(then.flag, then.withhold), _lowest(moderation.flag, moderation.withhold))
        self.prompt = Thresholds(then.prompt, moderation.prompt)
        self.prompt_flag = Thresholds(then.flag, moderation.flag, unscored=0)
        self.watched = _lowest_of(self.withhold.lowered() + self.flag.lowered())
        self.watched_prompt = _lowest_of(self.prompt.lowered() + self.prompt_flag.lowered())
        self.blocks = "block" in self.grant.entities.values() or self.grant.other_entities == "block"
        self.profile_changed = self._profiles()
        self.restored = self._restored()

    def surely_leaves(self, request: Recorded) -> bool:
        """Whether nothing changes for sure: the like was seen before and changed in nothing, and no score is near."""
        if request.outcome != "completed" or _but_scores(request) not in self._left:
            return False
        scores, prompt = request.scores, request.prompt_scores
        return not may_reach(scores or {}, self.watched) and not may_reach(prompt or {}, self.watched_prompt)

    def remember(self, request: Recorded) -> None:
        """Keep that a request whose answer was neither flagged nor withheld changes in nothing but by its scores."""
        if len(self._left) > _KEPT:
            self._left.clear()
        self._left.add(_but_scores(request))

    def entities(self, request: Recorded, *, exact: bool) -> EntityEffects:
        """What changes for the entity types of a prompt that went out."""
        counts, cleared = request.entities or {}, request.cleared
        named = bool(request.pseudonyms) and counts.get(_MASKED, 0) <= request.pseudonyms
        key = (tuple(counts), tuple(cleared) if cleared else None, request.found, named)
        effects = self._entities.get(key)
        if effects is None:
            if len(self._entities) > _KEPT:
                self._entities.clear()
            effects = self._entities[key] = self._entity_effects(request, named=named, exact=exact)
        return effects

    def entity_rule(self, entity_type: str) -> str:
        """The draft's rule on an entity type."""
        rules = self.grant.rules
        return (rules.get(f"entity/{entity_type}") or rules[f"entity/{OTHER}"]).text

    def entity_effect(self, change: str, types: Collection[str]) -> Effect:
        """An effect on entity types, by the draft's rules on them."""
        return Effect(change, tuple(dict.fromkeys(map(self.entity_rule, types))), tuple(types))

    def threshold_effect(self, change: str, table: str, categories: Collection[str]) -> Effect:
        """An effect on categories, by the draft's thresholds for them."""
        profile = self.grant.moderation
        thresholds: Mapping[str, float] = getattr(profile, table)
        texts = [
            f"{table} {category} at {thresholds[category]:g}" if category in thresholds else f"no {table} of {category}"
            for category in categories
        ]
        return Effect(change, tuple(f"moderation/{profile.name}.toml: {text}" for text in texts), tuple(categories))

    def flag_effect(self, change: str, categories: Collection[str]) -> Effect:
        """An effect on the categories that an answer or a prompt is flagged for."""
        return self.threshold_effect(change, "flag", categories)

    def answer(self, request: Recorded, choices: Collection[Choice]) -> tuple[tuple[Effect, ...], bool, bool]:
        """What changes of an answer; whether a score was too close to tell; whether a withheld rest is let out."""
        scores = request.scores or {}
        named = tuple(dict.fromkeys(choice.withheld for choice in choices if choice.withheld))
        flags = tuple(dict.fromkeys(category for choice in choices for category in choice.flagged))
        held = self.withhold.any_known(scores, was_reached=bool(named), exact=request.is_exact)
        flagged = self.flag.known(scores, flags, exact=request.is_exact)
        close = held.close or flagged.close
        if held.categories:
            if named:
                return (), close, False
            return (self.threshold_effect("newly_withheld", "withhold", held.categories),), close, False
        if named:
            return (self.threshold_effect("no_longer_withheld", "withhold", named),), close, True
        if bool(flagged.categories) == bool(flags):
            return (), close, False
        change = "newly_flagged" if flagged.categories else "no_longer_flagged"
        return (self.flag_effect(change, flagged.categories or flags),), close, False

    def prompt_blocked(self, request: Recorded, *, was: bool) -> Verdict:
        """Whether the draft's thresholds block the prompt."""
        return self.prompt.any_known(request.prompt_scores or {}, was_reached=was, exact=request.is_exact)

    def _profiles(self) -> tuple[Effect, ...]:
        now = {
            "redaction": self.grant.redaction,
            "moderation": self.grant.moderation.name,
            "limit": self.grant.limit.name,
        }
        changed = [kind for kind in _KINDS if self.profiles.get(kind) != now[kind]]
        if not changed:
            return ()
        rules = tuple(dict.fromkeys(self.grant.rules[kind].text for kind in changed))
        what = tuple(f"{kind} {self.profiles.get(kind, 'none')} -> {now[kind]}" for kind in changed)
        return (Effect("profile_changed", rules, what),)

    def _restored(self) -> tuple[Effect, ...]:
        was = recorded.allows(self.rules.get("restore", "")) if self.restore is None else self.restore
        if was == self.grant.restore:
            return ()
        change = "restore_on" if self.grant.restore else "restore_off"
        return (Effect(change, (self.grant.rules["restore"].text,), ("restore",)),)

    def _entity_effects(self, request: Recorded, *, named: bool, exact: bool) -> EntityEffects:
        replaced = [each for each in request.entities or {} if not (named and each == _MASKED)]
        if not exact:
            # What a profile cleared and was replaced all the same are names of participants.
            replaced = [each for each in replaced if not self._was_clear(each)]
        action = self.grant.action_for
        blocked = [each for each in (request.found or () if exact else replaced) if action(each) == "block"]
        if blocked:
            return EntityEffects(self.entity_effect("newly_blocked", blocked), ())
        others = []
        if clear := [each for each in replaced if action(each) == "clear"]:
            others.append(self.entity_effect("more_cleared", clear))
        if redact := [each for each in request.cleared or {} if action(each) == "redact"]:
            others.append(self.entity_effect("more_redacted", redact))
        return EntityEffects(None, tuple(others))

    def _was_clear(self, entity_type: str) -> bool:
        return recorded.names_action(self.rules.get(f"entity/{entity_type}", ""), "clear")


def may_reach(scores: Mapping[str, int], watched: Watched) -> bool:
    """Whether a score comes near a threshold that is lower now: most do not, and need no closer look."""
    if not scores:
        return False
    for category, least, unscored in watched:  # noqa: SIM110  (a loop takes half the time of `any` here)
        if scores.get(category, unscored) >= least:
            return True
    return False


def _lowest_of(watched: Iterable[tuple[str, float, int]]) -> Watched:
    """Each category once."""
    found: dict[str, tuple[float, int]] = {}
    for category, least, unscored in watched:
        other, counted = found.get(category, (least, unscored))
        found[category] = (min(least, other), max(unscored, counted))
    return tuple((category, *each) for category, each in found.items())


def _but_scores(request: Recorded) -> tuple[object, ...]:
    """All that a draft looks at in a whole request of one kind, but its scores."""
    entities, cleared = tuple(request.entities or ()), tuple(request.cleared or ())
    return bytes(request.choices), entities, cleared, request.found, request.pseudonyms, request.prompt_flagged


def _lowest(first: Mapping[str, float], second: Mapping[str, float]) -> dict[str, float]:
    """The lower threshold of each category."""
    return {c: min(first.get(c, second.get(c, 0)), second.get(c, first.get(c, 0))) for c in {*first, *second}}
