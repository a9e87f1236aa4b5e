"""Deny and allow lists of a policy: read strictly, for each tenant its own, no value in any message."""

from __future__ import annotations

import pytest

from guard.errors import PolicyError
from guard.policy import bundle, lists, shipped
from guard.policy.snapshot import Snapshot

SHIPPED = shipped.load()
ACME = '[[deny]]\ntenant = "acme"\ntype = "PROJECT_NAME"\nvalues = ["Nightjar Seven"]\n'


def read(text: str) -> lists.TenantLists:
    return lists.read(text, SHIPPED.entities)


def test_a_list_counts_for_its_tenant_and_a_list_of_none_for_all() -> None:
    found = read(ACME + '[[allow]]\nvalues = ["EKS"]\n')
    assert [each.values for each in found.of("acme").deny] == [("Nightjar Seven",)]
    assert found.of("other").deny == ()
    (allowed,) = found.of("other").allow
    assert "PERSON" in allowed.types
    assert "CREDIT_CARD" not in allowed.types
    assert "PASSWORD" not in allowed.types


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('[[deny]]\ntype = "X"\nvalues = ["Quokka", "quokka"]\n', "lists.toml:3:21: this value is listed twice"),
        ('[[allow]]\ntype = "PASSWORD"\nvalues = ["Quokka"]\n', "lists.toml:2:8: a secret is never let out"),
        ('[[deny]]\ntype = "X"\nvalues = []\n', "lists.toml:3:10"),
        ('[[deny]]\ntype = "X"\nvalues = ["Q"]\n', "lists.toml:3:11"),
        ('[[deny]]\nvalues = ["Quokka"]\n', "lists.toml:1"),
        ('[[deny]]\ntype = "X"\ncase = "Quokka"\nvalues = ["xy"]\n', "lists.toml:3:8"),
    ],
)
def test_what_is_wrong_is_named_by_its_place_and_without_the_value(text: str, place: str) -> None:
    with pytest.raises(PolicyError) as refused:
        read(text)
    assert str(refused.value).startswith(place)
    assert "uokka" not in str(refused.value)


def test_a_grant_has_the_lists_of_its_tenant_and_shows_no_value() -> None:
    policy = bundle.build({**SHIPPED.files, "lists.toml": ACME})
    asked = Snapshot(policy)
    found = {tenant: asked.grant(["employee"], tenant, None).lists.deny for tenant in ("acme", "default")}
    assert [len(found["acme"]), len(found["default"])] == [1, 0]
    assert "Nightjar" not in repr(found) + repr(policy)
    assert policy.hash != SHIPPED.hash
