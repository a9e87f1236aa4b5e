"""Searching the log: pages that go on while others write, bounded work, and where a record stands."""

from __future__ import annotations

import pytest

from guard.audit import place as place_module
from guard.audit import search as search_module
from guard.audit.asked import read
from guard.audit.facts import Filters
from guard.audit.place import Place, place_of
from guard.audit.search import Search
from guard.errors import InvalidRequestError, NotFoundError
from guard.model import Principal
from tests.conftest import Storage

ADA = Principal("usr_ada", "default", ("admin",))


async def append(storage: Storage, count: int = 1, event: str = "user.added") -> None:
    for number in range(count):
        await storage.database.write(storage.audit.record(event, ADA, {"number": number}))


async def placed(storage: Storage, index: int) -> Place:
    return await place_of(storage.database, storage.keys.signing_key.public_key(), index)


async def test_records_that_come_meanwhile_do_not_move_a_page(storage: Storage) -> None:
    await append(storage, 5)
    search = Search(storage.database)
    first = await search.page(Filters(), limit=2)
    await append(storage, 3)
    second = await search.page(Filters(), limit=2, before=first.older)
    assert [[row.facts.index for row in page.rows] for page in (first, second)] == [[4, 3], [2, 1]]
    newer = await search.page(Filters(), limit=2, after=4)
    assert [row.facts.index for row in newer.rows] == [6, 5]
    assert newer.newer == 6


async def test_an_empty_log_has_an_empty_page(storage: Storage) -> None:
    page = await Search(storage.database).page(Filters())
    assert (list(page.rows), page.older, page.newer, page.is_partial) == ([], None, None, False)


async def test_a_long_way_is_gone_in_pieces(storage: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    await append(storage)
    await append(storage, 10, "other")
    monkeypatch.setattr(search_module, "MOST", 4)
    monkeypatch.setattr(search_module, "_STEP", 4)
    search, seen, before = Search(storage.database), [], None
    for _ in range(3):
        page = await search.page(Filters(event="user.added"), before=before)
        seen.append((len(page.rows), page.is_partial, page.looked_at))
        before = page.older
    assert seen == [(0, True, 4), (0, True, 4), (1, False, 3)]
    assert before is None


async def test_the_chain_to_the_signed_head_is_checked(storage: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    await append(storage, 6)
    place = await placed(storage, 2)
    assert (place.holds, place.checked, place.head_records) == (True, 4, 6)
    with pytest.raises(NotFoundError):
        await placed(storage, 6)
    monkeypatch.setattr(place_module, "MOST", 3)
    place = await placed(storage, 2)
    assert (place.holds, place.is_far, place.checked) == (None, True, 1)
    assert (await placed(storage, 3)).holds is True


@pytest.mark.parametrize("index", [0, 2, 4])
async def test_the_first_the_changed_and_the_last_record(storage: Storage, index: int) -> None:
    await append(storage, 5)
    await storage.outside('UPDATE audit_records SET record = hash WHERE "index" = 2')
    assert (await placed(storage, index)).holds is (index == 4)


async def test_what_is_wrong_with_the_log_is_said(storage: Storage) -> None:
    await append(storage, 5)
    await storage.outside('DELETE FROM audit_records WHERE "index" = 1')
    assert any("Record 1 was removed" in each for each in (await placed(storage, 0)).problems)
    assert any("Record 1 was removed" in each for each in (await placed(storage, 2)).problems)
    await storage.outside('DELETE FROM audit_records WHERE "index" = 4')
    assert any(
        "the signed head counts 5 records, the database has 4" in each for each in (await placed(storage, 3)).problems
    )
    await storage.put_head(b"nothing of that kind")
    assert any("not genuine" in each for each in (await placed(storage, 3)).problems)
    await storage.put_head(None)
    assert (await placed(storage, 3)).problems == ("There is no signed head: it was removed.",)


async def test_a_log_that_was_made_anew_does_not_hold(storage: Storage) -> None:
    await append(storage, 3)
    await storage.make_anew()
    place = await placed(storage, 1)
    assert place.holds is False
    assert any("not the one that the head was signed for" in each for each in place.problems)


def test_a_time_is_a_date_or_a_number() -> None:
    assert read([("since", "2026-01-31")]).filters.since == 1_769_817_600_000
    assert read([("since", "2026-01-31T01:00:00+01:00")]).filters.since == 1_769_817_600_000
    assert read([("until", "1769817600000")]).filters.until == 1_769_817_600_000
    assert read([("event", " "), ("score", "5")]).filters.given() == {"score": 5}
    with pytest.raises(InvalidRequestError):
        read([("since", "yesterday")])
