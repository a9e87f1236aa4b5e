"""A policy is read and indexed once, in a thread, whoever asks; what is kept has a bound."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass

import pytest

from guard.errors import TamperedError
from guard.policy import bundle
from guard.policy.bundle import Bundle
from guard.policy.compiled import KEPT, Compiled
from guard.policy.revisions import Revision
from tests.unit.policy.installation import SHIPPED, rules


@dataclass
class Counted:
    """A stored policy that counts how often it is read, and by which threads."""

    policy: Bundle = SHIPPED
    reads: int = 0
    thread: int = 0

    @property
    def hash(self) -> str:
        return self.policy.hash

    def bundle(self) -> Bundle:
        self.reads += 1
        self.thread = threading.get_ident()
        return self.policy


async def test_whoever_asks_at_once_gets_one_snapshot_that_was_read_in_a_thread() -> None:
    compiled, stored = Compiled(), Counted()
    found = await asyncio.gather(*(compiled(stored) for _ in range(5)))
    assert len({id(each) for each in found}) == 1
    assert stored.reads == 1
    assert stored.thread != threading.get_ident()
    assert compiled.known(SHIPPED.hash) is found[0]
    assert await compiled.of(SHIPPED) is found[0]


async def test_those_that_were_used_last_are_kept() -> None:
    compiled = Compiled()
    first = await compiled.of(SHIPPED)
    for number in range(5):
        await compiled.of(bundle.build({**SHIPPED.files, "rules.csv": rules(f"# {number}\n")}))
        assert compiled.known(SHIPPED.hash) is first
        assert len(compiled._kept) <= KEPT


async def test_what_was_changed_is_not_kept() -> None:
    compiled = Compiled()
    forged = Revision(2, SHIPPED.hash, "eve", 0, active=True, stored=SHIPPED.canonical.replace(b"deny", b"allow"))
    with pytest.raises(TamperedError):
        await compiled(forged)
    assert compiled.known(SHIPPED.hash) is None
