"""Slots for people: names in many forms, titles, handles, addresses of theirs."""

from __future__ import annotations

import random
import re
import unicodedata
from dataclasses import dataclass
from typing import cast

from guard.models.training.tagging import names, pools, words
from guard.models.training.tagging.grammar import Document, Pieces, slot


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may be named more than once in a text."""

    first: str
    last: str
    middle: str
    last_first: bool


def person(rng: random.Random) -> Person:
    """Somebody of any culture."""
    culture = pools.culture(rng)
    lasts = culture.lasts
    last = rng.choice(lasts)
    if rng.random() < 0.04:
        last = f"{last}-{rng.choice(lasts)}"
    elif culture.name.startswith(("es_", "pt_")) and rng.random() < 0.4 and " " not in last:
        last = f"{last} {rng.choice(lasts)}"
    first = (
        rng.choice(names.NICKNAMES)
        if culture.name in ("en_US", "en_GB") and rng.random() < 0.12
        else rng.choice(culture.firsts)
    )
    turned = culture.last_first and rng.random() < 0.5
    return Person(first, last, rng.choice(culture.firsts), turned)


def full(who: Person, rng: random.Random) -> str:
    """A name with a first and a last part."""
    first, last, middle = who.first, who.last, who.middle
    dice = rng.random()
    if dice < 0.66:
        name = f"{last} {first}" if who.last_first else f"{first} {last}"
    elif dice < 0.75:
        name = f"{first} {middle[0]}. {last}"
    elif dice < 0.78:
        name = f"{first} {middle[0]} {last}"
    elif dice < 0.85:
        name = f"{first} {middle} {last}"
    elif dice < 0.90:
        name = f"{first[0]}. {last}"
    elif dice < 0.92:
        name = f"{first[0]}.{middle[0]}. {last}"
    elif dice < 0.94:
        name = f"{first[0]} {last}"
    elif dice < 0.955:
        name = f'{first} "{rng.choice(names.NICKNAMES)}" {last}'
    elif dice < 0.975:
        name = f"{first} {last}{rng.choice((' ', ', '))}{rng.choice(names.SUFFIXES)}"
    elif dice < 0.985:
        name = f"{first} {last[0]}."
    else:
        name = f"{first} {last[0]}"
    return name


def _plain(text: str) -> str:
    text = "".join(c for c in unicodedata.normalize("NFD", text) if c.isascii() and (c.isalnum() or c in "-"))
    return text.lower().replace("-", "") or "user"


def _user(who: Person, rng: random.Random) -> str:
    first, last = _plain(who.first), _plain(who.last)
    number = rng.choice(("", "", "", str(rng.randint(1, 99)), str(rng.randint(1950, 2012)), str(rng.randint(100, 999))))
    form = rng.choice(
        ("{f}.{l}", "{f}{l}", "{i}{l}", "{f}_{l}", "{f}{j}", "{l}{i}", "{f}", "{l}.{f}", "{i}.{l}", "{f}-{l}")
    )
    return form.format(f=first, l=last, i=first[0], j=last[0]) + number


_HANDLE_WORDS = (
    words.ADJECTIVES
    + tuple(w.lower() for w in words.ORG_WORDS)
    + ("gamer", "cat", "wolf", "ninja", "dude", "real", "official", "the")
)


def _handle(rng: random.Random) -> str:
    if rng.random() < 0.6:
        return _user(person(rng), rng).replace(".", "_").replace("-", "")
    word = rng.choice(_HANDLE_WORDS) + rng.choice(("", "_", "")) + rng.choice(_HANDLE_WORDS)
    word = word.replace(" ", "")
    return (word.title() if rng.random() < 0.4 else word) + rng.choice(("", "", str(rng.randint(1, 9999)), "x"))


def domain(rng: random.Random) -> str:
    """A host name of a company or a free mailbox."""
    if rng.random() < 0.45:
        return rng.choice(
            (
                "gmail.com",
                "yahoo.com",
                "hotmail.com",
                "outlook.com",
                "icloud.com",
                "proton.me",
                "aol.com",
                "gmx.de",
                "web.de",
                "live.co.uk",
                "mail.ru",
                "qq.com",
            )
        )
    name = _plain(rng.choice(words.ORG_WORDS)) + rng.choice(("", "-", "")) + _plain(rng.choice(words.ORG_NOUNS))
    return name + rng.choice(
        (".com", ".com", ".org", ".net", ".co.uk", ".de", ".io", ".example", ".edu", ".gov", ".in", ".fr")
    )


def email(who: Person, rng: random.Random) -> str:
    """An address of `who`."""
    return f"{_user(who, rng)}@{domain(rng)}"


def _who(document: Document) -> tuple[Person, random.Random]:
    outer = cast(Document, document.people[""])
    key = str(document.people["who"])
    if key not in outer.people:
        outer.people[key] = person(outer.rng)
    return cast(Person, outer.people[key]), outer.rng


@slot("*.full")
def _full(document: Document) -> Pieces:
    who, rng = _who(document)
    return [(f"{who.first} {who.last}" if rng.random() < 0.7 else full(who, rng), "PERSON")]


@slot("*.first")
def _first(document: Document) -> Pieces:
    return [(_who(document)[0].first, "PERSON")]


@slot("*.last")
def _last(document: Document) -> Pieces:
    return [(_who(document)[0].last, "PERSON")]


@slot("*.initials")
def _initials(document: Document) -> Pieces:
    who = _who(document)[0]
    return [(f"{who.first[0]}.{who.last[0]}.", "PERSON")]


@slot("*.titled")
def _titled_last(document: Document) -> Pieces:
    who, rng = _who(document)
    return [(rng.choice(names.TITLES), "TITLE"), (" ", None), (who.last, "PERSON")]


@slot("*.email")
def _email_of(document: Document) -> Pieces:
    return [(email(*_who(document)), "EMAIL_ADDRESS")]


@slot("*.user")
def _user_of(document: Document) -> Pieces:
    return [(_user(*_who(document)), "USERNAME")]


@slot("person")
def _person(document: Document) -> Pieces:
    rng = document.rng
    who = person(rng)
    dice = rng.random()
    if dice < 0.60:
        return [(full(who, rng), "PERSON")]
    if dice < 0.84:
        return [(who.first, "PERSON")]
    if dice < 0.86:
        return [(rng.choice(names.FAMOUS), "PERSON")]
    if dice < 0.90:
        return [(who.last, "PERSON")]
    return _titled(document)


@slot("first")
def _one_first(document: Document) -> Pieces:
    return [(person(document.rng).first, "PERSON")]


@slot("last")
def _one_last(document: Document) -> Pieces:
    return [(person(document.rng).last, "PERSON")]


@slot("name")
def _name(document: Document) -> Pieces:
    return [(full(person(document.rng), document.rng), "PERSON")]


@slot("inverted")
def _inverted(document: Document) -> Pieces:
    who, rng = person(document.rng), document.rng
    rest = rng.choice(
        (who.first, who.first, f"{who.first} {who.middle[0]}.", f"{who.first[0]}.", f"{who.first} {who.middle}")
    )
    last = who.last.upper() if rng.random() < 0.25 else who.last
    return [(f"{last}, {rest}", "PERSON")]


@slot("titled")
def _titled(document: Document) -> Pieces:
    who, rng = person(document.rng), document.rng
    name = who.last if rng.random() < 0.55 else full(who, rng)
    return [(rng.choice(names.TITLES), "TITLE"), (" ", None), (name, "PERSON")]


@slot("title")
def _title(document: Document) -> Pieces:
    return [(document.rng.choice(names.TITLES), "TITLE")]


@slot("famous")
def _famous(document: Document) -> Pieces:
    return [(document.rng.choice(names.FAMOUS), "PERSON")]


@slot("email")
def _email(document: Document) -> Pieces:
    return [(email(person(document.rng), document.rng), "EMAIL_ADDRESS")]


@slot("username")
def _username(document: Document) -> Pieces:
    return [(_handle(document.rng), "USERNAME")]


@slot("handle")
def _at_handle(document: Document) -> Pieces:
    return [("@" + _handle(document.rng), "USERNAME")]


def words_of(text: str) -> list[str]:
    """The words of a name."""
    return re.findall(r"\w+", text)
