"""Policy files: a row that fits the grammar comes back as it was, and one character too many is found where it stands."""

from __future__ import annotations

import ipaddress
import tempfile
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guard.errors import PolicyError
from guard.policy import bundle, names, rules, shipped
from guard.policy.source import text_of

SHIPPED = shipped.load()


def of(pattern: str) -> st.SearchStrategy[str]:
    return st.from_regex(rf"(?:{pattern})\Z", fullmatch=True, alphabet=st.characters(codec="ascii"))


VALUES = {
    "sub": of(names.ROLE.pattern),
    "dom": st.just("*") | of(names.TENANT.pattern),
    "obj": of(names.OBJECT_PATTERN.pattern),
    "act": of(names.ACT.pattern),
    "ip": st.just("*")
    | st.ip_addresses().filter(lambda each: not getattr(each, "ipv4_mapped", None)).map(str)
    | st.tuples(st.ip_addresses(v=4), st.integers(0, 32)).map(
        lambda each: str(ipaddress.ip_network(each, strict=False))
    ),
    "eft": st.sampled_from(("allow", "deny")),
}
OPTIONAL = ("dom", "ip", "eft")
FORMS = [
    tuple(name for name in VALUES if name not in absent)
    for absent in ((), ("ip",), ("dom", "ip"), ("eft",), ("dom", "ip", "eft"), ("dom", "eft"))
]
NEVER = "\"'()[]{}<>;=#\\!$%&+?@^`|~\u0430\u0435\u043e\uff41\u00e9\u00a0\u3000\u0307\U0001f642"
"""Characters that no field may hold anywhere, ASCII and what looks like it."""

models = st.tuples(st.sampled_from(FORMS), st.booleans())


@st.composite
def rows(draw: st.DrawFn, fields: tuple[str, ...], domains: bool) -> list[str]:
    if draw(st.booleans()):
        return ["p", *(draw(VALUES[name]) for name in fields)]
    return ["g", draw(VALUES["sub"]), draw(VALUES["sub"]), *([draw(VALUES["dom"])] if domains else [])]


@st.composite
def documents(draw: st.DrawFn) -> tuple[tuple[str, ...], bool, list[list[str]]]:
    fields, domains = draw(models)
    return fields, domains, draw(st.lists(rows(fields, domains), min_size=1, max_size=6))


@settings(deadline=None)
@given(documents(), st.sampled_from((",", ", ", ",   ")), st.sampled_from(("", "  ")), st.sampled_from(("", " ", "\t")))
def test_rows_come_back(
    document: tuple[tuple[str, ...], bool, list[list[str]]], comma: str, before: str, behind: str
) -> None:
    fields, domains, given_rows = document
    text = "# a comment, \u00e9\n\n" + "\n".join(before + comma.join(row) + behind for row in given_rows)
    read, links, errors = rules.scan(text, fields, domains)
    # Roles by chance may include themselves; that is no matter of the rows.
    assert all("includes itself" in str(error) for error in errors)
    found = sorted([*read, *links], key=lambda row: row.line)
    assert [row.text for row in found] == [", ".join(row) for row in given_rows]
    assert [row.line for row in found] == list(range(3, 3 + len(given_rows)))
    written = "\n".join(row.text for row in found)
    again, links_again, _ = rules.scan(written, fields, domains)
    assert [row.text for row in sorted([*again, *links_again], key=lambda row: row.line)] == written.split("\n")


@settings(deadline=None)
@given(documents(), st.sampled_from(NEVER), st.data())
def test_a_character_too_many_is_refused_where_its_field_starts(
    document: tuple[tuple[str, ...], bool, list[list[str]]], character: str, data: st.DataObject
) -> None:
    fields, domains, (row, *_) = document
    field = data.draw(st.integers(1, len(row) - 1), label="field")
    at = data.draw(st.integers(0, len(row[field])), label="at")
    changed = [*row[:field], row[field][:at] + character + row[field][at:], *row[field + 1 :]]
    text = "\n" + ", ".join(changed)
    with pytest.raises(PolicyError) as caught:
        rules.read(text, fields, domains)
    column = len(", ".join(row[:field])) + 3
    assert (caught.value.line, caught.value.column) == (2, column)
    assert character not in str(caught.value) or character in "()`#"  # those are of the message itself


@settings(deadline=None)
@given(documents(), st.data())
def test_a_comma_too_many_changes_the_arity_and_nothing_else(
    document: tuple[tuple[str, ...], bool, list[list[str]]], data: st.DataObject
) -> None:
    fields, domains, (row, *_) = document
    text = ", ".join(row)
    at = data.draw(st.integers(1, len(text)), label="at")
    _, _, (error, *_) = rules.scan(text[:at] + "," + text[at:], fields, domains)
    assert f"this one has {len(row) + 1}" in str(error)


NO_WIDTH = "\ufe0f\u3164\u034f"
hidden = st.characters(categories=["Cc", "Cf", "Co", "Zl", "Zp"], exclude_characters="\t\n\r") | st.sampled_from(
    NO_WIDTH
)
plain = st.text(
    # Hangul has fillers that take no room among its letters.
    st.characters(categories=["L", "Nd", "P", "S", "Zs"]).filter(
        lambda each: "FILLER" not in unicodedata.name(each, "")
    )
    | st.sampled_from("\n\t"),
    max_size=200,
)


@settings(deadline=None)
@given(plain, hidden, st.data())
def test_a_hidden_character_is_found_in_any_text(text: str, character: str, data: st.DataObject) -> None:
    assert text_of("f", text.encode()) == text
    at = data.draw(st.integers(0, len(text)))
    with pytest.raises(PolicyError) as caught:
        text_of("f", (text[:at] + character + text[at:]).encode())
    before = text[:at].split("\n")
    assert (caught.value.line, caught.value.column) == (len(before), len(before[-1]) + 1)


@settings(max_examples=25, deadline=None)
@given(documents(), st.text(st.sampled_from("abc \u00e9\U0001f642#,\"'"), max_size=30))
def test_a_policy_is_saved_and_read_back(document: tuple[tuple[str, ...], bool, list[list[str]]], comment: str) -> None:
    given_rows = [row for row in document[2] if row[0] == "p" and document[0] == rules.FIELDS]
    files = {**SHIPPED.files, "rules.csv": "\n".join([*map(", ".join, given_rows), f"# {comment}"])}
    files["separation.toml"] += f"# {comment}\n"
    made = bundle.build(files)
    with tempfile.TemporaryDirectory() as folder:
        bundle.save(made, Path(folder) / "policy")
        assert bundle.load(Path(folder) / "policy") == made == bundle.loads(made.canonical)
