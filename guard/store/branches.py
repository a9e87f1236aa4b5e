"""Turns that go on from answers: what is kept of a turn, and how a reviewer is told of a message that came again."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping, Sequence

from guard.errors import TamperedError
from guard.model import JSON, Grant, Redacted
from guard.placeholders import PLACEHOLDER, Vault
from guard.store.envelope import Envelope
from guard.store.held import Link, TurnFacts
from guard.store.identity import text_of

TITLE = 80
"""Characters of a title at the most."""


def as_sent(message: JSON, vault: Vault) -> JSON:
    """A stored message with its values in the places of their placeholders."""
    if isinstance(message, str):
        return PLACEHOLDER.sub(lambda found: vault.value(found[0]) or found[0], message)
    if isinstance(message, Mapping):
        return {name: as_sent(value, vault) for name, value in message.items()}
    if isinstance(message, list):
        return [as_sent(each, vault) for each in message]
    return message


def facts_of(
    sent: Sequence[Mapping[str, JSON]],
    kept: Sequence[Mapping[str, JSON]],
    redacted: Redacted,
    grant: Grant | None,
    vault: Vault,
) -> TurnFacts:
    """What is kept of a turn.

    Args:
        sent: its new messages as they came. kept: the same, redacted.
        grant: of the turn; `None`: nothing was restored.

    Where the policy had a value taken out for good, the messages are kept as the generator saw them alone: what was sent
    would bring it back.
    """
    changed = (
        {}
        if redacted.one_way
        else {
            index: message
            for index, (message, stored) in enumerate(zip(sent, kept, strict=True))
            if as_sent(stored, vault) != message
        }
    )
    model = str(redacted.body.get("model", ""))
    restored, scenario = bool(grant and grant.restore), grant.scenario if grant else ""
    return TurnFacts(model, scenario, restored=restored, sent=changed, one_way=redacted.one_way)


def title_of(
    sent: Sequence[Mapping[str, JSON]], kept: Sequence[Mapping[str, JSON]], redacted: Redacted, facts: TurnFacts
) -> str:
    """The title of a conversation that begins with this turn: of what was sent, where its owner gets that back."""
    return first_words(sent if facts.restored and not redacted.one_way else kept)


def first_words(messages: Iterable[Mapping[str, JSON]]) -> str:
    """The title of a conversation that begins with these messages."""
    texts = (text_of(each) for each in messages if each.get("role") == "user")
    text = next((found for each in texts if (found := " ".join(each[: TITLE * 4].split()))), "")
    if len(text) <= TITLE:
        return text
    words, _, _ = text[:TITLE].rpartition(" ")
    return (words or text[: TITLE - 1]) + "…"


def sealed_facts(facts: TurnFacts, transcript: Envelope, vault: Envelope, place: Sequence[str]) -> bytes:
    """Facts as they are stored. What holds values is sealed as the vault is, and dies with it."""
    kept: dict[str, JSON] = {"model": facts.model, "scenario": facts.scenario, "restored": facts.restored}
    if facts.one_way:
        kept["one_way"] = facts.one_way
    if facts.sent:
        inner = vault.seal(json.dumps(dict(facts.sent)).encode(), "sent", *place)
        kept["sent"] = base64.b64encode(inner).decode()
    return transcript.seal(json.dumps(kept).encode(), *place)


def opened_facts(sealed: bytes, transcript: Envelope, vault: Envelope, place: Sequence[str]) -> TurnFacts:
    """What `sealed_facts` sealed for this place. Raises TamperedError."""
    kept = json.loads(transcript.open(sealed, *place))
    sent: dict[str, Mapping[str, JSON]] = {}
    if inner := kept.get("sent"):
        sent = json.loads(vault.open(base64.b64decode(inner), "sent", *place))
    by_index = {int(index): message for index, message in sent.items()}
    one_way = kept.get("one_way", 0)
    return TurnFacts(kept["model"], kept["scenario"], restored=kept["restored"], sent=by_index, one_way=one_way)


def place(tenant: str, conversation_id: str, request_id: str, link: Link) -> tuple[str, ...]:
    """Where a turn's facts belong: they open only beside the link that they were written with."""
    parent, choice = link
    return "turns", tenant, conversation_id, request_id, parent or "", "" if choice is None else str(choice)


def linked(request_ids: Sequence[str], links: Mapping[str, Link]) -> dict[str, Link]:
    """The link of each turn, in the order of the turns.

    Turns of before Guard kept links were in a row. Raises TamperedError where a link is gone.
    """
    found: dict[str, Link] = {}
    before: Link = (None, None)
    is_kept = False
    for request_id in request_ids:
        if is_kept and request_id not in links:
            raise TamperedError("Stored turns of this conversation were removed.")
        is_kept = request_id in links
        found[request_id] = links.get(request_id, before)
        before = request_id, 0
    return found


def marked(messages: list[dict[str, JSON]], links: Mapping[str, Link]) -> list[dict[str, JSON]]:
    """The messages of a transcript; those that do not go on from the answer above them say so.

    The first message of such a turn has a member `branch`: `again` (the same was asked before at this place), `edited`
    (something else was), or `earlier` (it goes on from an earlier answer); and `after`, the turn that it goes on from.
    """
    said: dict[str, list[tuple[str, str]]] = {}
    first: dict[str, dict[str, JSON]] = {}
    for message in messages:
        first.setdefault(message["request_id"], message)
        asked = said.setdefault(message["request_id"], [])
        if "choice" not in message:
            asked.append((message["role"], message["text"]))
    there: dict[Link, list[str]] = {}
    before: str | None = None
    for request_id, message in first.items():
        link = links.get(request_id, (before, None))
        if earlier := there.get(link):
            is_same = any(said[each] == said[request_id] for each in earlier)
            message |= {"branch": "again" if is_same else "edited", "after": link[0]}
        elif link[0] != before:
            message |= {"branch": "earlier", "after": link[0]}
        there.setdefault(link, []).append(request_id)
        before = request_id
    return messages
