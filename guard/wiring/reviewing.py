"""How an installation is reviewed: records, reveals and queues over one storage and one policy."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial

from guard.audit.place import place_of
from guard.audit.search import Search
from guard.audit.sql import SqlAudit
from guard.authorize.authorizer import PolicyAuthorizer
from guard.database import Database
from guard.keys.local_file import LocalKeys
from guard.model import Principal
from guard.review.case_rows import CaseRows
from guard.review.casting import Casting
from guard.review.names import Names
from guard.review.permits import Permits
from guard.review.queues import Queues
from guard.review.records import Review
from guard.review.reveal_rows import RevealRows
from guard.review.reveals import Reveals
from guard.store.envelope import Envelope
from guard.store.sql import SqlTranscripts
from guard.store.values import SqlValues


@dataclass(frozen=True, slots=True)
class Reviewing:
    """The parts of reviewing."""

    review: Review
    reveals: Reveals
    queues: Queues


def reviewing(
    database: Database,
    keys: LocalKeys,
    audit: SqlAudit,
    transcripts: SqlTranscripts,
    authorize: PolicyAuthorizer,
    people: Callable[[str], Awaitable[Sequence[Principal]]],
    sample: float,
) -> Reviewing:
    """Build them.

    Args:
        people: everybody of a tenant who is not disabled.
        sample: the share of answers that come into the random sample.
    """

    def somewhere(who: Principal, obj: str, act: str) -> bool:
        return authorize.snapshot.may_from_somewhere(who.roles, who.tenant, obj, act)

    permits, search = Permits(authorize, audit, database.write, somewhere, people), Search(database)
    return Reviewing(
        review=Review(
            permits=permits,
            search=search,
            transcripts=transcripts,
            names=Names(database),
            place=partial(place_of, database, keys.signing_key.public_key()),
            key=keys.derive("review"),
        ),
        reveals=Reveals(
            permits=permits,
            rows=RevealRows(database, Envelope(keys.derive("reveal-texts"))),
            search=search,
            transcripts=transcripts,
            values=SqlValues(database, keys),
        ),
        queues=Queues(
            permits=permits,
            rows=CaseRows(database, Envelope(keys.derive("case-texts"))),
            casting=Casting(database, sample, keys.derive("review-sample")),
            search=search,
        ),
    )
