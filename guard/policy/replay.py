"""Replay: a draft decides on the requests that were recorded. Which would have gone differently, for whom, and why?

The record says what was decided then; the policy that decided it is not needed. What a record cannot tell is counted as
unknown and never guessed. Requests that are alike (roles, model, scenario, profiles, thresholds) are compared once; of
each request itself only its scores and its entity types are looked at.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from guard.errors import NotFoundError, PermissionDeniedError
from guard.model import Grant
from guard.policy import recorded
from guard.policy.conditions import Conditions
from guard.policy.drafted import Drafted, may_reach
from guard.policy.names import DEFAULT_DENY
from guard.policy.recorded import Choice, Recorded, Window
from guard.policy.snapshot import Snapshot
from guard.policy.tally import UNKNOWN, Effect, Replay, Tallies

Effects = tuple[Effect, ...]

_KINDS_KEPT = 50_000
"""Kinds of request that are remembered at a time."""


@dataclass(frozen=True, slots=True)
class _Decision:
    """What the draft says to some roles, a model and a scenario: a grant, or the rule that refuses, or neither."""

    grant: Grant | None = None
    refused: str = ""


@dataclass(slots=True)
class _Kind:
    """Requests that are alike, and what the draft does with them."""

    roles: str
    model: str
    decision: _Decision
    drafted: Drafted | None
    is_gone: bool


class Replayer:
    """Compares requests as they come; holds counts, not requests.

    Args:
        draft: the policy to decide by.
        models: the generators there are; `None` when nobody knows.
        samples: how many requests to keep of each kind of change.
    """

    def __init__(self, draft: Snapshot, models: Collection[str] | None = None, samples: int = 20) -> None:
        self._draft = draft
        self._models = None if models is None else frozenset(models)
        self._tallies = Tallies(samples)
        self._unknown = self._tallies.unknown
        self._conditions = Conditions(draft)
        self._kinds: dict[tuple[object, ...], _Kind] = {}
        self._choices: dict[bytes, tuple[bool, tuple[Choice, ...]]] = {}

    def feed(self, requests: Iterable[Recorded]) -> None:
        """Compare some more requests."""
        for request in requests:
            if request.event == "authentication.failed":
                self._unknown["authentication_failures"] += sum((request.counts or {}).values())
                continue
            self._tallies.requests += 1
            if request.tenant is None or request.object is None:
                self._unknown["before_decision"] += 1
                continue
            kind = self._kind(request)
            if kind.drafted and kind.drafted.surely_leaves(request):
                continue
            if effects := self._effects(request, kind):
                self._tallies.add(request, kind.roles, effects)
            elif kind.drafted and not kind.is_gone:
                self._remember(request, kind.drafted)

    def skip(self, reason: str, count: int = 1) -> None:
        """Count what the source of the records could not give."""
        if count:
            self._unknown[reason] += count

    def result(self, window: Window) -> Replay:
        """The counts so far."""
        tallies = self._tallies
        return Replay(
            policy=self._draft.policy,
            window=window,
            requests=tallies.requests,
            changed=tallies.changed,
            changes=tallies.changes,
            unknown={name: tallies.unknown[name] for name in UNKNOWN},
            samples=tuple(tallies.samples),
        )

    def _kind(self, request: Recorded) -> _Kind:
        key = (
            request.tenant,
            bytes(request.roles),
            request.object,
            request.scenario,
            bytes(request.profiles),
            bytes(request.thresholds),
            # Where the record says what was restored and cleared, nobody need read the rules.
            bytes(request.rules) if request.restore is None else request.restore,
        )
        kind = self._kinds.get(key)
        if kind is None:
            if len(self._kinds) >= _KINDS_KEPT:
                self._kinds.clear()
            kind = self._kinds[key] = self._new_kind(request)
        return kind

    def _new_kind(self, request: Recorded) -> _Kind:
        roles = recorded.roles(bytes(request.roles))
        model = (request.object or "").removeprefix("generator/")
        decision = self._decision(roles, request.tenant or "", model, request.scenario)
        drafted, profiles = None, recorded.texts(bytes(request.profiles))
        if decision.grant and profiles:
            rules = recorded.texts(bytes(request.rules)) if request.restore is None else {}
            then = recorded.limits(bytes(request.thresholds))
            drafted = Drafted(decision.grant, then, profiles, rules, request.restore)
        gone = self._models is not None and model not in self._models
        return _Kind("+".join(sorted(set(roles))) or "-", model, decision, drafted, gone)

    def _decision(self, roles: Collection[str], tenant: str, model: str, scenario: str | None) -> _Decision:
        if self._conditions.concern(roles, tenant, model, scenario):
            return _Decision()
        if scenario is None:
            # A refusal of an earlier version: the model alone may be refused for sure.
            rule = self._draft.decide(roles, tenant, f"generator/{model}", "use")
            return _Decision(refused="" if rule.allowed else rule.text)
        try:
            return _Decision(self._draft.grant(roles, tenant, model, scenario))
        except PermissionDeniedError as error:
            return _Decision(refused=error.rule)
        except NotFoundError:
            return _Decision(refused=f"scenarios.toml: no scenario {scenario}")

    def _effects(self, request: Recorded, kind: _Kind) -> Effects:
        decision = kind.decision
        if kind.is_gone:
            self._unknown["models_gone"] += 1
        if not decision.grant and not decision.refused:
            self._unknown["undecided" if request.scenario else "scenario_not_recorded"] += 1
            return ()
        if not bytes(request.profiles):
            return self._refused_then(request, kind)
        if decision.refused or kind.drafted is None:
            return (Effect("newly_refused", (decision.refused,), (f"generator/{kind.model}",)),)
        then = self._stopped_then if request.event == "chat.refused" else self._answered_then
        return kind.drafted.profile_changed + then(request, kind.drafted)

    def _refused_then(self, request: Recorded, kind: _Kind) -> Effects:
        if request.decision != "deny":
            self._unknown["before_decision"] += 1
            return ()
        if kind.decision.grant is None:
            return ()
        self._unknown["never_judged"] += 1
        denied = recorded.texts(bytes(request.rules)).get("denied", DEFAULT_DENY)
        cause = kind.decision.grant.rules["generator"].text if denied == DEFAULT_DENY else denied
        return (Effect("newly_allowed", (cause,), (f"generator/{kind.model}",)),)

    def _stopped_then(self, request: Recorded, drafted: Drafted) -> Effects:
        """Of a request that was granted and refused later, before the model was asked."""
        if request.decision != "blocked":
            self._unknown["limited" if request.decision == "limited" else "unfinished"] += 1
            return ()
        effect = self._unblocked(request, drafted)
        if effect is None:
            return ()
        self._unknown["never_judged"] += 1
        return (effect,)

    def _unblocked(self, request: Recorded, drafted: Drafted) -> Effect | None:
        """Whether a prompt that was blocked would pass, where that can be known."""
        if request.prompt_scores:
            verdict = drafted.prompt_blocked(request, was=True)
            self._unknown["at_threshold"] += verdict.close
            if verdict.categories:
                return None
            if drafted.blocks:  # Which entity types the prompt holds is not in the record.
                self._unknown["not_judged"] += 1
                return None
            return drafted.threshold_effect("no_longer_blocked", "prompt", tuple(drafted.then.prompt))
        if request.found is None and drafted.blocks:  # Nor in those of earlier versions which one blocked it.
            self._unknown["not_judged"] += 1
            return None
        found = request.found or ()
        if any(drafted.grant.action_for(each) == "block" for each in found):
            return None
        if drafted.grant.moderation.prompt:  # The classifier was never asked.
            self._unknown["not_judged"] += 1
            return None
        rules = recorded.texts(bytes(request.rules))
        was = [each for each in found if recorded.names_action(rules.get(f"entity/{each}", ""), "block")]
        if was:
            return drafted.entity_effect("no_longer_blocked", was)
        return Effect("no_longer_blocked", (drafted.grant.rules["redaction"].text,), ())

    def _answered_then(self, request: Recorded, drafted: Drafted) -> Effects:
        if request.found is None:
            self._unknown["cleared_not_recorded"] += 1
        prompt, is_blocked = self._prompt(request, drafted)
        if is_blocked:
            return prompt
        if request.entities and drafted.restored:
            prompt += drafted.restored
        if request.event == "chat.opened":
            self._unknown["never_closed"] += 1
            return prompt
        return prompt + self._answer(request, drafted)

    def _prompt(self, request: Recorded, drafted: Drafted) -> tuple[Effects, bool]:
        """What changes of a prompt that went out, and whether it would not have."""
        entities = drafted.entities(request, exact=request.found is not None)
        if entities.blocked:
            return (entities.blocked,), True
        effects = entities.others
        scores, flags = request.prompt_scores or {}, request.prompt_flagged
        if not flags and not may_reach(scores, drafted.watched_prompt):
            return effects, False
        verdict = drafted.prompt_blocked(request, was=False)
        flagged = drafted.prompt_flag.known(scores, flags)
        self._unknown["at_threshold"] += verdict.close or flagged.close
        if verdict.categories:
            return (drafted.threshold_effect("newly_blocked", "prompt", verdict.categories),), True
        if bool(flagged.categories) != bool(flags):
            change = "prompt_newly_flagged" if flagged.categories else "prompt_no_longer_flagged"
            effects += (drafted.flag_effect(change, flagged.categories or flags),)
        return effects, False

    def _answer(self, request: Recorded, drafted: Drafted) -> Effects:
        is_quiet, choices = self._choices_of(bytes(request.choices))
        if request.outcome != "completed":
            self._unknown["cut_short"] += 1
        scores = request.scores
        if not choices or not scores or (is_quiet and not may_reach(scores, drafted.watched)):
            return ()
        effects, is_close, is_cut = drafted.answer(request, choices)
        self._unknown["at_threshold"] += is_close
        self._unknown["answers_cut"] += is_cut
        return effects

    def _remember(self, request: Recorded, drafted: Drafted) -> None:
        """Of requests that are like this one in all but their scores, only these are looked at from now on."""
        is_whole = request.event == "chat.closed" and request.outcome == "completed" and request.found is not None
        if is_whole and not request.prompt_flagged and self._choices_of(bytes(request.choices))[0]:
            drafted.remember(request)

    def _choices_of(self, raw: bytes) -> tuple[bool, tuple[Choice, ...]]:
        """Whether nothing was flagged or withheld, and what became of each choice."""
        known = self._choices.get(raw)
        if known is None:
            if len(self._choices) >= _KINDS_KEPT:
                self._choices.clear()
            choices = recorded.choices(raw)
            is_quiet = not any(choice.flagged or choice.withheld for choice in choices)
            known = self._choices[raw] = is_quiet, choices
        return known
