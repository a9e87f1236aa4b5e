"""Street addresses and postal codes."""

from __future__ import annotations

import re

from guard.redact.recognizers.shape import Shape

_KIND = (
    r"(?:Street|St|Avenue|Ave|Road|Rd|Lane|Ln|Drive|Dr|Boulevard|Blvd|Court|Ct|Way|Place|Pl|Square|Sq|Terrace|Ter|"
    r"Parkway|Pkwy|Highway|Hwy|Circle|Cir|Crescent|Close|Trail|Trl|Alley|Row|Gardens|Grove|Hill|Mews|Walk|Quay)"
)

_STATES = (
    "AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA "
    "RI SC SD TN TX UT VT VA WA WV WI WY PR"
).replace(" ", "|")

SHAPES = (
    Shape(
        "STREET_ADDRESS",
        re.compile(
            rf"(?<![\w.-])(?!(?:1[89]|20)\d\d,)\d{{1,6}}[A-Za-z]?,?[ \t]+"
            rf"(?:[NSEW]\.?[ \t]+)?(?:[A-Z0-9][\w'’.-]{{0,25}}[ \t]+){{1,4}}{_KIND}\b\.?"
            r"(?:,?[ \t]+(?:Apt|Apartment|Suite|Ste|Unit|Flat|Floor|#)\.?[ \t]*[\w-]{1,6})?"
        ),
        0.85,
    ),
    Shape(
        "STREET_ADDRESS",
        # Street before number, as in much of Europe: `Hauptstraße 12`, `Rue de la Paix 5`, `Via Roma 3`.
        re.compile(
            r"(?<!\w)(?:[A-ZÄÖÜ][\w-]{2,30}(?:straße|strasse|str\.|gasse|weg|allee|platz|laan|straat)|"
            r"(?:Rue|Avenue|Via|Calle|Avenida|Piazza|Plaza)(?:[ \t]+(?:de|del|di|la|las|los|des|du)){0,3}[ \t]+[A-Z][\w'’-]{1,30})"
            r",?[ \t]+\d{1,5}[a-z]?(?!\w)"
        ),
        0.8,
    ),
    Shape("STREET_ADDRESS", re.compile(r"\bP\.?[ ]?O\.?[ ]?Box[ ]+\d{1,8}\b", re.I), 0.85),
    Shape("LOCATION", re.compile(r"(?<!\w)[A-Z]{1,2}\d[A-Z\d]?[ ]\d[A-Z]{2}(?!\w)"), 0.7),  # United Kingdom
    Shape(
        "LOCATION", re.compile(rf"(?<=\b(?:{_STATES})[ ])\d{{5}}(?:-\d{{4}})?(?![\w-])"), 0.6
    ),  # United States, after the state
    Shape(
        "LOCATION",
        re.compile(
            r"(?i:\b(?:zip(?: code)?|postcode|postal code|plz)\b(?: is)?[^\w\n]{0,6})"
            r"(?P<v>(?=[A-Z -]{0,8}\d)[A-Z0-9][A-Z0-9 -]{1,8}[A-Z0-9])\b"
        ),
        0.75,
    ),
)
