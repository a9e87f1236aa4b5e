"""The format of the log: what was written stays readable and verifiable."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from guard.audit.record import GENESIS, Head, canonical, chain
from guard.errors import AuditError, TamperedError

VECTORS: dict[str, Any] = json.loads((Path(__file__).parents[2] / "vectors" / "audit.json").read_text())


def test_records_and_their_chain_are_as_they_always_were() -> None:
    previous = GENESIS
    for vector in VECTORS["records"]:
        record = canonical(vector["fields"])
        previous = chain(previous, record)
        assert record.decode("ascii") == vector["record"]
        assert previous.hex() == vector["hash"]


def test_the_chain_is_what_its_description_says() -> None:
    record = VECTORS["records"][0]["record"].encode()
    expected = hashlib.sha256(b"guard/audit/record/v1\0" + bytes(32) + record).hexdigest()
    assert VECTORS["records"][0]["hash"] == expected


def test_the_head_is_as_it_always_was() -> None:
    vector = VECTORS["head"]
    key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(vector["private_key"]))
    head = Head(3, bytes.fromhex(VECTORS["records"][-1]["hash"]), vector["time"])
    assert head.sign(key).decode() == vector["note"]
    public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(vector["public_key"]))
    assert Head.read(vector["note"].encode(), public) == head


def test_every_changed_byte_of_a_head_is_seen() -> None:
    note, key = VECTORS["head"]["note"].encode(), bytes.fromhex(VECTORS["head"]["public_key"])
    public = Ed25519PublicKey.from_public_bytes(key)
    genuine = Head.read(note, public)
    for position in range(len(note)):
        changed = bytearray(note)
        changed[position] ^= 1
        try:
            read = Head.read(bytes(changed), public)
        except TamperedError:
            continue
        assert read == genuine  # White space at its end says nothing.


@pytest.mark.parametrize("fields", [*VECTORS["refused"], {"x": b"bytes"}, {"x": {1: "key"}}, {"x": float("nan")}])
def test_what_has_no_canonical_form_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(AuditError):
        canonical(fields)


def test_the_order_of_members_does_not_matter() -> None:
    assert canonical({"b": 1, "a": [2, 1]}) == canonical({"a": [2, 1], "b": 1}) == b'{"a":[2,1],"b":1}'


def test_any_mapping_has_a_canonical_form() -> None:
    assert canonical(MappingProxyType({"a": MappingProxyType({"b": (1, 2)})})) == b'{"a":{"b":[1,2]}}'
