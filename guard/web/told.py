"""A record in words: what was decided and why, the scores beside their thresholds, what was found and scanned."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from guard import errors
from guard.audit.facts import Facts
from guard.model import JSON
from guard.placeholders import PLACEHOLDER
from guard.web.texts import N_
from guard.web.texts import gettext as _

DECISIONS = {
    "allow": N_("Allowed"),
    "deny": N_("Denied"),
    "withheld": N_("Withheld"),
    "blocked": N_("Blocked"),
    "limited": N_("Limited"),
    "error": N_("Failed"),
}
"""Decisions as people read them."""

_REASONS = {
    cls.reason_id: cls.sentence
    for cls in vars(errors).values()
    if inspect.isclass(cls) and issubclass(cls, errors.GuardError)
} | {
    "client_disconnected": N_("The client left before the answer was complete."),
    "conversation_not_found": N_("The caller has no conversation of that id."),
}
_EVENTS = {
    "chat.opened": N_("A chat request was let through to the generator; this is its beginning."),
    "chat.refused": N_("A chat request was refused before it reached the generator."),
    "chat.closed": N_("A chat request came to its end."),
    "check.redact": N_("Texts were redacted without a generator."),
    "check.moderate": N_("Texts were judged without a generator."),
    "check.refused": N_("A check without a generator was refused."),
    "check.previewed": N_("Drafts were looked at for what would be taken out; this counts how often."),
    "conversation.listed": N_("Somebody listed their own conversations."),
    "conversation.read": N_("Somebody read an own conversation."),
    "conversation.renamed": N_("Somebody gave an own conversation another title."),
    "feedback.given": N_("Somebody said whether an answer was good, or took that back (a rating of 0)."),
    "authentication.failed": N_("Credentials were refused; this counts how often."),
    "permission.denied": N_("Somebody asked for what their roles do not include."),
    "transcript.read": N_("Somebody read a redacted transcript."),
    "transcript.listed": N_("Somebody listed the conversations."),
    "transcript.erased": N_("A conversation was erased: its keys are destroyed, its records stay."),
    "audit.searched": N_("Somebody searched the records. The names of the filters are kept, not their values."),
    "audit.read": N_("Somebody read a record."),
    "audit.exported": N_("Somebody exported records."),
    "reveal.asked": N_("Somebody asked to see what stands behind placeholders."),
    "reveal.read": N_("Somebody read what was asked for with a reveal. No value was shown."),
    "reveal.granted": N_("A reveal was granted."),
    "reveal.refused": N_("A reveal was refused."),
    "reveal.withdrawn": N_("A reveal was ended before its time, by who asked or by who may grant."),
    "reveal.shown": N_("What stands behind placeholders was shown to who had asked for it."),
    "case.assigned": N_("A case of a queue was given to somebody."),
    "case.released": N_("A case of a queue was given back."),
    "case.closed": N_("A case of a queue was closed."),
    "case.reopened": N_("A case of a queue was opened again."),
    "audit.head_missing": N_("The signed head of the log was gone when this was written."),
    "dashboard.read": N_("Somebody looked at the figures of a period, as a page, a report, a chart, a table or JSON."),
    "policy.drafted": N_("A change of the policy was begun."),
    "policy.revised": N_("A change of the policy was revised."),
    "policy.submitted": N_("A change of the policy was handed in for review."),
    "policy.commented": N_("Somebody said something about a change of the policy."),
    "policy.approved": N_("A change of the policy was approved."),
    "policy.rejected": N_("A change of the policy was sent back."),
    "policy.withdrawn": N_("A change of the policy was given up."),
    "policy.scheduled": N_("A change of the policy is to come into force at a set time."),
    "policy.activated": N_("A policy was put in force."),
    "policy.activation_failed": N_("A scheduled policy could not come into force."),
    "policy.rolled_back": N_("An earlier policy was brought back."),
    "policy.replayed": N_("A policy was tried on recorded requests."),
    "policy.mismatch": N_("Guard and pycasbin decided differently; Guard's answer stood."),
    "session.opened": N_("Somebody signed in."),
    "session.closed": N_("Somebody signed out."),
    "session.ended": N_("Somebody ended one of their sessions."),
    "session.others_ended": N_("Somebody ended all of their sessions but one."),
    "session.proved": N_("Somebody proved once more who they are, before an act that needs it."),
    "password.changed": N_("Somebody changed their password; their other sessions ended."),
    "second_factor.begun": N_("Somebody began to set up a second factor."),
    "second_factor.set": N_("Somebody turned their second factor on; their other sessions ended."),
    "second_factor.removed": N_("Somebody turned their second factor off."),
    "second_factor.reset": N_("The second factor of a user was taken away, for who has lost it."),
    "recovery_code.used": N_("Somebody signed in with a recovery code, which is used up."),
    "recovery_codes.renewed": N_("Somebody made new recovery codes; the old ones are void."),
    "user.locked": N_("Too many wrong passwords or codes in a row: nobody can sign in to the account for a while."),
    "user.unlocked": N_("A user can sign in again, whatever was wrong before."),
    "user.roles_set": N_("The roles of a user were set by the groups that the provider says."),
    "user.added": N_("A user was added."),
    "user.listed": N_("Somebody looked at the list of users. The names of the filters are kept, not their values."),
    "user.read": N_("Somebody looked at a user."),
    "user.roles_changed": N_("A user was given other roles."),
    "user.disabled": N_("A user was disabled."),
    "user.enabled": N_("A user was enabled again."),
    "user.password_reset": N_("A user was given another password by somebody else."),
    "user.sessions_ended": N_("A user was signed out everywhere."),
    "apikey.created": N_("An API key was made."),
    "apikey.revoked": N_("An API key was revoked."),
    "apikey.listed": N_("Somebody looked at the list of API keys."),
    "data.scanned": N_("Files were scanned for personal data with `guard scan`."),
    "generator.tested": N_("A generator was sent a fixed prompt to see whether it answers."),
}
_STEPS = {
    "start": N_("before anything was done"),
    "authenticate": N_("while the caller was identified"),
    "authorize": N_("while the policy was asked"),
    "limit": N_("while the budgets were counted"),
    "redact": N_("while personal data was taken out"),
    "inspect": N_("while the prompt was judged"),
    "store": N_("while the prompt was stored"),
    "generate": N_("while the generator answered"),
    "close": N_("while the answer was completed"),
}


class _Known(dict[str, Any]):
    """What a text is filled with; what is not there is a dash."""

    def __missing__(self, key: str) -> str:
        return "–"


@dataclass(frozen=True, slots=True)
class Score:
    """A category, with probabilities of three decimals.

    Args:
        prompt: its score, and the threshold at which a prompt is blocked.
        answer: its score, and the thresholds at which an answer is flagged and withheld.
    """

    category: str
    prompt: tuple[str, str]
    answer: tuple[str, str, str]
    result: str


def decision(name: str) -> str:
    """A decision as people read it."""
    return _(DECISIONS[name]) if name in DECISIONS else name


def decisions() -> dict[str, str]:
    """All decisions as people read them."""
    return {name: _(words) for name, words in DECISIONS.items()}


def reason(reason_id: str | None) -> str:
    """A reason in a sentence; empty where there is none that we know."""
    if reason_id is None:
        return ""
    if reason_id.startswith("withheld_"):
        category = reason_id.removeprefix("withheld_")
        return _("A part of the answer reached the threshold at which the policy withholds %(category)s.") % {
            "category": category
        }
    return _(_REASONS[reason_id]) if reason_id in _REASONS else ""


def sentences(facts: Facts, fields: Mapping[str, JSON]) -> list[str]:
    """What happened."""
    told = [_(_EVENTS[facts.event]) if facts.event in _EVENTS else ""]
    if facts.event == "chat.refused" and (step := _STEPS.get(str(fields.get("step")))):
        told.append(_("That was %(step)s.") % {"step": _(step)})
    told.append(reason(facts.reason_id))
    if facts.categories() and facts.decision in ("allow", "withheld"):
        told.append(_("Flagged or withheld: %(categories)s.") % {"categories": ", ".join(sorted(facts.categories()))})
    if limit := table(fields.get("limit")):
        told.append(_("The budget: %(amount)s %(unit)s of %(scope)s.") % _Known(limit))
    if facts.entities:
        told.append(_("Taken out before the model saw it: %(entities)s.") % {"entities": counted(facts.entities)})
    elif facts.event in ("chat.opened", "chat.closed"):
        told.append(_("Nothing had to be taken out of the prompt."))
    return [each for each in told if each]


def counted(entities: Mapping[str, int] | None) -> str:
    """Counts by type."""
    return ", ".join(f"{count} × {name}" for name, count in (entities or {}).items())


def scores(facts: Facts, fields: Mapping[str, JSON]) -> list[Score]:
    """The scores by category, the highest first; none where nothing was judged."""
    limits = table(fields.get("thresholds"))
    withhold, flag, prompt = (table(limits.get(name)) for name in ("withhold", "flag", "prompt"))
    answers, prompts = facts.scores or {}, facts.prompt_scores or {}
    withheld = {each.withheld for each in facts.choices}
    found = []
    for name in sorted({*answers, *prompts}, key=lambda each: (-max(answers.get(each, 0), prompts.get(each, 0)), each)):
        result = "withheld" if name in withheld else "flagged" if name in facts.categories() else ""
        if not result and name in prompt and prompts.get(name, -1) >= prompt[name]:
            result = "prompt blocked"
        shown = [probability(each.get(name)) for each in (prompts, prompt, answers, flag, withhold)]
        found.append(Score(name, (shown[0], shown[1]), (shown[2], shown[3], shown[4]), result or "passed"))
    return found


def probability(per_mille: object) -> str:
    """Per mille as a probability."""
    return f"{per_mille / 1000:.3f}" if isinstance(per_mille, int) else "–"


def parts(text: str) -> list[tuple[bool, str]]:
    """A redacted text in pieces: whether each is a placeholder, and its text."""
    pieces, end = [], 0
    for found in PLACEHOLDER.finditer(text):
        pieces += [(False, text[end : found.start()]), (True, found[0])]
        end = found.end()
    return [piece for piece in [*pieces, (False, text[end:])] if piece[1]]


def message_parts(message: Mapping[str, Any]) -> dict[str, Any]:
    """`parts` of a message's text, and its tool calls as `calls`: a name and `parts` each."""
    calls = []
    for call in message.get("tool_calls") or ():
        function = table(table(call).get("function"))
        calls.append({"name": str(function.get("name", "")), "parts": parts(str(function.get("arguments", "")))})
    return {"parts": parts(str(message.get("text", ""))), "calls": calls}


def first(name: str, records: Iterable[Mapping[str, JSON]]) -> dict[str, Any]:
    """A member that is an object, of the first record that has one."""
    return next((found for each in records if (found := table(each.get(name)))), {})


def number(name: str, records: Iterable[Mapping[str, JSON]]) -> int:
    """A member that is a number, of the first record that has one; 0 where none has."""
    return next((each[name] for each in records if isinstance(each.get(name), int)), 0)


def table(value: object) -> dict[str, Any]:
    """An object; empty for whatever else stands in its place."""
    return value if isinstance(value, dict) else {}
