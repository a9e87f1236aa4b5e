"""Slots for places, addresses and organizations."""

from __future__ import annotations

import random

from guard.models.training.tagging import pools, words
from guard.models.training.tagging.grammar import Document, Pieces, slot
from guard.models.training.tagging.people import person

_SUFFIXES = (
    "Street", "St", "St.", "Avenue", "Ave", "Ave.", "Road", "Rd", "Lane", "Ln", "Drive", "Dr", "Court", "Ct", "Boulevard",
    "Blvd", "Way", "Place", "Pl", "Terrace", "Close", "Crescent", "Gardens", "Square", "Hill", "Grove", "Parkway", "Mews",
)  # fmt: skip
_TREES = words._parts("Oak, Maple, Elm, Pine, Cedar, Main, High, Church, Park, Station, Mill, King, Queen, Victoria, Lake, River, Sunset, Washington, Lincoln, Market, Bridge, School, Hill, Spring, 5th, 42nd, 3rd, First, Second, Broad, Green, London, York, Meadow, Willow, Highland, MG, Nehru, Gandhi, Station, Ring")  # fmt: skip


def _street(rng: random.Random) -> str:
    name = rng.choice(_TREES) if rng.random() < 0.5 else person(rng).last
    direction = rng.choice(("", "", "", "", "N ", "S ", "E. ", "West ", "North "))
    number = rng.choice(
        (
            str(rng.randint(1, 250)),
            str(rng.randint(100, 9999)),
            f"{rng.randint(1, 99)}{rng.choice('abcABC')}",
            f"{rng.randint(1, 99)}/{rng.randint(1, 20)}",
            f"{rng.randint(1, 60)}-{rng.randint(61, 99)}",
        )
    )
    unit = rng.choice(
        (
            "",
            "",
            "",
            "",
            f", Apt {rng.randint(1, 99)}",
            f" Apt. {rng.randint(1, 999)}",
            f", Flat {rng.randint(1, 40)}{rng.choice(('', 'A', 'B'))}",
            f" #{rng.randint(1, 400)}",
            f", Suite {rng.randint(100, 900)}",
            f" Unit {rng.randint(1, 30)}",
            f", {rng.randint(1, 20)}th floor",
        )
    )
    return f"{number} {direction}{name} {rng.choice(_SUFFIXES)}{unit}"


def _postcode(rng: random.Random, country: str) -> str:
    letters = "ABCDEFGHJKLMNPRSTUWXYZ"
    if country == "GB":
        area = rng.choice(
            ("SW", "NW", "E", "W", "N", "SE", "M", "B", "LS", "EH", "CF", "BS", "OX", "CB", "G", "BN", "L", "YO")
        )
        return f"{area}{rng.randint(1, 22)} {rng.randint(1, 9)}{rng.choice(letters)}{rng.choice(letters)}"
    if country == "CA":
        return f"{rng.choice(letters)}{rng.randint(0, 9)}{rng.choice(letters)} {rng.randint(0, 9)}{rng.choice(letters)}{rng.randint(0, 9)}"
    if country == "US":
        return f"{rng.randint(1000, 99999):05d}" + (f"-{rng.randint(1, 9999):04d}" if rng.random() < 0.12 else "")
    if country == "IN":
        return rng.choice((f"{rng.randint(110001, 855000)}", f"{rng.randint(110, 855)} {rng.randint(1, 120):03d}"))
    if country == "NL":
        return f"{rng.randint(1000, 9999)} {rng.choice(letters)}{rng.choice(letters)}"
    return str(rng.randint(1000, 99999))


def _own_address(rng: random.Random) -> str:
    country = rng.choice(("US", "US", "US", "US", "GB", "GB", "AU", "IN", "CA", "IE"))
    street = (
        _street(rng)
        if rng.random() < 0.85
        else rng.choice(("P.O. Box ", "PO Box ", "P.O.Box ", "Postbox ")) + str(rng.randint(1, 9999))
    )
    city = pools.city(rng)[0]
    code = _postcode(rng, country)
    if country == "US":
        state = rng.choice(tuple(pools.states().items()))[0 if rng.random() < 0.8 else 1]
        end = rng.choice(
            (
                f"{city}, {state} {code}",
                f"{city}, {state} {code}",
                f"{city} {state} {code}",
                f"{city}, {state}, {code}",
                f"{city}, {state}",
                f"{city} {code}",
            )
        )
    else:
        end = rng.choice((f"{city}, {code}", f"{city} {code}", f"{city}|{code}", f"{code} {city}", city))
    if rng.random() < 0.25:
        end += "|" + {"US": "USA", "GB": "UK"}.get(country, pools.countries()[country])
    if country in ("IN", "GB") and rng.random() < 0.3:
        street = (
            rng.choice(
                (
                    "Flat {n}, ",
                    "House No. {n}, ",
                    "{w} House, ",
                    "Plot {n}, Sector {m}, ",
                    "{w} Cottage, ",
                    "Unit {n}, ",
                )
            ).format(n=rng.randint(1, 200), m=rng.randint(1, 60), w=rng.choice(words.ORG_WORDS))
            + street
        )
    return f"{street}|{end}"


_STYLES = (", ", ", ", ", ", " ", "\n", "\n", ",\n", " ,", " - ")


def _address(rng: random.Random, between: str | None = None) -> str:
    if rng.random() < 0.45:
        lines = rng.choice(pools.addresses()[rng.choice(pools.ADDRESSES)]).replace("\n", "|")
        if rng.random() < 0.15:
            lines += "|" + rng.choice(tuple(pools.countries().values()))
        if rng.random() < 0.2:
            lines = lines.replace(", ", "|")
    else:
        lines = _own_address(rng)
    return lines.replace("|", rng.choice(_STYLES) if between is None else between)


@slot("address")
def _any_address(document: Document) -> Pieces:
    return [(_address(document.rng), "STREET_ADDRESS")]


@slot("address1")
def _one_line(document: Document) -> Pieces:
    return [(_address(document.rng, ", "), "STREET_ADDRESS")]


@slot("address_lines")
def _lines(document: Document) -> Pieces:
    return [(_address(document.rng, "\n"), "STREET_ADDRESS")]


@slot("street")
def _street_only(document: Document) -> Pieces:
    rng = document.rng
    line = _street(rng) if rng.random() < 0.6 else rng.choice(pools.streets()[rng.choice(pools.ADDRESSES)])
    return [(line, "STREET_ADDRESS")]


@slot("zip")
def _zip(document: Document) -> Pieces:
    return [
        (_postcode(document.rng, document.rng.choice(("US", "US", "GB", "IN", "CA", "NL", "DE"))), "STREET_ADDRESS")
    ]


@slot("city")
def _city(document: Document) -> Pieces:
    return [(pools.city(document.rng)[0], "LOCATION")]


@slot("country")
def _country(document: Document) -> Pieces:
    rng = document.rng
    return [
        (
            rng.choice(tuple(pools.countries().values()))
            if rng.random() < 0.6
            else rng.choice(
                (
                    "US",
                    "USA",
                    "U.S.",
                    "UK",
                    "United States",
                    "Germany",
                    "France",
                    "India",
                    "China",
                    "Turkey",
                    "Poland",
                    "Italy",
                    "Iraq",
                    "Canada",
                    "Spain",
                    "Russia",
                    "the Netherlands",
                    "South Korea",
                )
            ),
            "LOCATION",
        )
    ]


@slot("state")
def _state(document: Document) -> Pieces:
    code, name = document.rng.choice(tuple(pools.states().items()))
    return [(name if document.rng.random() < 0.7 else code, "LOCATION")]


@slot("place")
def _place(document: Document) -> Pieces:
    rng = document.rng
    dice = rng.random()
    if dice < 0.45:
        return _city(document)
    if dice < 0.60:
        return _country(document)
    if dice < 0.75:
        place = rng.choice(words.REGIONS)
        return [("the ", None), (place[4:], "LOCATION")] if place.startswith("the ") else [(place, "LOCATION")]
    if dice < 0.85:
        name, code = pools.city(rng)
        where = (
            rng.choice(tuple(pools.states().items()))[rng.randint(0, 1)]
            if code == "US"
            else pools.countries().get(code, "")
        )
        return [(name, "LOCATION"), (rng.choice((", ", ", ", " ", " , ")), None), (where, "LOCATION")]
    if dice < 0.92:
        kind = rng.choice(
            (
                "Airport",
                "Station",
                "Park",
                "Beach",
                "Bridge",
                "Valley",
                "County",
                "Island",
                "Market",
                "Square",
                "Hills",
                "Harbour",
            )
        )
        return [(f"{rng.choice((pools.city(rng)[0], person(rng).last))} {kind}", "LOCATION")]
    return _state(document)


def _company(rng: random.Random) -> str:
    last, other, word = person(rng).last, person(rng).last, rng.choice(words.ORG_WORDS)
    noun, form, second = rng.choice(words.ORG_NOUNS), rng.choice(words.ORG_FORMS), rng.choice(words.ORG_WORDS)
    return rng.choice((
        f"{last} {form}", f"{last} and Sons", f"{last} & {other}", f"{last}, {other} and {person(rng).last}", f"{last}-{other}",
        f"{last} {noun}", f"{word} {noun}", f"{word} {noun} {form}", f"{word}{second.lower()}", f"{word} {second} {form}",
        f"{last} & {other} LLP", f"{last} Brothers", f"{word}{noun}", f"{pools.city(rng)[0]} {noun}", f"The {word} {noun} Company",
        f"{word}.io", f"{last} {noun} {form}", f"{word}{second}", "".join(rng.choices("ABCDEFGHIKLMNOPRSTV", k=3)) + rng.choice(("", f" {noun}", f" {form}")),
        rng.choice(words.COMPANIES), rng.choice(words.COMPANIES), rng.choice(words.COMPANIES), rng.choice(words.COMPANIES),
    ))  # fmt: skip


def _institution(rng: random.Random) -> str:
    city, who, word = pools.city(rng)[0], person(rng), rng.choice(words.ORG_WORDS)
    return rng.choice((
        f"{city} General Hospital", f"St. {who.first}'s Hospital", f"{city} Medical Center", f"{who.last} Clinic", f"{city} University Hospital",
        f"University of {city}", f"{city} University", f"{city} State University", f"{who.last} College", f"{city} High School",
        f"{city} Elementary School", f"{who.last} Academy", f"{who.last} Institute of Technology", f"{city} Technical University",
        f"Bank of {city}", f"{city} Savings Bank", f"{word} Bank", f"{word} Credit Union", f"First {word} Bank", f"{word} Insurance",
        f"Ministry of {rng.choice(words.DEPARTMENTS)}", f"Department of {rng.choice(words.DEPARTMENTS)}", f"{city} City Council",
        f"{city} District Court", f"{city} Regional Court", f"{city} Court of Appeal", f"{city} Administrative Court", f"{city} Police Department",
        f"{city} Police", f"{city} FC", f"{city} United", f"{city} Rovers", f"{who.last} Foundation", f"Friends of {city}", f"{city} Chamber of Commerce",
        f"{city} County Sheriff's Office", f"{city} Magistrates' Court", f"{city} Prosecutor's Office", f"{city} Fire Department", f"{city} Public Library",
        f"{word} Party", f"National {word} Association", f"{city} Times", f"{city} Herald", f"{city} Football Club", f"{who.last} Dental Practice",
        f"{who.last} Law Firm", f"{who.last} Pharmacy", f"{city} Transport Authority", f"{city} Housing Association", f"{word} Church", f"{word} Hotel",
    ))  # fmt: skip


@slot("company")
def _a_company(document: Document) -> Pieces:
    return [(_company(document.rng), "ORGANIZATION")]


@slot("institution")
def _an_institution(document: Document) -> Pieces:
    return [(_institution(document.rng), "ORGANIZATION")]


@slot("court")
def _court(document: Document) -> Pieces:
    city = pools.city(document.rng)[0]
    kind = document.rng.choice(
        (
            "District Court",
            "Regional Court",
            "City Court",
            "Court of Appeal",
            "Administrative Court",
            "Assize Court",
            "Crown Court",
            "Criminal Court",
            "Magistrates' Court",
            "Court of First Instance",
            "Court of Cassation",
            "Prosecutor's Office",
            "Bar Association",
            "Police Department",
        )
    )
    return [
        (f"{city} {kind}" if document.rng.random() < 0.75 else document.rng.choice(words.BODIES[28:36]), "ORGANIZATION")
    ]


@slot("prison")
def _prison(document: Document) -> Pieces:
    rng = document.rng
    kind = rng.choice(
        (
            "Prison",
            "Remand Centre",
            "Remand Prison",
            "Detention Centre",
            "police station",
            "Psychiatric Hospital",
            "Hospital",
            "Social Services",
            "District Police",
            "Border Police",
            "Municipality",
            "Tax Office",
            "Land Registry",
            "Child Welfare Office",
        )
    )
    return [(f"{pools.city(rng)[0]} {kind}", "ORGANIZATION")]


@slot("org")
def _org(document: Document) -> Pieces:
    dice = document.rng.random()
    if dice < 0.5:
        return _a_company(document)
    if dice < 0.8:
        return _an_institution(document)
    return [(document.rng.choice(words.BODIES), "ORGANIZATION")]
