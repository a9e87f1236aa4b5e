"""The detector of quasi-identifiers: what alone points to nobody and together may. Patterns and word lists, no model.

Professions (PROFESSION), nationalities, religions and ethnic groups (NRP), family, marital status and health
(DEMOGRAPHIC), durations, amounts and measures (QUANTITY), dates as people write them (DATE_TIME), years alone (YEAR), ages
(AGE), numbers of cases, files and applications (ID), and names behind a title (PERSON). It finds much on purpose: it is
for texts that are to be anonymous. Every pattern has bounded repetition, so that time grows with the
length of the text alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from guard.model import Explanation, Span
from guard.redact.quasi_words import (
    BEFORE_PROFESSION,
    BELIEFS_AND_GROUPS,
    CURRENCIES,
    CURRENCY_CODES,
    NATIONALITIES,
    NO_PROFESSION,
    PROFESSIONS,
)
from guard.redact.scanned import scanned

_WORD = (
    "(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|"
    "nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand|million|billion)"
)
_SPELLED = rf"(?:(?:a|half a|several|a few|some) )?{_WORD}(?:(?:[ -]| and ){_WORD}){{0,5}}"
_DIGITS = r"\d{1,12}(?:[.,\u00a0 ]\d{3}){0,4}(?:[.,]\d{1,2})?(?: (?:thousand|million|billion|bn|m))?"
_NUMBER = rf"(?:{_DIGITS}|{_SPELLED})"
_MONTH = (
    "(?:January|February|March|April|May|June|July|August|September|October|November|December|"
    r"Jan\.?|Feb\.?|Mar\.?|Apr\.?|Jun\.?|Jul\.?|Aug\.?|Sept?\.?|Oct\.?|Nov\.?|Dec\.?)"
)
_DAY_NUMBER = r"\d{1,2}(?:st|nd|rd|th)?"
_YEAR = r"(?:1[89]\d\d|20[0-4]\d)"
_WEEKDAY = "(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
_SEASON = "(?:[Ss]pring|[Ss]ummer|[Aa]utumn|[Ww]inter)"
_PART = r"(?:(?:early|late|mid|the beginning of|the end of|the middle of|the)[ -])?"
_TIME_UNIT = r"(?:years?|months?|weeks?|days?|hours?|minutes?|decades?|nights?)"
_PENALTY = r"(?:['’]s?)?(?: (?:imprisonment|of imprisonment|detention|custody|hard labour|probation|in prison))?"
_MONEY_NAME = f"(?:{CURRENCIES})"
_MONEY_CODE = f"(?:{CURRENCY_CODES}|[€$£¥])"
_MEASURE = (
    r"(?:%|per ?cent|percent|(?:square |cubic |sq\.? ?)?(?:kilo|centi|milli)?met(?:re|er)s?|sq\.? ?m|m²|km|cm|mm|miles?|feet|"
    r"hectares?|acres?|(?:kilo|milli)?grams?|kg|g|mg|tonnes?|tons?|lit(?:re|er)s?|shares|times|people|persons|employees|rooms)"
)
_RELATIVE = (
    r"(?:(?:minor|young|small|younger|older|elder|adult|underage) )?(?:children|child|sons?|daughters?|brothers?|sisters?|siblings|"
    r"grandchildren|kids|wives|babies)"
)
_CODE = r"(?=[\w./-]{0,20}\d)[A-Z0-9][\w]{0,12}(?:[./-][\w]{1,12}){0,5}"
_CASE = (
    r"(?:applications?|cases?|files?|dockets?|ref(?:erence|\.)?|decisions?|orders?|invoices?|contracts?|registrations?|numbers?|"
    "record)"
)


_ABOUT = r"(?:(?:approximately|about|around|some|nearly|almost|over|at least) )?"
_TITLE = (
    r"(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Professor|Judge|Justice|Sir|Lady|Lord|Dame|Madam|Herr|Frau|Monsieur|Madame|Mme)\.?"
)
_INITIAL = r"[^\W\d_a-z]\.(?:-?[^\W\d_a-z]\.){0,2}"
_NAME = r"[^\W\d_a-z][^\W\d_]*(?:['’-][^\W\d_]+){0,2}"
_NAME_LINK = r"(?:van|von|de|del|della|di|da|dos|du|la|le|den|der|ter|bin|ibn|al|el|af|av|zu)"


class _Pattern(NamedTuple):
    name: str
    entity_type: str
    score: float
    pattern: re.Pattern[str]


def _of(name: str, entity_type: str, score: float, *bodies: str, flags: int = 0) -> _Pattern:
    return _Pattern(name, entity_type, score, re.compile(rf"(?<!\w)(?:{'|'.join(bodies)})(?!\w)", flags))


_I = re.IGNORECASE
_PATTERNS = (
    _of(
        "written date", "DATE_TIME", 0.85,
        rf"(?:{_WEEKDAY},? )?{_DAY_NUMBER}(?:(?: (?:and|to|or) |, ?| ?[-–] ?){_DAY_NUMBER}){{0,4}}"
        rf"\s(?:of )?{_MONTH}(?:,?\s{_YEAR})?",
        rf"(?:{_WEEKDAY},? )?{_MONTH} {_DAY_NUMBER}(?:,? {_YEAR})?",
        rf"{_PART}{_MONTH}(?: and {_MONTH}|[-–]{_MONTH})?,?(?: of)? {_YEAR}",
        rf"{_PART}{_SEASON} (?:of )?{_YEAR}",
        r"\d{1,2}[./-]\d{1,2}[./-](?:\d{4}|\d{2})|\d{4}-\d{2}-\d{2}",
    ),
    _of("month or weekday", "DATE_TIME", 0.6,
        rf"(?<=\bin ){_MONTH}|(?<=\bsince ){_MONTH}|(?<=\buntil ){_MONTH}|(?<=\bof ){_MONTH}|(?<=\bon ){_WEEKDAY}|{_WEEKDAY}"),
    _of("time of day", "DATE_TIME", 0.6, r"\d{1,2}(?:[.:]\d{2})? ?(?:[ap]\.m\.?|[ap]m)|\d{1,2}:\d{2}(?::\d{2})?"),
    _of("year", "YEAR", 0.5, rf"{_PART}{_YEAR}s?(?: ?[-–/] ?(?:{_YEAR}|\d{{2}}))?"),
    _of("duration", "QUANTITY", 0.6,
        rf"{_NUMBER}[ -]?(?:and a half )?{_TIME_UNIT}(?:(?:,| and|, and) {_NUMBER} {_TIME_UNIT}){{0,3}}{_PENALTY}",
        rf"(?:a|one|half a) {_TIME_UNIT}['’]s? (?:imprisonment|detention|custody)", flags=_I),
    _of("life sentence", "QUANTITY", 0.6, r"life (?:imprisonment|sentence)|(?:sentenced )?to death", flags=_I),
    _of("amount of money", "QUANTITY", 0.8,
        rf"(?i:{_ABOUT}{_NUMBER}) (?:{_MONEY_CODE}|(?:[A-Z][a-z]{{2,20}} ){{0,2}}(?i:{_MONEY_NAME}))(?: \({_MONEY_CODE}\))?"),
    _of("title and name", "PERSON", 0.85,
        rf"{_TITLE} (?:{_INITIAL}[ -]?|{_NAME_LINK} ?){{0,4}}{_NAME}(?:[ -](?:{_NAME_LINK} )?{_NAME}){{0,3}}",
        rf"{_TITLE} {_INITIAL}(?:[ -]?{_INITIAL}){{0,2}}"),
    _of("measure", "QUANTITY", 0.5, rf"{_NUMBER} ?{_MEASURE}", flags=_I),
    _of("age", "AGE", 0.85,
        rf"(?:aged|age:?|age of|turned) (?:about |around )?{_NUMBER}(?: years)?(?: and {_NUMBER})?",
        rf"{_NUMBER}[ -]years?[ -](?:old|of age)|{_NUMBER} (?:months|weeks) old", flags=_I),
    _of("family", "DEMOGRAPHIC", 0.7,
        rf"{_NUMBER} {_RELATIVE}", rf"(?:mother|father|parents?) of {_NUMBER}",
        r"married|unmarried|divorced|divorcee|widow(?:er|ed)?s?|separated from (?:his|her) (?:wife|husband)",
        r"single (?:mother|father|parent)s?",
        r"(?:common-law|ex-|former )(?:wife|husband|spouse)",
        r"gave birth to (?:a |an )?(?:son|daughter|child|boy|girl|twins)", flags=_I),
    _of("person", "DEMOGRAPHIC", 0.5,
        r"(?:homo|hetero|bi|trans)sexuals?|transgender|gay|lesbian|asylum[ -]seekers?|refugees?|stateless|immigrants?|"
        r"Jehovah['’]?s Witness(?:es)?|"
        r"(?:young |elderly |old |pregnant |disabled |black |white )(?:wom[ae]n|m[ae]n|girls?|boys?|persons?|people|couple)",
        r"disabled|pregnant|blind|deaf|wheelchair user|illiterate|HIV[ -]positive|HIV|AIDS|(?:paranoid )?schizophreni(?:a|c)|"
        r"(?:severe |manic )?depression|bipolar disorder|epilep(?:sy|tic)|diabet(?:es|ic)|cancer|leukaemia|hepatitis(?: [A-C])?|"
        r"autis(?:m|tic)|dementia|alcoholi(?:sm|c)|drug addict(?:ion)?|(?:[a-z]{4,15} )?(?:disorder|illness|disability)|"
        r"fractures?(?: of the [a-z]{3,12}(?: [a-z]{3,12})?)?", flags=_I),
    _of("diagnosis", "DEMOGRAPHIC", 0.5,
        r"[a-z]{3,20}(?:itis|algia|opathy|aemia|plegia|phrenia|carcinoma|sclerosis|throsis|culosis|trophy)", flags=_I),
    _of("case number", "ID", 0.8,
        rf"(?<=[Nn]o\. ){_CODE}|(?<=[Nn]os\. ){_CODE}(?:(?:, | and ){_CODE}){{0,20}}|(?<=№ ){_CODE}|(?<=№){_CODE}"),
    _of("number with a slash", "ID", 0.6,
        r"(?:[A-Z]{1,5}[ -])?[A-Z]?\d{1,7}/\d{2,4}(?:/\d{1,6})?", r"[IVX]{1,5} [A-Z][A-Za-z]{0,4} \d{1,6}/\d{2,4}"),
)  # fmt: skip
_NAMED_CASE = re.compile(rf"(?i:(?<!\w){_CASE}(?: (?:number|no\.?|nos\.?))?[:#]? ?)(?P<v>{_CODE})(?!\w)")
_MONEY_FIRST = re.compile(rf"(?i:(?<!\w){_ABOUT})(?<!\w){_MONEY_CODE}[ \u00a0]?{_DIGITS}(?!\w)")
_WORDS = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_OF_NATION = frozenset(
    ["national", "nationals", "citizen", "citizens", "origin", "nationality", "citizenship", "descent"]
)
_ENOUGH = 3
"""Digits of a number of a case that no letter or sign goes with: `Protocol No. 1` is none."""


class QuasiDetector:
    """Implements Detector."""

    model_id = "guard-quasi/1"

    async def detect(self, texts: Sequence[str], language: str = "en") -> list[list[Span]]:
        return await scanned(_spans, texts)

    async def aclose(self) -> None:
        return None


def _spans(text: str) -> Iterator[Span]:
    yield from _shaped(text)
    yield from _worded(text)


def _shaped(text: str) -> Iterator[Span]:
    """What has a shape."""
    for name, entity_type, score, pattern in _PATTERNS:
        for match in pattern.finditer(text):
            if entity_type != "ID" or _is_number_of_case(match[0]):
                yield _span(match.start(), match.end(), entity_type, score, name)
    for match in _NAMED_CASE.finditer(text):
        if _is_number_of_case(match["v"]):
            yield _span(match.start("v"), match.end("v"), "ID", 0.8, "case number")
    for match in _MONEY_FIRST.finditer(text):
        yield _span(match.start(), match.end(), "QUANTITY", 0.8, "amount of money")


def _worded(text: str) -> Iterator[Span]:
    """What is a word of the lists, with the words before it that belong to it."""
    words = [(match.start(), match.end(), match[0].lower()) for match in _WORDS.finditer(text)]
    for place, (start, end, word) in enumerate(words):
        forms = _singular(word)
        if forms & NATIONALITIES:
            after = words[place + 1] if place + 1 < len(words) else (0, 0, "")
            is_one = after[2] in _OF_NATION and text[end : after[0]] == " "
            yield _span(start, after[1] if is_one else end, "NRP", 0.7, "nationality")
        elif forms & BELIEFS_AND_GROUPS:
            yield _span(start, end, "NRP", 0.6, "religion or group")
        if forms & PROFESSIONS or word.rpartition("-")[2] in PROFESSIONS:
            first = place
            while first > max(0, place - 4) and _goes_with(text, words[first - 1], words[first][0]):
                first -= 1
            if first < place or not forms & NO_PROFESSION:
                yield _span(words[first][0], end, "PROFESSION", 0.6, "profession")


def _goes_with(text: str, word: tuple[int, int, str], start: int) -> bool:
    return word[2] in BEFORE_PROFESSION and text[word[1] : start] in (" ", "\n", "-", "/")


def _singular(word: str) -> set[str]:
    """The word, and what it may be the plural or the possessive of."""
    word = word.replace("’", "'").removesuffix("'s").removesuffix("'")
    forms = {word}
    if word.endswith("s"):
        forms.add(word[:-1])
    if word.endswith("es"):
        forms.add(word[:-2])
    if word.endswith("ies"):
        forms.add(word[:-3] + "y")
    if word.endswith("men"):
        forms.add(word[:-2] + "an")
    if word.endswith("wives"):
        forms.add(word[:-3] + "fe")
    return forms


def _is_number_of_case(code: str) -> bool:
    digits = sum(c.isdecimal() for c in code)
    return digits >= _ENOUGH or (digits > 0 and any(c in "/-" for c in code))


def _span(start: int, end: int, entity_type: str, score: float, name: str) -> Span:
    return Span(start, end, entity_type, score, "quasi", Explanation(name, score))
