"""What the form of a message asks for, as a request; and why one was refused, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import Request

from guard.errors import GuardError, InvalidRequestError, PermissionDeniedError, PromptBlockedError
from guard.model import JSON, ChatRequest, Grant, Principal
from guard.policy.vocabulary import OTHER
from guard.web.attachments import Sent
from guard.web.desk import credential, services
from guard.web.talk import read_place
from guard.web.texts import gettext as _

MOST_CHOICES = 4


async def asked(request: Request, principal: Principal, sent: Sent) -> ChatRequest:
    """The request that a form stands for. Raises InvalidRequestError, ConversationNotFoundError.

    Fields: `conversation` and `at`, the answer to go on from; or `edit`, a turn whose message is replaced; or `again`,
    a turn that is asked once more as it was.
    """
    fields = sent.fields
    messages = await _history(request, principal, fields)
    if not fields.get("again"):
        text = sent.message()
        if not text.strip():
            raise InvalidRequestError(_("Write a message first."))
        messages.append({"role": "user", "content": text})
    body: dict[str, JSON] = {"model": fields.get("model", ""), "messages": messages}
    if (choices := _choices(fields.get("n", ""))) > 1:
        body["n"] = choices
    return ChatRequest(
        id=request.scope["guard.request_id"],
        credential=credential(request),
        body=body,
        conversation=fields.get("conversation") or None,
        scenario=fields.get("scenario") or None,
    )


async def _history(request: Request, principal: Principal, fields: Mapping[str, str]) -> list[dict[str, JSON]]:
    conversation = fields.get("conversation", "")
    if not conversation:
        return []
    conversations = services(request).conversations
    if repeated := fields.get("again") or fields.get("edit"):
        place = read_place(repeated)
        assert place is not None
        found = await conversations.messages(principal, conversation, place[0], None)
        return found if fields.get("again") else found[:-1]
    at = read_place(fields.get("at", ""))
    return await conversations.messages(principal, conversation, *(at or (None, None)))


def _choices(text: str) -> int:
    if not text:
        return 1
    if text.isascii() and text.isdecimal() and len(text) == 1 and 1 <= int(text) <= MOST_CHOICES:
        return int(text)
    raise InvalidRequestError(_("Ask for one to %(most)d answers.") % {"most": MOST_CHOICES})


async def explained(request: Request, principal: Principal, error: GuardError, fields: Mapping[str, str]) -> list[str]:
    """Why a message was refused: what was found, beside the rule or the threshold that it met."""
    if isinstance(error, PermissionDeniedError):
        return [_("Rule: %(rule)s") % {"rule": error.rule}]
    if not isinstance(error, PromptBlockedError):
        return []
    scenario = fields.get("scenario") or services(request).generators.scenario(fields.get("model", ""))
    try:
        grant = await services(request).authorize(principal, fields.get("model", ""), scenario)
    except GuardError:
        # The policy has just changed: what it said then cannot be told any more.
        return []
    return [*_types(error, grant), *_categories(error, grant)]


def _types(error: PromptBlockedError, grant: Grant) -> list[str]:
    blocked = [each for each in error.found if grant.action_for(each) == "block"]
    return [
        _("It holds %(type)s. %(rule)s") % {"type": each, "rule": _rule(grant, f"entity/{each}")} for each in blocked
    ]


def _categories(error: PromptBlockedError, grant: Grant) -> list[str]:
    told: list[str] = []
    profile = grant.moderation
    for category, score in sorted(error.scores.items(), key=lambda each: -each[1]):
        threshold = profile.prompt.get(category)
        if threshold is None or score < threshold:
            continue
        facts: dict[str, Any] = {
            "category": category,
            "score": f"{score:.3f}",
            "threshold": f"{threshold:.3f}",
            "profile": profile.name,
            "rule": _rule(grant, "moderation"),
        }
        told.append(
            _("%(category)s: score %(score)s, blocked from %(threshold)s (profile %(profile)s). %(rule)s") % facts
        )
    return told


def _rule(grant: Grant, part: str) -> str:
    rule = grant.rules.get(part) or grant.rules.get(f"entity/{OTHER}" if part.startswith("entity/") else "")
    return _("Rule: %(rule)s") % {"rule": rule.text} if rule else ""
