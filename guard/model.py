"""The nouns of the request path: frozen, framework-free, no behaviour beyond small look-ups.

Fields that hold what a person typed, a value or a secret are `repr=False`, so that no log line or traceback shows them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

JSON = Any  # A value as `json.loads` returns it.

EntityAction = Literal["clear", "redact", "block"]
OperatorName = Literal["placeholder", "mask", "hash", "generalize", "drop"]
VerdictAction = Literal["allow", "flag", "withhold"]


@dataclass(frozen=True, slots=True)
class Credential:
    """What a caller shows to prove who it is: a key or a session; and the network address that it was shown from."""

    api_key: str | None = field(default=None, repr=False)
    session: str | None = field(default=None, repr=False)
    address: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is asking. `id` is random and the only thing of a person that reaches the audit log.

    `address` is the network address of this request, for policy alone; `None` when it is not known.
    """

    id: str
    tenant: str
    roles: tuple[str, ...]
    kind: Literal["user", "service", "local"] = "user"
    name: str = field(default="", repr=False)
    api_key_id: str | None = None
    address: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """One chat turn, whatever API it came through.

    Args:
        id: `req_…`, unique.
        credential: what the caller showed.
        body: the request as an OpenAI chat completion body; translators convert other shapes to it.
        conversation: the conversation that the caller named, if it did.
        scenario: the scenario that the caller named, if it did; otherwise the generator's or the default one.
    """

    id: str
    credential: Credential
    body: Mapping[str, JSON] = field(repr=False)
    conversation: str | None = None
    scenario: str | None = None

    @property
    def model(self) -> str:
        """The name of the generator that the caller asks for; the API layer has checked that it is a string."""
        return str(self.body.get("model", ""))

    @property
    def choices(self) -> int:
        """How many choices the caller asks for (`n`); the API layer has checked that it is a positive integer."""
        return int(self.body.get("n") or 1)


@dataclass(frozen=True, slots=True)
class Rule:
    """The policy rule that decided: its text as in the policy file, or `default deny`."""

    text: str
    allowed: bool


@dataclass(frozen=True, slots=True)
class ModerationProfile:
    """Named thresholds (probabilities, 0 to 1) by category; a category at or over its threshold takes its action.

    `withhold` and `flag` map category to threshold; `prompt` is the thresholds at which a *prompt* is blocked.
    `whole_reply` holds the reply until all of it is judged. `masked` are entity types masked when the model itself
    produces them.
    """

    name: str
    withhold: Mapping[str, float]
    flag: Mapping[str, float] = field(default_factory=dict)
    prompt: Mapping[str, float] = field(default_factory=dict)
    whole_reply: bool = False
    masked: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Budget:
    """What may be used: requests in a minute, tokens in a day, requests at the same time. `None`: no limit."""

    requests_per_minute: int | None = None
    tokens_per_day: int | None = None
    concurrent: int | None = None


@dataclass(frozen=True, slots=True)
class LimitProfile:
    """Named budgets. A request counts against all that apply to its caller.

    Args:
        user: each user's. key: each API key's.
        tenant: of all users of a tenant together.
        roles: by role, of all its holders in a tenant together.
    """

    name: str
    user: Budget
    key: Budget = Budget()
    tenant: Budget = Budget()
    roles: Mapping[str, Budget] = field(default_factory=dict)

    @property
    def budgets(self) -> Mapping[str, Budget]:
        """The budgets by scope: `user`, `key`, `tenant`, `role/<role>`."""
        roles = {f"role/{role}": budget for role, budget in self.roles.items()}
        return {"user": self.user, "key": self.key, "tenant": self.tenant, **roles}


@dataclass(frozen=True, slots=True, eq=False)
class Listed:
    """Values of one list of a policy. Two are the same when they are one object: a list may be very long.

    Args:
        types: those that a denied value is found as, or that an allowed value may be of.
        exact: whether case counts.
    """

    types: frozenset[str]
    values: tuple[str, ...] = field(repr=False)
    exact: bool = False


@dataclass(frozen=True, slots=True)
class Lists:
    """Values that are always found, and findings that are none, for one tenant. Values may be personal data."""

    deny: tuple[Listed, ...] = ()
    allow: tuple[Listed, ...] = ()


NO_LISTS = Lists()


@dataclass(frozen=True, slots=True)
class Operator:
    """What stands in place of a redacted value. Only `placeholder` is ever turned back into the value.

    Args:
        keep: of `mask`: how many letters and digits at the end stay.
    """

    name: OperatorName = "placeholder"
    keep: int = 0


PLACEHOLDERS = Operator()
"""The operator of a type that the policy names none for."""


@dataclass(frozen=True, slots=True)
class Grant:
    """What a principal may do in this request, each part with the rule that decided it (`rules`, by part).

    Args:
        policy: hash of the bundle in force.
        scenario: the scenario the profiles were picked for.
        redaction: name of the redaction profile.
        entities: action per entity type; a type that is not listed takes `other_entities`.
        restore: whether the caller's own values are put back into the answer.
        rules: part (`generator`, `entity/PERSON`, `restore`, `moderation`, `limit`…) to the rule that decided.
        lists: what the policy denies and allows by value in the principal's tenant.
        operators: what a redacted value becomes, by type; a type that is not listed becomes a placeholder.
    """

    policy: str
    scenario: str
    redaction: str
    entities: Mapping[str, EntityAction]
    restore: bool
    moderation: ModerationProfile
    limit: LimitProfile
    rules: Mapping[str, Rule]
    other_entities: EntityAction = "redact"
    lists: Lists = NO_LISTS
    operators: Mapping[str, Operator] = field(default_factory=dict)

    def action_for(self, entity_type: str) -> EntityAction:
        return self.entities.get(entity_type, self.other_entities)

    def operator_for(self, entity_type: str) -> Operator:
        return self.operators.get(entity_type, PLACEHOLDERS)


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a span was found. For the person who typed the text alone: it goes to no log, record, trace or metric.

    Args:
        pattern: name of the pattern, rule or tag that matched; empty: none of a name.
        score: what that alone scored, before a check digit or a word of context moved it.
        check: what was checked (`luhn`, `mod97`…), with a `!` before it when the check failed.
        context: the word beside it that moved the score, as it stands in the text.
    """

    pattern: str = ""
    score: float = 0.0
    check: str = ""
    context: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Span:
    """Personal data found in one text: `start` and `end` are code point offsets, `score` is 0 to 1."""

    start: int
    end: int
    entity_type: str
    score: float
    detector: str = ""
    explanation: Explanation | None = field(default=None, compare=False, repr=False)

    def at(self, start: int, end: int) -> Span:
        """The same finding in another place: of a view, of a part, of a longer text."""
        if (start, end) == (self.start, self.end):
            return self
        return Span(start, end, self.entity_type, self.score, self.detector, self.explanation)


@dataclass(frozen=True, slots=True)
class Coverage:
    """Which fields of the request were scanned: path pattern (`messages[].content`) to number of strings.

    Member names that Guard does not know are reported as `*`, because a name may say something about a person.
    """

    scanned: Mapping[str, int] = field(default_factory=dict)
    unknown: int = 0


@dataclass(frozen=True, slots=True)
class Replaced:
    """A span of the string at `path` and what was written in its place: a placeholder, or what another operator made."""

    path: str
    span: Span
    replacement: str


@dataclass(frozen=True, slots=True)
class Redacted:
    """The request as the generator sees it.

    Args:
        body: the request body with placeholders in place of values.
        counts: how many spans of each entity type were replaced (`clear` ones are not counted).
        cleared: how many spans of each entity type were found and let through in clear.
        found: every entity type that the detectors found, those included that another span covers.
        coverage: what was scanned.
        texts: the redacted texts of the messages that are new in this turn, for prompt checks, in order.
        replaced: what was replaced where, in the order of the strings.
        one_way: how many of those no vault turns back.
        foreign: how many placeholders stand in the request that are not of its conversation; they stay text.
    """

    body: Mapping[str, JSON] = field(repr=False)
    counts: Mapping[str, int]
    coverage: Coverage
    texts: tuple[str, ...] = field(default=(), repr=False)
    replaced: tuple[Replaced, ...] = field(default=(), repr=False)
    cleared: Mapping[str, int] = field(default_factory=dict)
    found: tuple[str, ...] = ()
    one_way: int = 0
    foreign: int = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the classifiers said of a text: probabilities by category, the categories over a threshold, what follows."""

    scores: Mapping[str, float] = field(default_factory=dict)
    flagged: tuple[str, ...] = ()
    action: VerdictAction = "allow"


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A tool call of the model, whole: `arguments` is a JSON document as text."""

    choice: int
    index: int
    id: str
    name: str
    arguments: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens as the generator counted them."""

    prompt_tokens: int = 0
    completion_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of a generator's answer for one choice: text, or a finished tool call, or the end, or the usage."""

    choice: int = 0
    text: str = field(default="", repr=False)
    tool_call: ToolCall | None = None
    finish_reason: str | None = None
    usage: Usage | None = None


@dataclass(frozen=True, slots=True)
class Released:
    """A judged piece of one choice, with placeholders still in it; what is committed and then restored and sent.

    `verdict` is the choice's verdict so far: the maximum of each category over all its units.

    `text` and `tool_call` are what the reviewer may read. `withheld` names the category when the choice ends here
    because of a verdict; `finish_reason` is set on the last piece of a choice.
    """

    choice: int
    text: str = field(default="", repr=False)
    tool_call: ToolCall | None = None
    verdict: Verdict = field(default_factory=Verdict)
    withheld: str | None = None
    finish_reason: str | None = None


@dataclass(frozen=True, slots=True)
class ChoiceReply:
    """One finished choice as the caller gets it, values restored."""

    index: int
    text: str = field(repr=False)
    tool_calls: tuple[ToolCall, ...]
    finish_reason: str
    verdict: Verdict
    withheld: str | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """The whole answer of a turn: the collected stream."""

    request_id: str
    conversation: str
    policy: str
    redactions: Mapping[str, int]
    choices: tuple[ChoiceReply, ...]
    usage: Usage
    foreign: int = 0
