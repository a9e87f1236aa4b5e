"""Street addresses of the English-speaking world, and the forms of other countries that stand out."""

from __future__ import annotations

from guard.redact.recognizers.base import Recognizer, Shapes, shape

_SUFFIX = (
    r"(?:street|st|avenue|ave|road|rd|boulevard|blvd|lane|ln|drive|dr|court|ct|circle|cir|place|pl|square|sq|terrace|ter|"
    r"parkway|pkwy|highway|hwy|way|crescent|close|gardens|grove|mews|quay|trail|loop|alley|row|walk|plaza)"
)
_UNIT = r"(?:,? (?:apt|apartment|suite|ste|unit|flat|floor|room|#)\.? ?#?[A-Z]?\d{1,5}[A-Z]?)"
_WORD = r"[\p{Lu}][\p{L}'’.-]{0,30}"
_STREET_END = (
    r"(?:stra(?:ß|ss)e|str\.|gasse|weg|platz|allee|damm|ufer|straat|laan|gracht|plein|gatan|vägen|gata|väg|vej|gade|veien|vegen|"
    r"katu|tie|kuja|polku|utca|körút)"
)
_ROMANCE = r"(?:[Rr]ue|[Aa]venue|[Bb]oulevard|[Pp]lace|[Cc]hemin|[Vv]ia|[Vv]iale|[Pp]iazza|[Cc]orso|[Cc]alle|[Aa]venida|[Pp]laza|[Pp]aseo|[Rr]ua|[Uu]l\.)"
_PLACE = rf"(?:,?[ \n](?:{_WORD}[ ]){{0,2}}{_WORD})"
_STATE_ZIP = rf"(?:{_PLACE}?,?[ \n][A-Z]{{2}},?[ \n]\d{{5}}(?:-\d{{4}})?)"
_UK_POSTCODE = r"[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}"


def street_address() -> Recognizer:
    """Number and street with what follows (unit, place, code), post boxes, units and post codes alone."""
    return Shapes(
        "STREET_ADDRESS",
        [
            shape(
                rf"(?<![\w.,-])\d{{1,6}}[A-Za-z]?(?:[-/]\d{{1,4}})? (?:(?:[NSEW]\.?|{_WORD}|\d{{1,3}}(?:st|nd|rd|th)) ){{1,4}}"
                rf"(?i:{_SUFFIX})\b\.?{_UNIT}?(?:{_STATE_ZIP}|{_PLACE}?,? {_UK_POSTCODE})?",
                0.75,
                0,
            ),
            shape(rf"\b{_WORD}(?i:{_STREET_END}) \d{{1,4}}[A-Za-z]?\b{_UNIT}?(?:,? \d{{4,5}} {_WORD})?", 0.7, 0),
            shape(rf"\b{_WORD}(?:[ -]{_WORD}){{0,2}}[ -](?i:{_STREET_END}) \d{{1,4}}[A-Za-z]?\b", 0.65, 0),
            shape(
                rf"(?<![\w.])(?:\d{{1,4}},? (?:bis |ter )?{_ROMANCE} (?:(?:de|du|des|la|le|les|del|della|di|da|do|l')[ ']?){{0,2}}{_WORD}(?:[ -]{_WORD}){{0,2}}"
                rf"|{_ROMANCE} (?:(?:de|du|des|la|le|les|del|della|di|da|do|l')[ ']?){{0,2}}{_WORD}(?:[ -]{_WORD}){{0,2}},? \d{{1,4}}\b)",
                0.6,
                0,
            ),
            shape(r"\bP\.? ?O\.? ?Box \d{1,6}\b", 0.75),
            shape(r"(?<!\w)(?:apt|apartment|suite|ste)\.? #?[A-Z]?\d{1,5}[A-Z]?\b", 0.55),
            shape(rf"\b{_UK_POSTCODE}\b", 0.55, 0),
            shape(r"\b(?:A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|PA|RI|S[CD]|T[NX]|UT|V[AT]|W[AIVY]) \d{5}(?:-\d{4})?\b", 0.6, 0),
            shape(r"\b\d{5}(?:-\d{4})?\b", 0.12),
        ],
        ("zip", "postal", "postcode", "post code", "address"),
    )
