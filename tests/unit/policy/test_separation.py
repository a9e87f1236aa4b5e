"""Rights that one person should not hold together: read strictly, and no part of a policy that has none."""

from __future__ import annotations

import pytest

from guard.errors import PolicyError
from guard.policy import bundle, separation, shipped

SHIPPED = shipped.load()


def test_pairs_are_read_with_their_lines() -> None:
    first = '[[pair]]\nrights = ["policy edit", "redaction/* clear"]\nreason = "Because."\n'
    text = first + '\n[[pair]]\nreason = "x"\nrights = ["* use", "audit read"]\n'
    one, two = separation.read(text)
    assert one == separation.Pair(("policy edit", "redaction/* clear"), "Because.", 1)
    assert (two.rights, two.line) == (("* use", "audit read"), 5)


@pytest.mark.parametrize(
    ("rights", "complaint"),
    [
        ('["policy edit"]', "2:10: pair.0.rights: .* at least 2"),
        ('["policy edit", "audit read", "user edit"]', "2:10: pair.0.rights: .* at most 2"),
        ('["policy edit", "policy edit"]', "2:26: a pair has two different rights"),
        ('["policy edit", "policy"]', "2:26: pair.0.rights.1"),
        ('["policy edit", "policy  read"]', "2:26: pair.0.rights.1"),
        ('["policy edit", "pol*icy read"]', "2:26: pair.0.rights.1"),
        ('["policy edit", "policy read*"]', "2:26: pair.0.rights.1"),
        ('"policy edit"', "2:10: pair.0.rights"),
    ],
)
def test_what_is_no_pair(rights: str, complaint: str) -> None:
    with pytest.raises(PolicyError, match=rf"^separation\.toml:{complaint}"):
        separation.read(f'[[pair]]\nrights = {rights}\nreason = "x"\n')


def test_a_pair_is_listed_once() -> None:
    text = '[[pair]]\nrights = ["a b", "c d"]\nreason = "x"\n[[pair]]\nreason = "y"\nrights = ["c d", "a b"]\n'
    with pytest.raises(PolicyError, match=r"^separation\.toml:6:10: this pair is listed twice"):
        separation.read(text)


def test_a_pair_has_a_reason() -> None:
    for line in ("", 'reason = ""\n', 'reason = " "\n', 'reason = "a\\nb"\n'):
        with pytest.raises(PolicyError, match=r"^separation\.toml:\d:\d+: pair\.0\.reason"):
            separation.read(f'[[pair]]\nrights = ["a b", "c d"]\n{line}')


def test_a_policy_without_the_file_is_whole_and_keeps_its_hash() -> None:
    files = {name: text for name, text in SHIPPED.files.items() if name != separation.SEPARATION}
    without = bundle.build(files)
    assert without.separation == ()
    assert bundle.loads(without.canonical) == without
    assert without.hash != SHIPPED.hash


def test_the_shipped_pairs_keep_the_shipped_roles_apart() -> None:
    assert len(SHIPPED.separation) >= 4
    held = {role: {f"{rule.obj} {rule.act}" for rule in SHIPPED.rules if rule.sub == role} for role in SHIPPED.roles}
    known = set().union(*held.values())
    for pair in SHIPPED.separation:
        assert set(pair.rights) <= known
        assert not any(set(pair.rights) <= rights for rights in held.values())
