from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

import pytest

from guard.errors import ClassifierError, GeneratorError
from guard.model import Chunk, Grant, ModerationProfile, Released, Span, ToolCall, Usage
from guard.moderate.gate import GateModerator
from guard.moderate.protocol import Classifier
from guard.testing.deny import FailingClassifier
from guard.testing.fakes import WordClassifier, WordDetector, grant


async def run(
    chunks: Sequence[Chunk],
    given: Grant | None = None,
    classifier: Classifier | None = None,
    choices: int = 1,
    words: dict[str, str] | None = None,
) -> list[Released]:
    async def stream() -> AsyncIterator[Chunk]:
        for chunk in chunks:
            yield chunk

    moderator = GateModerator(classifier or WordClassifier(), WordDetector(words or {}).detect)
    return [piece async for piece in moderator(given or grant(), choices).released(stream())]


def text(pieces: list[Released], choice: int = 0) -> str:
    return "".join(piece.text for piece in pieces if piece.choice == choice)


def with_profile(**changes: object) -> Grant:
    base = grant()
    return replace(base, moderation=replace(base.moderation, **changes))  # type: ignore[arg-type]


END = Chunk(finish_reason="stop")


async def test_units_leave_as_they_are_judged_and_the_end_carries_the_reason() -> None:
    pieces = await run([Chunk(text="One. Tw"), Chunk(text="o. Three"), END])
    assert [piece.text for piece in pieces] == ["One. ", "Two. ", "Three", ""]
    assert [piece.finish_reason for piece in pieces] == [None, None, None, "stop"]


async def test_a_bad_unit_and_all_after_it_never_leave() -> None:
    pieces = await run([Chunk(text="Fine. A toxicword here. More."), END])
    assert text(pieces) == "Fine. \n\n[Withheld by policy: toxicity]"
    assert pieces[-1].withheld == "toxicity"
    assert pieces[-1].finish_reason == "content_filter"


async def test_each_unit_is_judged_with_the_one_before_it() -> None:
    classifier = WordClassifier()
    await run([Chunk(text="One. Two. Three. "), END], classifier=classifier)
    assert classifier.asked == ["One.", "One. Two.", "Two. Three."]


async def test_a_profile_may_hold_the_whole_reply() -> None:
    held = with_profile(whole_reply=True)
    assert text(await run([Chunk(text="Fine. A biasword. "), END], held)) == "[Withheld by policy: bias]"
    assert text(await run([Chunk(text="Fine. Good. "), END], held)) == "Fine. Good. "


async def test_what_the_model_itself_produced_is_masked_and_placeholders_are_not() -> None:
    given = with_profile(masked=frozenset({"EMAIL_ADDRESS"}))
    words = {"eve@x.example": "EMAIL_ADDRESS", "EMAIL_ADDRESS_7K3Q9D": "EMAIL_ADDRESS", "Paris": "LOCATION"}
    pieces = await run([Chunk(text="Ask eve@x.example or <EMAIL_ADDRESS_7K3Q9D> in Paris."), END], given, words=words)
    assert text(pieces) == "Ask [EMAIL_ADDRESS] or <EMAIL_ADDRESS_7K3Q9D> in Paris."


async def test_choices_are_judged_apart() -> None:
    chunks = [
        Chunk(0, "Good. "),
        Chunk(1, "A toxicword. "),
        Chunk(1, "Never seen. "),
        Chunk(0, "Still good."),
        Chunk(0, finish_reason="stop"),
        Chunk(1, finish_reason="stop"),
    ]
    pieces = await run(chunks, choices=2)
    assert text(pieces, 0) == "Good. Still good."
    assert text(pieces, 1) == "[Withheld by policy: toxicity]"


async def test_the_generator_is_left_alone_once_every_choice_is_over() -> None:
    async def endless() -> AsyncIterator[Chunk]:
        while True:
            yield Chunk(text="A toxicword. ")

    pieces = [p async for p in GateModerator(WordClassifier(), WordDetector({}).detect)(grant()).released(endless())]
    assert pieces[-1].withheld == "toxicity"


async def test_a_tool_call_is_judged_whole() -> None:
    bad = ToolCall(0, 0, "call_1", "post", '{"text": "a toxicword"}')
    pieces = await run([Chunk(tool_call=bad), Chunk(finish_reason="tool_calls")])
    assert all(piece.tool_call is None for piece in pieces)
    assert pieces[-1].withheld == "toxicity"
    good = replace(bad, arguments='{"text": "fine"}')
    pieces = await run([Chunk(text="Calling"), Chunk(tool_call=good), Chunk(finish_reason="tool_calls")])
    assert next(piece.text for piece in pieces) == "Calling"
    assert pieces[1].tool_call == good


async def test_a_classifier_that_fails_lets_nothing_out() -> None:
    with pytest.raises(ClassifierError):
        await run([Chunk(text="Anything. "), END], classifier=FailingClassifier())


async def test_an_answer_without_an_end_is_an_error_and_its_rest_stays_in() -> None:
    with pytest.raises(GeneratorError) as caught:
        await run([Chunk(text="One. Two")])
    assert caught.value.reason_id == "generator_ended_early"


async def test_usage_is_kept() -> None:
    async def stream() -> AsyncIterator[Chunk]:
        yield Chunk(finish_reason="stop")
        yield Chunk(usage=Usage(3, 4))

    moderation = GateModerator(WordClassifier(), WordDetector({}).detect)(grant())
    assert [piece async for piece in moderation.released(stream())]
    assert moderation.usage == Usage(3, 4)


async def test_the_profile_names_what_a_missing_score_means() -> None:
    profile = ModerationProfile("strict", withhold={"violence": 0.9})
    pieces = await run([Chunk(text="Hello. "), END], replace(grant(), moderation=profile))
    assert pieces[-1].withheld == "violence"


async def test_a_masked_value_that_starts_in_the_unit_before() -> None:
    given = with_profile(masked=frozenset({"CREDIT_CARD"}))

    class Straddling:
        async def detect(self, texts: Sequence[str]) -> list[list[Span]]:
            found = [t.find("4111") for t in texts]
            return [
                [Span(at, len(t), "CREDIT_CARD", 1.0)] if at >= 0 else [] for at, t in zip(found, texts, strict=True)
            ]

    moderator = GateModerator(WordClassifier(), Straddling().detect)

    async def stream() -> AsyncIterator[Chunk]:
        yield Chunk(text="Card 4111\n1111 1111")
        yield END

    assert text([p async for p in moderator(given).released(stream())]) == "Card [CREDIT_CARD][CREDIT_CARD]"
