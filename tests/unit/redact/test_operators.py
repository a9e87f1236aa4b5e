"""What the operators of a profile write, and that nothing of it can be turned back."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guard.model import Operator, OperatorName, Redacted
from guard.placeholders import PLACEHOLDER, Vault
from guard.redact.engine import RedactionEngine
from guard.redact.operators import generalized, masked
from guard.redact.patterns import PatternDetector
from guard.restore.stream import PlaceholderRestorers
from guard.testing.fakes import WordDetector, grant

ADA = "Ada Lovelace"
WORDS = {ADA: "PERSON", "12 March 1998": "DATE_TIME", "Easter": "DATE_TIME", "34": "AGE", "Leiden": "LOCATION"}
ONE_WAY: tuple[OperatorName, ...] = ("mask", "hash", "generalize", "drop")


async def redacted(*contents: str, vault: Vault | None = None, user: str = "", **operators: Operator) -> Redacted:
    engine = RedactionEngine([WordDetector(WORDS)], PatternDetector())
    body: dict[str, Any] = {"messages": [{"role": "user", "content": content} for content in contents]}
    if user:
        body["user"] = user
    return await engine(body, grant(operators=operators), Vault.new() if vault is None else vault)


def texts(result: Redacted) -> list[str]:
    return [message["content"] for message in result.body["messages"]]


@pytest.mark.parametrize(
    ("entity_type", "value", "becomes"),
    [
        ("DATE_TIME", "12 March 1998", "1998"),
        ("DATE_TIME", "1998-03-12T10:00:00Z", "1998"),
        ("DATE_TIME", "12/03/98", "<DATE_TIME>"),
        ("DATE_TIME", "from 1998 to 2001", "<DATE_TIME>"),
        ("DATE_TIME", "last Tuesday", "<DATE_TIME>"),
        ("DATE_TIME", "19980312", "<DATE_TIME>"),
        ("AGE", "34", "30s"),
        ("AGE", "aged 7", "under 10"),
        ("AGE", "18 months old", "under 10"),
        ("AGE", "93", "90 or over"),
        ("AGE", "34 or 35", "<AGE>"),
        ("AGE", "thirty", "<AGE>"),
        ("ZIP_CODE", "94107-1234", "941"),
        ("ZIP_CODE", "94", "<ZIP_CODE>"),
        ("IP_ADDRESS", "192.0.2.77", "192.0.2.0/24"),
        ("IP_ADDRESS", "2001:db8:1:2::3", "2001:db8:1::/48"),
        ("IP_ADDRESS", "no address", "<IP_ADDRESS>"),
        ("PERSON", "Ada", "<PERSON>"),
    ],
)
def test_what_is_more_general(entity_type: str, value: str, becomes: str) -> None:
    assert generalized(entity_type, value) == becomes


@pytest.mark.parametrize(
    ("value", "keep", "becomes"),
    [
        ("4111-1111-1111-1234", 4, "****-****-****-1234"),
        ("Ada Lovelace", 0, "*** ********"),
        ("ab", 4, "*b"),
        ("a", 4, "*"),
        ("ada@b.example", 2, "***@*.*****le"),
        ("Zoe\u0308", 0, "****"),
        ("", 3, ""),
    ],
)
def test_a_mask_keeps_the_end_and_never_more_than_half(value: str, keep: int, becomes: str) -> None:
    assert masked(value, keep) == becomes


@given(st.text(), st.integers(0, 8))
def test_a_mask_is_as_long_and_shows_no_more_than_it_keeps(value: str, keep: int) -> None:
    mask = masked(value, keep)
    shown = [c for c, m in zip(value, mask, strict=True) if m != "*" and c.isalnum()]
    assert len(shown) <= min(keep, sum(not c.isspace() for c in value) // 2)


async def test_each_type_is_written_as_its_operator_says() -> None:
    result = await redacted(
        f"I am {ADA}, 34, born 12 March 1998, of Leiden. Card 4111 1111 1111 1111 at 192.0.2.77.",
        PERSON=Operator("drop"),
        AGE=Operator("generalize"),
        DATE_TIME=Operator("generalize"),
        CREDIT_CARD=Operator("mask", 4),
        IP_ADDRESS=Operator("generalize"),
    )
    [text] = texts(result)
    place = PLACEHOLDER.search(text)
    assert place is not None
    assert place[1] == "LOCATION"
    assert text == f"I am, 30s, born 1998, of {place[0]}. Card **** **** **** 1111 at 192.0.2.0/24."
    assert result.one_way == 5
    assert [each.replacement for each in result.replaced][:2] == ["", "30s"]


@pytest.mark.parametrize(
    ("text", "becomes"),
    [
        (f"Met {ADA} today.", "Met today."),
        (f"{ADA} was here", "was here"),
        (f"It was {ADA}.", "It was."),
        (f"It was {ADA}", "It was"),
        (f"({ADA})", "()"),
        (f"a\n{ADA} b", "a\nb"),
        (f"{ADA}", ""),
        (f"From {ADA} {ADA}, {ADA}!", "From,!"),
        (f'"{ADA}" said', '"" said'),
    ],
)
async def test_what_is_dropped_leaves_no_space_behind(text: str, becomes: str) -> None:
    assert texts(await redacted(text, PERSON=Operator("drop"))) == [becomes]


@pytest.mark.parametrize("name", ONE_WAY)
async def test_nothing_of_a_one_way_operator_is_in_the_vault_or_comes_back(name: OperatorName) -> None:
    vault = Vault.new()
    result = await redacted(f"I am {ADA}.", user=ADA, vault=vault, PERSON=Operator(name))
    assert ADA not in json.dumps(result.body)
    assert b"Lovelace" not in vault.dumps()
    assert len(vault) == 0
    answer = json.dumps(result.body)
    assert PlaceholderRestorers().json(answer, vault, restore=True) == answer


@pytest.mark.parametrize("name", ONE_WAY)
async def test_what_was_taken_out_once_is_taken_out_everywhere(name: OperatorName) -> None:
    """`Lovelace` alone is nothing that the detector finds."""
    result = await redacted(f"I am {ADA}.", "Dear Ms Lovelace, ADA LOVELACE", PERSON=Operator(name))
    assert "lovelace" not in json.dumps(result.body).lower()


@pytest.mark.parametrize("name", ["placeholder", *ONE_WAY])
async def test_a_history_is_written_the_same_in_every_turn(name: OperatorName) -> None:
    vault, said = Vault.new(), [f"I am {ADA} at 192.0.2.77", "Yes.", f"{ADA} is 34"]
    operators = dict.fromkeys(("PERSON", "AGE", "IP_ADDRESS"), Operator(name))
    first = texts(await redacted(*said[:1], vault=vault, **operators))
    stored = Vault.loads(vault.dumps())
    assert texts(await redacted(*said, vault=stored, **operators))[:1] == first
    # What an owner sends again may be what the generator saw: it stays as it is.
    assert texts(await redacted(*first, vault=stored, **operators)) == first


async def test_hashes_are_of_the_vaults_key_and_alike_for_aliases() -> None:
    one, other = Vault.new(), Vault.new()
    assert (
        one.hashed("PERSON", ADA)
        == one.hashed("PERSON", "ada  lovelace")
        == Vault.loads(one.dumps()).hashed("PERSON", ADA)
    )
    assert len({one.hashed("PERSON", ADA), other.hashed("PERSON", ADA), one.hashed("LOCATION", ADA)}) == 3


async def test_a_name_in_the_form_of_a_hash_hides_nothing() -> None:
    """Only hashes of this vault are left alone: `view` would otherwise let a detector see nothing of it."""
    vault = Vault.new()
    forged = "<PERSON:415555010099>"
    assert vault.places(forged) == []
    assert vault.places(vault.hashed("PERSON", ADA)) == [(0, len("<PERSON:415555010099>"))]


async def test_a_value_of_before_the_profile_changed_is_written_as_it_says_now() -> None:
    vault = Vault.new()
    await redacted(f"I am {ADA}", vault=vault)
    assert texts(await redacted(f"{ADA} again", vault=vault, PERSON=Operator("drop"))) == ["again"]


async def test_a_participant_keeps_a_name_of_their_own() -> None:
    names = {
        (await redacted("hi", vault=Vault.new(), user=each, PERSON=Operator("drop"))).body["user"]
        for each in (ADA, "Bob")
    }
    assert len(names) == 2
    assert all(name.startswith("PERSON_") and "<" not in name for name in names)
