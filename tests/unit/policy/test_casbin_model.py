"""The grammar of models: near kin of the shipped one are understood, all else is refused with its place."""

from __future__ import annotations

import pytest

from guard.errors import PolicyError
from guard.policy import bundle, shipped
from guard.policy.casbin_model import read_model

SHIPPED = shipped.load()
TEXT = SHIPPED.files["model.conf"]


def test_the_shipped_model() -> None:
    model = read_model(TEXT + "\n# a comment\n")
    assert model.fields == ("sub", "dom", "obj", "act", "eft")
    assert model.terms == {"sub": "roles in tenant", "dom": "star", "obj": "prefix", "act": "same"}
    assert model.denies


def test_sides_and_white_space_may_differ() -> None:
    turned = TEXT.replace("r.act == p.act", "p.act==r.act").replace("p.dom == r.dom", "r.dom  ==  p.dom")
    assert read_model(turned).terms == read_model(TEXT).terms


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("&& !some", "|| !some", 12, "effect"),
        ("some(where (p.eft == allow)) && ", "", 12, "effect"),  # allows what no rule allows
        (
            "e = some(where (p.eft == allow)) && !some(where (p.eft == deny))",
            "e = priority(p.eft) || deny",
            12,
            "effect",
        ),
        ("keyMatch", "regexMatch", 15, "matcher"),
        ("keyMatch(r.obj, p.obj)", "eval(p.obj)", 15, "matcher"),
        (" && r.act == p.act", "", 15, "act"),
        ("r.act == p.act", "r.act == p.act && r.act == p.act", 15, "act"),
        ("r.act == p.act", "r.act == p.act || true", 15, "matcher"),
        ("g = _, _, _", "g = _, _", 9, "g = _, _, _"),
        ("[role_definition]\ng = _, _, _\n", "", 1, "g = _, _, _"),
        ("r = sub, dom, obj, act", "r = sub, obj, dom, act", 3, "order"),
        ("r = sub, dom, obj, act", "r = sub, dom, obj", 3, "needed"),
        ("p = sub, dom, obj, act, eft", "p = sub, dom, obj, act", 12, "eft"),
        ("p = sub, dom, obj, act, eft", "p = sub, dom, obj, act, eft, prio", 6, "order"),
        ("[matchers]", "[matchers]\nm2 = true", 14, "one key"),
        ("[matchers]", "[constraint_definition]\nc = x\n[matchers]", 14, "section"),
    ],
)
def test_what_is_not_understood_is_refused_with_its_line(old: str, new: str, line: int, says: str) -> None:
    assert old in TEXT
    with pytest.raises(PolicyError, match=rf"model\.conf:{line}:.*{says}"):
        read_model(TEXT.replace(old, new))


def test_no_model_at_all() -> None:
    for text in ("no section", "", "[matchers]\nm = true\n"):
        with pytest.raises(PolicyError, match=r"model\.conf:1"):
            read_model(text)


def test_a_rule_that_could_never_count_under_its_model_is_refused() -> None:
    flat = TEXT.replace(" && !some(where (p.eft == deny))", "")
    with pytest.raises(PolicyError, match=r"rules\.csv:1.*deny"):
        bundle.build({**SHIPPED.files, "model.conf": flat, "rules.csv": "p, a, *, restore, use, deny"})
    exact = TEXT.replace("keyMatch(r.obj, p.obj)", "r.obj == p.obj")
    with pytest.raises(PolicyError, match=r"rules\.csv:1.*\(object\)"):
        bundle.build({**SHIPPED.files, "model.conf": exact, "rules.csv": "p, a, *, generator/*, use, allow"})
