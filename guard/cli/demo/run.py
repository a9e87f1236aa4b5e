"""Run the conversations, gather what each stage left behind, and check every claim."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from guard.cli.demo.conversations import CONVERSATIONS, Conversation
from guard.cli.demo.installation import Installation, temporary
from guard.cli.output import print_json


@dataclass(slots=True)
class Shown:
    """One conversation as the demo shows it; `problems` are claims that did not hold."""

    title: str
    typed: list[str]
    generator_saw: list[str] = field(default_factory=list)
    returned: list[str] = field(default_factory=list)
    decisions: list[str] = field(default_factory=list)
    at_rest: str = ""
    proof: dict[str, Any] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """The members that `--json` promises, and the problems."""
        return {name: getattr(self, name) for name in self.__slots__}


def run(*, as_json: bool, svg: str = "") -> int:
    """Run the whole demo and print it. Returns the exit code."""
    from guard.cli.demo.show import Screen

    screen = Screen(quiet=as_json, svg=svg)
    shown: list[Shown] = []
    with temporary() as installation:
        with screen.working("Making the first admin and three users"):
            keys = _people(installation)
        screen.note("Starting the server; the very first start converts the embedded model and takes up to a minute.")
        with screen.working("Starting the server"):
            served = installation.served()
            served.__enter__()
        try:
            for conversation in CONVERSATIONS:
                with screen.working(conversation.title):
                    each = _converse(installation, conversation, keys[conversation.user])
                shown.append(each)
                screen.conversation(each)
        finally:
            served.__exit__(None, None, None)
        verify = installation.json("audit", "verify")
        leaks = list(_leaks(installation.data))
        screen.end(verify, leaks)
    problems = [problem for each in shown for problem in each.problems] + leaks
    if as_json:
        print_json({"conversations": [each.as_json() for each in shown], "verify": verify, "problems": problems})
    return 0 if verify["ok"] and not problems else 1


def _people(installation: Installation) -> dict[str, str]:
    """Users with an API key each."""
    installation.json("init")
    keys = {}
    for role in ("employee", "auditor"):
        installation.json("user", "add", f"demo-{role}", "--role", role)
        keys[role] = str(installation.json("apikey", "create", "--user", f"demo-{role}")["api_key"])
    return keys


def _converse(installation: Installation, conversation: Conversation, key: str) -> Shown:
    """Send the turns with the official client, then collect what the stages recorded."""
    from openai import APIStatusError, OpenAI

    shown = Shown(conversation.title, [turn.text for turn in conversation.turns])
    headers = {"x-guard-scenario": conversation.scenario} if conversation.scenario else {}
    messages: list[Any] = []
    conversations, request_id = [], ""
    with OpenAI(base_url=installation.url + "/v1", api_key=key, max_retries=0, timeout=300) as client:
        for turn in conversation.turns:
            messages.append({"role": "user", "content": turn.text})
            try:
                raw = client.chat.completions.with_raw_response.create(
                    model=conversation.model, messages=messages, extra_headers=headers, **conversation.options
                )
            except APIStatusError as error:
                shown.returned.append(f"HTTP {error.status_code}: {error.code}")
                request_id = error.response.headers["x-guard-request-id"]
                break
            conversations.append(raw.headers["x-guard-conversation"])
            request_id = raw.headers["x-guard-request-id"]
            answer = raw.parse()
            texts = [choice.message.content or "" for choice in answer.choices]
            shown.returned += texts
            messages.append({"role": "assistant", "content": texts[0]})
    _collect(installation, shown, conversations, request_id)
    shown.problems = [f"{conversation.title}: {claim}" for claim in _broken_claims(conversation, shown, conversations)]
    return shown


def _collect(installation: Installation, shown: Shown, conversations: list[str], request_id: str) -> None:
    """What the generator saw, who decided what, what lies on disk, and where the record stands in the log."""
    if conversations:
        stored = installation.json("transcript", "show", conversations[-1])["messages"]
        shown.generator_saw = [message["text"] for message in stored if message["role"] == "user"]
        shown.at_rest = _at_rest(installation.data, conversations[-1])
    records = installation.json("audit", "show", request_id)
    shown.decisions = [line for record in records for line in _decisions(record)]
    last = records[-1]
    shown.proof = {name: last.get(name) for name in ("index", "event", "hash", "previous")}


def _decisions(record: dict[str, Any]) -> Iterator[str]:
    """One line for each part of a record: what was decided and the rule that did."""
    yield f"{record['event']}: {record['decision']}" + (f" ({record['reason_id']})" if record.get("reason_id") else "")
    if record["event"] == "chat.opened":
        return
    for part, rule in (record.get("rules") or {}).items():
        yield f"{part}: {rule}"
    if scores := record.get("scores"):
        yield "scores: " + ", ".join(f"{name} {value / 1000:.3f}" for name, value in sorted(scores.items()))


def _broken_claims(conversation: Conversation, shown: Shown, conversations: list[str]) -> Iterator[str]:
    """The claims of this conversation that did not hold."""
    saw, returned = " ".join(shown.generator_saw), " ".join(shown.returned)
    for number, value in enumerate(value for turn in conversation.turns for value in turn.values):
        if value in saw:
            yield f"the generator saw personal value {number + 1}"
    for word in conversation.cleared:
        if word not in saw:
            yield "a name that the scenario lets through was taken out"
    if len(set(conversations)) > 1:
        yield "the second turn was not recognized as the same conversation"
    if conversation.expect == "denied" and (not returned.startswith("HTTP 403") or shown.generator_saw):
        yield "a role without the right was not refused"
    if conversation.expect == "withheld" and ("[Withheld by policy" not in returned or "worthless" in returned):
        yield "a toxic sentence was returned"
    if conversation.expect == "answered" and not all(text.strip() for text in shown.returned):
        yield "there was no answer"
    if conversation.expect == "answered" and len(shown.returned) != max(
        conversation.options.get("n", 1), len(conversation.turns)
    ):
        yield "choices are missing"
    if not shown.proof.get("hash"):
        yield "there is no record"


def _at_rest(data: Path, conversation_id: str) -> str:
    """The first bytes of the stored prompt, as they lie in the database."""
    with sqlite3.connect(f"file:{data / 'guard.db'}?mode=ro", uri=True) as connection:
        row = connection.execute(
            "SELECT sealed FROM messages WHERE conversation_id = ? ORDER BY sequence LIMIT 1", (conversation_id,)
        ).fetchone()
    connection.close()
    return bytes(row[0])[:48].hex(" ", 4) if row else ""


def _leaks(data: Path) -> Iterator[str]:
    """Personal values of the demo that can be read in a file of the data directory."""
    values = [value.encode() for c in CONVERSATIONS for turn in c.turns for value in turn.values]
    for path in sorted(data.rglob("*")):
        if path.is_file() and "cache" not in path.parts:
            content = path.read_bytes()
            for number, value in enumerate(values):
                if value in content:
                    yield f"personal value {number + 1} is readable in {path.name}"
