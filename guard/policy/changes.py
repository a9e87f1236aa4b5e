"""Change sets: proposed policies on their way into force, and what people said of them.

A change set is moved by compare-and-swap: a Write that finds another status or another policy than its maker saw raises
ConflictError, so that nobody approves what somebody else has just exchanged. Titles and comments are sealed.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Protocol

from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from guard.clock import now
from guard.errors import ConflictError, NotFoundError
from guard.policy.bundle import Bundle
from guard.policy.revisions import Head, Reads, Write, verified
from guard.tables import policy_changes as table
from guard.tables import policy_reviews as reviews

Status = Literal["draft", "review", "approved", "scheduled", "active", "rejected", "withdrawn", "failed"]
Step = Literal["submitted", "comment", "approved", "rejected", "withdrawn", "scheduled", "activated", "failed"]

OPEN: tuple[Status, ...] = ("draft", "review", "approved", "scheduled", "failed", "rejected")
"""Statuses that a change set can still go on from."""

_ID = re.compile(r"chg_[0-9a-f]{12}")


class Sealer(Protocol):
    """Seals text for one place and opens it there alone."""

    def seal(self, plaintext: bytes, *place: str) -> bytes:
        """Encrypt."""
        ...

    def open(self, sealed: bytes, *place: str) -> bytes:
        """Decrypt. Raises TamperedError."""
        ...


@dataclass(frozen=True, slots=True)
class Change:
    """A change set. Times are milliseconds since 1970.

    Args:
        base: the revision that it changes.
        stored: the canonical form of the proposed policy; `None` in a list.
        authors: ids of all who wrote on it; none of them may approve it.
        evidence: hashes and counts of what was checked when it was handed in.
        due: when it is to be put in force, if it is scheduled.
        revision: the revision that it became.
    """

    id: str
    status: Status
    title: str = field(repr=False)
    base: Head
    hash: str
    authors: tuple[str, ...]
    created: int
    updated: int
    stored: bytes | None = field(repr=False)
    evidence: Mapping[str, Any] = field(default_factory=dict)
    due: int | None = None
    revision: int | None = None

    def bundle(self) -> Bundle:
        """Read the proposed policy: seconds, for a large one. Raises TamperedError, PolicyError."""
        assert self.stored is not None
        return verified(self.stored, self.hash)


@dataclass(frozen=True, slots=True)
class Review:
    """One step or comment of somebody, with the hash of the policy that it was about."""

    id: str
    change_id: str
    time: int
    actor: str
    step: Step
    hash: str
    single_admin: bool = False
    text: str = field(default="", repr=False)


class Changes:
    """The change sets of one database.

    Args:
        sealer: seals titles and comments.
    """

    def __init__(self, database: Reads, sealer: Sealer) -> None:
        self._database = database
        self._sealer = sealer

    def new(self, bundle: Bundle, base: Head, author: str, title: str) -> tuple[Change, Write]:
        """A draft and the Write that stores it."""
        at = now()
        change = Change(
            "chg_" + secrets.token_hex(6), "draft", title, base, bundle.hash, (author,), at, at, bundle.canonical
        )

        async def write(connection: AsyncConnection) -> None:
            row = {"id": change.id, "created": at, **self._columns(change), "bundle": change.stored}
            await connection.execute(insert(table).values(**row))

        return change, write

    def moved(self, change: Change, **values: Any) -> tuple[Change, Write]:
        """The change set with other values, and the Write that puts it in the place of the one that was seen.

        The Write raises ConflictError (`policy_change_moved`) when it is not as it was seen any more.
        """
        # Two moves within a millisecond are two moves.
        moved = replace(change, updated=max(now(), change.updated + 1), **values)

        async def write(connection: AsyncConnection) -> None:
            seen = (
                (table.c.id == change.id)
                & (table.c.status == change.status)
                & (table.c.hash == change.hash)
                & (table.c.updated == change.updated)
            )
            columns = self._columns(moved) | ({"bundle": moved.stored} if "stored" in values else {})
            done = await connection.execute(update(table).where(seen).values(**columns))
            if done.rowcount != 1:
                raise ConflictError(
                    "This change set was moved on by somebody else. Look at it again.", reason_id="policy_change_moved"
                )

        return moved, write

    def reviewed(self, review: Review) -> Write:
        """The Write that adds a step or a comment."""
        sealed = self._sealer.seal(review.text.encode(), *_place(review))

        async def write(connection: AsyncConnection) -> None:
            row = {
                "id": review.id,
                "change_id": review.change_id,
                "time": review.time,
                "actor": review.actor,
                "step": review.step,
                "hash": review.hash,
                "single_admin": review.single_admin,
                "text": sealed,
            }
            await connection.execute(insert(reviews).values(**row))

        return write

    async def get(self, change_id: str) -> Change:
        """One change set. Raises NotFoundError, StorageError."""
        row = None
        if _ID.fullmatch(change_id):  # PostgreSQL does not take every character.
            async with self._database.read() as connection:
                row = (await connection.execute(select(table).where(table.c.id == change_id))).first()
        if row is None:
            raise NotFoundError("There is no change set of that id. `guard policy history` lists them.")
        return self._change(row, bytes(row.bundle))

    async def due(self, now: int) -> Sequence[str]:
        """Ids of scheduled change sets whose time has come, the earliest first. Raises StorageError."""
        query = select(table.c.id).where(table.c.status == "scheduled", table.c.due <= now).order_by(table.c.due)
        async with self._database.read() as connection:
            return (await connection.execute(query)).scalars().all()

    async def reviews(self, change_id: str) -> Sequence[Review]:
        """What was said and done, in order. Raises StorageError, TamperedError."""
        query = select(reviews).where(reviews.c.change_id == change_id).order_by(reviews.c.time, reviews.c.id)
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).all()
        return [self._review(row) for row in rows]

    async def list(self, limit: int = 1000, *, only_open: bool = False) -> Sequence[Change]:
        """The newest change sets without their policies, the newest first. Raises StorageError."""
        columns = [column for column in table.c if column is not table.c.bundle]
        query = select(*columns).order_by(table.c.created.desc(), table.c.id).limit(limit)
        if only_open:
            query = query.where(table.c.status.in_(OPEN))
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).all()
        return [self._change(row, None) for row in rows]

    def _columns(self, change: Change) -> dict[str, Any]:
        return {
            "status": change.status,
            "title": self._sealer.seal(change.title.encode(), "policy_changes", change.id, "title"),
            "base": change.base.id,
            "base_hash": change.base.hash,
            "hash": change.hash,
            "authors": json.dumps(change.authors),
            "evidence": json.dumps(change.evidence),
            "updated": change.updated,
            "due": change.due,
            "revision": change.revision,
        }

    def _change(self, row: Row[Any], stored: bytes | None) -> Change:
        title = self._sealer.open(bytes(row.title), "policy_changes", row.id, "title").decode()
        base, authors = Head(row.base, row.base_hash), tuple(json.loads(row.authors))
        return Change(
            row.id, row.status, title, base, row.hash, authors, row.created, row.updated, stored,
            json.loads(row.evidence), row.due, row.revision,
        )  # fmt: skip

    def _review(self, row: Row[Any]) -> Review:
        review = Review(row.id, row.change_id, row.time, row.actor, row.step, row.hash, row.single_admin)
        return replace(review, text=self._sealer.open(bytes(row.text), *_place(review)).decode())


def new_review(change: Change, actor: str, step: Step, text: str = "", *, single_admin: bool = False) -> Review:
    """A step on a change set as it is now."""
    return Review("rev_" + secrets.token_hex(8), change.id, now(), actor, step, change.hash, single_admin, text)


def _place(review: Review) -> tuple[str, ...]:
    # What a comment is about and who made it cannot be exchanged beneath it.
    alone = "single_admin" if review.single_admin else ""
    return ("policy_reviews", review.id, review.change_id, review.actor, review.step, review.hash, alone)
