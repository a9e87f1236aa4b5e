"""The dashboard of a tenant: who may read `metrics` sees its own tenant's figures, and every look is a record.

Figures of no tenant, such as refused credentials, are for the tenant `default`, the installation's own.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from guard.audit.protocol import Audit
from guard.audit.search import Tenants
from guard.authorize.protocol import Authorizer
from guard.clock import now
from guard.errors import PermissionDeniedError, StorageError, UnavailableError
from guard.insight.period import Period, last
from guard.insight.report import Report, make
from guard.insight.sums import MOST_READ, Sums
from guard.limit.used import Used
from guard.model import JSON, LimitProfile, Principal
from guard.policy.names import DEFAULT_TENANT
from guard.store.protocol import Commit

Usage = Callable[[Principal, LimitProfile, bool], Awaitable[Sequence[Used]]]
"""How much of each budget is used; the last argument: of the user's own alone."""

Backlog = Callable[[str], Awaitable[Mapping[str, Mapping[str, int | None]]]]
"""By queue, how many cases are `open` and since when the oldest is (`oldest`)."""

log = logging.getLogger(__name__)

_BUSIEST = 25
"""Users whose own budgets are looked at: those with the most requests of the last day."""

_LASTS_MS = 3_600_000
"""How long the pictures of a page may be asked for without a record of their own."""


@dataclass(frozen=True, slots=True)
class Look:
    """What a page shows.

    Args:
        before: the period before it; `None` where it was not asked for, or has too many records to be compared.
        mark: belongs to the addresses of the page's pictures and tables.
    """

    report: Report
    before: Report | None
    mark: str


class Dashboard:
    """What the log adds up to.

    Args:
        used: asks the limiter. profiles: the limit profiles in force.
        backlog: asks the review queues; `None`: there are none.
        key: marks the looks that are on record; of 32 bytes.
    """

    def __init__(
        self,
        authorize: Authorizer,
        audit: Audit,
        commit: Commit,
        sums: Sums,
        used: Usage,
        profiles: Callable[[], Sequence[LimitProfile]],
        key: bytes,
        backlog: Backlog | None = None,
    ) -> None:
        self._authorize, self._audit, self._commit, self._sums = authorize, audit, commit, sums
        self._used, self._profiles, self._key, self._backlog = used, profiles, key, backlog

    async def warm(self) -> None:
        """Add up the last 30 days, shown to nobody, so that the first page need not wait for it."""
        try:
            await self._sums.over(last("30d", now()), frozenset())
        except StorageError as error:
            # The first page reads it then, and says what is wrong.
            log.warning("The log could not be added up.", extra={"reason_id": error.reason_id})

    async def look(self, actor: Principal, period: Period, form: str = "page", *, compared: bool = False) -> Look:
        """The report of a period; one look is one record, however many pictures belong to it.

        Args:
            form: what it is looked at as, for the record.
            compared: with the period before it.

        Raises PermissionDeniedError, which is on record; StorageError, AuditError.
        """
        await self._require(actor)
        # On record first: nothing is shown that is not.
        await self._record(actor, period, form)
        report, read = await self._report(actor, period, MOST_READ)
        before = None
        if compared:
            before, _ = await self._report(actor, period.before, MOST_READ - read)
            before = None if before.cut is not None or report.cut is not None else before
        return Look(report, before, self._mark(actor, period, now()))

    async def again(self, actor: Principal, period: Period, mark: str, form: str) -> Report:
        """The report for a picture or a table of a page; without the page's mark it is a look of its own. Raises as `look`."""
        if not self._is_known(actor, period, mark):
            return (await self.look(actor, period, form)).report
        await self._require(actor)
        return (await self._report(actor, period, MOST_READ))[0]

    async def limits(self, actor: Principal) -> Sequence[Used] | None:
        """The budgets of the tenant and its roles, and of its busiest users, those nearest to their end first.

        `None`: the counts cannot be read now. Raises as `look` does.
        """
        await self._require(actor)
        report, _ = await self._report(actor, last("24h", now()), MOST_READ)
        found: list[Used] = []
        try:
            for profile in self._profiles():
                # Stands for all: budgets of a tenant and of its roles are nobody's own.
                everybody = Principal("", actor.tenant, tuple(profile.roles))
                found += [each for each in await self._used(everybody, profile, False) if each.scope != "user"]
                for name in list(report.total.by("actor"))[:_BUSIEST]:
                    own = await self._used(Principal(name, actor.tenant, ()), profile, True)
                    found += [each for each in own if each.used]
        except UnavailableError:
            return None
        return sorted(found, key=lambda each: (-each.share, each.profile, each.scope, each.holder))

    async def backlog(self, actor: Principal) -> Mapping[str, Mapping[str, int | None]] | None:
        """What waits in the queues of the reader's tenant; `None`: there are no queues. Raises as `look` does."""
        await self._require(actor)
        return await self._backlog(actor.tenant) if self._backlog else None

    async def _report(self, actor: Principal, period: Period, most: int) -> tuple[Report, int]:
        counted = await self._sums.over(period, _bound(actor), most)
        return await asyncio.to_thread(make, period, counted), counted.read

    async def _require(self, actor: Principal) -> None:
        rule = self._authorize.decide(actor, "metrics", "read")
        if rule.allowed:
            return
        denied: dict[str, JSON] = {"object": "metrics", "action": "read", "rules": {"denied": rule.text}}
        denied |= {"decision": "deny", "reason_id": "permission_denied"}
        await self._commit(self._audit.record("permission.denied", actor, denied))
        error = PermissionDeniedError("Your roles do not include the right to read the figures of the dashboard.")
        error.rule, error.policy = rule.text, self._authorize.policy
        raise error

    async def _record(self, actor: Principal, period: Period, form: str) -> None:
        fields: dict[str, JSON] = {"since": period.since, "until": period.until, "format": form}
        await self._commit(self._audit.record("dashboard.read", actor, fields))

    def _is_known(self, actor: Principal, period: Period, mark: str) -> bool:
        issued = mark.partition(".")[0]
        if not (issued.isascii() and issued.isdecimal() and len(issued) < 16):
            return False
        is_new = 0 <= now() - int(issued) <= _LASTS_MS
        return is_new and hmac.compare_digest(mark.encode(), self._mark(actor, period, int(issued)).encode())

    def _mark(self, actor: Principal, period: Period, issued: int) -> str:
        text = json.dumps(["dashboard.read", actor.tenant, actor.id, issued, period.since, period.until])
        return f"{issued}.{hmac.new(self._key, text.encode(), hashlib.sha256).hexdigest()[:32]}"


def _bound(actor: Principal) -> Tenants:
    """The tenants that a look is bound to: `None` stands for records of no tenant."""
    return frozenset({actor.tenant, None} if actor.tenant == DEFAULT_TENANT else {actor.tenant})
