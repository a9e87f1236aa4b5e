"""What a model writes becomes allow-listed nodes: nothing of it is lost, and nothing of it is ever markup."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guard.web import markdown
from guard.web.growing import Growing
from guard.web.markdown import Node, Tree, data, tree
from guard.web.marks import marked
from tests.unit.web.evil import EVIL

SAFE = re.compile(r"(https?://|mailto:)[^\s<>\"']+", re.IGNORECASE)


def nodes(found: Sequence[Node | str]) -> Iterator[Node]:
    for each in found:
        if isinstance(each, Node):
            yield each
            yield from nodes(each.children)


def text(found: Sequence[Node | str]) -> str:
    """What can be read."""
    return "".join(each if isinstance(each, str) else f"{text(each.children)}\n" for each in found)


def everything(found: Tree) -> str:
    """What can be read, and what is in attributes."""
    attributes = [value for node in nodes(found) for value in node.attributes.values()]
    return text(found) + " ".join(attributes)


def check(found: Tree) -> None:
    """Every node is of the allow-list."""
    for node in nodes(found):
        assert node.tag in markdown.TAGS
        assert set(node.attributes) <= markdown.ATTRIBUTES
        if node.tag == "a":
            assert SAFE.fullmatch(node.attributes["href"])
            assert not any(inner.tag == "a" for inner in nodes(node.children))
        if "start" in node.attributes:
            assert node.attributes["start"].isdigit()


def test_what_people_expect_of_markdown() -> None:
    source = """\
# Plan

Some *soft*, **loud**, ~~old~~ and `code` words
on two lines.

- one
- two

3. three

```python title
print("<b>")
```

> said

| name | age |
| --- | --- |
| A | 1 |

---
[site](https://example.org "T"), ![alt text](https://example.org/a.png), <https://example.org/b>
"""
    assert data(tree(source)) == [
        ["h3", {}, ["Plan"]],
        [
            "p",
            {},
            [
                *("Some ", ["em", {}, ["soft"]], ", ", ["strong", {}, ["loud"]], ", ", ["s", {}, ["old"]], " and "),
                *(["code", {}, ["code"]], " words\non two lines."),
            ],
        ],
        ["ul", {}, [["li", {}, ["one"]], ["li", {}, ["two"]]]],
        ["ol", {"start": "3"}, [["li", {}, ["three"]]]],
        ["pre", {"language": "python"}, ['print("<b>")\n']],
        ["blockquote", {}, [["p", {}, ["said"]]]],
        [
            "table",
            {},
            [
                ["thead", {}, [["tr", {}, [["th", {}, ["name"]], ["th", {}, ["age"]]]]]],
                ["tbody", {}, [["tr", {}, [["td", {}, ["A"]], ["td", {}, ["1"]]]]]],
            ],
        ],
        ["hr", {}, []],
        [
            "p",
            {},
            [
                *(["a", {"href": "https://example.org", "title": "T"}, ["site"]], ", "),
                *(["a", {"href": "https://example.org/a.png"}, ["alt text"]], ", "),
                ["a", {"href": "https://example.org/b"}, ["https://example.org/b"]],
            ],
        ],
    ]


@pytest.mark.parametrize("source", EVIL)
@pytest.mark.parametrize(
    "around", ["{}", "[x]({})", "![x]({})", "<{}>", "# {}", "| {} |\n|---|\n| {} |", "```{}\n{}\n```"]
)
def test_nothing_evil_becomes_more_than_text(source: str, around: str) -> None:
    found = tree(around.replace("{}", source))
    check(found)
    assert not re.search(r"(?i)javascript:|vbscript:|data:", str([node.attributes for node in nodes(found)]))


@pytest.mark.parametrize(
    "link",
    ["/logout", "//evil.example", "javascript:alert(1)", "JaVaScRiPt:x", "ftp://x", "data:text/html,x", "#top", "x"],
)
def test_what_may_not_be_followed_is_text(link: str) -> None:
    assert data(tree(f"[go]({link})")) == [["p", {}, [f"[go]({link})"]]]


MARKS = list("*_`~#>-+|[]()!<>&\\:=\n\t 1.\"'")
WORDS = st.sampled_from(
    ["word", "Zoë", "https://example.org/x", "mailto:a@b.example", "javascript:x", "<b>", "&lt;", "😀"]
)
SOURCES = st.lists(st.one_of(st.sampled_from(MARKS), WORDS, st.text(max_size=4)), max_size=60).map("".join)


@given(SOURCES)
def test_any_text_becomes_nodes_of_the_list_and_keeps_its_words(source: str) -> None:
    found = tree(source)
    check(found)
    json.dumps(data(found))
    kept = everything(found)
    for word in ("word", "Zoë", "😀"):
        # An address is written with percent signs, and a fence's language is its first word.
        if "](" not in source and "<" not in source and "`" not in source and "~" not in source:
            assert kept.count(word) == source.count(word)


@given(SOURCES, st.lists(st.integers(1, 9), min_size=1))
def test_a_growing_answer_ends_as_the_whole_one(source: str, sizes: list[int]) -> None:
    growing, shown, at, turn = Growing(), [], 0, 0
    while at < len(source):
        size = sizes[turn % len(sizes)]
        if change := growing.feed(source[at : at + size]):
            assert change.first <= len(shown)
            shown[change.first :] = change.nodes
        at, turn = at + size, turn + 1
    before = tuple(shown)
    if change := growing.finish():
        shown[change.first :] = change.nodes
    assert tuple(shown) == tree(source)
    # The last look has little to mend.
    if "\r" not in source:
        assert before == tree(source)


def test_of_a_long_answer_only_the_end_is_read_and_sent_again() -> None:
    growing = Growing()
    sent = [change for _ in range(300) if (change := growing.feed("A paragraph with *words*.\n\n"))]
    assert max(len(change.nodes) for change in sent) <= 2
    assert growing.finish() is None


LARGE = {
    "brackets": "[" * 200_000,
    "images": "![a" * 66_000,
    "emphasis": "*a **b " * 28_000,
    "quotes": ">" * 199_999,
    "lists": "- " * 100_000,
    "indented": "\n".join("  " * depth + "- x" for depth in range(400)),
    "ticks": "`a" * 100_000,
    "tags": "<a" * 100_000,
    "paragraphs": "a\n\n" * 20_000,
}


@pytest.mark.parametrize("name", LARGE)
def test_what_is_large_or_deep_takes_little_time_and_stays_shallow(name: str) -> None:
    begun = time.perf_counter()
    found = tree(LARGE[name])
    assert time.perf_counter() - begun < 10
    check(found)
    json.dumps(data(found))


def test_what_is_too_long_or_too_deep_stays_as_it_is() -> None:
    long = "*a* " * 50_001
    assert tree(long) == (Node("pre", (long,)),)
    deep = ">" * 60 + " word"
    assert tree(deep) == (Node("pre", (deep,)),)


def test_values_are_marked_as_whole_words_and_the_longest_first() -> None:
    found = marked(tree("**Ada Lovelace** and Ada, not Adam, `Ada`"), {"Ada": "PERSON", "Ada Lovelace": "PERSON"})
    mark = ["mark", {"title": "PERSON"}, ["Ada"]]
    assert data(found) == [
        [
            "p",
            {},
            [
                ["strong", {}, [["mark", {"title": "PERSON"}, ["Ada Lovelace"]]]],
                *(" and ", mark, ", not Adam, ", ["code", {}, [mark]]),
            ],
        ]
    ]
