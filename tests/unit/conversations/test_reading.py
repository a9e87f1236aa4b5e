"""From stored turns to what their owner reads."""

from __future__ import annotations

from guard.audit.closed import Closed, read
from guard.conversations.model import Explained, Opened, Summary, Turn
from guard.conversations.reading import Reader, aligned, explained
from guard.placeholders import Vault
from guard.store.held import Held, HeldTurn, Titled, TurnFacts


def shown(seen: str, vault: Vault, outcome: str | None) -> tuple[str, int]:
    """The text of an answer and how many marks are in it."""
    turn = HeldTurn("req_1", (None, None), 1, TurnFacts(restored=True), [], {0: [{"content": seen}]})
    closings = {} if outcome is None else {"req_1": Closed(7, "req_1", outcome)}
    (answer,) = Reader(Held(Titled("conv_1", 1, 1), vault, [turn]), closings).opened().turns[0].answers
    return answer.text, len(answer.marks)


def test_half_a_placeholder_is_not_shown_where_an_answer_broke_off() -> None:
    vault = Vault.new()
    made = vault.placeholder("PERSON", "Ada Lovelace")
    half = made[:-4]
    for outcome in (None, "disconnected", "failed"):
        assert shown(f"{made} and {half}", vault, outcome) == ("Ada Lovelace and ", 1)
    assert shown(f"{made} and {half}", vault, "completed") == (f"Ada Lovelace and {half}", 1)


def test_a_placeholder_that_was_typed_is_no_value() -> None:
    vault = Vault.new()
    made = vault.placeholder("PERSON", "Ada")
    marks = aligned(f"{made} is Ada", f"{made} is {made}", vault, values=True)
    assert [(each.start, each.end) for each in marks] == [(len(made) + 4, len(made) + 7)]
    assert aligned("nothing alike", f"{made} x {made}", vault, values=True) == ()


def test_offsets_are_code_points() -> None:
    vault = Vault.new()
    made = vault.placeholder("PERSON", "Zoë 🎈")
    (mark,) = aligned("🎈 Zoë 🎈!", f"🎈 {made}!", vault, values=True)
    assert "🎈 Zoë 🎈!"[mark.start : mark.end] == "Zoë 🎈"


def test_why_of_each_choice() -> None:
    record = (
        b'{"index":5,"request_id":"req_1","outcome":"completed","scores":{"bias":610,"toxicity":900},'
        b'"rules":{"moderation":"p, *"},"profiles":{"moderation":"strict"},'
        b'"thresholds":{"withhold":{"toxicity":500},"flag":{"bias":300,"toxicity":200},"prompt":{}},'
        b'"choices":[{"index":1,"action":"withhold","flagged":["toxicity","bias"],"withheld":"toxicity"}]}'
    )
    found = read([record, b"not a record"])
    assert explained(found["req_1"]) == (
        Explained(1, "withheld", "toxicity", 900, 500, "p, *", "strict"),
        Explained(1, "flagged", "bias", 610, 300, "p, *", "strict"),
    )


def test_a_path_ends_also_where_links_go_round() -> None:
    turns = tuple(Turn(name, before, 0, 1, "", "", (), ()) for name, before in (("a", "b"), ("b", "a"), ("c", "x")))
    opened = Opened(Summary("conv_1", "", 1, 1), turns)
    assert [step.turn.request_id for step in opened.path(("a", None))] == ["b", "a"]
    assert [step.turn.request_id for step in opened.path()] == ["c"]
    assert Opened(opened.summary, ()).path() == ()
