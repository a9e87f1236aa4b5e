"""Slots for dates, ages, numbers, groups and plain words."""

from __future__ import annotations

import functools
import random

from guard.models.training.tagging import words
from guard.models.training.tagging.codes import FEW
from guard.models.training.tagging.grammar import Document, Pieces, slot


def _ordinal(day: int) -> str:
    return f"{day}{'th' if 10 <= day % 100 <= 20 else {1: 'st', 2: 'nd', 3: 'rd'}.get(day % 10, 'th')}"


def _date(rng: random.Random) -> str:
    day, month, year = (
        rng.randint(1, 28),
        rng.randint(1, 12),
        rng.choice((rng.randint(1930, 2030), rng.randint(1985, 2027))),
    )
    name = words.MONTHS[month - 1]
    short = name[:3] if month != 9 else rng.choice(("Sep", "Sept"))
    mark = rng.choice("/-.")
    return rng.choice((
        f"{day} {name} {year}", f"{day} {name} {year}", f"{name} {day}, {year}", f"{name} {day}, {year}", f"{short} {day}, {year}", f"{day} {short} {year}",
        f"{short}. {day}, {year}", f"{name} {_ordinal(day)}, {year}", f"{_ordinal(day)} of {name} {year}", f"{_ordinal(day)} {name}", f"{name} {_ordinal(day)}",
        f"{name} {day}", f"{day} {name}", f"{month}{mark}{day}{mark}{year}", f"{day:02d}{mark}{month:02d}{mark}{year}", f"{year}-{month:02d}-{day:02d}",
        f"{year}/{month:02d}/{day:02d}", f"{month:02d}{mark}{day:02d}{mark}{year % 100:02d}", f"{day}{mark}{month}{mark}{year % 100:02d}", f"{day:02d}-{short}-{year}",
        f"{day}{short.upper()}{year % 100:02d}", f"{name} {year}", f"{short} {year}", f"{month:02d}/{year}", f"{rng.choice(words.DAYS)}, {day} {name} {year}",
        f"{rng.choice(words.DAYS)}, {name} {day}", f"{rng.choice(words.DAYS)} {_ordinal(day)} {name}", f"{rng.choice(words.SHORT_DAYS)} {day} {short}", f"{month}/{day}",
        f"{rng.choice(words.SHORT_DAYS)}, {day:02d} {short} {year}", f"{name}, {year}", f"the {_ordinal(day)} of {name}", f"{name[:3].lower()} {day}",
    ))  # fmt: skip


def _time(rng: random.Random) -> str:
    hour, minute = rng.randint(0, 23), rng.choice((0, 15, 30, 45, rng.randint(0, 59)))
    half = rng.choice(("am", "pm", "AM", "PM", "a.m.", "p.m."))
    h12 = hour % 12 or 12
    return rng.choice((
        f"{hour:02d}:{minute:02d}", f"{h12}:{minute:02d} {half}", f"{h12}:{minute:02d}{half}", f"{h12} {half}", f"{h12}{half}", f"{hour:02d}:{minute:02d}:{rng.randint(0, 59):02d}",
        f"{h12} o'clock", "noon", "midnight", f"half past {rng.choice(('two', 'three', 'six', 'nine'))}", f"{hour:02d}.{minute:02d}", f"{hour:02d}{minute:02d} hrs",
    ))  # fmt: skip


@slot("date")
def _a_date(document: Document) -> Pieces:
    return [(_date(document.rng), "DATE_TIME")]


@slot("dob")
def _dob(document: Document) -> Pieces:
    rng = document.rng
    day, month, year = rng.randint(1, 28), rng.randint(1, 12), rng.randint(1930, 2015)
    name = words.MONTHS[month - 1]
    return [
        (
            rng.choice(
                (
                    f"{day:02d}/{month:02d}/{year}",
                    f"{month}/{day}/{year}",
                    f"{year}-{month:02d}-{day:02d}",
                    f"{day} {name} {year}",
                    f"{name} {day}, {year}",
                    f"{day:02d}.{month:02d}.{year}",
                    f"{day:02d}{month:02d}{year}",
                    f"{month:02d}/{day:02d}/{year % 100:02d}",
                    str(year),
                )
            ),
            "DATE_TIME",
        )
    ]


@slot("time")
def _a_time(document: Document) -> Pieces:
    return [(_time(document.rng), "DATE_TIME")]


@slot("year")
def _year(document: Document) -> Pieces:
    rng = document.rng
    year = rng.randint(1900, 2030)
    return [
        (
            rng.choice(
                (str(year),) * 8
                + (
                    f"the {year // 10 * 10}s",
                    f"{year}-{year % 100 + 1:02d}",
                    f"the summer of {year}",
                    f"late {year}",
                    f"early {year}",
                    f"mid-{year}",
                )
            ),
            "DATE_TIME",
        )
    ]


@slot("when")
def _when(document: Document) -> Pieces:
    rng = document.rng
    dice = rng.random()
    if dice < 0.4:
        return _a_date(document)
    if dice < 0.55:
        return [(rng.choice(words.DAYS if rng.random() < 0.8 else words.SHORT_DAYS), "DATE_TIME")]
    if dice < 0.75:
        return [(rng.choice(words.RELATIVE), "DATE_TIME")]
    if dice < 0.85:
        return [(f"{_date(rng)}{rng.choice((' at ', ', ', ' ', ' around '))}{_time(rng)}", "DATE_TIME")]
    if dice < 0.93:
        return _year(document)
    return [(rng.choice(words.MONTHS), "DATE_TIME")]


@slot("stamp")
def _stamp(document: Document) -> Pieces:
    rng = document.rng
    y, mo, d, h, mi, s = (
        rng.randint(2005, 2027),
        rng.randint(1, 12),
        rng.randint(1, 28),
        rng.randint(0, 23),
        rng.randint(0, 59),
        rng.randint(0, 59),
    )
    return [
        (
            rng.choice(
                (
                    f"{y}-{mo:02d}-{d:02d} {h:02d}:{mi:02d}:{s:02d}",
                    f"{y}-{mo:02d}-{d:02d}T{h:02d}:{mi:02d}:{s:02d}Z",
                    f"{d:02d}/{mo:02d}/{y} {h:02d}:{mi:02d}",
                    f"{rng.choice(words.SHORT_DAYS[:1] + words.SHORT_DAYS[3:5])}, {d} {words.MONTHS[mo - 1][:3]} {y} {h:02d}:{mi:02d}:{s:02d} +0{rng.randint(0, 9)}00",
                    f"{words.MONTHS[mo - 1]} {d}, {y} {h % 12 or 12}:{mi:02d} {rng.choice(('AM', 'PM'))}",
                    f"{rng.choice(words.DAYS)}, {words.MONTHS[mo - 1]} {d:02d}, {y} {h % 12 or 12}:{mi:02d} {rng.choice(('AM', 'PM'))}",
                )
            ),
            "DATE_TIME",
        )
    ]


@slot("age")
def _age(document: Document) -> Pieces:
    rng = document.rng
    age = rng.choice((rng.randint(1, 99), rng.randint(18, 70)))
    if rng.random() < 0.12 and 20 <= age < 100:
        tens = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")[age // 10 - 2]
        return [
            (
                tens
                if age % 10 == 0
                else f"{tens}-{('one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine')[age % 10 - 1]}",
                "AGE",
            )
        ]
    return [(str(age), "AGE")]


@slot("agecode")
def _agecode(document: Document) -> Pieces:
    rng = document.rng
    age = rng.randint(15, 95)
    return [(f"{age}{rng.choice(('F', 'M', 'f', 'm', 'yo', 'y/o', ' yo', ' y.o.', 'yr'))}", "AGE")]


@slot("nrp")
def _nrp(document: Document) -> Pieces:
    return [(document.rng.choice(words.NRP), "NRP")]


@slot("nrps")
def _nrps(document: Document) -> Pieces:
    return [(document.rng.choice(words.NRP_PEOPLE), "NRP")]


@slot("job")
def _job(document: Document) -> Pieces:
    return [(document.rng.choice(words.JOBS), "PROFESSION")]


@slot("number")
def _number(document: Document) -> Pieces:
    rng = document.rng
    return [
        (
            rng.choice(
                (
                    str(rng.randint(2, 20)),
                    str(rng.randint(2, 999)),
                    f"{rng.randint(1, 99)}.{rng.randint(1, 9)}",
                    rng.choice(FEW),
                    f"{rng.randint(1, 99)},{rng.randint(0, 999):03d}",
                    f"{rng.randint(1, 100)}%",
                )
            ),
            None,
        )
    ]


@functools.cache
def _common() -> tuple[str, ...]:
    from faker.providers.lorem.en_US import Provider

    return tuple(sorted({*Provider.word_list, *_NATURE}))


_NATURE = words._parts(
    "giraffe, chimpanzee, bunny, willow, mango, pine, fern, moss, spider, whale, frog, owl, deer, bear, fox, wolf, beetle, ant, bee, shark, trout, coral, algae, fungi, bacteria, virus, seed, root, stem, leaf, petal, pollen, soil, sand, clay, granite, basalt, lava, magma, fossil, mineral, iron, copper, gold, helium, oxygen, carbon, nitrogen, steam, ice, snow, rain, hail, wind, cloud, storm, tornado, hurricane, tide, wave, ocean, river, lake, desert, forest, canyon, glacier, planet, star, comet, moon, sun, orbit, gravity, friction, energy, heat, light, sound, battery, magnet, circuit, copper wire, thermometer, ruler, beaker, telescope, microscope, lever, pulley, fettuccine, spinach, carrot, bread, butter, milk, cheese, tomato, northern, southern, eastern, fertilization, photosynthesis, erosion, evaporation, condensation, migration, hibernation, predator, prey, habitat, doctor, nurse, teacher, farmer, driver, cook, baker, hunter, mason, miller, smith, carter, cook, turner, brown, green, white, black, young, long, short, king, prince, page, stone, hill, wood, field, brook, lane, bush, rose, lily, daisy, iris, ivy, hazel, olive, ruby, pearl, jasmine, ginger, robin, jay, finch, crane, swan, drake"
)


@slot("w")
def _word(document: Document) -> Pieces:
    rng = document.rng
    word = rng.choice(_common())
    return [(word.capitalize() if rng.random() < 0.15 else word, None)]


def _plain(name: str, choices: tuple[str, ...]) -> None:
    slot(name)(lambda document: [(document.rng.choice(choices), None)])


_plain("tech", words.TECH)
_plain("thing", words.THINGS)
_plain("adj", words.ADJECTIVES)
_plain("role", words.ROLES)
