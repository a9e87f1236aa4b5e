"""A conversation whose findings are remembered is redacted byte for byte like one that is scanned afresh each turn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from guard.errors import PromptBlockedError
from guard.model import Redacted, Span
from guard.placeholders import PLACEHOLDER, Vault
from guard.redact.engine import RedactionEngine
from guard.redact.patterns import PatternDetector
from guard.testing.fakes import WordDetector, grant

WORDS = {
    "Ada Lovelace": "PERSON",
    "Lovelace": "ORGANIZATION",
    "Grace Hopper": "PERSON",
    "London": "LOCATION",
    "1815": "AGE",
}
PIECES = [
    *WORDS,
    "ada@lovelace.example",
    "4111 1111 1111 1111",
    "lives in",
    "and",
    "ADA LOVELACE",
    "Hopper's",
    "<PERSON_AAAAAA>",
]
TEXT = st.lists(st.sampled_from(PIECES), min_size=1, max_size=5).map(" ".join)
ACTIONS = st.dictionaries(
    st.sampled_from(["PERSON", "LOCATION", "AGE", "EMAIL_ADDRESS"]), st.sampled_from(["redact", "clear", "block"])
)
TURN = st.tuples(TEXT, TEXT, ACTIONS)


class Counting(WordDetector):
    """Counts the texts that it is asked about."""

    def __init__(self, words: dict[str, str], model_id: str = "words") -> None:
        super().__init__(words)
        self.model_id = model_id
        self.asked: list[str] = []

    async def detect(self, texts: Sequence[str], language: str = "en") -> list[list[Span]]:
        self.asked += texts
        return await super().detect(texts)


def values(vault: Vault, text: str) -> str:
    """As the client sees it."""
    return PLACEHOLDER.sub(lambda found: vault.value(found[0]) or found[0], text)


def twin(vault: Vault, *, is_remembered: bool) -> Vault:
    """The vault as the next turn loads it."""
    loaded = Vault.loads(vault.dumps())
    if is_remembered:
        loaded.scanned.read(vault.scanned.everything(), 30)
    return loaded


async def outcome(engine: RedactionEngine, messages: list[Any], given: Any, vault: Vault) -> Any:
    try:
        done: Redacted = await engine({"messages": messages, "user": "u_1"}, given, vault)
    except PromptBlockedError as error:
        return error.found
    return done.body, done.counts, done.cleared, done.found, done.texts, done.coverage, vault.dumps()


@settings(max_examples=80, deadline=None)
@given(st.lists(TURN, min_size=1, max_size=6))
async def test_remembering_changes_nothing(turns: list[tuple[str, str, dict[str, Any]]]) -> None:
    patterns = PatternDetector()
    remembering = RedactionEngine([WordDetector(WORDS), patterns], patterns)
    vault = Vault.new()
    plain = Vault.loads(vault.dumps())
    history: list[Any] = []
    for said, answer, entities in turns:
        history.append({"role": "user", "content": said})
        given = grant(entities=entities)
        vault, plain = twin(vault, is_remembered=True), twin(plain, is_remembered=False)
        one, two = await outcome(remembering, history, given, vault), await outcome(remembering, history, given, plain)
        assert one == two
        history.append({"role": "assistant", "content": values(vault, answer)})


@settings(max_examples=60, deadline=None)
@given(st.lists(TEXT, min_size=2, max_size=6, unique=True))
async def test_a_text_is_scanned_once_and_the_masked_history_stays(said: list[str]) -> None:
    # Every value is known from the first turn on: what becomes known later changes earlier messages once, on purpose.
    detector = Counting(WORDS)
    engine, vault, before = RedactionEngine([detector]), Vault.new(), []
    history: list[Any] = [{"role": "system", "content": " ".join(PIECES)}]
    for text in said:
        history.append({"role": "user", "content": text})
        vault = twin(vault, is_remembered=True)
        done = await engine({"messages": history}, grant(), vault)
        assert done.body["messages"][: len(before)] == before
        before = done.body["messages"]
    assert len(detector.asked) == len(set(detector.asked)) <= len(said) + 1


async def test_a_value_that_becomes_known_is_taken_out_of_earlier_messages_too() -> None:
    words = Counting({"Ada Lovelace": "PERSON"})
    engine, vault = RedactionEngine([words]), Vault.new()
    history: list[Any] = [{"role": "user", "content": "Mail Lovelace."}]
    first = await engine({"messages": history}, grant(), vault)
    assert first.body["messages"][0]["content"] == "Mail Lovelace."
    history.append({"role": "user", "content": "She is Ada Lovelace."})
    second = await engine({"messages": history}, grant(), twin(vault, is_remembered=True))
    assert "Lovelace" not in str(second.body)


async def test_other_detectors_scan_again() -> None:
    vault, body = Vault.new(), {"messages": [{"role": "user", "content": "Ada Lovelace in London"}]}
    old = Counting({"Ada Lovelace": "PERSON"}, "words/1")
    assert "London" in str((await RedactionEngine([old])(body, grant(), vault)).body)
    new = Counting(WORDS, "words/2")
    engine = RedactionEngine([new])
    for _ in range(2):
        assert "London" not in str((await engine(body, grant(), vault)).body)
    assert len(new.asked) == 1
