"""Why a span was found, and what became of what the detectors found."""

from __future__ import annotations

from guard.model import Explanation, Span
from guard.placeholders import Vault
from guard.redact.engine import RedactionEngine
from guard.redact.explained import KNOWN, explained, outcomes
from guard.testing.fakes import WordDetector, grant

WHY = Explanation("card", 0.3, "!luhn", "kumquatberg")


def test_an_explanation_in_full_and_none() -> None:
    full = explained(Span(0, 4, "CREDIT_CARD", 0.75, "shapes", WHY))
    assert full.as_json() == {
        "detector": "shapes",
        "pattern": "card",
        "base_score": 0.3,
        "check": {"name": "luhn", "passed": False},
        "context": "kumquatberg",
    }
    assert "kumquatberg" not in repr(full)
    right = explained(Span(0, 4, "X", 1.0, "shapes", Explanation("card", 0.3, "luhn")))
    assert right.as_json()["check"] == {"name": "luhn", "passed": True}
    none = explained(Span(0, 4, "X", 1.0, "shapes")).as_json()
    assert none == {"detector": "shapes", "pattern": "", "base_score": None, "check": None, "context": None}
    assert explained(Span(0, 4, "X", 1.0, "vault")).pattern == KNOWN


async def test_what_became_of_each_finding() -> None:
    engine = RedactionEngine([
        WordDetector({"Ada": "PERSON", "Lovelace": "LOCATION"}), WordDetector({"Ada Lovelace": "PERSON", "French": "NRP"})
    ])  # fmt: skip
    allowed = grant(entities={"NRP": "clear"})
    text = "Ada Lovelace was not French."
    body = {"messages": [{"role": "user", "content": text}]}
    result = await engine(body, allowed, Vault.new())
    final = [each.span for each in result.replaced]
    told = [(text[e.start : e.end], o) for e, o in outcomes(await engine.candidates(text, allowed), final, allowed)]
    assert sorted(told) == [("Ada", "merged"), ("Ada Lovelace", "kept"), ("French", "clear"), ("Lovelace", "merged")]


async def test_what_a_detector_found_keeps_its_explanation_beside_the_known_value() -> None:
    class Explaining(WordDetector):
        async def detect(self, texts: object, language: str = "en") -> list[list[Span]]:
            found = await super().detect(texts, language)  # type: ignore[arg-type]
            return [[Span(s.start, s.end, s.entity_type, 0.75, "words", WHY) for s in some] for some in found]

    engine, vault = RedactionEngine([Explaining({"Ada Lovelace": "PERSON"})]), Vault.new()
    body = {"messages": [{"role": "user", "content": "Ada Lovelace, ADA LOVELACE"}]}
    # The second time all of it is known from the start; what is remembered of a text has no explanations.
    for why in (WHY, None):
        result = await engine(body, grant(), vault)
        first, second = (each.span for each in result.replaced)
        assert (first.detector, first.score, first.explanation) == ("words", 0.75, why)
        assert (second.detector, explained(second).pattern) == ("vault", KNOWN)
