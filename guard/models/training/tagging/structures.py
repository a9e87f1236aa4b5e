"""Tables, CSV, JSON, YAML, logs and forms that hold personal data."""

from __future__ import annotations

import json
import random

from guard.models.training.tagging.grammar import Document, Pieces, filled
from guard.models.training.tagging.lines_records import FIELDS

_COLUMNS = (
    ("name", "{name}"), ("full_name", "{name}"), ("first_name", "{first}"), ("last_name", "{last}"), ("surname", "{last}"), ("customer", "{name}"),
    ("patient", "{inverted}"), ("employee", "{name}"), ("manager", "{name}"), ("contact", "{name}"), ("author", "{name}"), ("doctor", "{titled}"),
    ("email", "{email}"), ("phone", "{phone}"), ("mobile", "{phone}"), ("address", "{address1}"), ("street", "{street}"), ("city", "{city}"),
    ("state", "{state}"), ("country", "{country}"), ("zip", "{zip}"), ("postcode", "{zip}"), ("dob", "{dob}"), ("birth_date", "{dob}"), ("birthday", "{dob}"),
    ("age", "{age}"), ("nationality", "{nrp}"), ("religion", "{nrp}"), ("job", "{job}"), ("occupation", "{job}"), ("company", "{company}"), ("employer", "{org}"),
    ("school", "{institution}"), ("hospital", "{institution}"), ("bank", "{institution}"), ("date", "{date}"), ("created", "{stamp}"), ("last_seen", "{stamp}"),
    ("order_id", "{id}"), ("customer_id", "{id}"), ("mrn", "{id}"), ("passport", "{id}"), ("case", "{case}"), ("plate", "{plate}"), ("iban", "{card}"),
    ("card", "{card}"), ("username", "{username}"), ("user", "{username}"), ("login", "{username}"), ("amount", "{money}"), ("salary", "{money}"),
    ("title", "{title}"), ("ip", "{ip}"),
)  # fmt: skip
_PLAIN = (
    ("status", "(open|closed|active|paid)"), ("qty", "{number}"), ("product", "{tech}"), ("item", "{thing}"), ("note", "{adj}"), ("priority", "(low|high)"),
    ("score", "{number}"), ("active", "(true|false|yes|no)"), ("department", "(IT|HR|Sales|Legal)"), ("gender", "(m|f|male|female)"), ("type", "(A|B|new|user)"),
)  # fmt: skip


def _columns(rng: random.Random, few: int, many: int) -> list[tuple[str, str]]:
    count = rng.randint(few, many)
    columns = rng.sample(_COLUMNS, count) + rng.sample(_PLAIN, rng.randint(0, 2))
    rng.shuffle(columns)
    return columns


def _title(name: str, rng: random.Random) -> str:
    return rng.choice(
        (
            name,
            name,
            name.replace("_", " ").title(),
            name.replace("_", " "),
            name.upper(),
            "".join(p.title() if i else p for i, p in enumerate(name.split("_"))),
        )
    )


def _joined(cells: list[Pieces], between: str) -> Pieces:
    out: Pieces = []
    for at, cell in enumerate(cells):
        out += [(between, None)] if at else []
        out += cell
    return out


def table(document: Document) -> Pieces:
    """Rows with a separator, mostly under a line of headings."""
    rng = document.rng
    columns = _columns(rng, 2, 5)
    between = rng.choice((",", ",", ", ", ";", "\t", " | ", "|", "   "))
    before, after = ("| ", " |") if between == " | " and rng.random() < 0.7 else ("", "")
    out: Pieces = []
    style = rng.randint(0, 5)
    if rng.random() < 0.8:
        heads = [_title(name, random.Random(style)) for name, _ in columns]
        out.append((before + between.join(heads) + after + "\n", None))
        if before:
            out.append(("|" + " --- |" * len(columns) + "\n", None))
    quote = '"' if between.strip() in (",", ";") and rng.random() < 0.5 else ""
    for _ in range(rng.randint(1, 4)):
        cells = [[(quote, None), *filled(template, document), (quote, None)] for _, template in columns]
        out += [(before, None), *_joined(cells, between), (after + "\n", None)]
    return out


def _object(document: Document, indent: str) -> Pieces:
    rng = document.rng
    out: Pieces = [("{", None)]
    between = f",\n{indent}" if indent else rng.choice((", ", ","))
    colon = rng.choice((": ", ": ", ":"))
    style = rng.randint(0, 5)
    for at, (name, template) in enumerate(_columns(rng, 2, 6)):
        out.append((between if at else indent and f"\n{indent}", None))
        bare = template in ("{age}", "{number}") and rng.random() < 0.6
        key = json.dumps(_title(name, random.Random(style)))
        quote = "" if bare else '"'
        value = [(text.replace("\n", "\\n"), label) for text, label in filled(template, document)]
        out += [(f"{key}{colon}{quote}", None), *value, (quote, None)]
    out.append(("\n}" if indent else "}", None))
    return out


def object_(document: Document) -> Pieces:
    """A JSON object, or a list of two."""
    indent = document.rng.choice(("", "", "  ", "    "))
    if document.rng.random() < 0.75:
        return _object(document, indent)
    return [("[", None), *_object(document, ""), (", ", None), *_object(document, ""), ("]", None)]


def form(document: Document) -> Pieces:
    """Lines of `Field: value`."""
    rng = document.rng
    lines = rng.sample(FIELDS, rng.randint(1, 7))
    between = rng.choice(("\n", "\n", "\n", ", ", "; ", " | ", "\n\n", " "))
    mark = rng.choice((": ", ": ", ": ", ":", " - ", "\t", " = ", ":\n", " : "))
    bullet = rng.choice(("", "", "", "- ", "* ", "**"))
    out: Pieces = []
    for at, line in enumerate(lines):
        name, _, value = line.partition(":")
        bold = "**" if bullet == "**" else ""
        if rng.random() < 0.15:
            name = name.lower().replace(" ", "_")
        out.append(((between if at else "") + (bullet if bullet != "**" else bold) + name + bold + mark, None))
        out += filled(value.lstrip().removeprefix("\\n"), document)
    return out


_YAML = ("{k}: {v}", "{k}={v}", "<{k}>{v}</{k}>", "'{k}': '{v}',", 'export {k}="{v}"', "{k} => {v}", "--{k} {v}", "{k}:\t{v}", '"{k}", "{v}"', "const {k} = '{v}';", '{k} = "{v}"', "  {k}: '{v}'", "# {k}: {v}")  # fmt: skip


def settings(document: Document) -> Pieces:
    """YAML, INI, XML, assignments in code."""
    rng = document.rng
    shape = rng.choice(_YAML)
    out: Pieces = []
    for name, template in _columns(rng, 1, 4):
        before, _, after = shape.replace(
            "{k}", _title(name, random.Random(0)) if rng.random() < 0.2 else name
        ).partition("{v}")
        out += [(before, None), *filled(template, document), (after + "\n", None)]
    return out


_LOGS = r"""
{stamp} (INFO|WARN|ERROR|DEBUG) (auth|http|mail|app): (user|login|account|session) {username} (logged in|failed|created|expired) from {ip}
{stamp} (INFO|ERROR) (mail|smtp): (sent|bounced) to {email} (subject="{thing}"|in {number} ms)
{stamp} [(worker|main)] (INFO|WARN) order {id} for {name} shipped to {city}
[{stamp}] (sshd|sudo|cron): (session opened|authentication failure) for (user |){username} from {ip}
{ip} - {username} [{stamp}] "GET /(profile|orders|login) HTTP/1.1" 200 {number}
Author: {a.full} <{a.email}>\nDate:   {stamp}\n\n    (Fix|Add|Remove) (the parser|tests|docs)
$ whoami\n{username}\n$ (ls|cat) /home/{username}/(docs|notes.txt)
$ git config user.name "{a.full}"\n$ git config user.email {a.email}
ssh {username}@{ip}
# (Author|Copyright {year}|Maintainer|Written by|Reviewed-by): {name}( <{email}>|)
/* (Created by|author) {name} on {date} */
INSERT INTO (users|people|customers) (name, city, email) VALUES ('{name}', '{city}', '{email}');
UPDATE customers SET (address|addr) = '{address1}' WHERE (name|full_name) = '{name}';
SELECT * FROM (users|people) WHERE (last_name|name) = '{last}' AND (city|town) = '{city}';
user = User(name="{name}", age={age}, city="{city}")
p = (Person|Customer|Employee)("{first}", "{last}", "{date}")
print("Hello, {first}!")
assert (greet|hello)("{first}") == "Hello {first}"
curl -X POST (https://api.example.com/users|localhost:8000/people) -d '{"name": "{name}", "email": "{email}"}'
""".strip().splitlines()


def log(document: Document) -> Pieces:
    """Lines of logs and code that name people."""
    lines = [filled(document.rng.choice(_LOGS), document) for _ in range(document.rng.choice((1, 1, 2, 3)))]
    return _joined(lines, "\n")


MAKERS = ((table, 3), (object_, 3), (form, 4), (settings, 2), (log, 3))
"""Makers of structured text with their weights."""
