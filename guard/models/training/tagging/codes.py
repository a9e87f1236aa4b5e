"""Slots for identifiers, accounts, phones, links and amounts."""

from __future__ import annotations

import random
import string

from guard.models.training.tagging import words
from guard.models.training.tagging.grammar import ANY, Document, Pieces, slot
from guard.models.training.tagging.people import domain

_LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"


def _shaped(shape: str, rng: random.Random) -> str:
    return "".join(
        rng.choice(string.digits)
        if c == "#"
        else rng.choice(_LETTERS)
        if c == "A"
        else rng.choice("0123456789abcdef")
        if c == "h"
        else c
        for c in shape
    )


_IDS = ("#####", "######", "#######", "########", "##########", "AA######", "A#######", "AA-####", "AAA-#####", "##-#####", "AA#####A", "####-####-####", "A##-###-###", "AA########", "###-##-####", "A-######", "####/##", "INV-#####", "ORD-######", "CUST-####", "#A##AA#", "MRN#######", "hhhhhhhh", "###.###.###-##", "#####-A", "AA-##-####-A")  # fmt: skip
_CASES = (
    "#####/##",
    "####/##",
    "######/##",
    "#####/##",
    "#:##-cv-#####",
    "A ###/##",
    "AA-###/####",
    "## A ####/##",
    "III AA ###/##",
    "A-###/##",
    "####/####",
    "CR-##-####",
    "[####] AAAA ###",
    "C-###/##",
    "## Kls ###/##",
    "#####/##",
)
_PLATES = (
    "AA## AAA",
    "AAA-####",
    "#AAA###",
    "AA ### AA",
    "A-AA ####",
    "AA-##-AA-####",
    "###-AAA",
    "AAA ###",
    "AA##AAA",
)
_PHONES = (
    "(###) ###-####",
    "###-###-####",
    "+1 ### ### ####",
    "+1-###-###-####",
    "###.###.####",
    "+44 #### ######",
    "0#### ######",
    "07### ######",
    "+49 ### #######",
    "+91 ##### #####",
    "+33 # ## ## ## ##",
    "##########",
    "+## ## #### ####",
    "(0##) #### ####",
    "0#-####-####",
    "+## ### ######",
    "###-####",
    "001-###-###-####",
    "(###)###-####x###",
    "### ### ####",
    "+########## ",
    "0## ### ## ##",
    "+353 ## ### ####",
    "1-800-###-####",
)


@slot("id")
def _id(document: Document) -> Pieces:
    return [(_shaped(document.rng.choice(_IDS), document.rng), "ID")]


@slot("case")
def _case(document: Document) -> Pieces:
    return [(_shaped(document.rng.choice(_CASES), document.rng), "ID")]


@slot("appno")
def _appno(document: Document) -> Pieces:
    return [(_shaped(document.rng.choice(("#####/##", "####/##")), document.rng), "ID")]


@slot("plate")
def _plate(document: Document) -> Pieces:
    return [(_shaped(document.rng.choice(_PLATES), document.rng), "ID")]


@slot("card")
def _card(document: Document) -> Pieces:
    return [
        (
            _shaped(
                document.rng.choice(
                    (
                        "4### #### #### ####",
                        "5###-####-####-####",
                        "4###############",
                        "3### ###### #####",
                        "GB## AAAA #### #### #### ##",
                        "DE####################",
                        "FR## #### #### ####",
                        "###-##-####",
                        "### ## ####",
                        "5###############",
                    )
                ),
                document.rng,
            ),
            "ID",
        )
    ]


@slot("phone")
def _phone(document: Document) -> Pieces:
    return [(_shaped(document.rng.choice(_PHONES), document.rng).strip(), "PHONE_NUMBER")]


@slot("url")
def _url(document: Document) -> Pieces:
    rng = document.rng
    return [
        (
            rng.choice(("https://", "http://", "www.", "https://www.", ""))
            + domain(rng)
            + rng.choice(("", "", "/login", "/orders/view?id=3", "/blog")),
            ANY,
        )
    ]


@slot("ip")
def _ip(document: Document) -> Pieces:
    return [(".".join(str(document.rng.randint(1, 254)) for _ in range(4)), ANY)]


@slot("money")
def _money(document: Document) -> Pieces:
    rng = document.rng
    amount = rng.choice(
        (
            f"{rng.randint(1, 999)}",
            f"{rng.randint(1, 99)},{rng.randint(0, 999):03d}",
            f"{rng.randint(1, 999)}.{rng.randint(0, 99):02d}",
            f"{rng.randint(1, 90)}k",
        )
    )
    return [
        (
            rng.choice(
                (
                    f"${amount}",
                    f"£{amount}",
                    f"€{amount}",
                    f"EUR {amount}",
                    f"{amount} euros",
                    f"{amount} dollars",
                    f"USD {amount}",
                    f"{amount} pounds",
                    f"{amount} euros (EUR)",
                    f"Rs. {amount}",
                    f"{amount} PLN",
                    f"{rng.choice(_CURRENCIES)} {amount}",
                    f"{amount} {rng.choice(_CURRENCIES)}",
                    f"{amount} {rng.choice(words.NRP)} {rng.choice(_COINS)}",
                    f"{amount} {rng.choice(_COINS)}",
                    f"approximately EUR {amount}",
                    f"{amount} million dollars",
                    f"${rng.randint(1, 90)} million",
                )
            ),
            "QUANTITY",
        )
    ]


_CURRENCIES = words._parts(
    "EUR, GBP, USD, PLN, TRY, RUB, UAH, CZK, HUF, RON, SEK, NOK, DKK, CHF, BGN, INR, JPY, AUD, CAD, FRF, DEM, ITL, ATS, SKK, HRK, RSD, MDL, GEL, AMD, ZAR, NGN, KES, BRL"
)
_COINS = words._parts(
    "zlotys, liras, roubles, rubles, hryvnias, crowns, forints, lei, kronor, francs, leva, dinars, rupees, yen, marks, lire, schillings, drachmas, lari, rand, pesos, euros, pounds sterling, dollars"
)


FEW = ("two", "three", "four", "five", "six", "seven", "eight", "ten", "twelve", "15", "18", "20", "3", "6", "9")


@slot("term")
def _term(document: Document) -> Pieces:
    rng = document.rng
    unit = rng.choice(("years", "months", "weeks", "days", "years", "hours"))
    few = rng.choice(FEW)
    text = rng.choice(
        (
            f"{few} {unit}",
            f"{few} {unit}",
            f"{few} {unit}",
            f"one year and {few} {unit}",
            f"{few} and a half {unit}",
            f"{few} {unit} and {rng.choice(FEW)} days",
            f"more than {few} {unit}",
            f"about {few} {unit}",
        )
    )
    return [(text + rng.choice(("", "", "'")), "QUANTITY")]
