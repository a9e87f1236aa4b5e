"""Cells of the matrix written into the rules: only what was asked for changes, and comments, order and layout stay."""

from __future__ import annotations

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from guard.policy import bundle
from guard.policy.bundle import Bundle
from guard.policy.matrix import Cell, edited, matrix, writes
from tests.unit.policy.installation import SHIPPED

ROLES = ("employee", "auditor", "admin")
RIGHTS = (("generator/*", "use"), ("generator/secret", "use"), ("restore", "use"), ("audit", "read"))
CELLS = st.builds(lambda role, right: Cell(role, *right), st.sampled_from(ROLES), st.sampled_from(RIGHTS))
EFFECTS = st.sampled_from(["allow", "deny", ""])
LINES = st.one_of(
    st.builds(
        lambda role, dom, right, effect, space: f"p, {role},{space}{dom}, {right[0]}, {right[1]}, {effect}",
        st.sampled_from(ROLES),
        st.sampled_from(["*", "*", "*", "acme"]),
        st.sampled_from(RIGHTS),
        st.sampled_from(["allow", "deny"]),
        st.sampled_from(["", " ", "   "]),
    ),
    st.sampled_from(["", "# allow, as agreed", "   # p, employee, *, restore, use, deny", "g, admin, auditor, *"]),
)
TEXTS = st.builds(lambda lines, end: "\n".join(lines) + end, st.lists(LINES, max_size=14), st.sampled_from(["", "\n"]))


def of(text: str) -> Bundle:
    return bundle.build({**SHIPPED.files, "rules.csv": text})


def rules(text: str) -> Counter[tuple[str, ...]]:
    return Counter(rule.values for rule in of(text).rules)


def comments(text: str) -> list[str]:
    return [line for line in text.split("\n") if line.strip().startswith(("#", "g"))]


@settings(max_examples=40, deadline=None)
@given(TEXTS, st.dictionaries(CELLS, EFFECTS, max_size=6))
def test_only_the_rules_that_were_asked_for_differ_and_the_inverse_brings_them_back(
    text: str, changes: dict[Cell, str]
) -> None:
    before = of(text)
    standing = matrix(before)
    able = {cell: wanted for cell, wanted in changes.items() if standing.at(cell).effect is not None}
    after = edited(before, changes)  # type: ignore[arg-type]
    expected = rules(text)
    for (role, obj, act), wanted in able.items():
        had = standing.at(Cell(role, obj, act)).effect
        expected[(role, "*", obj, act, had)] -= bool(had)  # type: ignore[index]
        expected[(role, "*", obj, act, wanted)] += bool(wanted)
    assert rules(after) == +expected
    assert comments(after) == comments(text)
    back = edited(of(after), {cell: standing.at(cell).effect or "" for cell in able})
    assert rules(back) == rules(text)
    changed = {rule.line for cell in able for rule in standing.at(cell).rules if able[cell] != standing.at(cell).effect}
    left = iter(after.split("\n"))
    assert all(line in left for number, line in enumerate(text.split("\n"), 1) if line and number not in changed)


@settings(max_examples=20, deadline=None)
@given(TEXTS)
def test_without_a_change_the_text_is_the_same(text: str) -> None:
    found = of(text)
    same = {cell: standing.effect for cell, standing in matrix(found).cells.items() if standing.effect}
    assert edited(found, same, [link.text for link in found.links]) == text  # type: ignore[arg-type]


def test_a_line_keeps_its_layout_and_a_new_one_comes_behind_those_like_it() -> None:
    text = "# chats\np, employee,   *, restore, use, allow  \np, employee, *, audit, read, allow\n# the end\n"
    after = edited(of(text), {Cell("employee", "restore", "use"): "deny", Cell("employee", "audit", "list"): "allow"})
    assert after == (
        "# chats\np, employee,   *, restore, use, deny  \np, employee, *, audit, read, allow\n"
        "p, employee, *, audit, list, allow\n# the end\n"
    )


def test_a_file_without_a_last_line_end_and_an_empty_one() -> None:
    cell = Cell("employee", "restore", "use")
    row = "p, employee, *, restore, use, allow"
    assert edited(of("# nothing"), {cell: "allow"}) == f"# nothing\n{row}\n"
    assert edited(of(""), {cell: "allow"}) == f"{row}\n"
    assert edited(of(row), {cell: ""}) == ""


def test_inclusions_are_rows_of_text() -> None:
    text = "# a\ng, admin, auditor, *\np, auditor, *, audit, read, allow\n"
    after = edited(of(text), {}, ["g,admin,auditor,*", "g, auditor, employee, acme", ""])
    assert after == text.replace("*\np", "*\ng, auditor, employee, acme\np")
    assert edited(of(text), {}, []) == text.replace("g, admin, auditor, *\n", "")


def test_cells_with_limits_or_several_rules_are_not_for_one_word() -> None:
    found = of("p, admin, acme, restore, use, allow\np, admin, *, audit, read, allow\np, admin, *, audit, read, deny\n")
    cells = {cell: standing.effect for cell, standing in matrix(found).cells.items()}
    assert set(cells.values()) == {None}
    assert edited(found, dict.fromkeys(cells, "deny")) == found.files["rules.csv"]
    assert writes(found.model)
