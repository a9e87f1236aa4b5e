"""What is encoded is found, at its place, and what is not encoded costs nothing."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from guard.model import Explanation, Span
from guard.redact import decoding, readings, views
from guard.redact.patterns import PatternDetector
from guard.redact.views import Views
from guard.testing.broken import BrokenDetector
from tests.unit.redact.test_regexes_are_linear import growth

PATTERNS = PatternDetector()


class Listener:
    """Finds what a pattern says, and remembers what it was asked."""

    model_id = "listener/3"

    def __init__(self, pattern: str = r"[^\W\d_]+", entity_type: str = "PERSON", score: float = 0.9) -> None:
        self.asked: list[list[str]] = []
        self.said: list[str] = []
        self.closed = False
        self._pattern, self._type, self._score = re.compile(pattern), entity_type, score

    async def detect(self, texts: Sequence[str], language: str = "unsaid") -> list[list[Span]]:
        self.asked.append(list(texts))
        self.said.append(language)
        return [[Span(*m.span(), self._type, self._score) for m in self._pattern.finditer(t)] for t in texts]

    async def aclose(self) -> None:
        self.closed = True


def packed(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def hidden(text: str) -> str:
    return "".join(chr(0xE0000 + ord(c)) for c in text)


@pytest.mark.parametrize(
    ("value", "entity_type", "how"),
    [
        ("x%C3%BCada%40example.com", "EMAIL_ADDRESS", "percent-decoded"),
        ("%61%64%61%40example.com", "EMAIL_ADDRESS", "percent-decoded"),
        ("j%E9r%F4me%40example.com", "EMAIL_ADDRESS", "percent-decoded"),
        ("+1%20415%20555%200132", "PHONE_NUMBER", "percent-decoded"),
        ("ada%2540example.com", "EMAIL_ADDRESS", "percent-decoded"),
        ("ada%252540example.com", "EMAIL_ADDRESS", "percent-decoded"),
        ("ada&#64;example.com", "EMAIL_ADDRESS", "HTML-unescaped"),
        ("ada&#x40;example&period;com", "EMAIL_ADDRESS", "HTML-unescaped"),
        ("ada&commat;example.com", "EMAIL_ADDRESS", "HTML-unescaped"),
        ("ada&#064example.com", "EMAIL_ADDRESS", "HTML-unescaped"),
        ("ada&amp;#64;example.com", "EMAIL_ADDRESS", "HTML-unescaped"),
        (r"ada\u0040example.com", "EMAIL_ADDRESS", "unescaped"),
        (r"ada\x40example.com", "EMAIL_ADDRESS", "unescaped"),
        (r"ada\u{40}example.com", "EMAIL_ADDRESS", "unescaped"),
        (r"ada\U00000040example.com", "EMAIL_ADDRESS", "unescaped"),
        (r"ada\\u0040example.com", "EMAIL_ADDRESS", "unescaped"),
        ("ada%u0040example.com", "EMAIL_ADDRESS", "unescaped"),
        ("ada%26%2364%3Bexample.com", "EMAIL_ADDRESS", "percent-decoded, HTML-unescaped"),
        ("𝐚𝐝𝐚＠𝐞𝐱𝐚𝐦𝐩𝐥𝐞．𝐜𝐨𝐦", "EMAIL_ADDRESS", "plain forms"),
        ("₄₁₅-₅₅₅-₀₁₃₂", "PHONE_NUMBER", "plain forms"),
        ("ada@example。com", "EMAIL_ADDRESS", "plain forms"),
        ("ada％４０example.com", "EMAIL_ADDRESS", "plain forms, percent-decoded"),
        ("415\u2011555\u20110132", "PHONE_NUMBER", "plain forms"),
        ("DE89\u00a03704\u00a00044\u00a00532\u00a00130\u00a000", "IBAN_CODE", "plain forms"),
        ("ada\u200b@exam\u00adple.com", "EMAIL_ADDRESS", "invisible characters left out"),
        ("ada\u202e\u2066@exam\u2060ple.com", "EMAIL_ADDRESS", "invisible characters left out"),
        (hidden("ada@example.com"), "EMAIL_ADDRESS", "tag characters"),
        (packed("please write to ada@example.com"), "EMAIL_ADDRESS", "base64"),
        (packed("please write to ada@example.com").rstrip("="), "EMAIL_ADDRESS", "base64"),
        (base64.urlsafe_b64encode("ÿÿÿ>>> ada@example.com".encode()).decode(), "EMAIL_ADDRESS", "base64"),
    ],
)  # fmt: skip
async def test_an_encoded_value_is_found_whole(value: str, entity_type: str, how: str) -> None:
    (spans,) = await Views(PATTERNS).detect([f"from {value} to you"])
    found = {(span.entity_type, _how(span)) for span in spans if (span.start, span.end) == (5, 5 + len(value))}
    assert (entity_type, how) in found


def _how(span: Span) -> str:
    told = re.search(r" \((.+)\)$", span.explanation.pattern) if span.explanation else None
    return told[1] if told else ""


async def test_an_escaped_break_is_no_part_of_a_value() -> None:
    text = r'{"note": "Hi\n415-555-0132\n"}'
    (spans,) = await Views(PATTERNS).detect([text])
    assert {text[span.start : span.end] for span in spans} == {"415-555-0132"}


async def test_a_decoded_word_of_context_counts() -> None:
    text = "pass&#119;ord: hunter2xyz"
    (spans,) = await Views(PATTERNS).detect([text])
    assert [(text[s.start : s.end], s.entity_type) for s in spans] == [("hunter2xyz", "PASSWORD")]


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("https://x.io/?who=Ada+Lovelace", "https://x.io/?who=Ada Lovelace"),
        ("who=Ada+Lovelace&more=%31", "who=Ada Lovelace&more=1"),
        ("a+b %31", "a+b 1"),
        ("?a=%2B1+2", "?a=+1 2"),
        ("AT&T &copy=1 &notit;", "AT&T ©=1 ¬it;"),
        (r"\ud83d\ude00\ud83d\x41", "😀\\ud83dA"),
        (r"\"name\": \/x\/", '"name": /x/'),
        ("٤١٥ and ²", "415 and 2"),
        ("1\u2028Ａ", "1\nA"),
    ],
)
def test_everything_is_decoded(text: str, read: str) -> None:
    assert readings.readings(text)[0].text == read


@pytest.mark.parametrize(
    "text",
    [
        "A plain text, with numbers 1 + 2 = 3; and (brackets)?",
        "%02d of 100% & AT&T, R&D \\d+ \\alpha",
        "你好，世界：这是（一个）例子；对吗？好！",
        "« Bonjour » – c’est l’été… 20 °C, 3 m², Guard™",
        "👩‍👧 ❤️ 1️⃣ 🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
        "می‌خواهم",
        "",
    ],
)
async def test_a_text_that_is_not_encoded_is_read_once(text: str) -> None:
    listener = Listener()
    await Views(listener).detect([text])
    assert listener.asked == [[text]]


async def test_only_the_surroundings_of_a_change_are_read_again() -> None:
    listener = Listener()
    text = "one two three " * 500 + "ada%40example.com " + "four five six " * 500 + "&lt;"
    await Views(listener).detect([text])
    _, (first, second) = listener.asked
    assert "ada@example.com" in first
    assert len(first) < 700
    assert len(second) < 350
    assert set(first.split()) <= {"one", "two", "three", "ada@example.com", "four", "five", "six"}


async def test_what_reads_the_same_is_not_found_again() -> None:
    (spans,) = await Views(Listener()).detect(["Ada met Bob, 50%20of Eve"])
    assert [(s.start, s.end) for s in spans] == [(0, 3), (4, 7), (8, 11), (18, 20), (21, 24)]
    (spans,) = await Views(Listener(r"[\w@.]+")).detect(["Ada %41da"])
    assert [(s.start, s.end) for s in spans] == [(0, 3), (5, 9), (4, 9)]


async def test_an_escape_is_not_cut() -> None:
    (spans,) = await Views(Listener("da")).detect(["A&#100;&#97;m"])
    assert [(s.start, s.end) for s in spans] == [(1, 12)]


@pytest.mark.parametrize(
    ("inside", "listener"),
    [
        ("Ada Lovelace, London, Friday", Listener()),
        ("call ada, it is 415-555-0132", Listener(r"\d+", "PHONE_NUMBER", 0.7)),
        ("\x00\x01\x02 binary ada@example.com", Listener("ada", "EMAIL_ADDRESS")),
        ("x" * 6200, Listener("xx", "EMAIL_ADDRESS")),
        ("ada@x.io", Listener("ada", "EMAIL_ADDRESS")),
    ],
    ids=["names", "unsure", "binary", "long", "short"],
)
async def test_a_token_without_a_sure_finding_stays(inside: str, listener: Listener) -> None:
    text = f"< {packed(inside)} >"
    (spans,) = await Views(listener).detect([text])
    assert spans == (await listener.detect([text]))[0]


async def test_so_many_tokens_are_unpacked() -> None:
    token = packed("write to ada@example.com")
    (spans,) = await Views(PATTERNS).detect([" ".join([token] * 30)])
    assert len([span for span in spans if _how(span) == "base64"]) == 20


async def test_a_long_text_is_read_as_well() -> None:
    text = "nothing here\n" * 1000 + "ada%2540example.com"
    (spans,) = await Views(PATTERNS).detect([text])
    assert [(s.start, s.end, s.entity_type) for s in spans] == [(13_000, len(text), "EMAIL_ADDRESS")]


async def test_the_detector_behind_it() -> None:
    listener = Listener()
    wrapped = Views(listener)
    assert wrapped.model_id == "listener/3+views/1"
    await wrapped.detect(["%41"])
    await wrapped.detect(["%41"], "de")
    assert listener.said == ["unsaid", "unsaid", "de", "de"]
    await wrapped.aclose()
    assert listener.closed


async def test_a_detector_that_fails_fails() -> None:
    with pytest.raises(RuntimeError):
        await Views(BrokenDetector()).detect(["ada%40example.com"])


async def test_the_explanation_stays() -> None:
    class Told(Listener):
        async def detect(self, texts: Sequence[str], language: str = "") -> list[list[Span]]:
            why = Explanation("rule", 0.3, "luhn", "card")
            return [[Span(0, len(text), "CREDIT_CARD", 0.8, "x", why)] for text in texts]

    (spans,) = await Views(Told()).detect(["%31"])
    # The text itself was found whole: nothing is left to say.
    assert [span.explanation for span in spans] == [Explanation("rule", 0.3, "luhn", "card")]
    (spans,) = await Views(PATTERNS).detect(["ada%26%2364%3Bexample.com"])
    assert {span.detector for span in spans} == {"shape/EMAIL_ADDRESS"}
    assert max(span.explanation.score for span in spans if span.explanation) == 0.95


def test_the_example_of_the_documents_runs() -> None:
    text = (Path(__file__).parents[3] / "docs/explain/detection.md").read_text(encoding="utf-8")
    code = re.search(r"```python\n(.*?)```", text, re.S)
    assert code
    exec(compile(code[1], "detection.md", "exec"), {})


_OWN = {
    name: value for module in (decoding, views) for name, value in vars(module).items() if isinstance(value, re.Pattern)
}


@pytest.mark.parametrize("name", sorted(_OWN))
def test_every_pattern_is_linear(name: str) -> None:
    assert max(growth(_OWN[name]), default=1) < 3
